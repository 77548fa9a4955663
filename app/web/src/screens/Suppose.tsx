// The risk screen at another time and at other volatilities: two sliders, and what they make of the account.

import { heldPositions, type ExchangeState, type MarginAccount } from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import { useMemo, useState } from 'react';

import { snapshotOf } from '../engine/snapshot.js';
import { supposed } from '../engine/supposed.js';
import { describePosition } from '../lib/contracts.js';
import { decimal, usd } from '../lib/format.js';
import { TIERS } from '../lib/margin.js';
import { Chip, Explain } from '../ui/parts.js';
import type { Subject } from './figures.js';

const DAY = 86_400n;
/** What volatilities may be multiplied with, in hundredths, and the steps between. */
const VOLATILITY = { least: 50, most: 200, step: 5 } as const;

/** What is supposed, and the account in front of it. */
export interface Supposing {
    readonly subject: Subject;
    readonly isSupposed: boolean;
    readonly isClamped: boolean;
    readonly days: number;
    /** Days to the first expiry that the account holds; 0 if it holds none. */
    readonly mostDays: number;
    /** Hundredths. */
    readonly volatility: number;
    readonly onDays: (days: number) => void;
    readonly onVolatility: (hundredths: number) => void;
}

/** Keeps the sliders, and the exchange that they make. */
export function useSupposing(real: Subject): Supposing {
    const [wanted, onDays] = useState(0);
    const [volatility, onVolatility] = useState(100);
    const mostDays = daysToExpiry(real.state, real.account.data);
    const days = Math.min(wanted, mostDays);
    const isSupposed = days > 0 || volatility !== 100;
    const made = useMemo(() => {
        if (!isSupposed) return undefined;
        const { state, isClamped } = supposed(real.state, {
            seconds: BigInt(days) * DAY,
            volatility: volatility / 100,
        });
        return { subject: { ...real, state, snapshot: snapshotOf(state) }, isClamped };
    }, [real, isSupposed, days, volatility]);
    return {
        subject: made?.subject ?? real,
        isSupposed,
        isClamped: made?.isClamped ?? false,
        days,
        mostDays,
        volatility,
        onDays,
        onVolatility,
    };
}

/** The sliders. */
export function Suppose(props: {
    supposing: Supposing;
    report: MarginReport;
    now: MarginReport;
    problem: string | undefined;
}) {
    const { supposing, report, now, problem } = props;
    const { days, mostDays, volatility, isSupposed } = supposing;
    const reset = () => {
        supposing.onDays(0);
        supposing.onVolatility(100);
    };
    const change = (of: (it: MarginReport) => bigint) => usd(of(report) - of(now), { signed: true });
    return (
        <div
            className={`banner ${isSupposed ? 'hypothetical' : 'plain'}`}
            role="group"
            aria-label="Suppose"
            data-testid="suppose"
        >
            <strong>{isSupposed ? 'Hypothetical' : 'Suppose'}</strong>
            <label className="row center">
                in {days} {days === 1 ? 'day' : 'days'}
                <input
                    type="range"
                    aria-label="Days from now"
                    min={0}
                    max={mostDays}
                    value={days}
                    disabled={mostDays === 0}
                    onChange={(event) => supposing.onDays(Number(event.target.value))}
                />
            </label>
            <label className="row center">
                volatilities ×{decimal(volatility / 100)}
                <input
                    type="range"
                    aria-label="Implied volatilities, in per cent of what they are"
                    min={VOLATILITY.least}
                    max={VOLATILITY.most}
                    step={VOLATILITY.step}
                    value={volatility}
                    onChange={(event) => supposing.onVolatility(Number(event.target.value))}
                />
            </label>
            <Explain about="what is supposed">
                Time passes up to the first expiry, and every implied volatility is multiplied by the same factor;
                prices stay where they are, and everything on this screen is the engine’s answer for that. Scan ranges
                stay as well, although they follow volatilities within days.
            </Explain>
            {isSupposed && (
                <span data-testid="supposed">
                    equity {change((it) => it.equity)}, above initial margin{' '}
                    {change((it) => it.modes[it.mode].initialExcess)}, above maintenance{' '}
                    {change((it) => it.modes[it.mode].maintenanceExcess)} USD against now:{' '}
                    <Chip tone={TIERS[report.tier].tone}>{TIERS[report.tier].words}</Chip>
                </span>
            )}
            {supposing.isClamped && <span className="note">Some smiles stop at what the program accepts of them.</span>}
            {isSupposed && problem && <span role="alert">{problem}</span>}
            {isSupposed && (
                <button type="button" className="button small" style={{ marginLeft: 'auto' }} onClick={reset}>
                    Back to now
                </button>
            )}
        </div>
    );
}

function daysToExpiry(state: ExchangeState, account: MarginAccount): number {
    const left = heldPositions(account).flatMap((position) => {
        const market = state.markets.get(position.market)?.data;
        const expiresAt = market && describePosition(market, position).expiresAt;
        return expiresAt === undefined ? [] : [Number((expiresAt - state.moment.now) / DAY)];
    });
    return left.length > 0 ? Math.max(0, Math.min(...left)) : 0;
}
