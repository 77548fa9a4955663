// The exchange as a whole: whose account is near liquidation, how fresh prices are, what is insured, what happens.

import { fetchMarginAccounts, type Listed, type MarginAccount } from '@ballast/client';
import { Suspense, lazy, useEffect, useState } from 'react';

import type { ScreenProps } from '../App.js';
import type { Outcome } from '../engine/analysis.js';
import { analyse } from '../engine/client.js';
import { percentOf, short, usd } from '../lib/format.js';
import { TIERS, asked } from '../lib/margin.js';
import { useComputed, useKnown } from '../live/hooks.js';
import type { Network } from '../live/network.js';
import { Cell, Chip, NumberHead, Panel } from '../ui/parts.js';
import { Auctions } from './Auctions.js';
import { Events } from './Events.js';
import { Insurance, Markets, Parameters, Prices } from './ExchangePanels.js';
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
                    <Parameters state={state} network={network} />
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
