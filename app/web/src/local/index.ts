// What there is on the local network alone: a wallet with everybody's keys, a maker who takes the other side of any trade
// at the mark, and prices that can be moved. A build for any other network does not contain this folder.

import {
    createKeyPairSignerFromBytes,
    getTransactionDecoder,
    getTransactionEncoder,
    partiallySignTransaction,
    signBytes,
    type KeyPairSigner,
} from '@solana/kit';
import { getWallets } from '@wallet-standard/app';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import type { SolanaSignMessageFeature, SolanaSignTransactionFeature } from '@solana/wallet-standard-features';

import { announce } from '../live/counterparty.js';
import type { Description } from '../live/network.js';

const MAKER = 'maker';
const ICON =
    'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAyNCAyNCI+PHJlY3Qgd2lkdGg9IjI0IiBoZWlnaHQ9IjI0IiByeD0iNiIgZmlsbD0iIzBiNmU5OSIvPjxwYXRoIGQ9Ik02IDloMTJ2OEg2eiIgZmlsbD0id2hpdGUiLz48L3N2Zz4=' as const;

/** Registers the wallet and announces the maker. */
export async function install(base: string): Promise<void> {
    const response = await fetch(new URL('network.json', base));
    if (!response.ok) return;
    const description = (await response.json()) as Description;
    const traders = description.traders ?? [];
    const owners = traders.map(({ name, owner }) => ({ name, address: owner }));
    getWallets().register(
        walletOf(base, owners, { name: 'Local network wallet', signsMessages: true }),
        walletOf(base, owners, { name: 'Local hardware wallet', signsMessages: false }),
    );
    if (traders.some(({ name }) => name === MAKER)) announce({ name: MAKER, owner: await signerOf(base, MAKER) });
}

async function signerOf(base: string, name: string): Promise<KeyPairSigner> {
    const response = await fetch(new URL(`local/keys/${name}.json`, base));
    if (!response.ok) throw new Error(`the local network has no key of ${name}`);
    return createKeyPairSignerFromBytes(Uint8Array.from((await response.json()) as number[]));
}

/** A wallet as an extension would register it; it asks nobody before it signs. Hardware often signs transactions alone. */
function walletOf(
    base: string,
    traders: readonly { readonly name: string; readonly address: string }[],
    { name: title, signsMessages }: { readonly name: string; readonly signsMessages: boolean },
): Wallet {
    const accounts: WalletAccount[] = traders.map(({ name, address }) => ({
        address,
        label: name,
        publicKey: new Uint8Array(32),
        chains: ['solana:localnet'],
        features: ['solana:signTransaction', ...(signsMessages ? (['solana:signMessage'] as const) : [])],
    }));
    const signing: SolanaSignTransactionFeature = {
        'solana:signTransaction': {
            version: '1.0.0',
            supportedTransactionVersions: ['legacy', 0],
            signTransaction: (...inputs) =>
                Promise.all(
                    inputs.map(async ({ account, transaction }) => {
                        const { keyPair } = await signerOf(base, account.label ?? '');
                        const signed = await partiallySignTransaction(
                            [keyPair],
                            getTransactionDecoder().decode(transaction),
                        );
                        return { signedTransaction: Uint8Array.from(getTransactionEncoder().encode(signed)) };
                    }),
                ),
        },
    };
    const signingMessages: SolanaSignMessageFeature = {
        'solana:signMessage': {
            version: '1.0.0',
            signMessage: (...inputs) =>
                Promise.all(
                    inputs.map(async ({ account, message }) => {
                        const { keyPair } = await signerOf(base, account.label ?? '');
                        const signature = await signBytes(keyPair.privateKey, message);
                        return { signedMessage: message, signature };
                    }),
                ),
        },
    };
    return {
        version: '1.0.0',
        name: title,
        icon: ICON,
        chains: ['solana:localnet'],
        accounts,
        features: {
            'standard:connect': { version: '1.0.0', connect: () => Promise.resolve({ accounts }) },
            ...signing,
            ...(signsMessages ? signingMessages : {}),
        },
    };
}
