// The exchange as a whole: whose account is near liquidation, how fresh prices are, what is insured, what happens.

import {
    fetchMarginAccounts,
    fromLots,
    listedExpiries,
    marketName,
    type ExchangeState,
    type Listed,
    type MarginAccount,
} from '@ballast/client';
import { Suspense, lazy, useEffect, useState } from 'react';

import type { ScreenProps } from '../App.js';
import type { Outcome } from '../engine/analysis.js';
import { analyse } from '../engine/client.js';
import { age, expiryName, fixed, fraction, percent, percentOf, short, usd } from '../lib/format.js';
import { TIERS, asked } from '../lib/margin.js';
import { useComputed, useKnown } from '../live/hooks.js';
import type { Network } from '../live/network.js';
import { Cell, Chip, NumberHead, Panel } from '../ui/parts.js';
import { Auctions } from './Auctions.js';
import { Events } from './Events.js';
import { Keepers } from './Keepers.js';
import { LiquidationHistory } from './LiquidationHistory.js';
import { Welcome } from './Welcome.js';
import { useSnapshot } from './figures.js';

const Liquidation = lazy(() => import('./Liquidation.js'));
const PriceControls = import.meta.env.MODE === 'localnet' ? lazy(() => import('../local/PriceControls.js')) : undefined;
/** Milliseconds from one scan of the accounts to the next. */
const SCANNING = 3_000;

/** The screen. */
export default function Monitor({ view, onView }: ScreenProps) {
    const { state, network } = useKnown();
    const scan = useScan(network);
    const snapshot = useSnapshot(state);
    const { accounts } = scan;
    const outcomes = useComputed(
        snapshot && accounts
            ? () =>
                  analyse(
                      'reports',
                      snapshot,
                      accounts.map(({ bytes }) => bytes),
                  )
            : undefined,
        [snapshot, accounts],
    );
    if (!state || !network) return <Welcome onView={onView} />;
    const show = (account: string) => onView({ account, screen: 'overview', liquidation: undefined });
    if (view.liquidation) {
        return (
            <Suspense fallback={<div className="skeleton" aria-label="Loading" />}>
                <Liquidation
                    signature={view.liquidation}
                    network={network}
                    state={state}
                    onBack={() => onView({ liquidation: undefined })}
                    onShow={show}
                />
            </Suspense>
        );
    }
    return (
        <>
            <Accounts network={network} scan={scan} outcomes={outcomes.value} onShow={show} />
            <Auctions network={network} state={state} accounts={scan.accounts} />
            <LiquidationHistory
                network={network}
                accounts={scan.accounts}
                onExplain={(liquidation) => onView({ liquidation })}
            />
            <div className="columns">
                <div className="span-7 stack">
                    <Prices state={state} network={network} />
                    <Markets state={state} />
                </div>
                <div className="span-5 stack">
                    {PriceControls && network.pricesUrl && (
                        <Suspense fallback={null}>
                            <PriceControls state={state} />
                        </Suspense>
                    )}
                    <Events network={network} onExplain={(liquidation) => onView({ liquidation })} />
                    <Keepers state={state} network={network} waiting={waitingFor(accounts, outcomes.value)} />
                    <Insurance state={state} />
                    <Parameters state={state} />
                </div>
            </div>
        </>
    );
}

/** The exchange's accounts as they were last scanned, and why the newest scan failed. */
interface Scan {
    readonly accounts: readonly Listed<MarginAccount>[] | undefined;
    readonly problem: string | undefined;
}

function useScan(network: Network | undefined): Scan {
    const [accounts, setAccounts] = useState<readonly Listed<MarginAccount>[]>();
    const [problem, setProblem] = useState<string>();
    useEffect(() => {
        if (!network) return;
        let isOver = false;
        const scan = () =>
            fetchMarginAccounts(network.rpc, network.exchange).then(
                (read) => {
                    if (isOver) return;
                    setAccounts(read);
                    setProblem(undefined);
                },
                (error: unknown) => isOver || setProblem(error instanceof Error ? error.message : String(error)),
            );
        void scan();
        const timer = setInterval(() => void scan(), SCANNING);
        return () => {
            isOver = true;
            clearInterval(timer);
        };
    }, [network]);
    return { accounts, problem };
}

/** Accounts that could be liquidated, and whose liquidation nobody has begun. */
function waitingFor(
    accounts: readonly Listed<MarginAccount>[] | undefined,
    outcomes: readonly Outcome[] | undefined,
): number {
    const isOpen = (outcome: Outcome) => 'report' in outcome && TIERS[outcome.report.tier].tone === 'danger';
    return (outcomes ?? []).filter(
        (outcome, index) => isOpen(outcome) && accounts?.[index]?.data.liquidationStartedSlot === 0n,
    ).length;
}

function Accounts(props: {
    network: Network;
    scan: Scan;
    outcomes: readonly Outcome[] | undefined;
    onShow: (account: string) => void;
}) {
    const { network, outcomes } = props;
    const { accounts, problem } = props.scan;
    const rows = (accounts ?? []).flatMap((account, index) => {
        const outcome = outcomes?.length === accounts?.length ? outcomes?.[index] : undefined;
        return outcome ? [{ account, outcome }] : [];
    });
    // Nearest to liquidation first; what cannot be assessed before everything, for somebody has to look at it.
    const distance = ({ outcome }: (typeof rows)[number]) => {
        if (!('report' in outcome)) return Number.NEGATIVE_INFINITY;
        const { equity, mode, modes } = outcome.report;
        return equity <= 0n ? -1e9 : Number((modes[mode].maintenanceExcess * 1_000_000n) / equity);
    };
    rows.sort((a, b) => distance(a) - distance(b));
    const nameOf = (address: string) => network.traders?.find((trader) => trader.account === address)?.name;
    const atRisk = rows.filter(
        ({ outcome }) => 'report' in outcome && TIERS[outcome.report.tier].tone === 'danger',
    ).length;
    return (
        <Panel
            title="Accounts, nearest to liquidation first"
            aside={
                atRisk > 0 ? (
                    <Chip tone="danger">{atRisk} liquidatable</Chip>
                ) : rows.length > 0 ? (
                    <Chip tone="ok">none liquidatable</Chip>
                ) : undefined
            }
            actions={
                <span className="note">{problem ?? (accounts ? `${accounts.length} accounts` : 'scanning…')}</span>
            }
            flush
        >
            <table className="table" data-testid="accounts">
                <thead>
                    <tr>
                        <th scope="col">Account</th>
                        <th scope="col">State</th>
                        <th scope="col">Mode</th>
                        <NumberHead>Positions</NumberHead>
                        <NumberHead unit="USD">Equity</NumberHead>
                        <NumberHead unit="USD">Maintenance margin</NumberHead>
                        <NumberHead unit="USD">Above it</NumberHead>
                        <NumberHead unit="of equity">Health</NumberHead>
                        <NumberHead unit="USD">Value at risk</NumberHead>
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ account, outcome }) => (
                        <tr key={account.address}>
                            <td>
                                <button
                                    type="button"
                                    className="button quiet small"
                                    style={{ padding: '0 4px', color: 'var(--accent)' }}
                                    onClick={() => props.onShow(account.address)}
                                >
                                    {nameOf(account.address) ?? <span className="mono">{short(account.address)}</span>}
                                </button>
                                {account.data.liquidationStartedSlot > 0n && <Chip tone="danger">in liquidation</Chip>}
                            </td>
                            {'report' in outcome ? (
                                <>
                                    <td>
                                        <Chip tone={TIERS[outcome.report.tier].tone}>
                                            {TIERS[outcome.report.tier].words}
                                        </Chip>
                                    </td>
                                    <td>{outcome.report.mode}</td>
                                    <Cell>{account.data.positionCount}</Cell>
                                    <Cell>{usd(outcome.report.equity)}</Cell>
                                    <Cell>{usd(asked(outcome.report).maintenance)}</Cell>
                                    <Cell>
                                        {usd(outcome.report.modes[outcome.report.mode].maintenanceExcess, {
                                            signed: true,
                                        })}
                                    </Cell>
                                    <Cell>
                                        {percentOf(
                                            outcome.report.modes[outcome.report.mode].maintenanceExcess,
                                            outcome.report.equity > 0n ? outcome.report.equity : 0n,
                                        )}
                                    </Cell>
                                    <Cell>{usd(outcome.report.valueAtRisk)}</Cell>
                                </>
                            ) : (
                                <td colSpan={8} className="loss" style={{ whiteSpace: 'normal' }}>
                                    {outcome.problem}
                                </td>
                            )}
                        </tr>
                    ))}
                </tbody>
            </table>
        </Panel>
    );
}

function Prices({ state, network }: { state: ExchangeState; network: Network }) {
    const { tradeOracleAge, markAgeSlots } = state.exchange.data.parameters;
    const { now, slot } = state.moment;
    const rows = [
        ...[...state.markets.values()].map(({ data }) => ({
            key: `m${data.number}`,
            name: marketName(data),
            what: 'index',
            data,
        })),
        ...[...state.banks.values()].map(({ data }) => ({
            key: `b${data.number}`,
            name: network.tokens.get(data.mint) ?? short(data.mint),
            what: 'collateral',
            data,
        })),
    ];
    return (
        <Panel title="Oracles" flush>
            <table className="table" data-testid="oracles">
                <thead>
                    <tr>
                        <th scope="col">Price of</th>
                        <th scope="col">For</th>
                        <NumberHead unit="USD">Price</NumberHead>
                        <NumberHead unit="of price">Confidence</NumberHead>
                        <NumberHead unit="published">Age</NumberHead>
                        <NumberHead unit="slots ago">Refreshed</NumberHead>
                        <th scope="col">State</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ key, name, what, data }) => {
                        const seconds = Number(now - data.publishTime);
                        const slots = Number(slot - data.refreshedSlot);
                        const isOld = seconds > tradeOracleAge || slots > markAgeSlots;
                        return (
                            <tr key={key}>
                                <td>{name}</td>
                                <td className="muted">{what}</td>
                                <Cell>
                                    {fixed(data.price, data.priceDecimals, { digits: Math.min(4, data.priceDecimals) })}
                                </Cell>
                                <Cell>± {percentOf(data.confidence, data.price, { digits: 3 })}</Cell>
                                <Cell>{age(seconds)}</Cell>
                                <Cell>{slots}</Cell>
                                <td>
                                    {data.price === 0n ? (
                                        <Chip tone="danger">none yet</Chip>
                                    ) : isOld ? (
                                        <Chip tone="danger">too old</Chip>
                                    ) : (
                                        <Chip tone="ok">fresh</Chip>
                                    )}
                                </td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
        </Panel>
    );
}

function Markets({ state }: { state: ExchangeState }) {
    const { now } = state.moment;
    return (
        <Panel title="Markets" flush>
            <table className="table">
                <thead>
                    <tr>
                        <th scope="col">Contract</th>
                        <NumberHead unit="units, long = short">Open interest</NumberHead>
                        <NumberHead unit="units of one contract">Limit</NumberHead>
                        <NumberHead unit="USD, losses paid in">Pool</NumberHead>
                        <NumberHead unit="largest core move">Scan range</NumberHead>
                        <NumberHead unit="posted">Surface age</NumberHead>
                        <NumberHead>Accounts’ positions</NumberHead>
                    </tr>
                </thead>
                <tbody>
                    {[...state.markets.values()].flatMap(({ data }) => {
                        const name = marketName(data);
                        return [
                            <tr className="group" key={name}>
                                <th scope="rowgroup">{name}-PERP</th>
                                <Cell>{fromLots(data, data.perpetualOpenInterest)}</Cell>
                                <Cell>{fromLots(data, data.parameters.openInterestLimit)}</Cell>
                                <Cell>{usd(data.perpetualPool)}</Cell>
                                <Cell>± {percent(fraction(data.scanRange))}</Cell>
                                <Cell />
                                <Cell>{data.perpetualPositionCount}</Cell>
                            </tr>,
                            ...listedExpiries(data).map((expiry) => (
                                <tr key={`${name}${expiry.slot}`}>
                                    <td>
                                        {name} {expiryName(expiry.expiresAt)}{' '}
                                        <span className="muted">in {age(Number(expiry.expiresAt - now))}</span>
                                    </td>
                                    <Cell>{fromLots(data, expiry.data.openInterest)}</Cell>
                                    <Cell />
                                    <Cell>{usd(expiry.data.pool)}</Cell>
                                    <Cell />
                                    <Cell>
                                        {expiry.data.postedAt > 0n ? age(Number(now - expiry.data.postedAt)) : 'none'}
                                    </Cell>
                                    <Cell>{expiry.data.positionCount}</Cell>
                                </tr>
                            )),
                        ];
                    })}
                </tbody>
            </table>
        </Panel>
    );
}

function Insurance({ state }: { state: ExchangeState }) {
    const quote = state.banks.get(state.exchange.data.quoteBankNumber)?.data;
    const fees = [...state.markets.values()].reduce((sum, { data }) => sum + data.fees, 0n);
    return (
        <Panel title="Insurance and lending">
            <dl className="facts">
                <dt>Insurance fund, USD</dt>
                <dd>{quote ? usd(quote.insurance) : '–'}</dd>
                <dt>Fees that wait for it, USD</dt>
                <dd>{usd(fees)}</dd>
                <dt>Quote token, USD</dt>
                <dd>{quote ? fixed(quote.price, quote.priceDecimals, { digits: 4 }) : '–'}</dd>
            </dl>
        </Panel>
    );
}

function Parameters({ state }: { state: ExchangeState }) {
    const it = state.exchange.data.parameters;
    const share = (raw: number) => percent(fraction(raw), { digits: 2 });
    return (
        <Panel title="Parameters">
            <dl className="facts">
                <dt>Initial factor of the scenario loss</dt>
                <dd>{share(it.initialFactor)}</dd>
                <dt>Maintenance factor</dt>
                <dd>{share(it.maintenanceFactor)}</dd>
                <dt>Oldest price for a trade</dt>
                <dd>{it.tradeOracleAge} s</dd>
                <dt>Oldest price for a liquidation</dt>
                <dd>{it.liquidationOracleAge} s</dd>
                <dt>Oldest surface for a trade</dt>
                <dd>{it.surfaceAge} s</dd>
                <dt>Close factor, least share</dt>
                <dd>
                    {share(it.closeFactor)}, {share(it.closeFactorFloor)}
                </dd>
                <dt>Price of a slice, from – to</dt>
                <dd>
                    {share(it.slicePriceStart)} – {share(it.slicePriceEnd)}
                </dd>
                <dt>Highest liquidation fee</dt>
                <dd>{share(it.liquidationFee)}</dd>
                <dt>Cap of a check, compute units</dt>
                <dd>{it.checkComputeCap.toLocaleString('en')}</dd>
            </dl>
        </Panel>
    );
}
