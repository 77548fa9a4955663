// Deposits and withdrawals of an account that is not there, and what mints warn of.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Address } from '@solana/kit';

import { HypotheticalError, fresh } from '../src/engine/hypothetical.js';
import { largestAllowed, withTokens } from '../src/engine/moved.js';
import { warningsOf } from '../src/live/mints.js';

const empty = fresh('exchange' as Address, 2, 500n);
const bank = { number: 4 };

test('cash and tokens come and go, and a place that is empty is free again', () => {
    assert.equal(withTokens(empty, bank, true, -500n).cash, 0n);
    assert.throws(() => withTokens(empty, bank, true, -501n), HypotheticalError);
    const held = withTokens(empty, bank, false, 70n);
    assert.deepEqual([held.balances[0]?.bank, held.balances[0]?.amount], [4, 70n]);
    const hedged = { ...held, balances: held.balances.map((it) => ({ ...it, hedge: it.bank === 4 ? 60n : 0n })) };
    const less = withTokens(hedged, bank, false, -20n);
    assert.deepEqual([less.balances[0]?.amount, less.balances[0]?.hedge], [50n, 50n]);
    assert.deepEqual(withTokens(less, bank, false, -50n).balances, empty.balances);
    assert.throws(() => withTokens(held, bank, false, -71n), /holds less than that/);
    const full = { ...empty, balances: empty.balances.map((it, index) => ({ ...it, bank: index + 9, amount: 1n })) };
    assert.throws(() => withTokens(full, bank, false, 1n), /tokens at most/);
});

test('the largest withdrawal is found from below', async () => {
    const upTo = (limit: bigint) => (amount: bigint) => Promise.resolve(amount <= limit);
    assert.equal(await largestAllowed(0n, upTo(9n)), 0n);
    assert.equal(await largestAllowed(1_000n, upTo(5_000n)), 1_000n);
    assert.equal(await largestAllowed(1_000n, upTo(617n)), 617n);
    assert.equal(await largestAllowed(1_000n, upTo(-1n)), 0n);
    const large = await largestAllowed(10n ** 15n, upTo(123_456_789_012n));
    assert.ok(large <= 123_456_789_012n && large > 123_400_000_000n);
});

test('a mint warns of what its issuer can do', () => {
    const words = (...args: Parameters<typeof warningsOf>) => warningsOf(...args).map((it) => it.words);
    assert.deepEqual(words({}), []);
    assert.deepEqual(words({ freezeAuthority: null, extensions: [{ extension: 'metadataPointer' }] }), []);
    assert.deepEqual(words({ freezeAuthority: 'issuer' }), ['freezable']);
    const extensions = [
        { extension: 'transferFeeConfig', state: { newerTransferFee: { transferFeeBasisPoints: 25 } } },
        { extension: 'permanentDelegate', state: { delegate: 'issuer' } },
        { extension: 'pausableConfig', state: { authority: 'issuer', paused: false } },
        { extension: 'defaultAccountState', state: { accountState: 'frozen' } },
        { extension: 'transferHook', state: { programId: null } },
    ];
    assert.deepEqual(words({ extensions }), ['transfer fee 0.25 %', 'can be taken', 'pausable', 'frozen at first']);
});
