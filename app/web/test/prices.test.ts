import assert from 'node:assert/strict';
import { test } from 'node:test';

import { getBankDecoder, getMarketDecoder, getMarketEncoder, type Expiry, type Market } from '@ballast/client';

import { withPrice } from '../src/engine/prices.js';
import { publishedLater, withVolatility } from '../src/engine/surfaces.js';
import { impliedVolatility } from '../src/lib/smile.js';

const LAYOUTS = [
    ['market', getMarketDecoder()],
    ['bank', getBankDecoder()],
] as const;

test('a moved price is the price, and nothing else', () => {
    for (const [layout, decoder] of LAYOUTS) {
        const before = Uint8Array.from({ length: decoder.fixedSize }, (_, index) => index % 7);
        const after = decoder.decode(withPrice(before, layout, 123_456_789n));
        assert.deepEqual(after, { ...decoder.decode(before), price: 123_456_789n });
    }
});

test('what is published later is prices and surfaces, and nothing else', () => {
    const market = marketWith({ theta: 1n << 36n, psi: 1n << 37n, sviRho: 0n });
    const after = getMarketDecoder().decode(publishedLater(market, 'market', 3_600n));
    const before = getMarketDecoder().decode(market);
    assert.deepEqual(after, {
        ...before,
        publishTime: before.publishTime + 3_600n,
        expiries: before.expiries.map((expiry, slot) =>
            slot === SLOT ? { ...expiry, postedAt: expiry.postedAt + 3_600n } : expiry,
        ),
    });
    const bank = Uint8Array.from({ length: getBankDecoder().fixedSize }, (_, index) => (index % 7) + 1);
    const data = getBankDecoder().decode(bank);
    const later = getBankDecoder().decode(publishedLater(bank, 'bank', 60n));
    assert.deepEqual(later, { ...data, publishTime: data.publishTime + 60n });
});

const SLOT = 2;
const ONE_Q29 = 1 << 29;

/** A market with a surface in one of its slots, as a year's options have it. */
function marketWith(part: Pick<Expiry, 'theta' | 'psi' | 'sviRho'>): Uint8Array {
    const decoder = getMarketDecoder();
    const blank: Market = decoder.decode(new Uint8Array(decoder.fixedSize));
    const expiries = blank.expiries.map((expiry, slot) =>
        slot === SLOT
            ? { ...expiry, ...part, number: 7, postedAt: 1_700_000_000n, surfaceSqrtTime: 1n << 28n }
            : expiry,
    );
    return Uint8Array.from(getMarketEncoder().encode({ ...blank, publishTime: 1_700_000_000n, expiries }));
}

function expiryOf(bytes: Uint8Array): Expiry {
    const expiry = getMarketDecoder().decode(bytes).expiries[SLOT];
    assert.ok(expiry);
    return expiry;
}

/** √w² of the raw form that the engine evaluates, over a year. */
function rawVolatility(expiry: Expiry, m: number, sigma: number, k: number): number {
    const [a, b, rho] = [expiry.sviA, expiry.sviB, expiry.sviRho].map((value) => Number(value) / ONE_Q29);
    const variance = (a ?? 0) + (b ?? 0) * ((rho ?? 0) * (k - m) + Math.sqrt((k - m) ** 2 + sigma ** 2));
    return Math.sqrt(variance) / 2 ** Number(expiry.sviVarianceShift);
}

test('volatilities are multiplied at every strike, in what is posted and in what the engine evaluates', () => {
    const theta = BigInt(Math.round(0.36 * 2 ** 40));
    const psi = BigInt(Math.round(0.5 * 2 ** 40));
    const rho = -0.3;
    const before = marketWith({ theta, psi, sviRho: BigInt(Math.round(rho * ONE_Q29)) });
    // The vertex, as the posting sets it: −ρ/φ and √(1 − ρ²)/φ.
    const [m, sigma] = [(0.36 / 0.5) * -rho, (0.36 / 0.5) * Math.sqrt(1 - rho ** 2)];
    for (const factor of [0.5, 0.8, 1, 1.25, 2]) {
        const { bytes, isClamped } = withVolatility(before, factor);
        assert.equal(isClamped, false);
        for (const k of [-1, -0.2, 0, 0.1, 0.7]) {
            const wanted = impliedVolatility(expiryOf(before), k) * factor;
            assert.ok(Math.abs(impliedVolatility(expiryOf(bytes), k) - wanted) < 1e-6);
            // What was never posted is left alone, so the raw form of this market has to be made first.
            if (factor === 1) continue;
            assert.ok(Math.abs(rawVolatility(expiryOf(bytes), m, sigma, k) - wanted) < 1e-5, `${factor} at ${k}`);
        }
    }
});

test('nothing but the surface changes, and free slots stay free', () => {
    const before = marketWith({ theta: 1n << 36n, psi: 1n << 37n, sviRho: 0n });
    const after = getMarketDecoder().decode(withVolatility(before, 1.5).bytes);
    const { expiries, ...rest } = after;
    const { expiries: old, ...same } = getMarketDecoder().decode(before);
    assert.deepEqual(rest, same);
    assert.deepEqual(
        expiries.filter((_, slot) => slot !== SLOT),
        old.filter((_, slot) => slot !== SLOT),
    );
    const { theta, psi, sviA, sviB, sviVarianceShift, ...others } = expiryOf(withVolatility(before, 1.5).bytes);
    assert.deepEqual(
        { ...expiryOf(before), theta, psi, sviA, sviB, sviVarianceShift },
        { ...others, theta, psi, sviA, sviB, sviVarianceShift },
    );
});

test('a smile stays within what the program accepts', () => {
    const steep = marketWith({ theta: 8n << 40n, psi: 3n << 40n, sviRho: BigInt(Math.round(-0.2 * ONE_Q29)) });
    const { bytes, isClamped } = withVolatility(steep, 2);
    const { theta, psi, sviRho } = expiryOf(bytes);
    const wing = (Number(psi) / 2 ** 40) * (1 + Math.abs(Number(sviRho)) / ONE_Q29);
    assert.equal(isClamped, true);
    assert.ok(theta <= 9n << 40n && theta > 8n << 40n);
    assert.ok(wing <= 4 && (Number(psi) / 2 ** 40) * wing <= (4 * Number(theta)) / 2 ** 40);
    const tiny = withVolatility(marketWith({ theta: 70_000n, psi: 70_000n, sviRho: 0n }), 0.5);
    assert.equal(tiny.isClamped, true);
    assert.equal(expiryOf(tiny.bytes).theta, 1n << 16n);
});
