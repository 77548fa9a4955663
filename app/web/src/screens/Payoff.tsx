// What the legs gain or lose at prices of their index: now, at a date, and at the first expiry.

import {
    POSITION_KINDS,
    fromLots,
    fromMicroUsd,
    fromTicks,
    heldPositions,
    marketName,
    type ExchangeState,
    type MarginAccount,
} from '@ballast/client';
import { useState } from 'react';

import { LineChart } from '../charts/lines.js';
import type { Greek } from '../engine/analysis.js';
import type { Snapshot } from '../engine/snapshot.js';
import { analyse, type Computed } from '../engine/client.js';
import { encode, keeping } from '../engine/hypothetical.js';
import { describePosition } from '../lib/contracts.js';
import { axisUsd, decimal, expiryName, forChart } from '../lib/format.js';
import { payoutAt, zeros, type Ending } from '../lib/payoff.js';
import { useComputed } from '../live/hooks.js';
import { Choice } from '../ui/parts.js';
import { STARTING_CASH } from './book.js';

const REACH = 0.4;
const STEPS = 40;
const MOVES = Array.from({ length: 2 * STEPS + 1 }, (_, index) => ((index - STEPS) / STEPS) * REACH);
const DAY = 86_400n;

/** What the diagram shows. */
type Shown = 'profit' | Greek;
const NAMES: Readonly<Record<Shown, string>> = {
    profit: 'Profit',
    delta: 'Delta',
    gamma: 'Gamma',
    vega: 'Vega',
    theta: 'Theta',
};
const UNITS: Readonly<Record<Greek, string>> = {
    delta: 'USD',
    gamma: 'USD per 1 % of the price',
    vega: 'USD per volatility point',
    theta: 'USD per day',
};
const SHOWN = (['profit', 'delta', 'gamma', 'vega', 'theta'] as const).map((it) => [it, NAMES[it]] as const);

/** The diagram of legs alone, in one of their markets. */
export function Payoff(props: { state: ExchangeState; snapshot: Snapshot; legs: MarginAccount }) {
    const { state, snapshot, legs } = props;
    const numbers = [...new Set(heldPositions(legs).map(({ market }) => market))];
    const [chosen, setChosen] = useState('');
    const number = numbers.includes(Number(chosen)) ? Number(chosen) : numbers[0];
    const market = number === undefined ? undefined : state.markets.get(number)?.data;
    const mine = keeping(legs, (index) => heldPositions(legs)[index]?.market === number);
    const first = firstExpiry(state, mine);
    const days = first === undefined ? 0 : Math.max(0, Math.floor(Number((first - snapshot.now) / DAY)));
    const [ahead, setAhead] = useState(0);
    const date = snapshot.now + BigInt(Math.min(ahead, days)) * DAY;
    const [shown, setShown] = useState<Shown>('profit');
    const later = ahead > 0 ? date : undefined;
    const lines = useComputed(
        market
            ? () =>
                  shown === 'profit'
                      ? profits(state, snapshot, mine, market.number, first, later)
                      : curves(snapshot, mine, market.number, later, shown)
            : undefined,
        [snapshot, legs, number, ahead, shown],
    );
    if (!market) return <p className="empty">Add legs to see what they pay.</p>;
    const index = Number(fromTicks(market, market.price));
    const prices = MOVES.map((move) => index * (1 + move));
    const { now, dated, end } = lines.value?.of === shown ? lines.value : NO_LINES;
    const main = end ?? now;
    const evens = main ? zeros(prices, main) : [];
    const known = (main ?? []).filter((value) => value !== null);
    return (
        <div className="stack" style={{ gap: 8 }}>
            <div className="row center">
                <Choice label="Against the price" value={shown} options={SHOWN} onChange={setShown} />
                {numbers.length > 1 && (
                    <Choice
                        label="Market"
                        value={String(number)}
                        options={numbers.map((it) => [String(it), nameOf(state, it)] as const)}
                        onChange={setChosen}
                    />
                )}
                {days > 0 && (
                    <label className="row center note" style={{ marginLeft: 'auto' }}>
                        in {Math.min(ahead, days)} days
                        <input
                            type="range"
                            min={0}
                            max={days}
                            value={Math.min(ahead, days)}
                            onChange={(event) => setAhead(Number(event.target.value))}
                        />
                    </label>
                )}
            </div>
            {lines.problem && <p role="alert">{lines.problem}</p>}
            {now && (
                <LineChart
                    label={`${NAMES[shown]} of the legs by the price of ${nameOf(state, market.number)}`}
                    xs={prices}
                    height={280}
                    series={[
                        ...(end
                            ? [
                                  {
                                      name: `At expiry${first === undefined ? '' : ` ${expiryName(first)}`}`,
                                      colour: '--series-1',
                                      values: end,
                                  },
                              ]
                            : []),
                        { name: 'Now', colour: '--series-2', dash: '6 3', values: now },
                        ...(dated
                            ? [{ name: `In ${ahead} days`, colour: '--series-3', dash: '2 3', values: dated }]
                            : []),
                    ]}
                    marks={[{ at: index, words: `index ${decimal(index, { digits: index > 1_000 ? 0 : 2 })}` }]}
                    formatX={(price) => decimal(price, { digits: price > 1_000 ? 0 : 1 })}
                    formatY={axisUsd}
                />
            )}
            {known.length > 0 && shown !== 'profit' && (
                <p className="note">
                    {NAMES[shown]}, {UNITS[shown]}, of all legs in {nameOf(state, market.number)} together.
                </p>
            )}
            {known.length > 0 && shown === 'profit' && (
                <p className="note">
                    {end ? 'At expiry' : 'Now'}, within ±40 %: most {axisUsd(Math.max(...known))} USD, least{' '}
                    {axisUsd(Math.min(...known))} USD
                    {evens.length > 0 &&
                        `; breaks even at ${evens.map((price) => decimal(price, { digits: price > 1_000 ? 0 : 2 })).join(' and ')} USD`}
                    . Fees not included.
                </p>
            )}
        </div>
    );
}

function nameOf(state: ExchangeState, number: number): string {
    const listed = state.markets.get(number);
    return listed ? marketName(listed.data) : String(number);
}

function firstExpiry(state: ExchangeState, account: MarginAccount): bigint | undefined {
    const expiries = heldPositions(account).flatMap((position) => {
        const market = state.markets.get(position.market)?.data;
        return market ? (describePosition(market, position).expiresAt ?? []) : [];
    });
    return expiries.reduce<bigint | undefined>((min, it) => (min === undefined || it < min ? it : min), undefined);
}

/** Lines over the moves, USD. */
interface Lines {
    readonly of: Shown;
    readonly now?: (number | null)[] | undefined;
    /** At the chosen date. */
    readonly dated?: (number | null)[] | undefined;
    /** At the first expiry. */
    readonly end?: (number | null)[] | undefined;
}

const NO_LINES: Omit<Lines, 'of'> = {};

async function profits(
    state: ExchangeState,
    snapshot: Snapshot,
    account: MarginAccount,
    number: number,
    first: bigint | undefined,
    date: bigint | undefined,
): Promise<Computed<Lines>> {
    const began = performance.now();
    const at = async (of: MarginAccount, time: bigint) => {
        const { value } = await analyse('equities', snapshot, encode(of), number, MOVES, time);
        return value.map((equity) => (equity === null ? null : forChart(equity - STARTING_CASH)));
    };
    const [now, dated, end] = await Promise.all([
        at(account, snapshot.now),
        date === undefined ? undefined : at(account, date),
        first === undefined ? undefined : atExpiry(state, account, number, first, (of) => at(of, first)),
    ]);
    return { value: { of: 'profit', now, dated, end }, milliseconds: performance.now() - began };
}

async function curves(
    snapshot: Snapshot,
    account: MarginAccount,
    number: number,
    date: bigint | undefined,
    greek: Greek,
): Promise<Computed<Lines>> {
    const bytes = encode(account);
    const at = (time: bigint) => analyse('greeks', snapshot, bytes, number, MOVES, time, greek);
    const [now, dated] = await Promise.all([at(snapshot.now), date === undefined ? undefined : at(date)]);
    const inUsd = (values: readonly (bigint | null)[]) => values.map((it) => (it === null ? null : forChart(it)));
    return {
        value: { of: greek, now: inUsd(now.value), dated: dated && inUsd(dated.value) },
        milliseconds: now.milliseconds + (dated?.milliseconds ?? 0),
    };
}

/** At the first expiry: what ends then pays out, what lasts longer is worth what the engine says. */
async function atExpiry(
    state: ExchangeState,
    account: MarginAccount,
    number: number,
    first: bigint,
    profits: (account: MarginAccount) => Promise<(number | null)[]>,
): Promise<(number | null)[] | undefined> {
    const market = state.markets.get(number)?.data;
    if (!market) return undefined;
    const held = heldPositions(account);
    const ends = held.map((position) => describePosition(market, position).expiresAt === first);
    const endings = held.flatMap((position, index): Ending[] => {
        const { kind, strike } = describePosition(market, position);
        if (!ends[index] || (kind !== 'future' && kind !== 'call' && kind !== 'put')) return [];
        const isFuture = position.kind === POSITION_KINDS.future;
        return [
            {
                kind,
                quantity: Number(fromLots(market, position.quantity)),
                strike: Number(fromTicks(market, strike ?? 0n)),
                ledger: isFuture ? Number(fromMicroUsd(position.ledger)) : 0,
            },
        ];
    });
    const rest = await profits(keeping(account, (index) => !ends[index]));
    const index = Number(fromTicks(market, market.price));
    return rest.map((profit, at) =>
        profit === null ? null : profit + payoutAt(index * (1 + (MOVES[at] ?? 0)), endings),
    );
}
