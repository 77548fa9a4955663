// How far prices may move before maintenance margin is missed: one market at a time, or all together.

import { fromTicks, marketName } from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import { useState } from 'react';

import { LineChart } from '../charts/lines.js';
import { analyse } from '../engine/client.js';
import { axisUsd, decimal, fixed, forChart, percent } from '../lib/format.js';
import { useComputed } from '../live/hooks.js';
import { Choice, Explain, Panel } from '../ui/parts.js';
import type { Subject } from './figures.js';

/** How far the ladder reaches, and its steps on either side. */
const REACH = 0.6;
const STEPS = 24;
const MOVES = Array.from({ length: 2 * STEPS + 1 }, (_, index) => ((index - STEPS) / STEPS) * REACH);

/** The panel; compact where it stands beside others. */
export function DistancePanel(props: { subject: Subject; report: MarginReport; compact?: boolean }) {
    const { subject, report } = props;
    const { state, snapshot, account } = subject;
    const held = report.markets.map(({ market }) => market);
    const tokens = account.data.balances.flatMap(({ bank }) => state.banks.get(bank)?.data.hedgeMarket || []);
    const markets = [...new Set([...held, ...tokens])].sort((a, b) => a - b);
    const [chosen, setChosen] = useState('');
    const choice =
        chosen === 'all' || markets.includes(Number(chosen))
            ? chosen
            : markets.length > 1
              ? 'all'
              : String(markets[0] ?? '');
    const moved = choice === 'all' ? markets : markets.filter((market) => String(market) === choice);
    const key = moved.join();
    const ladder = useComputed(
        moved.length > 0 ? () => analyse('ladder', snapshot, account.bytes, moved, MOVES) : undefined,
        [snapshot, account, key],
    );
    const nameOf = (market: number) => {
        const listed = state.markets.get(market);
        return listed ? marketName(listed.data) : String(market);
    };
    const single = moved.length === 1 ? state.markets.get(moved[0] ?? 0)?.data : undefined;
    const priceAt = (move: number) =>
        single
            ? decimal(Number(fromTicks(single, single.price)) * (1 + move), {
                  digits: Number(fromTicks(single, single.price)) > 1_000 ? 0 : 2,
              })
            : '';
    return (
        <Panel
            title="Distance to liquidation"
            actions={
                <>
                    {markets.length > 1 && (
                        <Choice
                            label="What moves"
                            value={choice}
                            options={[
                                ['all', 'all together'] as const,
                                ...markets.map((market) => [String(market), nameOf(market)] as const),
                            ]}
                            onChange={setChosen}
                        />
                    )}
                    <Explain about="the distance">
                        The account is margined anew with the index, and the token as collateral, moved by each step,
                        everything else unchanged. A book of options can cross twice or never; where several markets
                        move independently there is no single liquidation price.
                    </Explain>
                </>
            }
        >
            {moved.length === 0 ? (
                <p className="empty">Nothing here depends on a price.</p>
            ) : (
                <>
                    <p data-testid="distance">
                        {ladder.value === undefined ? (
                            (ladder.problem ?? 'Computing…')
                        ) : ladder.value.crossings.length === 0 ? (
                            <strong>None within ±{percent(REACH, { digits: 0 })}</strong>
                        ) : (
                            ladder.value.crossings.map((move, index) => (
                                <span key={move}>
                                    {index > 0 && ' and '}
                                    <strong className="number">{percent(move, { signed: true })}</strong>
                                    {single && <span className="muted"> ({priceAt(move)} USD)</span>}
                                </span>
                            ))
                        )}{' '}
                        <span className="muted">
                            {choice === 'all' ? 'with all markets moving alike' : `of ${moved.map(nameOf).join(', ')}`}
                            {single && `, now ${fixed(single.price, single.priceDecimals)} USD`}
                        </span>
                    </p>
                    {ladder.value && (
                        <LineChart
                            label={`Equity, initial and maintenance margin as ${choice === 'all' ? 'all markets' : moved.map(nameOf).join()} move`}
                            xs={MOVES}
                            height={props.compact ? 190 : 300}
                            series={[
                                {
                                    name: 'Equity',
                                    colour: '--series-1',
                                    values: ladder.value.points.map((it) => forChart(it.equity)),
                                },
                                {
                                    name: 'Maintenance',
                                    colour: '--series-2',
                                    values: ladder.value.points.map((it) => forChart(it.maintenance)),
                                },
                                {
                                    name: 'Initial',
                                    colour: '--series-3',
                                    dash: '5 4',
                                    values: ladder.value.points.map((it) => forChart(it.initial)),
                                },
                            ]}
                            marks={[
                                { at: 0, words: 'now' },
                                ...ladder.value.crossings.map((at) => ({ at, words: percent(at, { signed: true }) })),
                            ]}
                            formatX={(move) => percent(move, { digits: 0, signed: true })}
                            formatY={axisUsd}
                        />
                    )}
                </>
            )}
        </Panel>
    );
}
