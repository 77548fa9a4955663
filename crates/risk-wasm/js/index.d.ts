import type { Book } from './book.js';
import type { Report } from './report.js';

export type { Book, Report };

/** The margin modes: every position alone, positions of one market together, markets of one group together. */
export type Mode = 'isolated' | 'cross' | 'portfolio';

/** How healthy an account is, best first. */
export type Tier =
    /** Everything is allowed. */
    | 'healthy'
    /** Below initial margin: only trades that reduce risk. */
    | 'closeOnly'
    /** Below maintenance margin: anyone may close legs or take a slice. */
    | 'partial'
    /** Cover below half of the maintenance requirement. */
    | 'accelerated'
    /** Equity below zero. */
    | 'bankrupt';

/** Accounts as an RPC node returns them: their data, discriminator included. */
export interface Accounts {
    /** The exchange that the margin account names. */
    exchange: Uint8Array;
    /** The margin account. */
    account: Uint8Array;
    /**
     * The markets and banks that the margin account refers to and the quote token's bank, in any order. More of
     * them, and those of other exchanges, change nothing.
     */
    sources: Iterable<Uint8Array>;
}

/** When an account is assessed. */
export interface Moment {
    /** Unix seconds, whole. */
    now: bigint | number;
    /** Slot. */
    slot: bigint | number;
}

/** One scenario of a market, or of a group of markets. */
export interface Scenario {
    /** Volatility up, as it is, or down; a tilted or bent smile; or every expiry moving by itself. */
    row: 'up' | 'flat' | 'down' | 'skew' | 'basis';
    /**
     * Core nodes from the deepest fall to the highest rise, then the tails. Of skew: 0 linear, 1 absolute. Of basis: 0.
     */
    node: number;
}

/** Requirements in one mode, in µUSD. */
export interface ModeReport {
    /** Scan losses: of positions, of markets, or of groups. */
    scanLoss: bigint;
    /** Part of it that the maintenance factor applies to. */
    maintenanceLoss: bigint;
    /** Charges on naked short options, initial margin's included. */
    nakedShortCharge: bigint;
    /** Charges on linear notional, initial margin's included. */
    linearCharge: bigint;
    /** Charges on uncertain prices; initial margin alone. */
    confidenceCharge: bigint;
    /** Charges on large net delta and vega; initial margin alone. */
    concentrationCharge: bigint;
    /** Initial requirement, haircuts not included. */
    initialRequirement: bigint;
    /** Maintenance requirement, haircuts not included. */
    maintenanceRequirement: bigint;
    /** Initial excess. */
    initialExcess: bigint;
    /** Maintenance excess. */
    maintenanceExcess: bigint;
    /** Withdrawal excess. */
    withdrawalExcess: bigint;
}

/** What the positions in one market risk, revalued together. Amounts are µUSD. */
export interface MarketReport {
    /** Number of the market. */
    market: number;
    /** Binding scenario of the market by itself. */
    binding: Scenario;
    /** Scan loss of the market by itself. */
    scanLoss: bigint;
    /** Delta × index. */
    delta: bigint;
    /** Change of `delta` per 1 % rise of the index. */
    gamma: bigint;
    /** Per volatility point. */
    vega: bigint;
    /** Per day. */
    theta: bigint;
    /** Per percentage point of all rates. */
    rho: bigint;
}

/** An account's margin in all three modes. Amounts are µUSD. */
export interface MarginReport {
    /** The account's own mode. */
    mode: Mode;
    /** The account's tier in its own mode. */
    tier: Tier;
    /** Compute units that one check of the account may need at most. */
    checkComputeUnits: number;
    /** Equity. */
    equity: bigint;
    /** Cash. */
    cash: bigint;
    /** Collateral at its prices. */
    collateral: bigint;
    /** Options at their marks. */
    options: bigint;
    /** Unsettled profit of perpetuals, futures and claims. */
    linearProfit: bigint;
    /** Initial haircuts. */
    initialHaircut: bigint;
    /** Maintenance haircuts. */
    maintenanceHaircut: bigint;
    /** Part of the unsettled gains that initial margin does not count. */
    uncountedGain: bigint;
    /** What a withdrawal may not rely on, beyond `uncountedGain`. */
    unwithdrawable: bigint;
    /** Σ |quantity| × index. */
    grossNotional: bigint;
    /** Value at risk of the net Greeks, for comparison; it enters no requirement. */
    valueAtRisk: bigint;
    /**
     * Binding joint scenario of each group that the account has markets in, portfolio mode, in the order of the groups;
     * what follows the last of them says nothing.
     */
    jointBindings: Scenario[];
    /** Requirements and excess in each mode. */
    modes: Record<Mode, ModeReport>;
    /** Greeks and losses of each market with positions, in the order of the account's market slots. */
    markets: MarketReport[];
}

/** What one market of an account gains or loses in every scenario, revalued together. Amounts are µUSD. */
export interface ScenarioMatrix {
    /** Number of the market. */
    market: number;
    /** Price moves within the scan range, which come first in every row. */
    coreNodes: number;
    /** Extreme price moves, which follow them. */
    tailNodes: number;
    /** The price move of every node, as a fraction: −0.15 is a fall by 15 %. */
    moves: number[];
    /** Profit by volatility and node, tails weighted; null where there is no such scenario. */
    profits: Record<'up' | 'flat' | 'down', (bigint | null)[]>;
    /** Losses in the skew scenarios. */
    skewLosses: { linear: bigint; absolute: bigint };
    /** Loss to the basis shocks. */
    basisLoss: bigint;
    /** Scan loss. */
    scanLoss: bigint;
    /** Binding scenario. */
    binding: Scenario;
}

/** A contract as a leg of a trade names it. */
export interface Contract {
    /** 1: the perpetual, 3: a future, 4: a call, 5: a put. */
    kind: number;
    /** Slot of the expiry or series in the market; 0 for the perpetual. */
    slot: number;
    /** Number of the expiry or series; 0 for the perpetual. */
    number: number;
}

/** What a contract is marked at. Prices are ticks. */
export interface Mark {
    /** The contract. */
    contract: Contract;
    /** The mark. */
    price: bigint;
    /** How far from it a trade's price may be. */
    band: bigint;
    /** Change of the mark per 1.00 of volatility; 0 unless an option. */
    vega: bigint;
    /** Change of the mark per rise of the index by 100 %, to first order. */
    delta: bigint;
}

/** The margin engine and the calculator. They keep nothing between calls. */
export interface Engine {
    /**
     * The report of a book in human units: what `ballast margin --json` computes, in all modes. Amounts in the report
     * are numbers in USD. Needs calculator.wasm.
     *
     * @throws {EngineError} the book states something that it cannot; `problem` names the field
     */
    margin(book: Book): Report;

    /**
     * The same from text to text, both JSON: amounts keep all of their digits.
     *
     * @throws {EngineError} as `margin`
     */
    marginText(book: string): string;

    /**
     * The margin report of an account, as the program's `assess` would return it at this moment.
     *
     * @throws {EngineError} an account of another type or layout, or one that the margin account refers to is missing
     */
    assess(accounts: Accounts, moment: Moment): MarginReport;

    /**
     * The same as bytes: those that `assess` returns on chain, trailing zeros included.
     *
     * @throws {EngineError} as `assess`
     */
    assessBytes(accounts: Accounts, moment: Moment): Uint8Array;

    /**
     * The marks of everything that a market lists, as the program would compute them at this time, Unix seconds: the
     * perpetual, futures, options. What has no mark is left out: an expiry that is over, or without a surface yet.
     *
     * @throws {EngineError} an account of another type or layout
     */
    marks(market: Uint8Array, now: bigint | number): Mark[];

    /**
     * What the positions in one market, and what is declared a hedge there, gain or lose in every scenario.
     *
     * @throws {EngineError} as `assess`, or the account holds nothing in the market
     */
    assessMarket(accounts: Accounts, moment: Moment, market: number): ScenarioMatrix;

    /**
     * The same as bytes, trailing zeros included.
     *
     * @throws {EngineError} as `assessMarket`
     */
    assessMarketBytes(accounts: Accounts, moment: Moment, market: number): Uint8Array;
}

/** Why the engine gave no answer. The message says what was expected and what came. */
export class EngineError extends Error {
    name: 'EngineError';
    /** What is wrong with a book, if it is one that was refused. */
    problem?: BookProblem;
}

/** What is wrong with a book. */
export interface BookProblem {
    /** Where in the book, as a path such as `markets[0].price`; empty for the book as a whole. */
    path: string;
    /** What is wrong. */
    problem: string;
    /** The value given, where there is one. */
    value?: string;
    /** What is accepted, where it is a range or a list. */
    expected?: string;
    /** What was probably meant. */
    hint?: string;
}

/**
 * What the engine can be loaded from: the bytes of engine.wasm, or of calculator.wasm, which can read books as well but
 * is larger; a response that brings them; or a compiled module.
 */
export type EngineSource = BufferSource | Response | WebAssembly.Module;

/** Loads the engine: `loadEngine(fetch(url))` in a browser, `loadEngine(readFile(path))` in Node. */
export function loadEngine(source: EngineSource | Promise<EngineSource>): Promise<Engine>;

/** Bytes of a whole report. */
export const REPORT_SIZE: number;

/**
 * Reads the bytes of a report, such as the return data of the program's `assess`, from which the network cuts
 * trailing zeros off.
 *
 * @throws {RangeError} more bytes than a report has, or another layout
 */
export function decodeReport(bytes: Uint8Array): MarginReport;

/**
 * Reads the bytes of a scenario matrix.
 *
 * @throws {RangeError} as `decodeReport`
 */
export function decodeScenarioMatrix(bytes: Uint8Array): ScenarioMatrix;
