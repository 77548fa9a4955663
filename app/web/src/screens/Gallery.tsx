// What well-known books need, position by position and as a portfolio: where a book starts that has no legs yet.

import { listedExpiries, marketName, type ExchangeState } from '@ballast/client';
import type { Mark, MarginReport } from '@ballast/engine';
import { useState } from 'react';

import { analyse } from '../engine/client.js';
import { encode, filled } from '../engine/hypothetical.js';
import type { Snapshot } from '../engine/snapshot.js';
import { expiryName, forChart, multiple, percentOf, usd } from '../lib/format.js';
import { STRATEGIES, legsOf } from '../lib/strategies.js';
import type { LegSpec } from '../lib/url.js';
import { useComputed } from '../live/hooks.js';
import { Choice, Panel } from '../ui/parts.js';
import { emptyAccount, fillsOf, priced } from './book.js';

/** Notional of each leg, about, in USD: as a power of ten of the underlying. */
const NOTIONAL = 100_000;

/** A strategy with its legs, and what they need. */
interface Shown {
    readonly name: string;
    readonly legs: readonly LegSpec[];
    readonly report: MarginReport;
}

/** The panel; nothing while marks are awaited. */
export function Gallery(props: {
    state: ExchangeState;
    snapshot: Snapshot;
    marks: ReadonlyMap<number, readonly Mark[]> | undefined;
    onLegs: (legs: readonly LegSpec[]) => void;
}) {
    const { state, snapshot, marks, onLegs } = props;
    const numbers = [...state.markets.keys()];
    const [chosen, setChosen] = useState(String(numbers[0] ?? ''));
    const market = state.markets.get(Number(chosen))?.data;
    const expiry = market && listedExpiries(market).findLast(({ expiresAt }) => expiresAt > state.moment.now);
    const compute = async () => {
        if (!market || !expiry || !marks) throw new Error('nothing is listed');
        const units = NOTIONAL / (Number(market.price) / 10 ** market.priceDecimals);
        const lots = BigInt(Math.max(1, 10 ** (Math.round(Math.log10(units)) + market.quantityDecimals)));
        const markets = new Map([...state.markets].map(([number, { data }]) => [number, data]));
        const books = STRATEGIES.flatMap((strategy) => {
            const legs = legsOf(strategy, market, expiry.expiresAt, lots);
            const fills = legs && fillsOf(priced(state, marks, legs));
            if (!legs || !fills || fills.length !== legs.length) return [];
            const bytes = encode(filled(emptyAccount(state.exchange.address), markets, fills));
            return [{ name: strategy.name, legs, bytes }];
        });
        const accounts = books.map(({ bytes }) => bytes);
        const { value, milliseconds } = await analyse('reports', snapshot, accounts);
        const shown = books.flatMap(({ name, legs }, index): Shown[] => {
            const outcome = value[index];
            return outcome && 'report' in outcome ? [{ name, legs, report: outcome.report }] : [];
        });
        return { value: shown, milliseconds };
    };
    const shown = useComputed(market && expiry && marks ? compute : undefined, [snapshot, marks, chosen]);
    if (!market || !expiry || !shown.value) return null;
    const most = shown.value.reduce(
        (max, { report }) => Math.max(max, forChart(report.modes.isolated.initialRequirement)),
        1,
    );
    return (
        <Panel
            title="What portfolio margin saves"
            className="hypothetical"
            aside={
                <span className="note">
                    {marketName(market)} {expiryName(expiry.expiresAt)}, initial requirement in USD
                </span>
            }
            actions={
                <Choice
                    label="Underlying of the gallery"
                    value={chosen}
                    options={numbers.map((number) => {
                        const listed = state.markets.get(number);
                        return [String(number), listed ? marketName(listed.data) : String(number)] as const;
                    })}
                    onChange={setChosen}
                />
            }
        >
            <div className="gallery" data-testid="gallery">
                {shown.value.map(({ name, legs, report: { modes } }) => {
                    const [alone, together] = [modes.isolated.initialRequirement, modes.portfolio.initialRequirement];
                    return (
                        <div key={name}>
                            <div className="row center">
                                <strong>{name}</strong>
                                <button
                                    type="button"
                                    className="button quiet small"
                                    style={{ marginLeft: 'auto' }}
                                    aria-label={`Build ${name}`}
                                    onClick={() => onLegs(legs)}
                                >
                                    Build
                                </button>
                            </div>
                            <Bar name="one by one" amount={alone} most={most} colour="--part-5" />
                            <Bar name="portfolio" amount={together} most={most} colour="--part-1" />
                            <p className="note">
                                saves {percentOf(alone - together, alone, { digits: 0 })}
                                {together > 0n && `, ${multiple(alone, together, 1)} the book for the same margin`}
                            </p>
                        </div>
                    );
                })}
            </div>
        </Panel>
    );
}

function Bar(props: { name: string; amount: bigint; most: number; colour: string }) {
    const { name, amount, most, colour } = props;
    const width = `${Math.max(0.5, (forChart(amount) / most) * 100)}%`;
    return (
        <div className="gallery-bar">
            <span className="note" style={{ whiteSpace: 'nowrap' }}>
                {name}
            </span>
            <span className="track" aria-hidden="true">
                <span style={{ width, background: `var(${colour})` }} />
            </span>
            <span className="number">{usd(amount, { digits: 0 })}</span>
        </div>
    );
}
