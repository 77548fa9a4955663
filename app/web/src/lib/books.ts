// Books as files: JSON and CSV in human units, which hold on any exchange that lists the contracts.

import { fromLots, fromTicks, listedExpiries, marketName, toLots, toTicks, type Market } from '@ballast/client';

import { expiryName } from './format.js';
import type { LegSpec } from './url.js';

/** What a file holds. */
export interface BookFile {
    readonly name: string | undefined;
    readonly legs: readonly LegSpec[];
}

/** Why a file is no book: each problem with the place that it is at. */
export class BookFileError extends Error {
    override name = 'BookFileError';

    constructor(readonly problems: readonly string[]) {
        super(problems.join('\n'));
    }
}

/** The columns of a CSV, which are the fields of a leg in JSON. */
const COLUMNS = ['market', 'kind', 'expiry', 'strike', 'quantity', 'price'] as const;
type Column = (typeof COLUMNS)[number];
type Row = Readonly<Partial<Record<Column, string>>>;

const KINDS: readonly LegSpec['kind'][] = ['perpetual', 'future', 'call', 'put'];
const FORMAT = 'ballast-book';
const VERSION = 1;
/** Legs of a book: as many positions as an account holds. */
const MOST_LEGS = 64;
/** Characters of a file. */
const LONGEST = 100_000;
/** Problems that are told at once. */
const MOST_PROBLEMS = 8;

/** A book as JSON. */
export function bookToJson(name: string, legs: readonly LegSpec[], markets: readonly Market[]): string {
    const rows = legs.map((leg) => rowOf(leg, markets));
    return `${JSON.stringify({ format: FORMAT, version: VERSION, name, legs: rows }, undefined, 4)}\n`;
}

/** A book as CSV. */
export function bookToCsv(legs: readonly LegSpec[], markets: readonly Market[]): string {
    const rows = legs.map((leg) => rowOf(leg, markets));
    const lines = rows.map((row) => COLUMNS.map((column) => row[column] ?? '').join());
    return `${[COLUMNS.join(), ...lines].join('\n')}\n`;
}

/**
 * Reads a book from JSON or CSV, whichever it is.
 *
 * @throws {BookFileError} it is neither, or says something that makes no sense here
 */
export function readBook(text: string, markets: readonly Market[]): BookFile {
    if (text.length > LONGEST)
        throw new BookFileError([`The file has ${text.length} characters, a book ${LONGEST} at most.`]);
    const trimmed = text.replace(/^\uFEFF/, '').trim();
    if (trimmed === '') throw new BookFileError(['The file is empty.']);
    const { name, rows } = /^[[{]/.test(trimmed) ? rowsOfJson(trimmed) : rowsOfCsv(trimmed);
    if (rows.length === 0) throw new BookFileError(['The file has no legs.']);
    if (rows.length > MOST_LEGS) {
        throw new BookFileError([`The file has ${rows.length} legs, an account holds ${MOST_LEGS} positions.`]);
    }
    const problems: string[] = [];
    const legs = rows.flatMap(({ place, row }) => {
        const read = legOf(row, markets);
        if (typeof read !== 'string') return [read];
        problems.push(`${place}: ${read}`);
        return [];
    });
    if (problems.length > 0) throw new BookFileError(shortened(problems));
    return { name, legs };
}

function shortened(problems: readonly string[]): string[] {
    const more = problems.length - MOST_PROBLEMS;
    return [...problems.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`… and ${more} more problems.`] : [])];
}

function rowOf(leg: LegSpec, markets: readonly Market[]): Row {
    const market = marketOf(markets, leg.market);
    if (!market) throw new BookFileError([`${leg.market} is not listed, so its units are not known.`]);
    return {
        market: leg.market,
        kind: leg.kind,
        ...(leg.expiresAt === undefined ? {} : { expiry: isoOf(leg.expiresAt) }),
        ...(leg.strike === undefined ? {} : { strike: fromTicks(market, leg.strike) }),
        quantity: fromLots(market, leg.lots),
        ...(leg.price === undefined ? {} : { price: fromTicks(market, leg.price) }),
    };
}

const isoOf = (seconds: bigint) => new Date(Number(seconds) * 1_000).toISOString().replace('.000Z', 'Z');

/** Rows, each with where it stands in the file. */
interface Rows {
    readonly name: string | undefined;
    readonly rows: readonly { readonly place: string; readonly row: Row }[];
}

function rowsOfJson(text: string): Rows {
    let read: unknown;
    try {
        read = JSON.parse(text);
    } catch (error) {
        throw new BookFileError([`The file is no JSON: ${error instanceof Error ? error.message : String(error)}`]);
    }
    const book = Array.isArray(read) ? { legs: read as unknown } : (read as Readonly<Record<string, unknown>>);
    const { format = FORMAT, version = VERSION, name, legs } = book as Readonly<Record<string, unknown>>;
    if (format !== FORMAT || version !== VERSION) {
        throw new BookFileError([
            `The file says format ${JSON.stringify(format)}, version ${JSON.stringify(version)}; expected "${FORMAT}", version ${VERSION}.`,
        ]);
    }
    if (!Array.isArray(legs)) throw new BookFileError(['The file has no list called "legs".']);
    return {
        name: typeof name === 'string' ? name : undefined,
        rows: legs.map((leg: unknown, index) => ({ place: `leg ${index + 1}`, row: rowOfJson(leg) })),
    };
}

function rowOfJson(leg: unknown): Row {
    if (typeof leg !== 'object' || leg === null) return {};
    const fields = leg as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
        COLUMNS.flatMap((column) => {
            const value = fields[column];
            return value === undefined || value === null ? [] : [[column, String(value)]];
        }),
    );
}

function rowsOfCsv(text: string): Rows {
    const lines = text.split(/\r?\n/);
    const separator = [',', ';', '\t'].find((it) => lines[0]?.includes(it)) ?? ',';
    const cells = (line: string) =>
        line.split(separator).map((cell) =>
            cell
                .trim()
                .replace(/^"(.*)"$/, '$1')
                .trim(),
        );
    const header = cells(lines[0] ?? '').map((cell) => cell.toLowerCase());
    const missing = (['market', 'kind', 'quantity'] as const).filter((column) => !header.includes(column));
    if (missing.length > 0) {
        throw new BookFileError([
            `The file is neither JSON, nor does its first line name the columns of a CSV: ${COLUMNS.join(', ')}. Missing: ${missing.join(', ')}.`,
        ]);
    }
    const rows = lines.slice(1).flatMap((line, index) => {
        if (line.trim() === '') return [];
        const found = cells(line);
        const fields = COLUMNS.flatMap((column) => {
            const value = found[header.indexOf(column)];
            return value ? [[column, value] as const] : [];
        });
        return [{ place: `line ${index + 2}`, row: Object.fromEntries(fields) as Row }];
    });
    return { name: undefined, rows };
}

/** A leg, or what is wrong with it. */
function legOf(row: Row, markets: readonly Market[]): LegSpec | string {
    const market = marketOf(markets, row.market ?? '');
    if (!market) {
        return `market: expected one of ${markets.map(marketName).join(', ')}, came ${came(row.market)}`;
    }
    const kind = KINDS.find((it) => it === row.kind?.toLowerCase());
    if (!kind) return `kind: expected one of ${KINDS.join(', ')}, came ${came(row.kind)}`;
    const lots = amountOf(row.quantity, (text) => toLots(market, text));
    if (!lots) {
        return `quantity: expected a number other than zero with ${market.quantityDecimals} decimals at most, negative where sold, came ${came(row.quantity)}`;
    }
    const priceWords = `expected a price in USD with ${market.priceDecimals} decimals at most`;
    const price = row.price === undefined ? undefined : amountOf(row.price, (text) => toTicks(market, text));
    if (row.price !== undefined && !price)
        return `price: ${priceWords}, or nothing for the mark, came ${came(row.price)}`;
    const expiresAt = kind === 'perpetual' ? undefined : expiryOf(row.expiry, market);
    if (kind !== 'perpetual' && expiresAt === undefined) {
        const listed = listedExpiries(market).map((expiry) => expiryName(expiry.expiresAt));
        return `expiry: expected ${listed.length > 0 ? `a listed day such as ${listed[0]}, or ` : ''}a time such as 2026-12-25T08:00:00Z, came ${came(row.expiry)}`;
    }
    const isOption = kind === 'call' || kind === 'put';
    const strike = isOption ? amountOf(row.strike, (text) => toTicks(market, text)) : undefined;
    if (isOption && !strike) return `strike: ${priceWords}, came ${came(row.strike)}`;
    return {
        market: marketName(market),
        kind,
        lots,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(strike ? { strike } : {}),
        ...(price ? { price } : {}),
    };
}

const came = (text: string | undefined) => (text === undefined ? 'nothing' : `"${text}"`);

function marketOf(markets: readonly Market[], name: string): Market | undefined {
    return markets.find((market) => marketName(market).toLowerCase() === name.trim().toLowerCase());
}

function amountOf(text: string | undefined, read: (text: string) => bigint): bigint | undefined {
    try {
        return text === undefined ? undefined : read(text.replace('−', '-'));
    } catch {
        return undefined;
    }
}

/** Unix seconds of a time, or of the expiry that is listed for a day. */
function expiryOf(text: string | undefined, market: Market): bigint | undefined {
    if (text === undefined) return undefined;
    const wanted = text.toUpperCase();
    const listed = listedExpiries(market).find(
        ({ expiresAt }) => expiryName(expiresAt) === wanted || isoOf(expiresAt).slice(0, 10) === wanted,
    );
    if (listed) return listed.expiresAt;
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(wanted)) return undefined;
    const milliseconds = Date.parse(wanted);
    return Number.isNaN(milliseconds) || milliseconds <= 0 ? undefined : BigInt(milliseconds / 1_000);
}
