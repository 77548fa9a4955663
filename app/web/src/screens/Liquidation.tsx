// One liquidation explained: a transaction by its signature, which the address bar holds.

import { fetchLiquidations, type ExchangeState, type LiquidationTransaction } from '@ballast/client';
import { isSignature } from '@solana/kit';
import { useEffect, useState } from 'react';

import { fixed, usd } from '../lib/format.js';
import { timeOf } from '../lib/liquidation.js';
import { useLiquidations } from '../live/liquidations.js';
import type { Network } from '../live/network.js';
import { Panel } from '../ui/parts.js';
import { CopyLink } from '../ui/CopyLink.js';
import { LiquidationStepPanels } from './LiquidationStep.js';
import { nameOfAccount, nameOfTarget } from './names.js';

type Finding =
    | { readonly is: 'reading' }
    | { readonly is: 'here'; readonly transaction: LiquidationTransaction }
    | { readonly is: 'missing'; readonly why: string };

/** The page. */
export default function Liquidation(props: {
    signature: string;
    network: Network;
    state: ExchangeState;
    onBack: () => void;
    onShow: (account: string) => void;
}) {
    const { signature, network, state } = props;
    const finding = useTransaction(network, signature);
    const transaction = finding.is === 'here' ? finding.transaction : undefined;
    const victims = [...new Set((transaction?.steps ?? []).map(({ event }) => event.account))];
    return (
        <>
            <div className="row center">
                <button type="button" className="button small" onClick={props.onBack}>
                    ← Monitor
                </button>
                <h2 data-testid="liquidation">
                    Liquidation
                    {victims.length > 0 && ` of ${victims.map((it) => nameOfAccount(network, it)).join(', ')}`}
                </h2>
                <div className="row center" style={{ marginLeft: 'auto' }}>
                    <CopyLink />
                </div>
            </div>
            {finding.is === 'reading' && <p role="status">The transaction is read…</p>}
            {finding.is === 'missing' && (
                <p role="alert" className="loss">
                    {finding.why}
                </p>
            )}
            {transaction?.steps.map((step, index) => (
                <LiquidationStepPanels
                    key={index}
                    network={network}
                    state={state}
                    transaction={transaction}
                    step={step}
                    index={index}
                />
            ))}
            {transaction && <Circumstances {...props} transaction={transaction} />}
        </>
    );
}

function useTransaction(network: Network, signature: string): Finding {
    const [finding, setFinding] = useState<Finding>({ is: 'reading' });
    useEffect(() => {
        if (!isSignature(signature)) {
            return setFinding({ is: 'missing', why: 'This is not the signature of a transaction.' });
        }
        let isOver = false;
        setFinding({ is: 'reading' });
        const read = async (): Promise<Finding> => {
            const transaction = await fetchLiquidations(network.rpc, signature);
            if (!transaction) {
                return {
                    is: 'missing',
                    why: 'The node does not know this transaction, or it failed. Nodes forget: another one may still know it.',
                };
            }
            if (transaction.steps.length > 0) return { is: 'here', transaction };
            return { is: 'missing', why: 'Nobody was liquidated in this transaction.' };
        };
        read()
            .catch((error: unknown): Finding => {
                return { is: 'missing', why: error instanceof Error ? error.message : String(error) };
            })
            .then((found) => isOver || setFinding(found));
        return () => {
            isOver = true;
        };
    }, [network, signature]);
    return finding;
}

/** Who, when, and at which prices. */
function Circumstances(props: {
    transaction: LiquidationTransaction;
    network: Network;
    state: ExchangeState;
    onShow: (account: string) => void;
}) {
    const { transaction, network, state } = props;
    const { signature, slot, feePayer, computeUnits, steps, events } = transaction;
    const seen = useLiquidations().find((it) => it.signature === signature)?.at;
    const at = timeOf(transaction) ?? (seen ? BigInt(Math.floor(seen / 1_000)) : undefined);
    const prices = events.flatMap((event) => (event.name === 'PriceRefreshed' ? [event] : []));
    const accounts = [
        ...steps.map(({ event }) => ['Account', event.account] as const),
        ...steps.map(({ event }) => ['Liquidator', event.liquidator] as const),
    ];
    const distinct = [...new Map(accounts.map((pair) => [pair.join(), pair])).values()];
    return (
        <div className="columns">
            <div className="span-7">
                <Panel title="Who and when">
                    <dl className="facts">
                        {distinct.map(([role, account]) => (
                            <div key={`${role}${account}`} style={{ display: 'contents' }}>
                                <dt>{role}</dt>
                                <dd>
                                    <button
                                        type="button"
                                        className="button quiet small"
                                        style={{ padding: 0, color: 'var(--accent)' }}
                                        onClick={() => props.onShow(account)}
                                        title={account}
                                    >
                                        {nameOfAccount(network, account)}
                                    </button>
                                </dd>
                            </div>
                        ))}
                        <dt>Sent by</dt>
                        <dd className="mono">{nameOfAccount(network, feePayer)}</dd>
                        <dt>Time, UTC</dt>
                        <dd>
                            {at === undefined
                                ? 'not kept by the node'
                                : new Date(Number(at) * 1_000).toISOString().replace('T', ' ').slice(0, 19)}
                        </dd>
                        <dt>Slot</dt>
                        <dd>{fixed(slot, 0)}</dd>
                        {computeUnits !== undefined && (
                            <>
                                <dt>Compute units</dt>
                                <dd>{fixed(BigInt(computeUnits), 0)}</dd>
                            </>
                        )}
                        <dt>Signature</dt>
                        <dd className="mono" style={{ overflowWrap: 'anywhere' }}>
                            {signature}
                        </dd>
                    </dl>
                </Panel>
            </div>
            <div className="span-5">
                <Panel title="Prices that the transaction refreshed">
                    {prices.length === 0 && <p className="empty">None: they had been refreshed before.</p>}
                    <dl className="facts">
                        {prices.map(({ target, price, priceBefore }) => {
                            const { name, priceDecimals } = nameOfTarget(network, state, target);
                            const written = (ticks: bigint) =>
                                fixed(ticks, priceDecimals, { digits: Math.min(4, priceDecimals) });
                            return (
                                <div key={target} style={{ display: 'contents' }}>
                                    <dt>{name}, USD</dt>
                                    <dd>
                                        {price !== priceBefore && (
                                            <span className="muted">{written(priceBefore)} → </span>
                                        )}
                                        {written(price)}
                                    </dd>
                                </div>
                            );
                        })}
                    </dl>
                    <BankruptcyLosses {...props} />
                </Panel>
            </div>
        </div>
    );
}

/** Who bore what a bankruptcy was short of. */
function BankruptcyLosses({ transaction, state }: { transaction: LiquidationTransaction; state: ExchangeState }) {
    const resolved = transaction.steps.flatMap(({ event }) => (event.name === 'BankruptcyResolved' ? [event] : []));
    return resolved.map((event, index) => (
        <dl className="facts" key={index} style={{ marginTop: 10 }}>
            {event.losses.map(({ market, insurance, claims, gains }) => {
                const name = nameOfMarket(state, market);
                return (
                    <div key={market} style={{ display: 'contents' }}>
                        <dt>{name}: paid by the insurance fund, USD</dt>
                        <dd>{usd(insurance)}</dd>
                        <dt>{name}: cut off claims on settled expiries, USD</dt>
                        <dd>{usd(claims)}</dd>
                        <dt>{name}: cut off unsettled gains, USD</dt>
                        <dd>{usd(gains)}</dd>
                    </div>
                );
            })}
            <dt>Borne by the lending pool, USD</dt>
            <dd>{usd(event.lendingPool)}</dd>
            <dt>Insurance fund afterwards, USD</dt>
            <dd>{usd(event.insurance)}</dd>
        </dl>
    ));
}

function nameOfMarket(state: ExchangeState, number: number): string {
    const listed = state.markets.get(number);
    return listed ? nameOfTarget(undefined, state, listed.address).name : String(number);
}
