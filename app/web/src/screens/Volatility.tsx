// Implied volatilities as they were posted.

import { fromTicks, marketName, type Market } from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import { useState } from 'react';

import { LineChart } from '../charts/lines.js';
import { age, decimal, expiryName, percent } from '../lib/format.js';
import { hasSurface, impliedVolatility } from '../lib/smile.js';
import { Cell, Choice, NumberHead, Panel } from '../ui/parts.js';
import { useMarks, volatilityOf, type Subject } from './figures.js';

/** Smiles of a market's expiries, as they were posted. */
export function Volatility({ subject, report }: { subject: Subject; report: MarginReport }) {
    const { state, snapshot } = subject;
    const numbers = [...state.markets.keys()];
    const [chosen, setChosen] = useState(String(report.markets[0]?.market ?? numbers[0] ?? ''));
    const marks = useMarks(snapshot);
    const market = state.markets.get(Number(chosen))?.data;
    const nameOf = (number: number) => {
        const listed = state.markets.get(number);
        return listed ? marketName(listed.data) : String(number);
    };
    return (
        <Panel
            title="Implied volatility"
            actions={
                <Choice
                    label="Market"
                    value={chosen}
                    options={numbers.map((number) => [String(number), nameOf(number)] as const)}
                    onChange={setChosen}
                />
            }
        >
            {market && <Smiles market={market} marks={marks.value?.get(market.number)} now={state.moment.now} />}
        </Panel>
    );
}

function Smiles(props: { market: Market; marks: Parameters<typeof volatilityOf>[3]; now: bigint }) {
    const { market, marks, now } = props;
    const expiries = market.expiries
        .map((expiry, slot) => ({ expiry, slot }))
        .filter(({ expiry }) => expiry.number !== 0 && hasSurface(expiry) && expiry.expiresAt > now)
        .sort((a, b) => Number(a.expiry.expiresAt - b.expiry.expiresAt));
    if (expiries.length === 0) return <p className="empty">No surface was posted yet.</p>;
    const index = Number(market.price);
    const strikes = Array.from({ length: 41 }, (_, step) => BigInt(Math.round(index * (0.7 + (0.6 * step) / 40))));
    const styles = [
        { colour: '--series-1' },
        { colour: '--series-2', dash: '6 3' },
        { colour: '--series-3', dash: '2 3' },
    ];
    return (
        <>
            <LineChart
                label={`Implied volatility of ${marketName(market)} by strike, for each expiry`}
                xs={strikes.map((strike) => Number(fromTicks(market, strike)))}
                series={expiries.slice(0, 3).map(({ expiry, slot }, at) => ({
                    name: expiryName(expiry.expiresAt),
                    values: strikes
                        .map((strike) => (volatilityOf(market, slot, strike, marks) ?? Number.NaN) * 100)
                        .map((it) => (Number.isFinite(it) ? it : null)),
                    ...(styles[at] ?? { colour: '--muted' }),
                }))}
                marks={[{ at: Number(fromTicks(market, market.price)), words: 'index' }]}
                formatX={(x) => decimal(x, { digits: x < 1_000 ? 0 : 0 })}
                formatY={(y) => percent(y / 100, { digits: 0 })}
                height={270}
            />
            <table className="table tight" data-testid="smiles">
                <thead>
                    <tr>
                        <th scope="col">Expiry</th>
                        <NumberHead unit="per year">At the money</NumberHead>
                        <NumberHead unit="level, θ">Variance</NumberHead>
                        <NumberHead unit="ρ">Tilt</NumberHead>
                        <NumberHead unit="ψ">Wings</NumberHead>
                        <NumberHead unit="posted">Age</NumberHead>
                    </tr>
                </thead>
                <tbody>
                    {expiries.map(({ expiry }) => (
                        <tr key={expiry.number}>
                            <td>{expiryName(expiry.expiresAt)}</td>
                            <Cell>{percent(impliedVolatility(expiry, 0))}</Cell>
                            <Cell>{decimal(Number(expiry.theta) / 2 ** 40, { digits: 4 })}</Cell>
                            <Cell>{decimal(Number(expiry.sviRho) / 2 ** 29, { digits: 3 })}</Cell>
                            <Cell>{decimal(Number(expiry.psi) / 2 ** 40, { digits: 4 })}</Cell>
                            <Cell>{age(Number(now - expiry.postedAt))}</Cell>
                        </tr>
                    ))}
                </tbody>
            </table>
            <p className="note">
                Per year, by strike in USD, as the publishers posted it: an eSSVI slice for each expiry.
            </p>
        </>
    );
}
