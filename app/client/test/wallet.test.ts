// Wallets that speak the Wallet Standard, against a local network.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
    createSignerFromKeyPair,
    getTransactionDecoder,
    getTransactionEncoder,
    partiallySignTransaction,
    signBytes,
    sendAndConfirmTransactionFactory,
    type Address,
    type KeyPairSigner,
    type TransactionWithBlockhashLifetime,
} from '@solana/kit';
import type {
    SolanaSignAndSendTransactionFeature,
    SolanaSignMessageFeature,
    SolanaSignTransactionFeature,
} from '@solana/wallet-standard-features';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import {
    findMarket,
    messageSignerFromWallet,
    perpetual,
    refresh,
    send,
    signOrder,
    signerFromWallet,
    toLots,
    trade,
    verifyOrder,
    type Order,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';

import { signerOf, startNetwork, stateOf, tablesOf, traderOf } from './support.js';

let network: LocalNetwork;
before(async () => {
    network = await startNetwork();
});
after(() => network.stop());

/** A wallet as a browser extension registers it, with one key. */
function walletOf(signer: KeyPairSigner, features: Record<string, unknown>) {
    const account: WalletAccount = {
        address: signer.address,
        publicKey: new Uint8Array(32),
        chains: ['solana:localnet'],
        features: Object.keys(features) as `${string}:${string}`[],
    };
    const wallet: Wallet = {
        version: '1.0.0',
        name: 'A wallet',
        icon: 'data:image/svg+xml;base64,',
        chains: ['solana:localnet'],
        features: features as Wallet['features'],
        accounts: [account],
    };
    return { wallet, account };
}

async function sign(signer: KeyPairSigner, bytes: Uint8Array): Promise<Uint8Array> {
    const transaction = getTransactionDecoder().decode(bytes);
    const signed = await partiallySignTransaction([signer.keyPair], transaction);
    return Uint8Array.from(getTransactionEncoder().encode(signed));
}

test('a wallet that signs trades with somebody else', async () => {
    const state = await stateOf(network);
    const [taker, maker] = await Promise.all(['alice', 'maker'].map((name) => traderOf(network, name)));
    assert.ok(taker && maker);
    const key = signerOf(network, 'alice');
    const feature: SolanaSignTransactionFeature = {
        'solana:signTransaction': {
            version: '1.0.0',
            supportedTransactionVersions: ['legacy', 0],
            signTransaction: (...inputs) =>
                Promise.all(
                    inputs.map(async ({ transaction }) => ({ signedTransaction: await sign(key, transaction) })),
                ),
        },
    };
    const { wallet, account } = walletOf(key, feature);
    const owner = signerFromWallet(wallet as never, account, 'solana:localnet');
    const sol = findMarket(state, 'SOL');
    const leg = {
        market: sol.data.number,
        contract: perpetual(),
        quantity: toLots(sol.data, '10'),
        price: sol.data.price,
    };
    const action = await trade(state, { taker: { ...taker, owner }, maker, legs: [leg] });
    await send(network.connection, { feePayer: owner, action, lookupTables: tablesOf(network) });
    assert.equal((await traderOf(network, 'alice')).account.data.positionCount, 1);
});

test('a wallet that sends what it signs is left to do so', async () => {
    const state = await stateOf(network);
    const key = signerOf(network, 'bob');
    const { connection } = network;
    let sent = 0;
    const feature: SolanaSignAndSendTransactionFeature = {
        'solana:signAndSendTransaction': {
            version: '1.0.0',
            supportedTransactionVersions: ['legacy', 0],
            signAndSendTransaction: (...inputs) =>
                Promise.all(
                    inputs.map(async ({ transaction }) => {
                        const { value } = await connection.rpc.getLatestBlockhash().send();
                        const signed = getTransactionDecoder().decode(await sign(key, transaction));
                        const lifetimeConstraint: TransactionWithBlockhashLifetime['lifetimeConstraint'] = value;
                        const complete = { ...signed, lifetimeConstraint } as unknown as Parameters<
                            ReturnType<typeof sendAndConfirmTransactionFactory>
                        >[0];
                        await sendAndConfirmTransactionFactory(connection)(complete, { commitment: 'confirmed' });
                        sent += 1;
                        const signature = signed.signatures[key.address as Address];
                        return { signature: Uint8Array.from(signature ?? []) };
                    }),
                ),
        },
    };
    const { wallet, account } = walletOf(key, feature);
    const owner = signerFromWallet(wallet as never, account, 'solana:localnet');
    const signature = await send(connection, { feePayer: owner, action: await refresh(state, { markets: [1] }) });
    assert.equal(sent, 1);
    const { value } = await connection.rpc.getSignatureStatuses([signature]).send();
    assert.equal(value[0]?.err, null);
});

test('a wallet that signs messages signs orders, and nothing else in their place', async () => {
    const key = signerOf(network, 'alice');
    const { account: margin } = await traderOf(network, 'alice');
    const order: Order = {
        domain: new Uint8Array(16),
        exchange: network.description.exchange,
        account: margin.address,
        nonce: 1n,
        expiresAt: 1n,
        maximumFee: 0n,
        size: 1,
        minimumFill: 1,
        role: 'taking',
        reduceOnly: false,
        claimsRebates: false,
        legs: [{ market: 1, contract: perpetual(), ratio: 1, price: 1n }],
    };
    const signing = (prefix: string): SolanaSignMessageFeature => ({
        'solana:signMessage': {
            version: '1.1.0',
            signMessage: (...inputs) =>
                Promise.all(
                    inputs.map(async ({ message }) => {
                        const signedMessage = Uint8Array.from([...new TextEncoder().encode(prefix), ...message]);
                        return { signedMessage, signature: await signBytes(key.keyPair.privateKey, signedMessage) };
                    }),
                ),
        },
    });
    const honest = walletOf(key, signing(''));
    const signed = await signOrder(messageSignerFromWallet(honest.wallet as never, honest.account), order);
    assert.ok(await verifyOrder(signed));
    const other = walletOf(key, signing('Signed: '));
    await assert.rejects(
        signOrder(messageSignerFromWallet(other.wallet as never, other.account), order),
        /A wallet signed another message than it was given/,
    );
    const mute = walletOf(key, {});
    assert.throws(() => messageSignerFromWallet(mute.wallet as never, mute.account), /A wallet signs no messages/);
});

test('what a wallet says when its owner declines comes through as it is', async () => {
    const state = await stateOf(network);
    const declined = new Error('User rejected the request.');
    const feature = { 'solana:signTransaction': { signTransaction: () => Promise.reject(declined) } };
    const { wallet, account } = walletOf(signerOf(network, 'bob'), feature);
    const owner = signerFromWallet(wallet as never, account, 'solana:localnet');
    const action = await refresh(state, { markets: [1] });
    await assert.rejects(send(network.connection, { feePayer: owner, action }), (error) => error === declined);
});

test('a wallet that does neither is refused', async () => {
    const signer = await createSignerFromKeyPair(signerOf(network, 'bob').keyPair);
    const { wallet, account } = walletOf(signer, {});
    assert.throws(
        () => signerFromWallet(wallet as never, account, 'solana:localnet'),
        /A wallet signs no Solana transactions/,
    );
});
