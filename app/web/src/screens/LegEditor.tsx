// Typing legs: one after the other, or a whole strategy.

import {
    fromLots,
    fromTicks,
    listedExpiries,
    listedOptions,
    marketName,
    toLots,
    toTicks,
    type ExchangeState,
    type Market,
} from '@ballast/client';
import { useEffect, useState } from 'react';

import { contractName } from '../lib/contracts.js';
import { NOTHING, expiryName, fixed } from '../lib/format.js';
import { STRATEGIES, legsOf, nearestStrike } from '../lib/strategies.js';
import type { LegSpec } from '../lib/url.js';
import { NumberHead } from '../ui/parts.js';
import type { PricedLeg } from './book.js';

type Kind = LegSpec['kind'];
const KINDS: readonly Kind[] = ['call', 'put', 'perpetual', 'future'];

/** The editor. */
export function LegEditor(props: {
    state: ExchangeState;
    legs: readonly PricedLeg[];
    onLegs: (legs: readonly LegSpec[]) => void;
}) {
    const { state, onLegs } = props;
    const specs = props.legs.map(({ spec }) => spec);
    const markets = [...state.markets.values()].map(({ data }) => data);
    const [chosen, setName] = useState<string>();
    const name = chosen ?? specs.at(-1)?.market;
    const market = markets.find((it) => marketName(it) === name) ?? markets[0];
    if (!market) return <p className="empty">The exchange lists no market.</p>;
    return (
        <div className="stack" style={{ gap: 10 }}>
            <AddLegs
                key={marketName(market)}
                market={market}
                markets={markets}
                onMarket={setName}
                onAdd={(legs) => onLegs(merged([...specs, ...legs]))}
            />
            {props.legs.length === 0 ? (
                <p className="empty">No legs yet. Add one, or take a strategy.</p>
            ) : (
                <div className="scroll" style={{ maxHeight: 480, overflowY: 'auto' }}>
                    <table className="table tight" data-testid="legs">
                        <thead>
                            <tr>
                                <th scope="col">Leg</th>
                                <NumberHead unit="units, − sold">Quantity</NumberHead>
                                <NumberHead unit="USD">Price</NumberHead>
                                <NumberHead unit="USD">Mark</NumberHead>
                                <th />
                            </tr>
                        </thead>
                        <tbody>
                            {props.legs.map((leg, index) => (
                                <LegRow
                                    key={`${index} ${leg.spec.market} ${leg.spec.kind} ${leg.spec.strike ?? ''} ${leg.spec.expiresAt ?? ''}`}
                                    leg={leg}
                                    onChange={(spec) =>
                                        onLegs(specs.flatMap((it, at) => (at === index ? (spec ?? []) : it)))
                                    }
                                />
                            ))}
                        </tbody>
                    </table>
                </div>
            )}
        </div>
    );
}

/** Legs in one contract at the mark become one. */
function merged(legs: readonly LegSpec[]): LegSpec[] {
    const keyOf = ({ market, kind, expiresAt, strike, price }: LegSpec) =>
        [market, kind, expiresAt, strike, price].join();
    const groups = Map.groupBy(legs, keyOf);
    return [...groups.values()].flatMap((some) => {
        const lots = some.reduce((sum, leg) => sum + leg.lots, 0n);
        return some[0] && lots !== 0n ? [{ ...some[0], lots }] : [];
    });
}

function AddLegs(props: {
    market: Market;
    markets: readonly Market[];
    onMarket: (name: string) => void;
    onAdd: (legs: readonly LegSpec[]) => void;
}) {
    const { market, markets, onAdd } = props;
    const name = marketName(market);
    const expiries = listedExpiries(market).map(({ expiresAt }) => expiresAt);
    const [kind, setKind] = useState<Kind>('call');
    const [chosen, setExpiry] = useState(() => expiries.at(-1));
    const expiresAt = chosen !== undefined && expiries.includes(chosen) ? chosen : expiries.at(-1);
    const isOption = kind === 'call' || kind === 'put';
    const strikes = expiresAt === undefined ? [] : strikesOf(market, expiresAt);
    const [wanted, setStrike] = useState<bigint>();
    const strike = wanted !== undefined && strikes.includes(wanted) ? wanted : nearest(market, expiresAt, kind);
    const [quantity, setQuantity] = useState(() => sizeOf(market));
    const lots = lotsOf(market, quantity);
    const add = (sign: 1n | -1n) => {
        if (!lots || (kind !== 'perpetual' && expiresAt === undefined)) return;
        onAdd([
            {
                market: name,
                kind,
                lots: sign * lots,
                ...(kind === 'perpetual' || expiresAt === undefined ? {} : { expiresAt }),
                ...(isOption && strike !== undefined ? { strike } : {}),
            },
        ]);
    };
    return (
        <>
            <div className="row">
                <label className="field">
                    Market
                    <select className="input" value={name} onChange={(event) => props.onMarket(event.target.value)}>
                        {markets.map((it) => (
                            <option key={it.number}>{marketName(it)}</option>
                        ))}
                    </select>
                </label>
                <label className="field">
                    Contract
                    <select className="input" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
                        {KINDS.map((it) => (
                            <option key={it}>{it}</option>
                        ))}
                    </select>
                </label>
                <label className="field">
                    Expiry
                    <select
                        className="input"
                        value={String(expiresAt ?? '')}
                        onChange={(event) => setExpiry(BigInt(event.target.value))}
                        disabled={kind === 'perpetual'}
                    >
                        {expiries.map((it) => (
                            <option key={String(it)} value={String(it)}>
                                {expiryName(it)}
                            </option>
                        ))}
                    </select>
                </label>
                <label className="field">
                    Strike, USD
                    <select
                        className="input number"
                        value={String(strike ?? '')}
                        onChange={(event) => setStrike(BigInt(event.target.value))}
                        disabled={!isOption}
                    >
                        {strikes.map((it) => (
                            <option key={String(it)} value={String(it)}>
                                {fixed(it, market.priceDecimals, { digits: 0 })}
                            </option>
                        ))}
                    </select>
                </label>
                <label className="field">
                    Quantity, {name}
                    <input
                        className="input number"
                        inputMode="decimal"
                        size={7}
                        value={quantity}
                        aria-invalid={!lots}
                        onChange={(event) => setQuantity(event.target.value)}
                    />
                </label>
                <button type="button" className="button" disabled={!lots} onClick={() => add(1n)}>
                    Buy
                </button>
                <button type="button" className="button" disabled={!lots} onClick={() => add(-1n)}>
                    Sell
                </button>
            </div>
            <div className="row center" role="group" aria-label="Strategies">
                {STRATEGIES.map((strategy) => {
                    const legs =
                        lots && expiresAt !== undefined ? legsOf(strategy, market, expiresAt, lots) : undefined;
                    return (
                        <button
                            key={strategy.name}
                            type="button"
                            className="button small"
                            disabled={!legs}
                            onClick={() => legs && onAdd(legs)}
                        >
                            {strategy.name}
                        </button>
                    );
                })}
            </div>
        </>
    );
}

function LegRow({ leg, onChange }: { leg: PricedLeg; onChange: (spec: LegSpec | undefined) => void }) {
    const { spec, found, mark } = leg;
    const market = found?.market.data;
    const [quantity, setQuantity] = useText(market ? fromLots(market, spec.lots) : String(spec.lots));
    const [price, setPrice] = useText(market && spec.price !== undefined ? fromTicks(market, spec.price) : '');
    if (!market) {
        return (
            <tr>
                <td colSpan={4}>
                    {spec.market} {spec.kind} {spec.expiresAt ? expiryName(spec.expiresAt) : ''}:{' '}
                    <span className="loss">not listed</span>
                </td>
                <td>
                    <Remove name={spec.market} onClick={() => onChange(undefined)} />
                </td>
            </tr>
        );
    }
    const name = contractName(market, spec);
    const lots = lotsOf(market, quantity);
    const typed = price === '' ? undefined : ticksOf(market, price);
    const isBad = price !== '' && typed === undefined;
    const commit = () => {
        if (!lots || isBad) return;
        const { price: _, ...rest } = spec;
        onChange({ ...rest, lots, ...(typed === undefined ? {} : { price: typed }) });
    };
    return (
        <tr>
            <td className="mono">{name}</td>
            <td className="number">
                <input
                    className="input number"
                    aria-label={`Quantity of ${name}`}
                    inputMode="decimal"
                    size={7}
                    value={quantity}
                    aria-invalid={!lots}
                    onChange={(event) => setQuantity(event.target.value)}
                    onBlur={commit}
                    onKeyDown={(event) => event.key === 'Enter' && commit()}
                />
            </td>
            <td className="number">
                <input
                    className="input number"
                    aria-label={`Price of ${name}, the mark if empty`}
                    inputMode="decimal"
                    size={9}
                    placeholder="mark"
                    value={price}
                    aria-invalid={isBad}
                    onChange={(event) => setPrice(event.target.value)}
                    onBlur={commit}
                    onKeyDown={(event) => event.key === 'Enter' && commit()}
                />
            </td>
            <td className="number">{mark ? fixed(mark.price, market.priceDecimals) : NOTHING}</td>
            <td>
                <Remove name={name} onClick={() => onChange(undefined)} />
            </td>
        </tr>
    );
}

function Remove({ name, onClick }: { name: string; onClick: () => void }) {
    return (
        <button type="button" className="button quiet small" aria-label={`Remove ${name}`} onClick={onClick}>
            ✕
        </button>
    );
}

/** A text that somebody types, until what it stands for changes elsewhere. */
function useText(outside: string): [string, (text: string) => void] {
    const [text, setText] = useState(outside);
    useEffect(() => setText(outside), [outside]);
    return [text, setText];
}

function strikesOf(market: Market, expiresAt: bigint): bigint[] {
    const strikes = listedOptions(market).filter((option) => option.expiresAt === expiresAt);
    return [...new Set(strikes.map(({ strike }) => strike))];
}

function nearest(market: Market, expiresAt: bigint | undefined, kind: Kind): bigint | undefined {
    return expiresAt === undefined ? undefined : nearestStrike(market, expiresAt, kind === 'put' ? 0.95 : 1.05);
}

/** A size that is worth about a hundred thousand USD, as a round number. */
function sizeOf(market: Market): string {
    const units = 100_000 / Number(fromTicks(market, market.price) || 1);
    return String(10 ** Math.round(Math.log10(units)));
}

function lotsOf(market: Market, text: string): bigint | undefined {
    try {
        return toLots(market, text.trim().replace('−', '-')) || undefined;
    } catch {
        return undefined;
    }
}

function ticksOf(market: Market, text: string): bigint | undefined {
    try {
        return toTicks(market, text.trim()) || undefined;
    } catch {
        return undefined;
    }
}
