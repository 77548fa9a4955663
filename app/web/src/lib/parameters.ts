// The table of parameters in docs/parameters.md, and values of parameters as it writes them.

import { fromLots, fromNative, type Bank, type Market } from '@ballast/client';

import { decimal, fixed, percent, usd } from './format.js';

/** A parameter as the table has it. */
export interface Parameter {
    /** As the program's structures name it, in TypeScript: `initialFactor`. */
    readonly key: string;
    /** As the document names it: `initial_factor`. */
    readonly name: string;
    readonly unit: string;
    readonly standard: string;
    readonly bounds: string;
    readonly meaning: string;
}

/** A part of the table: the exchange's parameters, a market's … */
export interface ParameterSection {
    readonly title: string;
    readonly parameters: readonly Parameter[];
}

/** Reads the sections of the document. */
export function parameterSections(document: string): ParameterSection[] {
    return document
        .split(/^## /m)
        .slice(1)
        .map((section) => {
            const [title = ''] = section.split('\n', 1);
            const rows = section.split('\n').flatMap((line) => parameterOf(line) ?? []);
            return { title: title.trim(), parameters: rows };
        });
}

function parameterOf(line: string): Parameter | undefined {
    if (!line.startsWith('| `')) return undefined;
    const [name = '', unit = '', standard = '', bounds = '', meaning = ''] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim().replaceAll('`', ''));
    const key = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    return { key, name, unit, standard, bounds, meaning };
}

const [FNV_OFFSET, FNV_PRIME] = [0x811c9dc5, 0x01000193];

/**
 * The number that stands for a parameter on chain: FNV-1a of its scope, which is the place of its section, and its name.
 */
export function parameterId(scope: number, name: string): number {
    const bytes = [scope, ...new TextEncoder().encode(name)];
    return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, FNV_PRIME) >>> 0, FNV_OFFSET);
}

/** What a parameter is of: lots and native units have the decimals of their market or token. */
export interface Owner {
    readonly market?: Market;
    readonly bank?: Bank;
}

/** A value in the unit that the table states. */
export function parameterText(unit: string, raw: unknown, owner: Owner = {}): string {
    if (Array.isArray(raw)) return raw.map((it) => parameterText(unit, it, owner)).join(', ');
    if (typeof raw !== 'number' && typeof raw !== 'bigint') return '';
    const amount = BigInt(raw);
    switch (unit) {
        case 'ratio':
            return trimmed(percent(Number(raw) / 2 ** 30, { digits: 4 }));
        case 'multiple':
            return trimmed(decimal(Number(raw) / 2 ** 28, { digits: 4 }));
        case 'time':
            return duration(Number(raw));
        case 'USD':
            return trimmed(usd(amount));
        case 'lots':
            return owner.market ? fromLots(owner.market, amount) : fixed(amount, 0);
        case 'native units':
            return owner.bank ? fromNative(owner.bank, amount) : fixed(amount, 0);
        case 'bits':
            return `0x${amount.toString(16)}`;
        default:
            return fixed(amount, 0);
    }
}

/** Keeps a number and its unit on one line. */
const THIN = '\u202f';

/** Without zeros that say nothing. */
function trimmed(text: string): string {
    return text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
}

/** Seconds in the largest unit that they are a whole number of. */
function duration(seconds: number): string {
    const units = [
        [86_400, 'd'],
        [3_600, 'h'],
        [60, 'min'],
    ] as const;
    const fits = seconds > 0 ? units.find(([unit]) => seconds % unit === 0) : undefined;
    return fits ? `${seconds / fits[0]}${THIN}${fits[1]}` : `${seconds}${THIN}s`;
}
