// Where prices go: a fixed level, a random walk, a script, or the rows of a CSV file.

/** Prices in USD, by name. */
export type Prices = Readonly<Record<string, number>>;

/** Prices over time. */
export interface PricePath {
    /** What the reader of a log should know of it. */
    readonly description: string;
    /** Prices so many seconds after the start; names that it leaves out stay where they were. */
    at(seconds: number): Prices;
}

/** Prices that stay where they are. */
export function steady(prices: Prices): PricePath {
    return { description: 'steady prices', at: () => prices };
}

/** How a walk goes. */
export interface WalkOptions {
    /** The same seed makes the same walk. */
    readonly seed: number;
    /** How many seconds of market time pass in one. */
    readonly speed: number;
    /** Volatility per year, by name; names without one stay. */
    readonly volatilities: Prices;
}

/** How much of a step all names share. */
const COMMON = 0.7;
const YEAR_SECONDS = 31_536_000;

/**
 * A random walk in logarithms, a step a second. Names move together in part.
 *
 * Asked for a time that has passed, it answers with the price that it had come to.
 */
export function walk(start: Prices, { seed, speed, volatilities }: WalkOptions): PricePath {
    const random = normals(seed);
    const names = Object.keys(start).filter((name) => (volatilities[name] ?? 0) > 0);
    const logarithms = new Map(names.map((name) => [name, Math.log(start[name] ?? 1)]));
    let walked = 0;
    return {
        description: `a random walk (seed ${seed}, ${speed} seconds of the market in one)`,
        at(seconds) {
            for (; walked + 1 <= seconds; walked += 1) {
                const common = random();
                for (const name of names) {
                    const step = COMMON * common + Math.sqrt(1 - COMMON * COMMON) * random();
                    const deviation = (volatilities[name] ?? 0) * Math.sqrt(speed / YEAR_SECONDS);
                    logarithms.set(name, (logarithms.get(name) ?? 0) + deviation * step);
                }
            }
            const walking = [...logarithms].map(([name, logarithm]) => [name, Math.exp(logarithm)]);
            return { ...start, ...Object.fromEntries(walking) };
        },
    };
}

/** A script: prices at given times, straight lines between them. */
export interface Script {
    /** Steps in the order of their time. */
    readonly steps: readonly ({ readonly at: number } & Readonly<Record<string, number>>)[];
}

/**
 * Prices that follow a script: `{ "steps": [{ "at": 0, "BTC": 100000 }, { "at": 30, "BTC": 80000 }] }`, `at` in seconds
 * after the start. Between two steps that name a price it moves in a straight line; after its last one it stays.
 *
 * @throws if the text is no such script; the message says where
 */
export function script(text: string): PricePath {
    const { steps } = parseScript(text);
    const names = [...new Set(steps.flatMap((step) => Object.keys(step)))].filter((name) => name !== 'at');
    const last = Math.max(...steps.map((step) => step.at));
    const priceAt = (name: string, seconds: number): number | undefined => {
        const named = steps.filter((step) => step[name] !== undefined);
        const before = named.findLast((step) => step.at <= seconds);
        const after = named.find((step) => step.at > seconds);
        if (!before) return undefined;
        const from = before[name] ?? 0;
        if (!after) return from;
        return from + (((after[name] ?? from) - from) * (seconds - before.at)) / (after.at - before.at);
    };
    return {
        description: `a script of ${steps.length} steps over ${last} seconds`,
        at(seconds) {
            const prices = names.map((name) => [name, priceAt(name, seconds)] as const);
            return Object.fromEntries(
                prices.filter((entry): entry is readonly [string, number] => entry[1] !== undefined),
            );
        },
    };
}

function parseScript(text: string): Script {
    const expected = 'expected { "steps": [{ "at": 0, "BTC": 100000 }, …] }';
    let parsed: unknown;
    try {
        parsed = JSON.parse(text);
    } catch (error) {
        throw new Error(`the script is not JSON: ${String(error)}; ${expected}`);
    }
    const steps = (parsed as { steps?: unknown } | null)?.steps;
    if (!Array.isArray(steps) || steps.length === 0) throw new Error(`the script has no steps; ${expected}`);
    let earlier = -1;
    for (const [index, step] of steps.entries()) {
        const entries = Object.entries((step ?? {}) as Record<string, unknown>);
        for (const [name, value] of entries) {
            const valid =
                typeof value === 'number' && Number.isFinite(value) && (name === 'at' ? value >= 0 : value > 0);
            if (!valid)
                throw new Error(`step ${index + 1}: ${name} is ${JSON.stringify(value)}, expected a positive number`);
        }
        const { at } = step as { at?: number };
        if (at === undefined || at <= earlier) {
            throw new Error(`step ${index + 1}: at is ${at}, expected more than ${earlier}`);
        }
        earlier = at;
    }
    return { steps: steps as Script['steps'] };
}

/**
 * The rows of a CSV file, one after the other, `interval` seconds each; the last one stays. Lines that begin with `#`
 * are comments; the first other line names the columns, of which the first is a date.
 *
 * @throws if the text is no such table; the message names the line
 */
export function csv(text: string, interval: number): PricePath {
    const lines = text.split(/\r?\n/).map((line, index) => ({ number: index + 1, text: line.trim() }));
    const [heading, ...rows] = lines.filter((line) => line.text !== '' && !line.text.startsWith('#'));
    const names = heading?.text.split(',').slice(1) ?? [];
    if (names.length === 0 || rows.length === 0) {
        throw new Error('the CSV file has no prices; expected a line such as date,BTC,ETH and rows below it');
    }
    const table = rows.map(({ number, text: row }) => {
        const cells = row.split(',').slice(1).map(Number);
        if (cells.length !== names.length || cells.some((price) => !(price > 0))) {
            throw new Error(`line ${number}: ${row}: expected a date and ${names.length} positive prices`);
        }
        return Object.fromEntries(names.map((name, column) => [name, cells[column] ?? 0]));
    });
    return {
        description: `${table.length} rows of a CSV file, ${interval} s each`,
        at: (seconds) => table[Math.min(Math.floor(seconds / interval), table.length - 1)] ?? {},
    };
}

/** Numbers with a standard normal distribution, the same for the same seed. */
function normals(seed: number): () => number {
    let state = (seed ^ 0x9e3779b9) >>> 0;
    // mulberry32: 32 bits of state are plenty for a walk.
    const uniform = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
    };
    return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
