// Scenarios, Greeks, distance to liquidation, volatility.

import { marketName } from '@ballast/client';
import type { MarginReport, ScenarioMatrix } from '@ballast/engine';
import { Fragment, useState } from 'react';

import { Heatmap, type HeatCell, type HeatUnit } from '../charts/heatmap.js';
import { analyse } from '../engine/client.js';
import { expiryName, fixed, usd } from '../lib/format.js';
import { scenarioName } from '../lib/margin.js';
import type { LegSpec, View } from '../lib/url.js';
import { useComputed } from '../live/hooks.js';
import Dialog from '../ui/Dialog.js';
import { download } from '../ui/download.js';
import { Cell, Choice, Explain, NumberHead, Panel, Signed } from '../ui/parts.js';
import { DistancePanel } from './DistancePanel.js';
import { Stresses } from './Stresses.js';
import { Suppose, useSupposing } from './Suppose.js';
import { Volatility } from './Volatility.js';
import { rowsOf, useMatrices, usePositions, useReport, type PositionRow, type Subject } from './figures.js';

/** The screen. */
export default function Risk(props: {
    subject: Subject;
    report: MarginReport;
    onView: (change: Partial<View>) => void;
}) {
    const { subject: real, report: now, onView } = props;
    const supposing = useSupposing(real);
    const { subject } = supposing;
    const then = useReport(subject.snapshot, supposing.isSupposed ? subject.account.bytes : undefined);
    const report = (supposing.isSupposed ? then.value : undefined) ?? now;
    return (
        <>
            <Suppose supposing={supposing} report={report} now={now} problem={then.problem} />
            <Scenarios subject={subject} report={report} />
            <Greeks
                subject={subject}
                report={report}
                onTry={(leg) => onView({ screen: 'build', onTop: true, legs: [leg] })}
            />
            <div className="columns">
                <div className="span-7 stack">
                    <DistancePanel subject={subject} report={report} />
                    <Volatility subject={subject} report={report} />
                </div>
                <div className="span-5 stack">
                    <Stresses subject={subject} report={report} />
                </div>
            </div>
        </>
    );
}

function nameOf(subject: Subject, market: number): string {
    const listed = subject.state.markets.get(market);
    return listed ? marketName(listed.data) : String(market);
}

function Scenarios({ subject, report }: { subject: Subject; report: MarginReport }) {
    const [unit, setUnit] = useState<HeatUnit>('usd');
    const [selected, setSelected] = useState<HeatCell>();
    const matrices = useMatrices(subject.snapshot, subject.account.bytes);
    return (
        <Panel
            title="Scenarios"
            aside={
                <Explain about="the scenarios">
                    The index moves by each step of the market’s scan range, volatility moves up, down or not, and the
                    market’s positions are revalued together. Extreme moves stand apart below; they count by their
                    weight. The outlined cell decides the market’s scan loss. Choose a cell to see each position in it.
                </Explain>
            }
            actions={
                <>
                    <Choice
                        label="Cells show"
                        value={unit}
                        options={[
                            ['usd', 'USD'],
                            ['share', '% of equity'],
                            ['equity', 'equity after'],
                        ]}
                        onChange={setUnit}
                    />
                    {matrices.value && matrices.value.length > 0 && (
                        <button
                            type="button"
                            className="button small"
                            onClick={() =>
                                download('scenarios.csv', `${csvOf(subject, matrices.value ?? [])}\n`, 'text/csv')
                            }
                        >
                            CSV
                        </button>
                    )}
                </>
            }
        >
            {matrices.problem && <p role="alert">{matrices.problem}</p>}
            {matrices.value?.length === 0 && <p className="empty">No positions, so no scenario loses anything.</p>}
            <div
                style={{
                    display: 'grid',
                    gap: 18,
                    gridTemplateColumns: 'repeat(auto-fit, minmax(min(330px, 100%), 1fr))',
                }}
                data-testid="heatmaps"
            >
                {matrices.value?.map((matrix) => {
                    const name = nameOf(subject, matrix.market);
                    return (
                        <div key={matrix.market} className="scroll">
                            <h3 style={{ marginBottom: 4 }}>
                                {name}{' '}
                                <span className="muted" style={{ fontWeight: 400 }}>
                                    {scenarioName(name, matrix.binding, matrix).replace(`${name} `, '')}, scan loss{' '}
                                    {usd(matrix.scanLoss)} USD
                                </span>
                            </h3>
                            <Heatmap
                                name={name}
                                matrix={matrix}
                                equity={report.equity}
                                unit={unit}
                                onSelect={setSelected}
                            />
                            <p className="note" style={{ paddingTop: 4 }}>
                                Smile tilted {usd(-matrix.skewLosses.linear)}, bent {usd(-matrix.skewLosses.absolute)};
                                forwards against the index {usd(-matrix.basisLoss)} USD
                            </p>
                        </div>
                    );
                })}
            </div>
            {selected && (
                <CellDialog
                    subject={subject}
                    cell={selected}
                    matrices={matrices.value}
                    onClose={() => setSelected(undefined)}
                />
            )}
        </Panel>
    );
}

/** What each position gains or loses in one cell. */
function CellDialog(props: {
    subject: Subject;
    cell: HeatCell;
    matrices: readonly ScenarioMatrix[] | undefined;
    onClose: () => void;
}) {
    const { subject, cell } = props;
    const parts = useComputed(
        () => analyse('cell', subject.snapshot, subject.account.bytes, cell.market, cell),
        [subject, cell],
    );
    const rows = rowsOf(subject.state, subject.account.data, undefined, undefined);
    const matrix = props.matrices?.find(({ market }) => market === cell.market);
    return (
        <Dialog
            title={scenarioName(nameOf(subject, cell.market), cell, matrix)}
            onClose={props.onClose}
            description="What each position gains or loses in this scenario, worst first."
        >
            <table className="table" data-testid="cell">
                <thead>
                    <tr>
                        <th scope="col">Position</th>
                        <NumberHead unit="USD">Profit</NumberHead>
                    </tr>
                </thead>
                <tbody>
                    {[...(parts.value ?? [])]
                        .sort((a, b) => Number(a.profit - b.profit))
                        .map(({ index, profit }) => (
                            <tr key={index}>
                                <td className="mono">{rows[index]?.name}</td>
                                <Cell>
                                    <Signed amount={profit}>{usd(profit, { signed: true })}</Signed>
                                </Cell>
                            </tr>
                        ))}
                    {matrix && (
                        <tr className="total">
                            <td>Together</td>
                            <Cell>{usd(matrix.profits[cell.row][cell.node] ?? 0n, { signed: true })}</Cell>
                        </tr>
                    )}
                </tbody>
            </table>
        </Dialog>
    );
}

const GREEKS = [
    ['delta', 'Delta', 'USD'],
    ['gamma', 'Gamma', 'USD / 1 %'],
    ['vega', 'Vega', 'USD / point'],
    ['theta', 'Theta', 'USD / day'],
    ['rho', 'Rho', 'USD / point'],
] as const;

/** Greeks per market and expiry, and what flattens delta. */
function Greeks(props: { subject: Subject; report: MarginReport; onTry: (leg: LegSpec) => void }) {
    const { subject, report, onTry } = props;
    const figures = usePositions(subject.snapshot, subject.account.bytes);
    const rows = rowsOf(subject.state, subject.account.data, figures.value, undefined);
    const sum = (some: readonly PositionRow[], greek: (typeof GREEKS)[number][0]) =>
        some.reduce((all, { figures: it }) => all + (it?.[greek] ?? 0n), 0n);
    const isReady = figures.value !== undefined;
    return (
        <Panel title="Greeks" aside={<span className="note">by market and expiry</span>} flush>
            {report.markets.length === 0 ? (
                <p className="empty">No positions.</p>
            ) : (
                <table className="table" data-testid="greeks">
                    <thead>
                        <tr>
                            <th scope="col">Expiry</th>
                            {GREEKS.map(([key, name, unit]) => (
                                <NumberHead key={key} unit={unit}>
                                    {name}
                                </NumberHead>
                            ))}
                            <th scope="col">To flatten delta</th>
                        </tr>
                    </thead>
                    <tbody>
                        {report.markets.map((market) => {
                            const own = rows.filter(({ market: it }) => it.data.number === market.market);
                            const byExpiry = Map.groupBy(own, ({ what }) => what.expiresAt ?? 0n);
                            return (
                                <Fragment key={market.market}>
                                    <tr className="group">
                                        <th scope="rowgroup">{nameOf(subject, market.market)}</th>
                                        {GREEKS.map(([key]) => (
                                            <Cell key={key}>{usd(market[key], { signed: true })}</Cell>
                                        ))}
                                        <td style={{ fontWeight: 400 }}>
                                            <Hedge
                                                subject={subject}
                                                market={market.market}
                                                delta={market.delta}
                                                onTry={onTry}
                                            />
                                        </td>
                                    </tr>
                                    {isReady &&
                                        [...byExpiry]
                                            .sort(([a], [b]) => Number(a - b))
                                            .map(([expiresAt, some]) => (
                                                <tr key={String(expiresAt)}>
                                                    <td>{expiresAt === 0n ? 'Perpetual' : expiryName(expiresAt)}</td>
                                                    {GREEKS.map(([key]) => (
                                                        <Cell key={key}>{usd(sum(some, key), { signed: true })}</Cell>
                                                    ))}
                                                    <td />
                                                </tr>
                                            ))}
                                </Fragment>
                            );
                        })}
                        <tr className="total">
                            <td>Net, all markets</td>
                            {GREEKS.map(([key]) => (
                                <Cell key={key}>
                                    {usd(
                                        report.markets.reduce((all, market) => all + market[key], 0n),
                                        { signed: true },
                                    )}
                                </Cell>
                            ))}
                            <td className="muted" style={{ fontWeight: 400 }}>
                                value at risk {usd(report.valueAtRisk, { digits: 0 })} USD
                            </td>
                        </tr>
                    </tbody>
                </table>
            )}
        </Panel>
    );
}

/** How much of the perpetual brings delta to zero, to the nearest lot, and a way to try it. */
function Hedge({ subject, market: number, delta, onTry }: HedgeProps) {
    const market = subject.state.markets.get(number)?.data;
    if (!market || market.price === 0n) return null;
    const lots = (-delta * 10n ** BigInt(market.quantityDecimals + market.priceDecimals)) / (market.price * 1_000_000n);
    if (lots === 0n) return 'flat';
    const name = marketName(market);
    const size = fixed(lots < 0n ? -lots : lots, market.quantityDecimals, {
        digits: Math.min(3, market.quantityDecimals),
    });
    return (
        <>
            {lots < 0n ? 'sell' : 'buy'} {size} {name}-PERP{' '}
            <button
                type="button"
                className="button quiet small"
                aria-label={`Try the hedge of ${name}`}
                onClick={() => onTry({ market: name, kind: 'perpetual', lots })}
            >
                Try it
            </button>
        </>
    );
}

interface HedgeProps {
    readonly subject: Subject;
    readonly market: number;
    /** µUSD. */
    readonly delta: bigint;
    readonly onTry: (leg: LegSpec) => void;
}

function csvOf(subject: Subject, matrices: readonly ScenarioMatrix[]): string {
    const lines = matrices.flatMap((matrix) =>
        matrix.moves.flatMap((move, node) =>
            (['down', 'flat', 'up'] as const).flatMap((row) => {
                const profit = matrix.profits[row][node];
                return profit === null || profit === undefined
                    ? []
                    : [
                          [
                              nameOf(subject, matrix.market),
                              move,
                              row,
                              node < matrix.coreNodes ? 'core' : 'tail',
                              usd(profit, { digits: 6 }).replaceAll(',', '').replace('−', '-'),
                          ].join(),
                      ];
            }),
        ),
    );
    return ['market,index_move,volatility,part,profit_usd', ...lines].join('\n');
}
