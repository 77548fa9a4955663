// Wallets that speak the Wallet Standard: which there are, which one is connected, and its signer.

import { signerFromWallet } from '@ballast/client';
import type { Address, TransactionSigner } from '@solana/kit';
import { getWallets } from '@wallet-standard/app';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import { useSyncExternalStore } from 'react';

/** A wallet that is connected. */
export interface Connected {
    readonly wallet: Wallet;
    readonly account: WalletAccount;
    readonly address: Address;
    readonly signer: TransactionSigner;
}

interface WalletState {
    readonly wallets: readonly Wallet[];
    readonly connected?: Connected;
}

type ConnectFeature = { connect(): Promise<{ readonly accounts: readonly WalletAccount[] }> };

let state: WalletState = { wallets: [] };
const listeners = new Set<() => void>();
const registry = getWallets();

function change(part: WalletState): void {
    state = part;
    for (const listener of listeners) listener();
}

/** Only wallets that can be connected and that sign Solana's transactions are of use here. */
function isUsable({ features }: Wallet): boolean {
    const signs = 'solana:signTransaction' in features || 'solana:signAndSendTransaction' in features;
    return signs && 'standard:connect' in features;
}

function reread(): void {
    change({ ...state, wallets: registry.get().filter(isUsable) });
}

registry.on('register', reread);
registry.on('unregister', reread);
reread();

/** The wallets there are, and the one that is connected. */
export function useWallet(): WalletState {
    return useSyncExternalStore(
        (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        () => state,
    );
}

/**
 * Asks a wallet for its accounts and takes one of them.
 *
 * @throws if it refuses, or has no account
 */
export async function accountsOf(wallet: Wallet): Promise<readonly WalletAccount[]> {
    const feature = wallet.features['standard:connect'] as ConnectFeature;
    const { accounts } = await feature.connect();
    if (accounts.length === 0) throw new Error(`${wallet.name} shares no account`);
    return accounts;
}

/** Connects an account of a wallet. */
export function connect(wallet: Wallet, account: WalletAccount, chain: `solana:${string}`): Connected {
    const signer = signerFromWallet(wallet as never, account, chain);
    const connected = { wallet, account, address: account.address as Address, signer };
    change({ ...state, connected });
    return connected;
}

/** Forgets the connection. */
export function disconnect(): void {
    change({ wallets: state.wallets });
}
