// An account before and after: what changes, and whether that is better.

import type { MarginReport } from '@ballast/engine';

import { NOTHING, percentOf, usd } from '../lib/format.js';
import { TIERS, asked } from '../lib/margin.js';
import { Chip, NumberHead } from '../ui/parts.js';

interface Line {
    readonly name: string;
    readonly of: (report: MarginReport) => bigint;
    /** Whether more is better, worse, or neither. */
    readonly more?: 'better' | 'worse';
}

const total = (key: 'delta' | 'gamma' | 'vega' | 'theta') => (report: MarginReport) =>
    report.markets.reduce((sum, market) => sum + market[key], 0n);

const LINES: readonly Line[] = [
    { name: 'Equity', of: (it) => it.equity, more: 'better' },
    { name: 'Initial margin', of: (it) => asked(it).initial, more: 'worse' },
    { name: 'Maintenance margin', of: (it) => asked(it).maintenance, more: 'worse' },
    { name: 'Free for new risk', of: (it) => it.modes[it.mode].initialExcess, more: 'better' },
    { name: 'Can be withdrawn', of: (it) => it.modes[it.mode].withdrawalExcess, more: 'better' },
    { name: 'Worst scenario', of: (it) => -it.modes[it.mode].scanLoss, more: 'better' },
    { name: 'Delta', of: total('delta') },
    { name: 'Gamma per 1 %', of: total('gamma') },
    { name: 'Vega per point', of: total('vega') },
    { name: 'Theta per day', of: total('theta') },
];

/** Heads of a table of amounts before and after. */
export function ChangeHead() {
    return (
        <thead>
            <tr>
                <th scope="col">USD</th>
                <NumberHead>Before</NumberHead>
                <NumberHead>After</NumberHead>
                <NumberHead>Change</NumberHead>
            </tr>
        </thead>
    );
}

/** The table. */
export function BeforeAfter({ before, after }: { before: MarginReport | undefined; after: MarginReport | undefined }) {
    const health = (it: MarginReport) =>
        percentOf(it.modes[it.mode].maintenanceExcess, it.equity > 0n ? it.equity : 0n);
    return (
        <table className="table tight" data-testid="before-after">
            <ChangeHead />
            <tbody>
                <tr>
                    <td>State</td>
                    <td className="number">
                        {before && <Chip tone={TIERS[before.tier].tone}>{TIERS[before.tier].words}</Chip>}
                    </td>
                    <td className="number">
                        {after && <Chip tone={TIERS[after.tier].tone}>{TIERS[after.tier].words}</Chip>}
                    </td>
                    <td />
                </tr>
                {LINES.map(({ name, of, more }) => {
                    const [left, right] = [before && of(before), after && of(after)];
                    const change = left === undefined || right === undefined ? undefined : right - left;
                    const isBetter = change !== undefined && change > 0n === (more === 'better');
                    const tone = !more || !change ? '' : isBetter ? 'gain' : 'loss';
                    return (
                        <tr key={name}>
                            <td>{name}</td>
                            <td className="number">{left === undefined ? NOTHING : usd(left)}</td>
                            <td className="number">{right === undefined ? NOTHING : usd(right)}</td>
                            <td className={`number ${tone}`}>
                                {change === undefined ? NOTHING : usd(change, { signed: true })}
                                {tone && <span className="hidden-text">{isBetter ? ', better' : ', worse'}</span>}
                            </td>
                        </tr>
                    );
                })}
                <tr>
                    <td>Health</td>
                    <td className="number">{before ? health(before) : NOTHING}</td>
                    <td className="number">{after ? health(after) : NOTHING}</td>
                    <td />
                </tr>
            </tbody>
        </table>
    );
}
