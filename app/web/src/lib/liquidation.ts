// What a step of a liquidation did, from what the program recorded of it: docs/margin-model.md, section 8. Whole numbers, rounded
// as the program rounds them.

import type {
    ExchangeParameters,
    ExchangeState,
    LiquidationStep,
    LiquidationTransaction,
    MarginAccount,
    Market,
} from '@ballast/client';
import type { Tier } from '@ballast/engine';

/** 1 in the scale of ratios. */
const ONE_Q30 = 1n << 30n;
/** Numbers of the tiers above the first in which an account may be liquidated. */
const TIERS = { accelerated: 3, bankrupt: 4 } as const;
/** The highest urgency: the largest ratio. */
const MOST_URGENT = (1n << 32n) - 1n;

/** An account at one moment, as it was recorded; µUSD. */
export interface Vector {
    readonly equity: bigint;
    /** What maintenance margin asks equity to be: requirement and haircuts. */
    readonly maintenance: bigint;
    /** The requirement in it; of a bankruptcy it is not recorded. */
    readonly requirement: bigint | undefined;
    /** Equity less maintenance margin. */
    readonly excess: bigint;
    /** How far the excess is above the liquidation's target; negative below. At today's buffer. */
    readonly toTarget: bigint;
}

/** What made an account liquidatable. */
export type Breach =
    /** Equity was below maintenance margin. */
    | 'below'
    /** It was not any more, but the liquidation had not reached its target. */
    | 'underWay'
    /** Equity was below zero. */
    | 'bankrupt';

/** Why more than the close factor might go at once; nothing where the close factor bound. */
export type Hurry =
    /** Less than half of the requirement was covered. */
    | 'half'
    /** The liquidation had taken too long. */
    | 'late'
    | undefined;

/** A step, taken apart. Ratios have the scale 2^-30. */
export interface StepFigures {
    readonly before: Vector;
    readonly after: Vector;
    readonly breach: Breach;
    readonly hurry: Hurry;
    /** Share of the account that went, rounded up; nothing for collateral, which no factor limits. */
    readonly share: bigint | undefined;
    /** What went at its marks, µUSD; nothing for legs, whose value stays in the account as cash. */
    readonly value: bigint | undefined;
    /** What the liquidator paid for it, or received for taking it (negative), µUSD. */
    readonly paid: bigint;
    /** What the step cost the account against the marks, µUSD; negative: others made a deficit good. */
    readonly cost: bigint;
    /** Requirement that it freed, µUSD. */
    readonly freed: bigint | undefined;
    /** How fast it might go; a bankruptcy has no such terms. */
    readonly pace: Pace | undefined;
}

/** Close factor and what it follows from. Ratios have the scale 2^-30. */
export interface Pace {
    readonly regime: bigint;
    readonly urgency: bigint;
    /** As the program recorded it. */
    readonly closeFactor: bigint;
    /** Whether today's parameters give the same, so that what follows from them held then, too. */
    readonly isOfToday: boolean;
    /** Slots of a cool-down. */
    readonly coolDown: bigint;
    /** Reward for legs, of the requirement freed. */
    readonly bonus: bigint;
}

/** Takes a step apart; `parameters` are those of today. */
export function figuresOf({ event, request }: LiquidationStep, parameters: ExchangeParameters): StepFigures {
    const requirements =
        event.name === 'Liquidated' ? ([event.requirementBefore, event.requirement] as const) : ([] as const);
    const before = vector(event.equityBefore, event.maintenanceExcessBefore, requirements[0], parameters);
    const after = vector(event.equity, event.maintenanceExcess, requirements[1], parameters);
    const freed =
        before.requirement === undefined || after.requirement === undefined
            ? undefined
            : before.requirement - after.requirement;
    const cost = before.equity - after.equity;
    const breach = before.equity < 0n ? 'bankrupt' : before.excess < 0n ? 'below' : 'underWay';
    if (event.name === 'BankruptcyResolved') {
        const share = BigInt(event.fraction) << 2n;
        const received = event.deficit + event.bonus;
        return {
            before,
            after,
            breach,
            hurry: undefined,
            share,
            value: cost,
            paid: -received,
            cost,
            freed,
            pace: undefined,
        };
    }
    const isLegs = request.__kind === 'Legs';
    return {
        before,
        after,
        breach,
        hurry: hurryOf(event, before),
        share: isLegs ? shareFreed(freed ?? 0n, before.requirement ?? 0n) : shareOf(event.slice),
        value: isLegs ? undefined : cost + event.paid,
        paid: isLegs ? -event.reward : event.paid,
        cost,
        freed,
        pace: paceOf(event, before, parameters),
    };
}

/** What a liquidator gained at the marks: the discount, the reward or the bonus; µUSD. */
export function gainOf(event: LiquidationStep['event']): bigint {
    if (event.name === 'BankruptcyResolved') return event.bonus;
    const isLegs = event.slice === 0 && event.bank === 0;
    return isLegs ? event.reward : event.equityBefore - event.equity;
}

/** A liquidation under way. Ratios have the scale 2^-30, times are slots. */
export interface Auction {
    readonly elapsed: bigint;
    /** What a slice costs, of its value at the marks. */
    readonly price: bigint;
    /** Until that is at its lowest. */
    readonly toLowest: bigint;
    /** Share of the account that went in this cool-down. */
    readonly taken: bigint;
    /** Until the cool-down is over. */
    readonly toNextStep: bigint;
    /** Whether it has taken so long that, below maintenance margin, any part may go at once. */
    readonly isLate: boolean;
}

/** The liquidation of an account as it stands; nothing if there is none, or it lapsed. */
export function auctionOf(account: MarginAccount, { exchange, markets, moment }: ExchangeState): Auction | undefined {
    const { liquidationStartedSlot: began, liquidationStepSlot: stepped, liquidationTaken } = account;
    if (began === 0n) return undefined;
    const { parameters } = exchange.data;
    const held = account.markets.flatMap((it) => (it.positionCount > 0 ? (markets.get(it.market)?.data ?? []) : []));
    const regime = held.map(regimeOf).reduce((most, it) => (it > most ? it : most), 0n) || ONE_Q30;
    const fallen = (BigInt(parameters.slicePriceSlots) << 30n) / regime;
    const coolDown = (BigInt(parameters.liquidationCooldownSlots) << 30n) / regime;
    const late = BigInt(parameters.acceleratedSlots);
    const since = (slot: bigint) => (moment.slot > slot ? moment.slot - slot : 0n);
    const [elapsed, idle] = [since(began), since(stepped)];
    const longest = [fallen + 1n, late, coolDown].reduce((most, it) => (it > most ? it : most));
    if (idle > 2n * longest) return undefined;
    const [start, end] = [BigInt(parameters.slicePriceStart), BigInt(parameters.slicePriceEnd)];
    const span = BigInt(Math.max(1, parameters.slicePriceSlots)) << 30n;
    const passed = elapsed * regime < span ? elapsed * regime : span;
    return {
        elapsed,
        price: start - ((start - end) * passed) / span,
        toLowest: fallen + 1n > elapsed ? fallen + 1n - elapsed : 0n,
        taken: idle >= coolDown ? 0n : liquidationTaken,
        toNextStep: coolDown > idle ? coolDown - idle : 0n,
        isLate: elapsed > late,
    };
}

/** √(fast / slow) of a market's realised variances, between a half and three. */
function regimeOf({ prices: { varianceFast: fast, varianceSlow: slow } }: Market): bigint {
    if (slow === 0n) return fast === 0n ? ONE_Q30 : 3n * ONE_Q30;
    return clamp(root((fast << 60n) / slow), ONE_Q30 / 2n, 3n * ONE_Q30);
}

/** The root of a whole number, rounded down. */
function root(square: bigint): bigint {
    let [low, high] = [0n, 1n << BigInt(Math.ceil(square.toString(2).length / 2) + 1)];
    while (high - low > 1n) {
        const middle = (low + high) >> 1n;
        if (middle * middle <= square) low = middle;
        else high = middle;
    }
    return low;
}

/** Seconds by which a block's time may be off the prices in it before it is no time at all. */
const PLAUSIBLE = 86_400n;
/** No exchange is older: September 2020. */
const EARLIEST = 1_600_000_000n;

/**
 * When a transaction was executed, Unix seconds: the block's time or, where the node keeps none or says what cannot be, when
 * the newest of the prices in it was published; nothing if there is none.
 */
export function timeOf({ at, events }: Pick<LiquidationTransaction, 'at' | 'events'>): bigint | undefined {
    const published = events.flatMap((event) => (event.name === 'PriceRefreshed' ? [event.publishTime] : []));
    const newest = published.reduce<bigint | undefined>((most, it) => (most && most > it ? most : it), undefined);
    if (at === undefined || at < EARLIEST) return newest;
    return newest === undefined || (at > newest - PLAUSIBLE && at < newest + PLAUSIBLE) ? at : newest;
}

/** The tier that a step was taken in. */
export function tierOf(event: LiquidationStep['event']): Tier {
    if (event.name === 'BankruptcyResolved' || event.tier === TIERS.bankrupt) return 'bankrupt';
    return event.tier === TIERS.accelerated ? 'accelerated' : 'partial';
}

function vector(
    equity: bigint,
    excess: bigint,
    requirement: bigint | undefined,
    { liquidationBuffer }: ExchangeParameters,
): Vector {
    const maintenance = equity - excess;
    return {
        equity,
        maintenance,
        requirement,
        excess,
        toTarget: excess - ceil(BigInt(liquidationBuffer) * maintenance),
    };
}

function hurryOf(event: LiquidationStep['event'], { excess, requirement }: Vector): Hurry {
    if (tierOf(event) !== 'accelerated' || requirement === undefined) return undefined;
    return 2n * (excess + requirement) < requirement ? 'half' : 'late';
}

function paceOf(
    event: Extract<LiquidationStep['event'], { name: 'Liquidated' }>,
    before: Vector,
    parameters: ExchangeParameters,
): Pace {
    const regime = BigInt(event.regime);
    const urgency = urgencyOf(before, regime);
    const closeFactor = BigInt(event.closeFactor);
    const asked = clamp(
        (BigInt(parameters.closeFactor) * urgency) >> 30n,
        BigInt(parameters.closeFactorFloor),
        ONE_Q30,
    );
    return {
        regime,
        urgency,
        closeFactor,
        isOfToday: asked === closeFactor,
        coolDown: regime > 0n ? (BigInt(parameters.liquidationCooldownSlots) << 30n) / regime : 0n,
        bonus: (BigInt(parameters.liquidationFee) * clamp(2n * urgency, ONE_Q30 / 2n, ONE_Q30)) >> 30n,
    };
}

function urgencyOf({ toTarget, maintenance }: Vector, regime: bigint): bigint {
    if (toTarget >= 0n) return 0n;
    if (maintenance <= 0n) return MOST_URGENT;
    return clamp((-toTarget * regime) / maintenance, 0n, MOST_URGENT);
}

/** A share of the account; nothing of collateral. */
function shareOf(slice: number): bigint | undefined {
    return slice === 0 ? undefined : BigInt(slice) << 2n;
}

function shareFreed(freed: bigint, required: bigint): bigint {
    if (freed <= 0n) return 0n;
    return required <= 0n ? MOST_URGENT : ((freed << 30n) + required - 1n) / required;
}

/** A product in scale 2^-30 as a whole number, rounded up. */
function ceil(product: bigint): bigint {
    return -(-product >> 30n);
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
    return value < least ? least : value > most ? most : value;
}
