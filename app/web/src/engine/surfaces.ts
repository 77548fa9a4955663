// The surfaces in the bytes of a market: published later, or with other volatilities.

import {
    getExpiryDecoder,
    getMarketParametersDecoder,
    getPriceHistoryDecoder,
    getScenariosDecoder,
} from '@ballast/client';
import { getAddressDecoder } from '@solana/kit';

import { PRICE_OFFSETS } from './prices.js';

const WORD = 8;
/** When a price was published, from the price on: its confidence stands between. */
const PUBLISHED = 2 * WORD;
/** From a market's price to its expiries: what was refreshed, what it is called by, its publishers and parameters. */
const REFRESHED = 6 * WORD + getPriceHistoryDecoder().fixedSize + 6 * (WORD / 2);
const LISTED = WORD + 8 * getAddressDecoder().fixedSize + WORD;
const EXPIRIES =
    PRICE_OFFSETS.market +
    REFRESHED +
    LISTED +
    getMarketParametersDecoder().fixedSize +
    getScenariosDecoder().fixedSize;
const EXPIRY = getExpiryDecoder().fixedSize;
const EXPIRY_SLOTS = 12;
/** Places of words in an expiry. A test moves each and decodes it. */
const PLACES = { postedAt: 1, a: 6, b: 7, rho: 8, shift: 12, theta: 13, psi: 14 } as const;

/**
 * A copy of an account whose price, and whose surfaces, are published that many seconds later: for a time to come, at
 * which they are as fresh as they are now.
 */
export function publishedLater(bytes: Uint8Array, layout: keyof typeof PRICE_OFFSETS, seconds: bigint): Uint8Array {
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    const move = (offset: number) => {
        const at = view.getBigInt64(offset, true);
        if (at !== 0n) view.setBigInt64(offset, at + seconds, true);
    };
    move(PRICE_OFFSETS[layout] + PUBLISHED);
    if (layout === 'market') expiryOffsets().forEach((offset) => move(offset + PLACES.postedAt * WORD));
    return copy;
}

/** A market with its volatilities multiplied, and whether the program's bounds kept one of them from it. */
export interface Scaled {
    readonly bytes: Uint8Array;
    readonly isClamped: boolean;
}

/** A copy of a market whose implied volatilities are multiplied with a factor, within what the program accepts of a smile. */
export function withVolatility(bytes: Uint8Array, factor: number): Scaled {
    if (factor === 1) return { bytes, isClamped: false };
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    let isClamped = false;
    for (const offset of expiryOffsets()) {
        const at = (place: keyof typeof PLACES) => offset + PLACES[place] * WORD;
        const theta = view.getBigUint64(at('theta'), true);
        if (theta === 0n) continue;
        const smile = { theta, psi: view.getBigUint64(at('psi'), true), rho: view.getBigInt64(at('rho'), true) };
        const most = mostVariance(smile);
        const [low, high] = [Number(LEAST_THETA) / Number(theta), most];
        const wanted = factor ** 2;
        const variance = Math.min(Math.max(wanted, low), high);
        isClamped ||= variance !== wanted;
        const scaled = times(smile, variance);
        const raw = rawOf(scaled);
        view.setBigUint64(at('theta'), scaled.theta, true);
        view.setBigUint64(at('psi'), scaled.psi, true);
        view.setBigInt64(at('a'), raw.a, true);
        view.setBigInt64(at('b'), raw.b, true);
        view.setBigUint64(at('shift'), raw.shift, true);
    }
    return { bytes: copy, isClamped };
}

function expiryOffsets(): number[] {
    return Array.from({ length: EXPIRY_SLOTS }, (_, slot) => EXPIRIES + slot * EXPIRY);
}

/** A smile as it is posted: total variance at the money and slope of the wings (scale 2^-40), tilt (scale 2^-29). */
interface Smile {
    readonly theta: bigint;
    readonly psi: bigint;
    readonly rho: bigint;
}

const ONE_Q29 = 1n << 29n;
const ONE_Q58 = 1n << 58n;
/** Bounds of a smile, as `EssviSlice` has them. */
const LEAST_THETA = 1n << 16n;
const MOST_THETA = 9n << 40n;
const STEEPEST_WING = 4n << 40n;
const MOST_SHIFT = 12n;
/** Keeps what is rounded from passing a bound. */
const WITHIN = 1 - 1e-9;

/** By what the variance may be multiplied at most: θ ≤ 9, ψ(1 + |ρ|) ≤ 4, ψ²(1 + |ρ|) ≤ 4θ. */
function mostVariance(smile: Smile): number {
    const wing = Number(wingOf(smile));
    const [theta, psi] = [Number(smile.theta), Number(smile.psi)];
    const steepest = Number(STEEPEST_WING);
    return Math.min(Number(MOST_THETA) / theta, steepest / wing, (steepest * theta) / (psi * wing)) * WITHIN;
}

function times({ theta, psi, rho }: Smile, variance: number): Smile {
    const scaled = (value: bigint) => BigInt(Math.round(Number(value) * variance));
    const [total, slope] = [scaled(theta), scaled(psi)];
    const flattest = (total + 3n) / 4n;
    return { theta: total, psi: slope < flattest ? flattest : slope, rho };
}

/** What the engine evaluates of a smile, as `EssviSlice::to_raw` makes it. Its vertex does not move when both are scaled alike. */
function rawOf(smile: Smile): { a: bigint; b: bigint; shift: bigint } {
    let shift = 0n;
    let theta = smile.theta;
    let wing = wingOf(smile);
    while (shift < MOST_SHIFT && theta << 2n <= MOST_THETA && wing << 2n <= STEEPEST_WING) {
        theta <<= 2n;
        wing <<= 2n;
        shift += 1n;
    }
    const half = (theta * (ONE_Q58 - smile.rho * smile.rho)) >> 58n;
    const rounded = (value: bigint) => (value + (1n << 11n)) >> 12n;
    return { a: rounded(half), b: rounded(smile.psi << (2n * shift)), shift };
}

/** ψ(1 + |ρ|), rounded up. */
function wingOf({ psi, rho }: Smile): bigint {
    const tilt = (rho < 0n ? -rho : rho) + ONE_Q29;
    return (psi * tilt + ONE_Q29 - 1n) / ONE_Q29;
}
