// Bars: equity against what it has to cover, parts of a requirement, the three modes side by side.

import type { MarginReport, Mode, ModeReport } from '@ballast/engine';

import { forChart, percentOf, usd } from '../lib/format.js';
import { asked } from '../lib/margin.js';

/** Equity, maintenance and initial margin on one axis. */
export function MarginBar({ report }: { report: MarginReport }) {
    const { equity } = report;
    const { initial, maintenance } = asked(report);
    const [e, i, m] = [equity, initial, maintenance].map((amount) => Math.max(0, forChart(amount))) as [
        number,
        number,
        number,
    ];
    const end = Math.max(e, i, m, 1) * 1.12;
    const share = (amount: number) => (amount / end) * 100;
    const markerAt = share(e);
    const close = share(i) - share(m) < 16;
    const zones = [
        { tone: 'danger', words: 'liquidatable', from: 0, to: m },
        { tone: 'warn', words: 'close-only', from: m, to: i },
        { tone: 'ok', words: 'healthy', from: i, to: end },
    ].filter(({ from, to }) => to > from);
    const summary =
        `Equity ${usd(equity)} USD; maintenance margin asks for ${usd(maintenance)} USD, ` +
        `initial margin for ${usd(initial)} USD.`;
    return (
        <div className="margin-bar" role="img" aria-label={summary}>
            <div className="track">
                {zones.map(({ tone, words, from, to }) => (
                    <div key={tone} className={`zone ${tone}`} style={{ width: `${share(to - from)}%` }}>
                        {share(to - from) > 11 ? words : ''}
                    </div>
                ))}
                <div className="bar-fill" style={{ width: `${markerAt}%` }} />
            </div>
            <div className="marker" style={{ left: `calc(${markerAt}% - 1.5px)` }} />
            <div
                className="marker-label"
                style={markerAt > 60 ? { right: `${100 - markerAt}%` } : { left: `${markerAt}%` }}
            >
                equity {whole(equity)}
            </div>
            {close ? (
                <>
                    <div className="tick" style={{ left: `${share(i)}%` }} />
                    <Tick
                        at={share(m)}
                        name="maintenance · initial"
                        words={`${whole(maintenance)} · ${whole(initial)}`}
                    />
                </>
            ) : (
                <>
                    <Tick at={share(m)} name="maintenance" words={whole(maintenance)} />
                    <Tick at={share(i)} name="initial" words={whole(initial)} />
                </>
            )}
        </div>
    );
}

function whole(amount: bigint): string {
    return usd(amount, { digits: 0 });
}

function Tick({ at, name, words }: { at: number; name: string; words: string }) {
    const place = at > 62 ? { right: `${100 - at}%`, textAlign: 'right' as const } : { left: `${at}%` };
    return (
        <>
            <div className="tick" style={{ left: `${at}%` }} />
            <div className="tick-label" style={{ ...place, padding: '0 4px' }}>
                {name}
                <br />
                {words}
            </div>
        </>
    );
}

/** A part of a whole. */
export interface Part {
    readonly name: string;
    readonly amount: bigint;
    readonly hint?: string;
}

/** Parts of a whole as a bar, with every amount beside its name. Parts that are nothing are named, but take no room. */
export function PartsBar({ parts, total }: { parts: readonly Part[]; total: bigint }) {
    const shown = parts.filter(({ amount }) => amount > 0n);
    const sum = shown.reduce((all, { amount }) => all + amount, 0n);
    return (
        <div className="stack" style={{ gap: 8 }}>
            <div className="parts-bar" aria-hidden="true">
                {shown.map(({ name, amount }) => (
                    <span
                        key={name}
                        style={{
                            width: `${(forChart(amount) / forChart(sum)) * 100}%`,
                            background: colourOf(parts, name),
                        }}
                    />
                ))}
            </div>
            <ul className="legend">
                {parts.map(({ name, amount, hint }) => (
                    <li key={name} className={amount === 0n ? 'muted' : ''} title={hint}>
                        <span
                            className="swatch"
                            style={{ background: colourOf(parts, name), opacity: amount === 0n ? 0.3 : 1 }}
                        />
                        {name}
                        <span className="amount">{usd(amount)}</span>
                        <span className="muted number" style={{ width: 58, textAlign: 'right' }}>
                            {percentOf(amount, total)}
                        </span>
                    </li>
                ))}
            </ul>
        </div>
    );
}

function colourOf(parts: readonly Part[], name: string): string {
    return `var(--part-${(parts.findIndex((part) => part.name === name) % 6) + 1})`;
}

/** What each mode requires of the same book. */
export function ModesBars(props: {
    modes: Readonly<Record<Mode, Pick<ModeReport, 'initialRequirement' | 'maintenanceRequirement'>>>;
    current?: Mode;
}) {
    const names: readonly Mode[] = ['isolated', 'cross', 'portfolio'];
    const most = names.reduce((max, name) => {
        const { initialRequirement } = props.modes[name];
        return initialRequirement > max ? initialRequirement : max;
    }, 1n);
    const share = (amount: bigint) => `${Math.max(0, (forChart(amount) / forChart(most)) * 100)}%`;
    const { isolated, portfolio } = props.modes;
    const saved = isolated.initialRequirement - portfolio.initialRequirement;
    return (
        <div className="modes" data-testid="modes">
            {names.map((name) => {
                const { initialRequirement, maintenanceRequirement } = props.modes[name];
                return (
                    <div key={name} className={`mode ${props.current === name ? 'current' : ''}`}>
                        <span className="name">{name}</span>
                        <div className="track" aria-hidden="true">
                            <div className="initial" style={{ width: share(initialRequirement) }} />
                            <div className="maintenance" style={{ width: share(maintenanceRequirement) }} />
                        </div>
                        <span className="number" style={{ minWidth: 150, textAlign: 'right' }}>
                            <span data-testid={`initial-${name}`}>{usd(initialRequirement)}</span>{' '}
                            <span className="muted">/ {usd(maintenanceRequirement)}</span>
                        </span>
                    </div>
                );
            })}
            <p className="note">
                Initial / maintenance requirement, USD.{' '}
                {saved > 0n && portfolio.initialRequirement > 0n && (
                    <>
                        Portfolio margin frees <strong>{usd(saved, { digits: 0 })} USD</strong>,{' '}
                        {percentOf(saved, isolated.initialRequirement, { digits: 0 })} of what the positions need one by
                        one.
                    </>
                )}
            </p>
        </div>
    );
}
