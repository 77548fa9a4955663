// What several screens show of the account: its report, its scenarios, its positions one by one.

import { heldPositions, type ExchangeState, type Listed, type MarginAccount, type Market } from '@ballast/client';
import type { MarginReport, Mark, ScenarioMatrix } from '@ballast/engine';
import { useMemo } from 'react';

import type { BalanceFigures, PositionFigures } from '../engine/analysis.js';
import { snapshotOf, type Snapshot } from '../engine/snapshot.js';
import { analyse } from '../engine/client.js';
import { contractName, describePosition, type Described } from '../lib/contracts.js';
import { hasSurface, impliedVolatility } from '../lib/smile.js';
import { useComputed, type Computation } from '../live/hooks.js';

/** An account in front of the exchange as it was last read. */
export interface Subject {
    readonly state: ExchangeState;
    readonly snapshot: Snapshot;
    readonly account: Listed<MarginAccount>;
}

/** The same snapshot as long as the state is the same. */
export function useSnapshot(state: ExchangeState | undefined): Snapshot | undefined {
    return useMemo(() => state && snapshotOf(state), [state]);
}

/** The margin report of an account's bytes. */
export function useReport(snapshot: Snapshot | undefined, account: Uint8Array | undefined): Computation<MarginReport> {
    const ready = snapshot && account;
    return useComputed(ready ? () => analyse('report', snapshot, account) : undefined, [snapshot, account]);
}

/** The scenarios of every market of an account. */
export function useMatrices(
    snapshot: Snapshot | undefined,
    account: Uint8Array | undefined,
): Computation<ScenarioMatrix[]> {
    const ready = snapshot && account;
    return useComputed(ready ? () => analyse('matrices', snapshot, account) : undefined, [snapshot, account]);
}

/** Figures of every position. */
export function usePositions(
    snapshot: Snapshot | undefined,
    account: Uint8Array | undefined,
): Computation<PositionFigures[]> {
    const ready = snapshot && account;
    return useComputed(ready ? () => analyse('positions', snapshot, account) : undefined, [snapshot, account]);
}

/** Figures of every balance. */
export function useBalances(
    snapshot: Snapshot | undefined,
    account: Uint8Array | undefined,
): Computation<BalanceFigures[]> {
    const ready = snapshot && account;
    return useComputed(ready ? () => analyse('balances', snapshot, account) : undefined, [snapshot, account]);
}

/** What names a group of rows, for its figures to be found. */
export const groupKey = (rows: readonly PositionRow[]) => rows.map(({ index }) => index).join();

/** Figures of groups of rows, by their keys: each the engine's own answer, for shares of a margin do not add up. */
export function useGroups(
    snapshot: Snapshot,
    account: Uint8Array,
    groups: readonly (readonly PositionRow[])[],
): ReadonlyMap<string, PositionFigures> | undefined {
    const compute = async () => {
        const indices = groups.map((rows) => rows.map(({ index }) => index));
        const { value, milliseconds } = await analyse('groups', snapshot, account, indices);
        return {
            value: new Map(groups.flatMap((rows, at) => (value[at] ? [[groupKey(rows), value[at]] as const] : []))),
            milliseconds,
        };
    };
    return useComputed(compute, [snapshot, account]).value;
}

/** Rows of an underlying, and those of each of its expiries; what never expires is first. */
export interface MarketGroup {
    readonly market: string;
    readonly rows: readonly PositionRow[];
    readonly expiries: readonly { readonly expiresAt: bigint | undefined; readonly rows: readonly PositionRow[] }[];
}

/** Groups rows by underlying, then by expiry, the nearest first. */
export function grouped(rows: readonly PositionRow[]): MarketGroup[] {
    const markets = [...new Set(rows.map(({ what }) => what.market))];
    return markets.map((market) => {
        const some = rows.filter(({ what }) => what.market === market);
        const times = [...new Set(some.map(({ what }) => what.expiresAt))];
        const expiries = times
            .map((expiresAt) => ({ expiresAt, rows: some.filter(({ what }) => what.expiresAt === expiresAt) }))
            .sort((a, b) => Number((a.expiresAt ?? 0n) - (b.expiresAt ?? 0n)));
        return { market, rows: some, expiries };
    });
}

/** Marks of everything that is listed, by market. */
export function useMarks(snapshot: Snapshot | undefined): Computation<ReadonlyMap<number, readonly Mark[]>> {
    const compute = async () => {
        if (!snapshot) throw new Error('nothing was read');
        const all = await Promise.all(snapshot.markets.map(({ number }) => analyse('marks', snapshot, number)));
        const value = new Map(snapshot.markets.map(({ number }, index) => [number, all[index]?.value ?? []]));
        return { value, milliseconds: all.reduce((sum, { milliseconds }) => sum + milliseconds, 0) };
    };
    return useComputed(snapshot ? compute : undefined, [snapshot]);
}

/** The mark of a contract. */
export function markOf(
    marks: ReadonlyMap<number, readonly Mark[]> | undefined,
    market: number,
    contract: { readonly kind: number; readonly number: number },
): Mark | undefined {
    return marks
        ?.get(market)
        ?.find((mark) => mark.contract.kind === contract.kind && mark.contract.number === contract.number);
}

/** A position as the tables show it. */
export interface PositionRow {
    readonly index: number;
    readonly market: Listed<Market>;
    readonly what: Described;
    readonly name: string;
    readonly quantity: bigint;
    readonly mark: bigint | undefined;
    /** Implied volatility per year. */
    readonly volatility: number | undefined;
    /** µUSD. */
    readonly profit: bigint | undefined;
    readonly figures: PositionFigures | undefined;
}

/** The positions of an account, with what is known of each. */
export function rowsOf(
    state: ExchangeState,
    account: MarginAccount,
    figures: readonly PositionFigures[] | undefined,
    marks: ReadonlyMap<number, readonly Mark[]> | undefined,
): PositionRow[] {
    return heldPositions(account).flatMap((position, index) => {
        const market = state.markets.get(position.market);
        if (!market) return [];
        const what = describePosition(market.data, position);
        const isOption = what.kind === 'call' || what.kind === 'put';
        // Figures are of the account as it was when they were computed; after a trade they lag for a moment.
        const own = figures?.length === account.positionCount ? figures[index] : undefined;
        const volatility = isOption
            ? volatilityOf(market.data, position.expirySlot, what.strike ?? 0n, marks?.get(position.market))
            : undefined;
        return [
            {
                index,
                market,
                what,
                name: contractName(market.data, what),
                quantity: position.quantity,
                mark: markOf(marks, position.market, position)?.price,
                volatility,
                profit: own && own.value + (isOption ? position.ledger : 0n),
                figures: own,
            },
        ];
    });
}

/** The implied volatility of a strike: the surface at ln(strike / forward), the forward being the future's mark. */
export function volatilityOf(
    market: Market,
    expirySlot: number,
    strike: bigint,
    marks: readonly Mark[] | undefined,
): number | undefined {
    const expiry = market.expiries[expirySlot];
    const forward = marks?.find(({ contract }) => contract.kind === 3 && contract.number === expiry?.number)?.price;
    if (!expiry || !hasSurface(expiry) || !forward) return undefined;
    return impliedVolatility(expiry, Math.log(Number(strike) / Number(forward)));
}
