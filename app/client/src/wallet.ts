// Wallets that speak the Wallet Standard, as signers.

import {
    getTransactionDecoder,
    getTransactionEncoder,
    type Address,
    type MessagePartialSigner,
    type SignatureBytes,
    type Transaction,
    type TransactionModifyingSigner,
    type TransactionSendingSigner,
    type TransactionWithinSizeLimit,
    type TransactionWithLifetime,
} from '@solana/kit';

/** An account of a wallet, as the Wallet Standard describes it. */
export interface WalletAccountLike {
    readonly address: string;
}

/** What of a wallet is used: its features that sign. */
export interface WalletLike<TAccount extends WalletAccountLike> {
    readonly name: string;
    readonly features: {
        readonly 'solana:signTransaction'?: {
            signTransaction(
                ...inputs: readonly { account: TAccount; transaction: Uint8Array; chain?: `${string}:${string}` }[]
            ): Promise<readonly { readonly signedTransaction: Uint8Array }[]>;
        };
        readonly 'solana:signAndSendTransaction'?: {
            signAndSendTransaction(
                ...inputs: readonly { account: TAccount; transaction: Uint8Array; chain: `${string}:${string}` }[]
            ): Promise<readonly { readonly signature: Uint8Array }[]>;
        };
        readonly 'solana:signMessage'?: {
            signMessage(
                ...inputs: readonly { account: TAccount; message: Uint8Array }[]
            ): Promise<readonly { readonly signedMessage: Uint8Array; readonly signature: Uint8Array }[]>;
        };
    };
}

/**
 * A signer of an account in a wallet that speaks the Wallet Standard; it stands wherever a signer is asked for. Wallets
 * that sign are asked to sign, others to sign and send. In React, the signers of `@solana/react` do as well.
 *
 * @throws if the wallet signs no transactions
 * @example
 * // In a browser, wallets and their accounts come from getWallets() of @wallet-standard/app.
 * const owner = signerFromWallet(wallet, wallet.accounts[0], 'solana:localnet');
 * await send({ rpc, rpcSubscriptions }, { feePayer: owner, action: await refresh(state, { markets: [1] }) });
 */
export function signerFromWallet<TAccount extends WalletAccountLike>(
    wallet: WalletLike<TAccount>,
    account: TAccount,
    chain: `solana:${string}`,
): TransactionModifyingSigner | TransactionSendingSigner {
    const signing = wallet.features['solana:signTransaction'];
    const sending = wallet.features['solana:signAndSendTransaction'];
    const address = account.address as Address;
    const inputs = (transactions: readonly Transaction[]) =>
        transactions.map((transaction) => ({
            account,
            chain,
            transaction: Uint8Array.from(getTransactionEncoder().encode(transaction)),
        }));
    if (signing) {
        return {
            address,
            async modifyAndSignTransactions(transactions) {
                const outputs = await signing.signTransaction(...inputs(transactions));
                return outputs.map(({ signedTransaction }, index) => signed(transactions[index], signedTransaction));
            },
        };
    }
    if (sending) {
        return {
            address,
            async signAndSendTransactions(transactions) {
                const outputs = await sending.signAndSendTransaction(...inputs(transactions));
                return outputs.map(({ signature }) => signature as SignatureBytes);
            },
        };
    }
    throw new Error(`the wallet ${wallet.name} signs no Solana transactions`);
}

/**
 * A signer of messages, and so of orders, of an account in a wallet that speaks the Wallet Standard.
 *
 * @throws if the wallet signs no messages; when it signs, if it signed something else than it was given
 * @example
 * const signer = messageSignerFromWallet(wallet, wallet.accounts[0]);
 * console.log(signer.address); // signOrder(signer, order)
 */
export function messageSignerFromWallet<TAccount extends WalletAccountLike>(
    wallet: WalletLike<TAccount>,
    account: TAccount,
): MessagePartialSigner {
    const signing = wallet.features['solana:signMessage'];
    if (!signing) throw new Error(`the wallet ${wallet.name} signs no messages: place orders as accounts instead`);
    const address = account.address as Address;
    return {
        address,
        async signMessages(messages) {
            const inputs = messages.map(({ content }) => ({ account, message: Uint8Array.from(content) }));
            const outputs = await signing.signMessage(...inputs);
            return outputs.map(({ signedMessage, signature }, index) => {
                const wanted = inputs[index]?.message ?? new Uint8Array();
                const same =
                    signedMessage.length === wanted.length && wanted.every((byte, at) => byte === signedMessage[at]);
                if (!same) throw new Error(`the wallet ${wallet.name} signed another message than it was given`);
                return { [address]: signature as SignatureBytes };
            });
        },
    };
}

type Signed = Transaction & TransactionWithinSizeLimit & TransactionWithLifetime;

/** What the wallet signed, with the lifetime that its bytes do not tell. */
function signed(before: Transaction | undefined, bytes: Uint8Array): Signed {
    const after = getTransactionDecoder().decode(bytes);
    const lifetime = (before as Partial<TransactionWithLifetime> | undefined)?.lifetimeConstraint;
    return { ...after, ...(lifetime ? { lifetimeConstraint: lifetime } : {}) } as Signed;
}
