// What a margin report says, arranged for people. Sums and names alone: every amount is the engine's.

import type { MarginReport, Mode, Scenario, ScenarioMatrix, Tier } from '@ballast/engine';

import { percent } from './format.js';

/** What equity has to be for initial and maintenance margin to be met; µUSD. */
export function asked(report: MarginReport, mode: Mode = report.mode): { initial: bigint; maintenance: bigint } {
    const { initialExcess, maintenanceExcess } = report.modes[mode];
    return { initial: report.equity - initialExcess, maintenance: report.equity - maintenanceExcess };
}

/** What initial margin is made of; the parts add up to what it asks for. */
export function initialParts(
    report: MarginReport,
    mode: Mode = report.mode,
): { name: string; amount: bigint; hint: string }[] {
    const it = report.modes[mode];
    const charges = it.nakedShortCharge + it.linearCharge + it.confidenceCharge + it.concentrationCharge;
    return [
        {
            name: 'Scenario loss',
            amount: it.initialRequirement - charges,
            hint: 'Worst scenario, by the initial factor',
        },
        { name: 'Linear notional', amount: it.linearCharge, hint: 'Charge on perpetuals and futures' },
        {
            name: 'Naked short options',
            amount: it.nakedShortCharge,
            hint: 'Charge on each option sold and not covered',
        },
        { name: 'Concentration', amount: it.concentrationCharge, hint: 'Charge on large net delta and vega' },
        { name: 'Uncertain prices', amount: it.confidenceCharge, hint: "Charge on the oracles' confidence intervals" },
        {
            name: 'Haircuts and gains not counted',
            amount: report.initialHaircut + report.uncountedGain,
            hint: 'Of collateral, and of unsettled gains',
        },
    ];
}

/** A tier in words. */
export const TIERS: Readonly<Record<Tier, { words: string; tone: 'ok' | 'warn' | 'danger'; meaning: string }>> = {
    healthy: { words: 'Healthy', tone: 'ok', meaning: 'Initial margin is met: everything is allowed.' },
    closeOnly: {
        words: 'Close-only',
        tone: 'warn',
        meaning: 'Below initial margin: only trades that lower neither excess are allowed.',
    },
    partial: {
        words: 'Liquidatable',
        tone: 'danger',
        meaning: 'Below maintenance margin: anyone may close legs or take a slice of the account.',
    },
    accelerated: {
        words: 'Liquidatable at once',
        tone: 'danger',
        meaning: 'Equity covers less than half of the maintenance requirement.',
    },
    bankrupt: { words: 'Bankrupt', tone: 'danger', meaning: 'Equity is below zero: others make the deficit good.' },
};

/** A scenario as desks say it: BTC −15.0 %, volatility up. */
export function scenarioName(
    market: string,
    scenario: Scenario,
    matrix: Pick<ScenarioMatrix, 'moves'> | undefined,
): string {
    const move = matrix?.moves[scenario.node];
    const words = { up: 'volatility up', flat: 'volatility unchanged', down: 'volatility down' } as const;
    if (scenario.row === 'skew') return `${market}: smile ${scenario.node === 0 ? 'tilted' : 'bent'}`;
    if (scenario.row === 'basis') return `${market}: forwards moved against the index`;
    if (move === undefined) return `${market}, ${words[scenario.row]}`;
    return `${market} ${percent(move, { signed: true })}, ${words[scenario.row]}`;
}
