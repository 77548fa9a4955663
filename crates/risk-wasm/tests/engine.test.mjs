// The engine as its users load and call it. That it computes what the program computes is tested where the program
// runs: tests/tests/program/same_bytes.rs.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { built, source } from './package.mjs';

const { EngineError, REPORT_SIZE, loadEngine } = await import(built('index.js'));
const engine = await loadEngine(readFile(built('engine.wasm')));
const moment = { now: 1_700_000_000, slot: 1 };

/** An account of a type that holds nothing. The type is marked by a hash of its name, and of its layout's version after the first. */
function blank(type, bytes = 0) {
    const data = new Uint8Array(8 + bytes);
    data.set(createHash('sha256').update(`account:${type}`).digest().subarray(0, 8));
    return data;
}

/** Bytes of a structure and the offset of one of its fields, as the tests of the account layouts pin them. */
function layout(structure, field) {
    const pinned = source('crates/state/tests/layout.rs').match(
        new RegExp(`assert_layout!\\(${structure}: (\\d+) bytes[^}]*?\\b${field}: (\\d+)`),
    );
    return { bytes: Number(pinned[1]), offset: Number(pinned[2]) };
}

const exchange = blank('Exchange:2', layout('Exchange', 'creator').bytes);
const account = blank('MarginAccount', layout('MarginAccount', 'cash').bytes);

test('an account that holds cash alone is worth its cash', () => {
    const cash = -1_234_567_890_123n;
    const data = account.slice();
    new DataView(data.buffer).setBigInt64(8 + layout('MarginAccount', 'cash').offset, cash, true);
    const report = engine.assess({ exchange, account: data, sources: [] }, moment);
    assert.equal(report.cash, cash);
    assert.equal(report.equity, cash);
    assert.equal(report.tier, 'bankrupt');
    assert.equal(report.mode, 'isolated');
    assert.equal(report.modes.portfolio.initialRequirement, 0n);
    assert.equal(report.modes.portfolio.maintenanceExcess, cash);
    assert.deepEqual(report.markets, []);
});

test('a report comes as bytes, too, which the next call leaves alone', () => {
    const accounts = { exchange, account, sources: [] };
    const first = engine.assessBytes(accounts, moment);
    assert.equal(first.length, REPORT_SIZE);
    const before = first.slice();
    first.fill(7);
    assert.deepEqual(engine.assessBytes(accounts, moment), before);
});

test('a request can be larger than the memory that the module begins with', () => {
    const market = blank('Market', layout('Market', 'exchange').bytes);
    market[8 + layout('Market', 'exchange').offset] = 1;
    const sources = Array(1_000).fill(market);
    const report = engine.assess({ exchange, account, sources }, moment);
    assert.equal(report.equity, 0n);
});

test('the engine loads from bytes, from a response and from a compiled module', async () => {
    const bytes = readFileSync(built('engine.wasm'));
    for (const given of [bytes, new Response(bytes), Promise.resolve(new WebAssembly.Module(bytes))]) {
        const loaded = await loadEngine(given);
        assert.equal(loaded.assess({ exchange, account, sources: [] }, moment).equity, 0n);
    }
});

test('a response that failed is named', async () => {
    await assert.rejects(loadEngine(new Response('', { status: 404 })), /could not be fetched.*404/);
});

test('what is wrong with an account is said', () => {
    const refused = (accounts, message) =>
        assert.throws(
            () => engine.assess({ exchange, account, sources: [], ...accounts }, moment),
            (error) => error instanceof EngineError && message.test(error.message),
        );
    refused({ exchange: account }, /^the exchange is an account of another type$/);
    refused({ account: exchange }, /^the margin account is an account of another type$/);
    refused({ account: account.slice(0, -1) }, /^the margin account has \d+ bytes where its layout has \d+$/);
    refused({ sources: [blank('Bank')] }, /^the market or bank at place 0 has 8 bytes where its layout has \d+$/);
    refused({ sources: [new Uint8Array()] }, /^the market or bank at place 0 is an account of another type$/);
});

test('a market without positions has no scenarios', () => {
    const accounts = { exchange, account, sources: [] };
    assert.throws(() => engine.assessMarket(accounts, moment, 7), { name: 'EngineError', message: /market 7/ });
    for (const wrong of [-1, 65_536, 1.5, '1']) {
        assert.throws(() => engine.assessMarket(accounts, moment, wrong), /^EngineError: market must be a whole number/);
    }
});

test('a moment that is no whole number in range is refused', () => {
    for (const [wrong, message] of [
        [{ now: 1.5, slot: 1 }, /^now must be a whole number from -\d+ to \d+, it is 1.5$/],
        [{ now: 2n ** 63n, slot: 1 }, /^now must be/],
        [{ now: 0, slot: -1 }, /^slot must be a whole number from 0 to \d+, it is -1$/],
        [{ now: 0 }, /^slot must be .* it is undefined$/],
    ]) {
        assert.throws(() => engine.assess({ exchange, account, sources: [] }, wrong), {
            name: 'EngineError',
            message,
        });
    }
});

test('the engine still answers after it refused', () => {
    assert.throws(() => engine.assess({ exchange: account, account, sources: [] }, moment), EngineError);
    assert.equal(engine.assess({ exchange, account, sources: [] }, moment).equity, 0n);
});

test('marks are those of a market alone', () => {
    const market = blank('Market', layout('Market', 'exchange').bytes);
    assert.deepEqual(engine.marks(market, 0), []);
    new DataView(market.buffer).setBigUint64(8 + layout('Market', 'price').offset, 12_345n, true);
    const [mark, ...others] = engine.marks(market, moment.now);
    assert.deepEqual(others, []);
    assert.deepEqual(mark, {
        contract: { kind: 1, slot: 0, number: 0 },
        price: 12_345n,
        band: 0n,
        vega: 0n,
        delta: 12_345n,
    });
    assert.throws(() => engine.marks(exchange, 0), { name: 'EngineError', message: /^the market is an account of another type$/ });
    assert.throws(() => engine.marks(market, 0.5), /^EngineError: now must be a whole number/);
});
