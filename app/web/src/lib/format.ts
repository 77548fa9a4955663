// The one place where numbers become text. Amounts stay whole numbers of their smallest unit until here, so nothing is
// lost to floating point; what charts need for their axes is the only exception, and says so.

const MINUS = '−';
/** Shown where there is no number. */
export const NOTHING = '–';
/** Keeps a sign and its number, or a number and its unit, on one line. */
const THIN = '\u202f';

/** How a number is written. */
export interface FormatOptions {
    /** Digits after the point. */
    readonly digits?: number;
    /** Whether positive numbers bear a plus. */
    readonly signed?: boolean;
}

/**
 * A fixed-point number with thousands set apart, rounded half away from zero to so many digits after the point.
 */
export function fixed(
    raw: bigint,
    decimals: number,
    { digits = decimals, signed = false }: FormatOptions = {},
): string {
    const rounded = rescale(raw, decimals, digits);
    const magnitude = rounded < 0n ? -rounded : rounded;
    const text = magnitude.toString().padStart(digits + 1, '0');
    const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
    const sign = rounded < 0n ? MINUS : signed && rounded > 0n ? '+' : '';
    return sign + whole + (digits > 0 ? `.${text.slice(-digits)}` : '');
}

/** An amount of µUSD in USD, without its unit: headers bear it. */
export function usd(microUsd: bigint, { digits = 2, signed = false }: FormatOptions = {}): string {
    return fixed(microUsd, 6, { digits, signed });
}

/** An amount of µUSD with its unit, for running text. */
export function usdText(microUsd: bigint, options: FormatOptions = {}): string {
    return `${usd(microUsd, options)}${THIN}USD`;
}

/** An amount of µUSD in few characters: 1.23 M, 45.6 k, 780. */
export function usdShort(microUsd: bigint, { signed = false }: FormatOptions = {}): string {
    const magnitude = microUsd < 0n ? -microUsd : microUsd;
    for (const [unit, name] of [
        [12n, 'M'],
        [9n, 'k'],
    ] as const) {
        const one = 10n ** unit;
        if (magnitude < one) continue;
        const digits = magnitude >= 100n * one ? 0 : magnitude >= 10n * one ? 1 : 2;
        return `${fixed(microUsd, Number(unit), { digits, signed })}${THIN}${name}`;
    }
    return usd(microUsd, { digits: 0, signed });
}

/** A level of an axis in USD, in as few digits as say it. */
export function axisUsd(amount: number): string {
    const magnitude = Math.abs(amount);
    const [unit, name] = magnitude >= 1e6 ? [1e6, `${THIN}M`] : magnitude >= 1e3 ? [1e3, `${THIN}k`] : [1, ''];
    const text = String(Number((amount / unit).toPrecision(4)));
    return text.replace('-', MINUS) + name;
}

/** One amount as a share of another, in per cent with its sign; a dash where the other is zero. */
export function percentOf(part: bigint, whole: bigint, { digits = 1, signed = false }: FormatOptions = {}): string {
    if (whole === 0n) return NOTHING;
    return `${fixed(ratio(part, whole, digits + 2), digits, { digits, signed })}${THIN}%`;
}

/** A fraction, such as a price move, in per cent. For what the engine gives as a fraction. */
export function percent(fraction: number, { digits = 1, signed = false }: FormatOptions = {}): string {
    return `${decimal(fraction * 100, { digits, signed })}${THIN}%`;
}

/** One amount over another, as a multiple such as 3.2×. */
export function multiple(part: bigint, whole: bigint, digits = 2): string {
    if (whole <= 0n) return NOTHING;
    return `${fixed(ratio(part, whole, digits), digits, { digits })}×`;
}

/** A number that is a fraction by nature: a volatility, a move of a chart's axis. No balance comes through here. */
export function decimal(value: number, { digits = 2, signed = false }: FormatOptions = {}): string {
    if (!Number.isFinite(value)) return NOTHING;
    return fixed(BigInt(Math.round(value * 10 ** digits)), digits, { digits, signed });
}

/** A binary fraction of the program (scale 2^-bits), such as a haircut, as a number for `percent`. */
export function fraction(raw: number, bits = 30): number {
    return raw / 2 ** bits;
}

/** How long ago something was, from seconds. */
export function age(seconds: number): string {
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < 120) return `${whole}${THIN}s`;
    if (whole < 7_200) return `${Math.floor(whole / 60)}${THIN}min`;
    if (whole < 172_800) return `${Math.floor(whole / 3_600)}${THIN}h`;
    return `${Math.floor(whole / 86_400)}${THIN}d`;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** The date of an expiry as desks write it: 25DEC26. */
export function expiryName(expiresAt: bigint): string {
    const date = new Date(Number(expiresAt) * 1_000);
    const day = String(date.getUTCDate());
    return `${day}${MONTHS[date.getUTCMonth()]}${String(date.getUTCFullYear() % 100).padStart(2, '0')}`;
}

/** An address, shortened in the middle. */
export function short(address: string): string {
    return address.length <= 12 ? address : `${address.slice(0, 4)}…${address.slice(-4)}`;
}

/** A lossy number for the scale of a chart, from µUSD. */
export function forChart(microUsd: bigint): number {
    return Number(microUsd) / 1e6;
}

/** A whole number divided by another, times a power of ten, rounded half away from zero. */
function ratio(part: bigint, whole: bigint, digits: number): bigint {
    return divide(part * 10n ** BigInt(digits), whole);
}

function rescale(raw: bigint, from: number, to: number): bigint {
    return to >= from ? raw * 10n ** BigInt(to - from) : divide(raw, 10n ** BigInt(from - to));
}

function divide(numerator: bigint, denominator: bigint): bigint {
    const negative = numerator < 0n !== denominator < 0n;
    const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
    const quotient = (2n * n + d) / (2n * d);
    return negative ? -quotient : quotient;
}
