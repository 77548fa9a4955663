// Books in JSON, margined by the calculator: examples, or what somebody pastes. Needs no network.

import type { Report } from '@ballast/engine';
import { useState } from 'react';

import { LineChart } from '../charts/lines.js';
import { marginOf } from '../engine/client.js';
import { EXAMPLES } from '../lib/examples.js';
import { axisUsd, decimal, percent } from '../lib/format.js';
import { useComputed } from '../live/hooks.js';
import { Cell, NumberHead, Panel } from '../ui/parts.js';

/** The screen. */
export default function Examples() {
    const [name, setName] = useState(EXAMPLES[0]?.name ?? '');
    const [text, setText] = useState(EXAMPLES[0]?.text ?? '');
    const margin = useComputed(() => marginOf(text), [text]);
    const choose = (next: string) => {
        const example = EXAMPLES.find((it) => it.name === next);
        setName(next);
        if (example) setText(example.text);
    };
    const { value: report } = margin;
    return (
        <div className="columns">
            <div className="span-4 stack">
                <Panel
                    title="Book"
                    actions={
                        <select
                            className="input"
                            aria-label="Example"
                            value={name}
                            onChange={(event) => choose(event.target.value)}
                        >
                            {EXAMPLES.map((example) => (
                                <option key={example.name} value={example.name}>
                                    {example.name}
                                </option>
                            ))}
                        </select>
                    }
                >
                    <label className="field">
                        A book in JSON, as crates/book/schema describes it: change it, or paste another
                        <textarea
                            className="input mono"
                            rows={30}
                            spellCheck={false}
                            value={text}
                            onChange={(event) => setText(event.target.value)}
                            aria-invalid={margin.problem !== undefined}
                        />
                    </label>
                    {margin.problem && (
                        <p className="loss" role="alert">
                            {margin.problem}
                        </p>
                    )}
                </Panel>
            </div>
            <div className="span-8 stack">
                {report ? (
                    <Answer report={report} milliseconds={margin.milliseconds} />
                ) : (
                    !margin.problem && <div className="skeleton" role="status" aria-label="Loading the calculator" />
                )}
            </div>
        </div>
    );
}

function Answer({ report, milliseconds }: { report: Report; milliseconds: number | undefined }) {
    const money = (value: unknown, signed = false) =>
        value === null || value === undefined ? '–' : decimal(Number(value), { signed });
    const most = Math.max(1, ...report.modes.map((mode) => Number(mode.initial_requirement)));
    const parts = [
        ['Scan loss', (mode: Report['modes'][number]) => mode.scan_loss],
        ['Maintenance requirement', (mode: Report['modes'][number]) => mode.maintenance_requirement],
        ['Initial requirement', (mode: Report['modes'][number]) => mode.initial_requirement],
        ['Initial haircut', (mode: Report['modes'][number]) => mode.initial_haircut],
        ['Initial excess', (mode: Report['modes'][number]) => mode.initial_excess],
        ['Maintenance excess', (mode: Report['modes'][number]) => mode.maintenance_excess],
    ] as const;
    return (
        <>
            <Panel
                title="Three modes side by side"
                actions={
                    <span className="note">{milliseconds === undefined ? '' : `${milliseconds.toFixed(1)} ms`}</span>
                }
            >
                <div className="modes">
                    {report.modes.map((mode) => (
                        <div key={mode.mode} className={`mode ${mode.mode === report.mode ? 'current' : ''}`}>
                            <span className="name">{mode.mode}</span>
                            <div className="track" aria-hidden="true">
                                <div
                                    className="initial"
                                    style={{ width: `${(Number(mode.initial_requirement) / most) * 100}%` }}
                                />
                                <div
                                    className="maintenance"
                                    style={{ width: `${(Number(mode.maintenance_requirement) / most) * 100}%` }}
                                />
                            </div>
                            <span className="number" style={{ minWidth: 170, textAlign: 'right' }}>
                                {money(mode.initial_requirement)}{' '}
                                <span className="muted">
                                    {mode.leverage === null ? '' : `${decimal(Number(mode.leverage), { digits: 1 })}×`}
                                </span>
                            </span>
                        </div>
                    ))}
                </div>
                <div className="scroll">
                    <table className="table" style={{ marginTop: 8 }}>
                        <thead>
                            <tr>
                                <th scope="col">USD</th>
                                {report.modes.map((mode) => (
                                    <NumberHead key={mode.mode}>{mode.mode}</NumberHead>
                                ))}
                            </tr>
                        </thead>
                        <tbody>
                            <tr>
                                <td>State</td>
                                {report.modes.map((mode) => (
                                    <Cell key={mode.mode}>{mode.tier}</Cell>
                                ))}
                            </tr>
                            {parts.map(([name, of]) => (
                                <tr key={name}>
                                    <td>{name}</td>
                                    {report.modes.map((mode) => (
                                        <Cell key={mode.mode}>{money(of(mode))}</Cell>
                                    ))}
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            </Panel>
            {report.markets.map((market) => (
                <Panel
                    key={market.market}
                    title={market.market}
                    actions={
                        <span className="note">
                            worst:{' '}
                            {market.binding.price_move === null
                                ? market.binding.row
                                : `${percent(Number(market.binding.price_move), { signed: true })}, volatility ${market.binding.row}`}
                            , scan loss {money(market.scan_loss)} USD
                        </span>
                    }
                >
                    <ScenarioLines market={market} />
                    <div className="scroll">
                        <table className="table">
                            <thead>
                                <tr>
                                    <th scope="col">Position</th>
                                    <NumberHead unit="units">Quantity</NumberHead>
                                    <NumberHead unit="USD">Mark</NumberHead>
                                    <NumberHead unit="per year">Implied vol</NumberHead>
                                    <NumberHead unit="USD">Delta</NumberHead>
                                    <NumberHead unit="USD / point">Vega</NumberHead>
                                    <NumberHead unit="USD / day">Theta</NumberHead>
                                    <NumberHead unit="USD, worst scenario">Profit</NumberHead>
                                    <NumberHead unit="USD, alone">Scan loss</NumberHead>
                                </tr>
                            </thead>
                            <tbody>
                                {market.positions.map((position) => (
                                    <tr key={position.position}>
                                        <td>
                                            {[
                                                position.expiry,
                                                position.strike === null
                                                    ? undefined
                                                    : decimal(Number(position.strike), { digits: 0 }),
                                                position.kind,
                                            ]
                                                .filter(Boolean)
                                                .join(' ')}
                                        </td>
                                        <Cell>
                                            {position.quantity === null
                                                ? '–'
                                                : String(position.quantity).replace('-', '−')}
                                        </Cell>
                                        <Cell>{money(position.mark)}</Cell>
                                        <Cell>
                                            {position.volatilities === null
                                                ? '–'
                                                : percent(Number(position.volatilities[1]))}
                                        </Cell>
                                        <Cell>{money(position.greeks.delta, true)}</Cell>
                                        <Cell>{money(position.greeks.vega, true)}</Cell>
                                        <Cell>{money(position.greeks.theta, true)}</Cell>
                                        <Cell>{money(position.binding_profit, true)}</Cell>
                                        <Cell>{money(position.scan_loss)}</Cell>
                                    </tr>
                                ))}
                            </tbody>
                        </table>
                    </div>
                </Panel>
            ))}
        </>
    );
}

/** What a market gains or loses within its core grid, for each row of volatility. */
function ScenarioLines({ market }: { market: Report['markets'][number] }) {
    const { matrix } = market;
    const nodes = Array.from({ length: matrix.core_nodes }, (_, node) => node).sort(
        (a, b) => Number(matrix.moves[a]) - Number(matrix.moves[b]),
    );
    const values = (row: 'up' | 'flat' | 'down') =>
        nodes.map((node) => {
            const profit = matrix[row][node];
            return profit === null || profit === undefined ? null : Number(profit);
        });
    return (
        <LineChart
            label={`Profit of ${market.market} in the core scenarios`}
            xs={nodes.map((node) => Number(matrix.moves[node]))}
            height={200}
            series={[
                { name: 'volatility up', colour: '--series-2', values: values('up') },
                { name: 'unchanged', colour: '--series-1', values: values('flat') },
                { name: 'down', colour: '--series-3', dash: '5 4', values: values('down') },
            ]}
            formatX={(move) => percent(move, { digits: 0, signed: true })}
            formatY={axisUsd}
        />
    );
}
