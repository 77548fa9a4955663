// Section 4: BTC falls step by step, volatility rises, and a leveraged account goes from healthy to liquidation by the keeper.

import { fetchEvents, perpetual, watchEvents, type BallastEvent } from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import { percentOf, usd } from '@ballast/web/lib/format';
import type { Signature } from '@solana/kit';

import { bar, type Screen, type Tone } from './screen.js';
import type { Stage } from './stage.js';
import { amount, indexOf, tradeByQuote } from './trading.js';

/** Fall of the index from step to step. */
const FALL = 0.04;
/** Rise of the volatility at the money from step to step. */
const RISE = 0.03;
/** Steps after which the account must have been liquidated. */
const MOST_STEPS = 12;
/** Milliseconds that the keeper has for what it does after a fall. */
const PATIENCE = 60_000;
/** Milliseconds without a liquidation after which it is over. */
const QUIET = 5_000;
/** Milliseconds in which news of what the chain did arrive. */
const HEARSAY = 2_000;
const ACTOR = 'leveraged';

/** How an account stands. Money is in µUSD. */
export interface Health {
    readonly index: number;
    readonly equity: string;
    readonly initialExcess: string;
    readonly maintenanceExcess: string;
    readonly tier: string;
}

/** A crash and what it did to an account. */
export interface Crash {
    readonly steps: readonly Health[];
    readonly liquidations: readonly { readonly signature: string; readonly step: Liquidated }[];
    readonly after: Health;
}

type Liquidated = Extract<BallastEvent, { name: 'Liquidated' }>;

/**
 * Lets BTC fall until the keeper steps in.
 *
 * @throws if the account survives, or nobody liquidates it
 */
export async function tellCrash(screen: Screen, stage: Stage): Promise<Crash> {
    screen.heading(4, 'A crash');
    screen.say(
        `An account with 60,000 USDC buys 1.5 BTC of the perpetual and sells one put. Then BTC falls by ${FALL * 100} % a step while its ` +
            'volatility rises: the price server publishes, the keeper brings prices in and posts the surfaces. The bar shows how much of the ' +
            'equity the maintenance requirement takes: when it is full, the account may be liquidated.',
    );
    screen.line();
    await stage.allowOrders(ACTOR);
    const start = await stage.state();
    await tradeByQuote(stage, ACTOR, [
        stage.leg(start, 'BTC', perpetual(), '1.5'),
        stage.leg(start, 'BTC', stage.option(start, 'BTC', 2, 'put', 0.93), '-1'),
    ]);
    const abort = new AbortController();
    const seen: { signature: Signature; event: Liquidated }[] = [];
    const watching = follow(stage, abort.signal, seen);
    try {
        const steps = [await tellHealth(screen, stage)];
        let [price, volatility] = [indexOf(start, 'BTC'), 0.5];
        while (seen.length === 0) {
            if (steps.length > MOST_STEPS) throw new Error('the account survived a crash that should have broken it');
            price *= 1 - FALL;
            volatility += RISE;
            stage.network.prices.quote({ BTC: volatility });
            stage.network.prices.hold({ BTC: Math.round(price * 100) / 100 });
            await reached(stage, price);
            // Whoever watches the chain hears of a liquidation a moment after it landed.
            await pause(HEARSAY);
            if (await isBroken(stage)) await until(() => seen.length > 0, 'the keeper to liquidate');
            if (seen.length === 0) steps.push(await tellHealth(screen, stage));
        }
        screen.line();
        screen.say(
            'Below maintenance margin anyone may step in, but only as far as it takes to lift the account back to its target. The keeper has ' +
                'computed the margin of every account at the new price before it was on chain, and sends the price and its step together.',
        );
        await quiet(seen);
        for (const [index, { signature, event }] of seen.entries())
            await tellStep(screen, stage, index + 1, signature, event);
        screen.line();
        const after = await tellHealth(screen, stage);
        screen.line();
        screen.say(
            'Back above its target the account cannot be liquidated any more. The keeper trades away what it took over, by a quote as anybody else.',
        );
        return { steps, liquidations: seen.map(({ signature, event: step }) => ({ signature, step })), after };
    } finally {
        abort.abort();
        await watching;
    }
}

/** Keeps the liquidations of the account. */
async function follow(
    stage: Stage,
    abortSignal: AbortSignal,
    seen: { signature: Signature; event: Liquidated }[],
): Promise<void> {
    const account = stage.accountOf(ACTOR);
    try {
        for await (const { signature, event } of watchEvents(stage.network.connection.rpcSubscriptions, abortSignal)) {
            if (event.name === 'Liquidated' && event.account === account) seen.push({ signature, event });
        }
    } catch (error) {
        if (!abortSignal.aborted) throw error;
    }
}

/** Waits until the market holds a price. */
async function reached(stage: Stage, price: number): Promise<void> {
    await until(async () => Math.abs(indexOf(await stage.state(), 'BTC') / price - 1) < 1e-6, 'the price to arrive');
}

async function isBroken(stage: Stage): Promise<boolean> {
    const { report } = await stage.standing(ACTOR);
    return report.modes[report.mode].maintenanceExcess < 0n;
}

/** Waits until no more liquidations come. */
async function quiet(seen: readonly unknown[]): Promise<void> {
    let [count, since] = [seen.length, Date.now()];
    await until(() => {
        if (seen.length !== count) [count, since] = [seen.length, Date.now()];
        return Date.now() - since > QUIET;
    }, 'the liquidation to end');
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!(await condition())) {
        if (Date.now() > deadline) throw new Error(`waited ${PATIENCE / 1_000} s for ${what}`);
        await pause(100);
    }
}

function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function tellHealth(screen: Screen, stage: Stage): Promise<Health> {
    const { state, report } = await stage.standing(ACTOR);
    const { initialExcess, maintenanceExcess } = report.modes[report.mode];
    const asked = report.equity - maintenanceExcess;
    const share = report.equity > 0n ? Number(asked) / Number(report.equity) : 1;
    const tone: Tone = report.tier === 'healthy' ? 'good' : report.tier === 'closeOnly' ? 'warning' : 'bad';
    const index = indexOf(state, 'BTC');
    screen.line(
        `  BTC ${amount(index).padStart(10)}   equity ${usd(report.equity).padStart(10)}   initial excess ` +
            `${usd(initialExcess).padStart(11)}   ${screen.tone(tone, `${bar(share)} ${percentOf(asked, report.equity).padStart(7)}  ${tierName(report)}`)}`,
    );
    return {
        index,
        equity: String(report.equity),
        initialExcess: String(initialExcess),
        maintenanceExcess: String(maintenanceExcess),
        tier: tierName(report),
    };
}

function tierName({ tier }: MarginReport): string {
    return {
        healthy: 'healthy',
        closeOnly: 'close-only',
        partial: 'partial liquidation',
        accelerated: 'accelerated liquidation',
        bankrupt: 'bankrupt',
    }[tier];
}

async function tellStep(
    screen: Screen,
    stage: Stage,
    number: number,
    signature: Signature,
    step: Liquidated,
): Promise<void> {
    const share = Number(step.slice) / 2 ** 28;
    const what =
        step.slice > 0
            ? `buys a slice of ${(share * 100).toFixed(2)} % of the account for ${usd(step.paid)} USD`
            : step.bank > 0
              ? `buys collateral for ${usd(step.paid)} USD`
              : `takes over positions at their marks for a reward of ${usd(step.reward)} USD`;
    screen.line();
    screen.line(`  ${screen.tone('strong', `Step ${number}: the keeper ${what}`)}`);
    screen.item(`equity ${usd(step.equityBefore)} -> ${usd(step.equity)}, insurance fund +${usd(step.insurance)}`);
    screen.item(`maintenance excess ${usd(step.maintenanceExcessBefore)} -> ${usd(step.maintenanceExcess)}`);
    const events = await fetchEvents(stage.network.connection.rpc, signature);
    const prices = events.filter((event) => event.name === 'PriceRefreshed').length;
    screen.line(`    ${screen.tone('faint', `${signature}${prices > 0 ? `, with ${prices} new prices` : ''}`)}`);
}
