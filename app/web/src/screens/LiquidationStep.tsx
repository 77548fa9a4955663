// One step of a liquidation: in words, before and after, why that much.

import {
    fromNative,
    marketName,
    type ExchangeState,
    type LiquidationStep,
    type LiquidationTransaction,
} from '@ballast/client';
import { useEffect, useState } from 'react';

import { NOTHING, fraction, multiple, percent, percentOf, usd, usdText } from '../lib/format.js';
import { figuresOf, tierOf, type StepFigures } from '../lib/liquidation.js';
import { TIERS, asked, scenarioName } from '../lib/margin.js';
import type { Network } from '../live/network.js';
import { UnknownAccount, gapOf, rebuild, type Rebuilt, type Side } from '../live/rebuild.js';
import { Chip, Explain, Panel } from '../ui/parts.js';
import { ChangeHead } from './BeforeAfter.js';
import { Taken } from './LiquidationTaken.js';
import { nameOfAccount, nameOfToken } from './names.js';

/** What is known of the account around the step. */
export type Rebuilding =
    | { readonly is: 'busy' }
    | { readonly is: 'here'; readonly rebuilt: Rebuilt }
    | { readonly is: 'unknown'; readonly why: string };

/** Beyond this share of the recorded requirement, what was rebuilt is not shown. */
const WIDEST_GAP = 0.1;
/** Below this one, it is as recorded. */
const EXACT = 0.0005;

/** The panels of one step. */
export function LiquidationStepPanels(props: {
    network: Network;
    state: ExchangeState;
    transaction: LiquidationTransaction;
    step: LiquidationStep;
    index: number;
}) {
    const { network, state, transaction, step, index } = props;
    const rebuilding = useRebuilt(network, state, transaction, index);
    const figures = figuresOf(step, state.exchange.data.parameters);
    const tier = TIERS[tierOf(step.event)];
    const number = transaction.steps.length > 1 ? ` (step ${index + 1} of ${transaction.steps.length})` : '';
    return (
        <div className="columns">
            <div className="span-7 stack">
                <Panel title={`What happened${number}`} aside={<Chip tone={tier.tone}>{tier.words}</Chip>}>
                    <Words network={network} state={state} step={step} figures={figures} />
                </Panel>
                <Panel title="Positions and collateral" flush>
                    <Taken network={network} state={state} step={step} rebuilding={rebuilding} />
                </Panel>
                <Panel title="Why this much" actions={<PaceExplanation state={state} figures={figures} />}>
                    <Pace state={state} figures={figures} />
                </Panel>
            </div>
            <div className="span-5 stack">
                <Panel title="Before and after" flush>
                    <Vectors state={state} step={step} figures={figures} rebuilding={rebuilding} />
                </Panel>
            </div>
        </div>
    );
}

function useRebuilt(
    network: Network,
    state: ExchangeState,
    transaction: LiquidationTransaction,
    index: number,
): Rebuilding {
    const [rebuilding, setRebuilding] = useState<Rebuilding>({ is: 'busy' });
    useEffect(() => {
        let isOver = false;
        const step = transaction.steps[index];
        setRebuilding({ is: 'busy' });
        rebuild(network, state, transaction, index)
            .then((rebuilt): Rebuilding => {
                const gap = step && gapOf(step, rebuilt);
                if (gap === undefined || gap <= WIDEST_GAP) return { is: 'here', rebuilt };
                return {
                    is: 'unknown',
                    why: `What can be put together differs by ${percent(gap)} from the recorded requirement: volatilities or ranges have changed too much since.`,
                };
            })
            .catch((error: unknown): Rebuilding => {
                const words = error instanceof Error ? error.message : String(error);
                return {
                    is: 'unknown',
                    why: error instanceof UnknownAccount ? words : `The engine has no answer: ${words}`,
                };
            })
            .then((found) => isOver || setRebuilding(found));
        return () => {
            isOver = true;
        };
        // What happened then does not depend on what the exchange is like a second later.
    }, [network, transaction, index]);
    return rebuilding;
}

function Words(props: { network: Network; state: ExchangeState; step: LiquidationStep; figures: StepFigures }) {
    const { network, state, figures } = props;
    return (
        <div className="stack" style={{ gap: 8 }} data-testid="liquidation-words">
            <p>
                <strong>Why it could be liquidated.</strong> {breachWords(figures, bufferOf(state))}
            </p>
            <p>
                <strong>What was taken.</strong> {takenWords(props.step, figures, state, network)}
            </p>
            <p>
                <strong>What it changed.</strong> {changeWords(figures, bufferOf(state))}
            </p>
        </div>
    );
}

const bufferOf = (state: ExchangeState) =>
    percent(fraction(state.exchange.data.parameters.liquidationBuffer), { digits: 0 });

function breachWords({ before, breach, hurry }: StepFigures, buffer: string): string {
    if (breach === 'bankrupt') {
        return `Its equity was ${usdText(before.equity)}: more was owed than the account had. Such an account may be taken whole, and others make the deficit good.`;
    }
    if (breach === 'underWay') {
        return `Equity covered maintenance margin again, but a liquidation that has begun goes on until the account is ${buffer} above it; ${usdText(-before.toTarget)} were missing to that.`;
    }
    const words = `Equity of ${usdText(before.equity)} covered ${percentOf(before.equity, before.maintenance)} of the maintenance margin of ${usdText(before.maintenance)}: ${usdText(-before.excess)} were missing. Below maintenance margin anyone may take a part of the account, to bring it back.`;
    if (hurry === 'half') {
        return `${words} Less than half of the requirement was covered, so any part up to the target might go at once.`;
    }
    if (hurry === 'late') {
        return `${words} The liquidation had gone on for so long that any part up to the target might go at once.`;
    }
    return words;
}

function takenWords(
    { event, request }: LiquidationStep,
    figures: StepFigures,
    state: ExchangeState,
    network: Network,
): string {
    const who = nameOfAccount(network, event.liquidator);
    const { value, paid, cost, freed } = figures;
    const priced = () =>
        `It was worth ${usdText(value ?? 0n)} at the marks, and ${usdText(paid)} were paid for it: ${percentOf(paid, value ?? 0n)} of the marks. The difference of ${usdText(cost)} is what this cost the account.`;
    switch (request.__kind) {
        case 'Legs': {
            const count = request.legs.length;
            const insurance = event.name === 'Liquidated' ? event.insurance : 0n;
            return `${who} took over ${count === 1 ? 'one position' : `${count} positions`}, or parts of them, at their marks. For that it received ${usdText(-paid)}, ${percentOf(-paid, freed ?? 0n, { digits: 2 })} of the requirement that this freed, and the insurance fund ${usdText(insurance)}: together what this cost the account, but for rounding.`;
        }
        case 'Slice':
            return `${who} bought ${percentOf(figures.share ?? 0n, 1n << 30n, { digits: 2 })} of everything: of every position, every deposit and the cash. ${priced()}`;
        case 'Collateral': {
            const bank = state.banks.get(request.bank);
            const amount = bank ? fromNative(bank.data, request.amount) : String(request.amount);
            return `${who} bought ${amount} ${nameOfToken(network, state, request.bank)} of the collateral for cash. ${priced()}`;
        }
        case 'Bankruptcy':
            return `${who} took over ${percentOf(figures.share ?? 0n, 1n << 30n, { digits: 2 })} of everything, debts included, and received ${usdText(-paid)}: the deficit of that part, and a bonus.`;
    }
}

function changeWords({ before, after, cost, freed }: StepFigures, buffer: string): string {
    const margin = before.maintenance - after.maintenance;
    const requirement = freed === undefined || freed === margin ? '' : `, ${usdText(freed)} of it requirement`;
    const equity =
        cost >= 0n ? `Equity fell by ${usdText(cost)}` : `Equity rose by ${usdText(-cost)}, which others made good`;
    const stands =
        after.excess < 0n
            ? `${usdText(-after.excess)} were still missing`
            : after.toTarget < 0n
              ? `equity was ${usdText(after.excess)} above it, ${usdText(-after.toTarget)} short of the target of ${buffer}, so the liquidation went on`
              : `equity was ${usdText(after.excess)} above it, at or beyond the target of ${buffer}, which ended the liquidation`;
    return `${equity}, and maintenance margin by ${usdText(margin)}${requirement}, to ${usdText(after.maintenance)}. Then ${stands}.`;
}

/** Rows of amounts, as they are recorded. */
const RECORDED: readonly (readonly [string, (it: StepFigures['before']) => bigint | undefined, 1 | -1])[] = [
    ['Equity', (it) => it.equity, 1],
    ['Maintenance margin', (it) => it.maintenance, -1],
    ['of it requirement', (it) => it.requirement, -1],
    ['Above maintenance margin', (it) => it.excess, 1],
    ['Above the target', (it) => it.toTarget, 1],
];

/** The same of what the engine makes of the account that was put together again. */
const REBUILT: readonly (readonly [string, (it: Side) => bigint, 1 | -1])[] = [
    ['Initial margin', ({ report }) => asked(report).initial, -1],
    ['Above initial margin', ({ report }) => report.modes[report.mode].initialExcess, 1],
    ['Scenario loss', ({ report }) => -report.modes[report.mode].scanLoss, 1],
    ['Delta', ({ report }) => report.markets.reduce((sum, { delta }) => sum + delta, 0n), 1],
];

function Vectors(props: { state: ExchangeState; step: LiquidationStep; figures: StepFigures; rebuilding: Rebuilding }) {
    const { state, step, figures, rebuilding } = props;
    const { before, after } = figures;
    const rebuilt = rebuilding.is === 'here' ? rebuilding.rebuilt : undefined;
    const markets = [
        ...new Set(
            [rebuilt?.before, rebuilt?.after].flatMap((side) => side?.report.markets.map((it) => it.market) ?? []),
        ),
    ];
    const health = (excess: bigint, equity: bigint) => percentOf(excess, equity > 0n ? equity : 0n);
    const gap = rebuilt && gapOf(step, rebuilt);
    return (
        <div data-testid="vectors">
            <table className="table tight">
                <ChangeHead />
                <tbody>
                    <tr className="group">
                        <th scope="rowgroup" colSpan={4}>
                            As the program recorded it
                        </th>
                    </tr>
                    {RECORDED.map(([name, of, better]) => (
                        <Row key={name} name={name} before={of(before)} after={of(after)} better={better} />
                    ))}
                    <tr>
                        <td>Health, of equity</td>
                        <td className="number">{health(before.excess, before.equity)}</td>
                        <td className="number">{health(after.excess, after.equity)}</td>
                        <td />
                    </tr>
                    <tr className="group">
                        <th scope="rowgroup" colSpan={4}>
                            Rebuilt by the engine here
                        </th>
                    </tr>
                    {rebuilt ? (
                        <>
                            {REBUILT.map(([name, of, better]) => (
                                <Row
                                    key={name}
                                    name={name}
                                    before={rebuilt.before && of(rebuilt.before)}
                                    after={of(rebuilt.after)}
                                    better={name === 'Delta' ? 0 : better}
                                />
                            ))}
                            {markets.map((market) => (
                                <tr key={market}>
                                    <td>Worst scenario</td>
                                    <td className="number" style={{ whiteSpace: 'normal' }}>
                                        {worst(state, rebuilt.before, market)}
                                    </td>
                                    <td className="number" style={{ whiteSpace: 'normal' }}>
                                        {worst(state, rebuilt.after, market)}
                                    </td>
                                    <td />
                                </tr>
                            ))}
                        </>
                    ) : null}
                </tbody>
            </table>
            <p className="note" style={{ padding: '6px 14px' }}>
                {noteOf(rebuilding, gap)}
            </p>
        </div>
    );
}

/** What the rebuilt figures rest on, or why there are none. */
function noteOf(rebuilding: Rebuilding, gap: number | undefined): string {
    if (rebuilding.is === 'busy') return 'The account is put together again…';
    if (rebuilding.is === 'unknown') {
        return `Initial margin and scenarios are not recorded, and nodes keep no earlier bytes of an account. ${rebuilding.why}`;
    }
    const { rebuilt } = rebuilding;
    const source = `Not recorded: computed of the account as it is now with what was taken since put back, at ${sourceWords(rebuilt)}.`;
    const exact = gap !== undefined && gap < EXACT;
    const fit = exact ? 'as recorded' : `within ${percent(gap ?? 0)} of what was recorded`;
    return [
        source,
        gap === undefined ? '' : `The maintenance requirement comes out ${fit}.`,
        rebuilt.before ? '' : 'Everything went, so what was there before cannot be told.',
    ].join(' ');
}

/** At which prices and volatilities it was computed. */
function sourceWords({ prices, volatilities }: Rebuilt): string {
    if (volatilities === 'seen') return 'the prices and volatilities that this page saw then';
    return prices === 'refreshed'
        ? 'the prices of the transaction and today’s volatilities'
        : 'today’s prices and volatilities, for the transaction refreshed none';
}

function Row(props: {
    name: string;
    before: bigint | undefined;
    after: bigint | undefined;
    /** Whether more is better, worse, or neither. */
    better: 1 | -1 | 0;
}) {
    const { name, before, after, better } = props;
    const change = before === undefined || after === undefined ? undefined : after - before;
    const isBetter = change !== undefined && (change > 0n ? better === 1 : better === -1);
    const tone = !change || better === 0 ? '' : isBetter ? 'gain' : 'loss';
    return (
        <tr>
            <td>{name}</td>
            <td className="number">{before === undefined ? NOTHING : usd(before)}</td>
            <td className="number">{after === undefined ? NOTHING : usd(after)}</td>
            <td className={`number ${tone}`}>
                {change === undefined ? NOTHING : usd(change, { signed: true })}
                {tone && <span className="hidden-text">{isBetter ? ', better' : ', worse'}</span>}
            </td>
        </tr>
    );
}

function worst(state: ExchangeState, side: Side | undefined, number: number): string {
    const market = side?.report.markets.find((it) => it.market === number);
    const listed = state.markets.get(number);
    if (!side || !market || !listed) return NOTHING;
    const matrix = side.matrices.find((it) => it.market === number);
    return scenarioName(marketName(listed.data), market.binding, matrix);
}

const ratio = (value: bigint, digits = 2) => percentOf(value, 1n << 30n, { digits });

function Pace({ state, figures }: { state: ExchangeState; figures: StepFigures }) {
    const { pace, before, share, hurry, breach } = figures;
    if (!pace) {
        return (
            <p>
                An account whose equity is below zero may be taken over in any part, at once: the faster it goes, the
                less others lose.
            </p>
        );
    }
    const isLimited = hurry === undefined && breach !== 'bankrupt' && share !== undefined;
    return (
        <div className="stack" style={{ gap: 8 }} data-testid="pace">
            <p>
                {share === undefined
                    ? 'Collateral is sold for cash, and no position changes hands: neither close factor nor cool-down bind. It may not lift the account past the target.'
                    : isLimited
                      ? `All steps of a cool-down together might take ${ratio(pace.closeFactor)} of the account; this one took ${ratio(share)}. None may lift the account past the target by more than a tolerance.`
                      : `No close factor bound: anything up to the target might go at once. This step took ${ratio(share)} of the account.`}
            </p>
            <dl className="facts">
                <dt>Short of the target, USD</dt>
                <dd>{before.toTarget < 0n ? usd(-before.toTarget) : '0.00'}</dd>
                <dt>Volatility regime</dt>
                <dd>{multiple(pace.regime, 1n << 30n)}</dd>
                <dt>Close factor, as recorded</dt>
                <dd>{ratio(pace.closeFactor)}</dd>
                {pace.isOfToday ? (
                    <>
                        <dt>Urgency</dt>
                        <dd>{multiple(pace.urgency, 1n << 30n, 3)}</dd>
                        <dt>Cool-down, slots</dt>
                        <dd>{String(pace.coolDown)}</dd>
                        <dt>Fee for legs, of what they free</dt>
                        <dd>{ratio(pace.bonus)}</dd>
                    </>
                ) : (
                    <dt style={{ gridColumn: '1 / -1' }}>
                        Today’s parameters give another close factor, so they have changed since: what else follows from
                        them is left out.
                    </dt>
                )}
            </dl>
            <p className="note">Targets are at today’s buffer of {bufferOf(state)}.</p>
        </div>
    );
}

function PaceExplanation({ state, figures }: { state: ExchangeState; figures: StepFigures }) {
    const { closeFactor, closeFactorFloor, liquidationCooldownSlots } = state.exchange.data.parameters;
    const { pace, before } = figures;
    if (!pace?.isOfToday) return null;
    const formula = [
        `urgency      = ${multiple(pace.regime, 1n << 30n)} · ${usd(-before.toTarget)} / ${usd(before.maintenance)}`,
        `             = ${multiple(pace.urgency, 1n << 30n, 3)}`,
        `close factor = ${percent(fraction(closeFactor))} · urgency, at least ${percent(fraction(closeFactorFloor))}`,
        `             = ${ratio(pace.closeFactor)}`,
        `cool-down    = ${liquidationCooldownSlots} slots / ${multiple(pace.regime, 1n << 30n)}`,
        `             = ${pace.coolDown} slots`,
    ].join('\n');
    return (
        <Explain about="the close factor" formula={formula}>
            The further an account is below its target, and the wilder its markets, the more of it may go within a
            cool-down, and the shorter that is.
        </Explain>
    );
}
