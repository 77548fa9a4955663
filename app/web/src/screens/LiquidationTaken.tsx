// What a step took: positions and collateral before and after, as far as that can be told.

import {
    POSITION_KINDS,
    fromLots,
    fromNative,
    heldPositions,
    marketName,
    type Contract,
    type ExchangeState,
    type HeldPosition,
    type LiquidationStep,
    type MarginAccount,
    type Market,
} from '@ballast/client';

import { contractName, describePosition, expirySlotOf } from '../lib/contracts.js';
import { NOTHING, usd } from '../lib/format.js';
import type { Network } from '../live/network.js';
import { NumberHead } from '../ui/parts.js';
import type { Rebuilding } from './LiquidationStep.js';
import { nameOfToken } from './names.js';

/** A line of the table; amounts as text in their own unit. */
interface Line {
    readonly key: string;
    readonly name: string;
    readonly before: string | undefined;
    readonly taken: string | undefined;
    readonly after: string | undefined;
}

/** The table. */
export function Taken(props: {
    network: Network;
    state: ExchangeState;
    step: LiquidationStep;
    rebuilding: Rebuilding;
}) {
    const { network, state, step, rebuilding } = props;
    const rebuilt = rebuilding.is === 'here' ? rebuilding.rebuilt : undefined;
    const lines = rebuilt?.before
        ? changesOf(state, network, rebuilt.before.account, rebuilt.after.account)
        : askedFor(state, network, step);
    const isShare = step.request.__kind === 'Slice' || step.request.__kind === 'Bankruptcy';
    return (
        <>
            {lines.length > 0 && (
                <table className="table" data-testid="taken">
                    <thead>
                        <tr>
                            <th scope="col">Contract or token</th>
                            <NumberHead unit="units, − sold">Before</NumberHead>
                            <NumberHead>Taken</NumberHead>
                            <NumberHead>After</NumberHead>
                        </tr>
                    </thead>
                    <tbody>
                        {lines.map(({ key, name, before, taken, after }) => (
                            <tr key={key}>
                                <td className="mono">{name}</td>
                                <td className="number">{before ?? NOTHING}</td>
                                <td className="number">{taken ?? NOTHING}</td>
                                <td className="number">{after ?? NOTHING}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
            <p className="note" style={{ padding: '6px 14px' }}>
                {rebuilding.is === 'busy'
                    ? 'The account is put together again…'
                    : rebuilt?.before
                      ? isShare
                          ? 'Put together from what is left: each amount is exact but for one of its smallest units. Cash is what makes equity the recorded one.'
                          : 'What was taken is recorded; the rest follows from what is left. Cash is what makes equity the recorded one; options that are closed pay or cost their marks.'
                      : isShare
                        ? 'The same share of every position, every deposit and the cash. How much that was of each is not recorded, and cannot be told any more.'
                        : 'What was taken is recorded. What was there before and after cannot be told any more.'}
            </p>
        </>
    );
}

/** Everything that the account held, before and after. */
function changesOf(state: ExchangeState, network: Network, before: MarginAccount, after: MarginAccount): Line[] {
    const keyOf = ({ market, kind, number }: HeldPosition) => `${market} ${kind} ${number}`;
    const afterwards = new Map(heldPositions(after).map((position) => [keyOf(position), position.quantity]));
    const positions = heldPositions(before).flatMap((position): Line[] => {
        const market = state.markets.get(position.market)?.data;
        const left = afterwards.get(keyOf(position)) ?? 0n;
        if (!market || (position.quantity === 0n && left === 0n)) return [];
        const lots = (amount: bigint) => (amount === 0n ? NOTHING : fromLots(market, amount).replace('-', '−'));
        return [
            {
                key: keyOf(position),
                name: contractName(market, describePosition(market, position)),
                before: lots(position.quantity),
                taken: lots(position.quantity - left),
                after: lots(left),
            },
        ];
    });
    const tokens = before.balances.flatMap(({ bank, amount }): Line[] => {
        const data = state.banks.get(bank)?.data;
        if (!data || amount === 0n) return [];
        const left = after.balances.find((it) => it.bank === bank)?.amount ?? 0n;
        const units = (native: bigint) => (native === 0n ? NOTHING : fromNative(data, native));
        return [
            {
                key: `bank ${bank}`,
                name: nameOfToken(network, state, bank),
                before: units(amount),
                taken: units(amount - left),
                after: units(left),
            },
        ];
    });
    const cash = {
        key: 'cash',
        name: 'Cash, USD',
        before: usd(before.cash),
        taken: usd(before.cash - after.cash),
        after: usd(after.cash),
    };
    return [...positions, ...tokens, cash];
}

/** What the liquidator asked for, where no more is known. */
function askedFor(state: ExchangeState, network: Network, { request }: LiquidationStep): Line[] {
    if (request.__kind === 'Legs') {
        return request.legs.map(({ market: number, contract, quantity }, index) => {
            const market = state.markets.get(number)?.data;
            return {
                key: String(index),
                name: market ? nameOfContract(market, contract) : `market ${number}`,
                before: undefined,
                taken: market ? fromLots(market, quantity).replace('-', '−') : String(quantity),
                after: undefined,
            };
        });
    }
    if (request.__kind !== 'Collateral') return [];
    const bank = state.banks.get(request.bank)?.data;
    return [
        {
            key: 'token',
            name: nameOfToken(network, state, request.bank),
            before: undefined,
            taken: bank ? fromNative(bank, request.amount) : String(request.amount),
            after: undefined,
        },
    ];
}

/** A contract's name; an option's slot may have been given to another one since. */
function nameOfContract(market: Market, contract: Contract): string {
    const { kind, slot: seriesSlot, number } = contract;
    const isOption = kind >= POSITION_KINDS.call;
    if (isOption && market.series[seriesSlot]?.number !== number)
        return `${marketName(market)} option no longer listed`;
    return contractName(
        market,
        describePosition(market, { kind, expirySlot: expirySlotOf(market, contract), seriesSlot }),
    );
}
