// What the screens ask of the margin engine, beyond one report. Everything is the engine's own answer about an account
// as it is, or about one that differs in a position, a price or the time.

import { getMarginAccountDecoder } from '@ballast/client';
import type { Engine, MarginReport, Mark, ScenarioMatrix } from '@ballast/engine';

import { alone, emptied, encode, keeping } from './hypothetical.js';
import { withPrice } from './prices.js';
import type { BankSource, MarketSource, Snapshot } from './snapshot.js';
import { withVolatility } from './surfaces.js';

/** Prices moved: by which share each market's index, and its token as collateral, moves. */
export type Moves = ReadonlyMap<number, number>;

/** The report of an account at a snapshot. */
export function report(engine: Engine, snapshot: Snapshot, account: Uint8Array): MarginReport {
    const { exchange, now, slot } = snapshot;
    return engine.assess({ exchange, account, sources: sourcesOf(snapshot) }, { now, slot });
}

/** An account's report, or why there is none. */
export type Outcome = { readonly report: MarginReport } | { readonly problem: string };

/** Reports of many accounts. One that cannot be assessed does not keep the others from it. */
export function reports(engine: Engine, snapshot: Snapshot, accounts: readonly Uint8Array[]): Outcome[] {
    return accounts.map((account) => outcomeOf(engine, snapshot, account));
}

function outcomeOf(engine: Engine, snapshot: Snapshot, account: Uint8Array): Outcome {
    try {
        return { report: report(engine, snapshot, account) };
    } catch (error) {
        return { problem: error instanceof Error ? error.message : String(error) };
    }
}

/** What a position, or several of one market together, is and does. Amounts are µUSD. */
export interface PositionFigures {
    /** Options at the mark, or unsettled profit. */
    readonly value: bigint;
    readonly delta: bigint;
    readonly gamma: bigint;
    readonly vega: bigint;
    readonly theta: bigint;
    readonly rho: bigint;
    /** Scan loss by itself. */
    readonly scanLoss: bigint;
    /** What the initial requirement would be less without it; negative where it lowers the requirement. */
    readonly initialShare: bigint;
    /** The same of the maintenance requirement. */
    readonly maintenanceShare: bigint;
}

/** Figures of every position of an account, in its order. */
export function positions(engine: Engine, snapshot: Snapshot, account: Uint8Array): PositionFigures[] {
    const { positionCount } = getMarginAccountDecoder().decode(account);
    return groups(
        engine,
        snapshot,
        account,
        indices(positionCount).map((index) => [index]),
    );
}

/** Figures of groups of an account's positions, by their indices; those of a group are of one market. */
export function groups(
    engine: Engine,
    snapshot: Snapshot,
    account: Uint8Array,
    all: readonly (readonly number[])[],
): PositionFigures[] {
    const data = getMarginAccountDecoder().decode(account);
    const whole = report(engine, snapshot, account);
    const { initialRequirement, maintenanceRequirement } = whole.modes[whole.mode];
    return all.map((group) => {
        const itself = report(engine, snapshot, encode(alone(data, ...group)));
        const rest = encode(keeping(data, (at) => !group.includes(at)));
        const without = report(engine, snapshot, rest).modes[whole.mode];
        const [market] = itself.markets;
        return {
            value: itself.options + itself.linearProfit,
            delta: market?.delta ?? 0n,
            gamma: market?.gamma ?? 0n,
            vega: market?.vega ?? 0n,
            theta: market?.theta ?? 0n,
            rho: market?.rho ?? 0n,
            scanLoss: itself.modes[whole.mode].scanLoss,
            initialShare: initialRequirement - without.initialRequirement,
            maintenanceShare: maintenanceRequirement - without.maintenanceRequirement,
        };
    });
}

/** What a deposit is worth, and what margin does not count of it; µUSD. */
export interface BalanceFigures {
    readonly value: bigint;
    readonly initialHaircut: bigint;
    readonly maintenanceHaircut: bigint;
}

/** Figures of every balance of an account, in its order. Positions stay, for a declared hedge has another haircut. */
export function balances(engine: Engine, snapshot: Snapshot, account: Uint8Array): BalanceFigures[] {
    const data = getMarginAccountDecoder().decode(account);
    const { balances: empty } = emptied(data);
    return data.balances.map((balance, index) => {
        const single = { ...data, balances: empty.map((it, at) => (at === index ? balance : it)) };
        const { collateral, initialHaircut, maintenanceHaircut } = report(engine, snapshot, encode(single));
        return { value: collateral, initialHaircut, maintenanceHaircut };
    });
}

/** The scenarios of every market that an account has positions in. */
export function matrices(engine: Engine, snapshot: Snapshot, account: Uint8Array): ScenarioMatrix[] {
    const { exchange, now, slot } = snapshot;
    const accounts = { exchange, account, sources: sourcesOf(snapshot) };
    const held = report(engine, snapshot, account).markets;
    return held.map(({ market }) => engine.assessMarket(accounts, { now, slot }, market));
}

/** What each position gains or loses in one scenario of its market, by its index in the account; µUSD. */
export function cell(
    engine: Engine,
    snapshot: Snapshot,
    account: Uint8Array,
    market: number,
    { row, node }: { readonly row: 'up' | 'flat' | 'down'; readonly node: number },
): { readonly index: number; readonly profit: bigint }[] {
    const { exchange, now, slot } = snapshot;
    const data = getMarginAccountDecoder().decode(account);
    const inMarket = indices(data.positionCount).filter(
        (index) => data.markets[data.positions[index]?.marketSlot ?? -1]?.market === market,
    );
    return inMarket.map((index) => {
        const accounts = { exchange, account: encode(alone(data, index)), sources: sourcesOf(snapshot) };
        const matrix = engine.assessMarket(accounts, { now, slot }, market);
        return { index, profit: matrix.profits[row][node] ?? 0n };
    });
}

/** Equity and what it has to cover, after prices moved. µUSD. */
export interface LadderPoint {
    /** The move, as a share. */
    readonly move: number;
    readonly equity: bigint;
    /** What initial margin asks equity to be: requirement, haircuts, gains that do not count. */
    readonly initial: bigint;
    /** What maintenance margin asks it to be. */
    readonly maintenance: bigint;
}

/** A ladder of moves, and the moves at which maintenance margin is just met. */
export interface Ladder {
    readonly points: readonly LadderPoint[];
    readonly crossings: readonly number[];
}

/** Halvings that find a crossing to a thousandth of a step. */
const HALVINGS = 10;

/** What becomes of an account as the markets in `moved` all move by the same share, everything else unchanged. */
export function ladder(
    engine: Engine,
    snapshot: Snapshot,
    account: Uint8Array,
    moved: readonly number[],
    moves: readonly number[],
): Ladder {
    const at = (move: number): LadderPoint => {
        const shifted = shift(snapshot, new Map(moved.map((market) => [market, move])));
        const { equity, mode, modes } = report(engine, shifted, account);
        const { initialExcess, maintenanceExcess } = modes[mode];
        return { move, equity, initial: equity - initialExcess, maintenance: equity - maintenanceExcess };
    };
    const fails = ({ equity, maintenance }: LadderPoint) => equity < maintenance;
    const points = moves.map(at);
    const crossings = points.slice(1).flatMap((right, index) => {
        const left = points[index];
        if (!left || fails(left) === fails(right)) return [];
        let [low, high] = [left, right];
        for (let step = 0; step < HALVINGS; step += 1) {
            const middle = at((low.move + high.move) / 2);
            if (fails(middle) === fails(low)) low = middle;
            else high = middle;
        }
        return [(low.move + high.move) / 2];
    });
    return { points, crossings };
}

/** What moves in a stress: markets with their tokens, or a bank's price alone, each by a share; volatilities by a factor. */
export interface Stress {
    readonly name: string;
    readonly markets: Moves;
    readonly banks: Moves;
    /** 1 if left out. */
    readonly volatility?: number;
}

/** Reports of an account under stresses, everything else unchanged. */
export function stresses(engine: Engine, snapshot: Snapshot, account: Uint8Array, all: readonly Stress[]): Outcome[] {
    return all.map(({ markets, banks, volatility = 1 }) => {
        const shifted = shift(snapshot, markets);
        const moved = {
            ...shifted,
            markets: shifted.markets.map((it) => ({ ...it, bytes: withVolatility(it.bytes, volatility).bytes })),
            banks: shifted.banks.map((it) => movedTo(it, 'bank', banks.get(it.number))),
        };
        return outcomeOf(engine, moved, account);
    });
}

/** Equity of an account at moved prices and another time, µUSD; nothing where the engine has no answer. */
export function equities(
    engine: Engine,
    snapshot: Snapshot,
    account: Uint8Array,
    market: number,
    moves: readonly number[],
    now: bigint,
): (bigint | null)[] {
    return moves.map((move) => {
        try {
            return report(engine, shift({ ...snapshot, now }, new Map([[market, move]])), account).equity;
        } catch {
            return null;
        }
    });
}

/** A Greek of a market that a curve can show; µUSD in its own unit. */
export type Greek = 'delta' | 'gamma' | 'vega' | 'theta';

/** A Greek of an account in one market, at moved prices and another time, µUSD; nothing where the engine has no answer. */
export function greeks(
    engine: Engine,
    snapshot: Snapshot,
    account: Uint8Array,
    market: number,
    moves: readonly number[],
    now: bigint,
    greek: Greek,
): (bigint | null)[] {
    return moves.map((move) => {
        try {
            const moved = report(engine, shift({ ...snapshot, now }, new Map([[market, move]])), account);
            return moved.markets.find((it) => it.market === market)?.[greek] ?? 0n;
        } catch {
            return null;
        }
    });
}

/** How long one report takes, in milliseconds: the mean of many, for a browser's clock ticks in tenths of one. */
export function measure(engine: Engine, snapshot: Snapshot, account: Uint8Array, rounds = 100): number {
    report(engine, snapshot, account);
    const began = performance.now();
    for (let round = 0; round < rounds; round += 1) report(engine, snapshot, account);
    return (performance.now() - began) / rounds;
}

/** The snapshot with prices of markets moved, and of the tokens that are their underlyings. */
export function shift(snapshot: Snapshot, moves: Moves): Snapshot {
    return {
        ...snapshot,
        markets: snapshot.markets.map((it) => movedTo(it, 'market', moves.get(it.number))),
        banks: snapshot.banks.map((it) => movedTo(it, 'bank', moves.get(it.hedgeMarket))),
    };
}

function movedTo<T extends MarketSource | BankSource>(
    source: T,
    layout: 'market' | 'bank',
    move: number | undefined,
): T {
    if (!move) return source;
    const price = BigInt(Math.max(1, Math.round(Number(source.price) * (1 + move))));
    return { ...source, price, bytes: withPrice(source.bytes, layout, price) };
}

function sourcesOf({ markets, banks }: Snapshot): Uint8Array[] {
    return [...markets, ...banks].map(({ bytes }) => bytes);
}

function indices(count: number): number[] {
    return Array.from({ length: count }, (_, index) => index);
}

/** What everything that a market lists is marked at. */
export function marks(engine: Engine, snapshot: Snapshot, market: number): Mark[] {
    const source = snapshot.markets.find(({ number }) => number === market);
    return source ? engine.marks(source.bytes, snapshot.now) : [];
}
