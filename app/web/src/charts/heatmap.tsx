// A market's scenarios: price moves down, volatility across, a number in every cell and the worst one outlined.

import type { ScenarioMatrix } from '@ballast/engine';

import { forChart, percent, percentOf, usd, usdShort } from '../lib/format.js';

/** What a cell shows: the gain, the same as a share of equity, or what equity would be. */
export type HeatUnit = 'usd' | 'share' | 'equity';

/** A cell. */
export interface HeatCell {
    readonly market: number;
    readonly row: 'up' | 'flat' | 'down';
    readonly node: number;
}

const COLUMNS = [
    ['down', 'vol down'],
    ['flat', 'vol as is'],
    ['up', 'vol up'],
] as const;

/** Draws the matrix of one market. */
export function Heatmap(props: {
    name: string;
    matrix: ScenarioMatrix;
    equity: bigint;
    unit: HeatUnit;
    onSelect: (cell: HeatCell) => void;
}) {
    const { matrix, equity, unit, name } = props;
    const { coreNodes, tailNodes, moves, binding } = matrix;
    const amounts = COLUMNS.flatMap(([row]) => matrix.profits[row].map((profit) => Math.abs(forChart(profit ?? 0n))));
    const most = Math.max(1e-6, ...amounts);
    const core = Array.from({ length: coreNodes }, (_, node) => node);
    const tails = Array.from({ length: tailNodes }, (_, index) => coreNodes + index);
    const byMove = (nodes: number[]) => nodes.sort((a, b) => (moves[b] ?? 0) - (moves[a] ?? 0));
    const row = (node: number, isTail: boolean) => (
        <tr key={node} className={isTail ? 'tail' : ''}>
            <th scope="row" className="number">
                {percent(moves[node] ?? 0, { signed: true })}
            </th>
            {COLUMNS.map(([column, words]) => {
                const profit = matrix.profits[column][node] ?? null;
                if (profit === null) return <td key={column} aria-label="no such scenario" />;
                const isWorst = binding.row === column && binding.node === node;
                const strength = Math.sqrt(Math.abs(forChart(profit)) / most) * 0.62;
                const colour = profit < 0n ? '--heat-loss' : '--heat-gain';
                return (
                    <td key={column}>
                        <button
                            type="button"
                            className={isWorst ? 'worst' : ''}
                            style={{ background: `rgb(var(${colour}) / ${strength.toFixed(3)})` }}
                            aria-label={`${name} ${percent(moves[node] ?? 0, { signed: true })}, ${words}: ${usd(profit, { signed: true })} USD${isWorst ? ', the worst' : ''}`}
                            onClick={() => props.onSelect({ market: matrix.market, row: column, node })}
                        >
                            {textOf(profit, equity, unit)}
                        </button>
                    </td>
                );
            })}
        </tr>
    );
    return (
        <table className="heat">
            <thead>
                <tr>
                    <th scope="col">index</th>
                    {COLUMNS.map(([column, words]) => (
                        <th key={column} scope="col">
                            {words}
                        </th>
                    ))}
                </tr>
            </thead>
            <tbody>{byMove(core).map((node) => row(node, false))}</tbody>
            {tails.length > 0 && (
                <tbody>
                    <tr className="gap">
                        <th scope="rowgroup" colSpan={4}>
                            extreme moves, by their weight
                        </th>
                    </tr>
                    {byMove(tails).map((node) => row(node, true))}
                </tbody>
            )}
        </table>
    );
}

function textOf(profit: bigint, equity: bigint, unit: HeatUnit): string {
    if (unit === 'usd') return usdShort(profit, { signed: true });
    if (unit === 'share') return percentOf(profit, equity, { signed: true });
    return usdShort(equity + profit);
}
