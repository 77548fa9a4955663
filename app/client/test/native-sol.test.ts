// SOL as a token, with the real token program on a local network. Its exchange takes SOL of a mint of its own, so deposits
// and withdrawals of SOL itself are looked at before they are sent.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
    NATIVE_SOL,
    deposit,
    findBank,
    findMarginAccount,
    findTokenAccount,
    inOrder,
    send,
    unwrapSol,
    withdraw,
    wrapSol,
    type Action,
    type Bank,
    type Listed,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';
import type { Address, Instruction } from '@solana/kit';

import { signerOf, startNetwork, stateOf, traderOf } from './support.js';

const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const ONE_SOL = 1_000_000_000n;

let network: LocalNetwork;
before(async () => {
    network = await startNetwork();
});
after(() => network.stop());

async function lamportsOf(address: Address): Promise<bigint> {
    return (await network.connection.rpc.getBalance(address, { commitment: 'confirmed' }).send()).value;
}

/** What an account for SOL as a token holds; nothing if it is not there. */
async function wrappedIn(account: Address): Promise<bigint | undefined> {
    const { value } = await network.connection.rpc
        .getAccountInfo(account, { commitment: 'confirmed', encoding: 'base64' })
        .send();
    return value
        ? BigInt(
              (await network.connection.rpc.getTokenAccountBalance(account, { commitment: 'confirmed' }).send()).value
                  .amount,
          )
        : undefined;
}

async function sendWithinLimit(action: Action): Promise<void> {
    const { connection } = network;
    const signature = await send(connection, { feePayer: signerOf(network, 'carol'), action });
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const transaction = await connection.rpc.getTransaction(signature, config).send();
    const used = Number(transaction?.meta?.computeUnitsConsumed);
    assert.ok(used > 0 && used <= action.computeUnits + 300, `${used} of ${action.computeUnits} compute units`);
}

test('lamports become a token, more of it, and lamports again', async () => {
    const carol = signerOf(network, 'carol');
    const account = await findTokenAccount(carol.address, NATIVE_SOL);
    const before = await lamportsOf(carol.address);
    await sendWithinLimit(await wrapSol(carol, 2n * ONE_SOL));
    assert.equal(await wrappedIn(account), 2n * ONE_SOL);
    await sendWithinLimit(await wrapSol(carol, ONE_SOL));
    assert.equal(await wrappedIn(account), 3n * ONE_SOL);
    assert.ok((await lamportsOf(carol.address)) <= before - 3n * ONE_SOL);
    await sendWithinLimit(await unwrapSol(carol));
    assert.equal(await wrappedIn(account), undefined);
    // The rent of the account came back; the fees of three transactions did not.
    const paid = before - (await lamportsOf(carol.address));
    assert.ok(paid > 0n && paid < 100_000n, `${paid} lamports`);
    await sendWithinLimit(inOrder(await wrapSol(carol, ONE_SOL), await unwrapSol(carol)));
    assert.equal(await wrappedIn(account), undefined);
});

test('deposits and withdrawals wrap and unwrap SOL itself, and nothing else', async () => {
    const state = await stateOf(network);
    const carol = await traderOf(network, 'carol');
    const { exchange } = network.description;
    const account = await findMarginAccount({ exchange, owner: carol.owner.address });
    const named = network.description.banks.find(({ name }) => name === 'SOL');
    assert.ok(named);
    const own = findBank(state, named.mint);
    const native: Listed<Bank> = { ...own, data: { ...own.data, ...NATIVE_SOL } };
    const steps = ({ instructions }: Action) =>
        instructions.map(({ programAddress, data }: Instruction) =>
            programAddress === TOKEN_PROGRAM ? `token ${data?.[0]}` : programAddress.slice(0, 4),
        );
    const paying = (bank: Listed<Bank>, asToken: boolean) =>
        deposit({ exchange, account, owner: carol.owner, bank, amount: ONE_SOL, asToken });
    assert.deepEqual(steps(await paying(own, false)), ['Ba11']);
    assert.deepEqual(steps(await paying(native, true)), ['Ba11']);
    // An account for the token unless it is there, a transfer, `SyncNative`, and the deposit.
    assert.deepEqual(steps(await paying(native, false)), ['ATok', '1111', 'token 17', 'Ba11']);
    const taking = (bank: Listed<Bank>, asToken: boolean) =>
        withdraw(state, carol, bank, ONE_SOL, { fresh: false, asToken });
    assert.deepEqual(steps(await taking(own, false)), ['ATok', 'Ba11']);
    assert.deepEqual(steps(await taking(native, true)), ['ATok', 'Ba11']);
    // `CloseAccount` at the end.
    assert.deepEqual(steps(await taking(native, false)), ['ATok', 'Ba11', 'token 9']);
});
