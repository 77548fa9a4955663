// How the account stands, in one line; and how old the figures are.

import { marketName, type ExchangeState } from '@ballast/client';
import type { MarginReport } from '@ballast/engine';

import { age, multiple, percentOf, usd } from '../lib/format.js';
import { TIERS, asked } from '../lib/margin.js';
import { useClock, useKnown } from '../live/hooks.js';
import { STALE_AFTER } from '../live/store.js';
import { Chip, Figure } from '../ui/parts.js';

/** The line. */
export function StatusStrip({ report, state }: { report: MarginReport; state: ExchangeState }) {
    const { equity, grossNotional } = report;
    const { initial, maintenance } = asked(report);
    const { initialExcess, maintenanceExcess, withdrawalExcess } = report.modes[report.mode];
    const tier = TIERS[report.tier];
    const oracle = oldestPrice(state);
    return (
        <section className="strip" aria-label="How the account stands">
            <Figure label="State">
                <Chip tone={tier.tone} testId="tier">
                    {tier.words}
                </Chip>
            </Figure>
            <Figure label="Equity" unit="USD" testId="equity">
                {usd(equity)}
            </Figure>
            <Figure label="Initial margin" unit="USD">
                {usd(initial)}
            </Figure>
            <Figure label="Maintenance margin" unit="USD">
                {usd(maintenance)}
            </Figure>
            <Figure label="Free for new risk" unit="USD" {...(initialExcess < 0n ? { tone: 'warn' as const } : {})}>
                {usd(initialExcess)}
            </Figure>
            <Figure label="Can be withdrawn" unit="USD">
                {usd(withdrawalExcess > 0n ? withdrawalExcess : 0n)}
            </Figure>
            <Figure label="Margin used">{percentOf(initial, equity > 0n ? equity : 0n)}</Figure>
            <Figure label="Health" {...(maintenanceExcess < 0n ? { tone: 'danger' as const } : {})}>
                {percentOf(maintenanceExcess, equity > 0n ? equity : 0n)}
            </Figure>
            <Figure label="Leverage">{multiple(grossNotional, equity)}</Figure>
            <Figure label="Slot">{String(state.moment.slot)}</Figure>
            <Figure label={`Oldest price (${oracle.name})`} {...(oracle.isOld ? { tone: 'danger' as const } : {})}>
                {age(oracle.seconds)}
            </Figure>
        </section>
    );
}

/** The price that is the oldest, by the network's own time. */
function oldestPrice(state: ExchangeState): { name: string; seconds: number; isOld: boolean } {
    const ages = [...state.markets.values()].map(({ data }) => ({
        name: marketName(data),
        seconds: Number(state.moment.now - data.publishTime),
    }));
    const [first = { name: 'none', seconds: 0 }, ...rest] = ages;
    const oldest = rest.reduce((a, b) => (b.seconds > a.seconds ? b : a), first);
    return { ...oldest, isOld: oldest.seconds > state.exchange.data.parameters.tradeOracleAge };
}

/** A banner while nothing new comes: from the node, or from the oracles. */
export function Staleness() {
    const { readAt, problem, state, network } = useKnown();
    const now = useClock();
    if (!network && problem) return null;
    const silent = readAt > 0 && now - readAt > STALE_AFTER;
    const oracle = state && oldestPrice(state);
    if (silent) {
        return (
            <div className="banner danger" role="status" data-testid="stale">
                <strong>Stale</strong> The node has not answered for {age((now - readAt) / 1_000)}; every figure is as
                of slot {String(state?.moment.slot ?? '')}.{problem && <span className="muted">{problem}</span>}
            </div>
        );
    }
    if (oracle?.isOld) {
        return (
            <div className="banner" role="status">
                <strong>Old prices</strong> The price of {oracle.name} is {age(oracle.seconds)} old. The program refuses
                trades on it until somebody refreshes it.
            </div>
        );
    }
    return null;
}
