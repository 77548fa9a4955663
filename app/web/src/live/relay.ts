// Quotes from the relay, and taking one: the wallet signs an order, and the relay has it matched; or a transaction that matches it.

import {
    RelayError,
    explainError,
    fetchMarginAccount,
    fetchMaybeOrderRecords,
    findOrderRecordsPda,
    matchQuote,
    messageSignerFromWallet,
    openOrderRecords,
    packageOf,
    requestQuotes,
    send,
    signOrder,
    submitOrder,
    takingOrder,
    type ExchangeState,
    type Leg,
    type RelayQuote,
} from '@ballast/client';
import type { Address, Signature } from '@solana/kit';
import { useCallback, useState } from 'react';

import type { Network } from './network.js';
import { takingOf } from './preview.js';
import { announcing, type PriorityFee, type Sending } from './send.js';
import { refreshNow } from './store.js';
import type { Connected } from './wallet.js';

/** Where a request for quotes stands. */
export type Asking =
    | { readonly is: 'idle' }
    | { readonly is: 'asking' }
    | { readonly is: 'here'; readonly quotes: readonly RelayQuote[]; readonly key: string }
    | { readonly is: 'failed'; readonly message: string };

/** What quotes are for: without prices, which move. */
export const packageKey = (legs: readonly Leg[]) =>
    legs.map(({ market, contract, quantity }) => `${market} ${contract.kind} ${contract.number} ${quantity}`).join();

/** Asks the relay, and keeps what came. */
export function useQuotes(): [
    Asking,
    (relayUrl: string, account: Address, legs: readonly Leg[]) => Promise<RelayQuote | undefined>,
    () => void,
] {
    const [asking, setAsking] = useState<Asking>({ is: 'idle' });
    const ask = useCallback(async (relayUrl: string, account: Address, legs: readonly Leg[]) => {
        setAsking({ is: 'asking' });
        try {
            const quotes = await requestQuotes(relayUrl, { account, legs: packageOf(legs) });
            setAsking({ is: 'here', quotes, key: packageKey(legs) });
            return quotes[0];
        } catch (error) {
            setAsking({ is: 'failed', message: error instanceof Error ? error.message : String(error) });
            return undefined;
        }
    }, []);
    const forget = useCallback(() => setAsking({ is: 'idle' }), []);
    return [asking, ask, forget];
}

/** Takes a quote. Resolves to whether it was filled. */
type TakeQuote = (
    network: Network,
    state: ExchangeState,
    wallet: Connected,
    account: Address,
    quote: RelayQuote,
    priorityFee: PriorityFee,
) => Promise<boolean>;

/** Takes quotes, and keeps where that stands. The fee is paid on what the wallet sends, not on what the relay does. */
export function useTaking(): [Sending, TakeQuote, () => void] {
    const [sending, setSending] = useState<Sending>({ is: 'idle' });
    const take = useCallback<TakeQuote>(async (network, state, wallet, account, quote, priorityFee) => {
        setSending({ is: 'preparing' });
        try {
            await openRecords(network, wallet, account, priorityFee);
            if (!signsMessages(wallet)) {
                const signature = await matchDirectly(network, state, wallet, account, quote, priorityFee, setSending);
                await refreshNow();
                setSending({ is: 'confirmed', signature });
                return true;
            }
            const order = await takingOrder(network.rpc, state, { account, legs: quote.legs, size: 1 });
            setSending({ is: 'signing' });
            const signer = messageSignerFromWallet(wallet.wallet as never, wallet.account);
            const signed = await signOrder(signer, order);
            setSending({ is: 'sent' });
            const outcome = await submitOrder(network.relayUrl ?? '', signed, quote.id);
            const [fill] = outcome.fills;
            if (!fill) {
                const { code, message } = outcome.refusal ?? {
                    code: 'notFilled',
                    message: 'The order was not filled.',
                };
                setSending({ is: 'refused', name: code, message: `${code}: ${message}`, logs: [] });
                return false;
            }
            await refreshNow();
            setSending({ is: 'confirmed', signature: fill.signature });
            return true;
        } catch (error) {
            if (error instanceof RelayError) {
                setSending({ is: 'refused', name: error.code, message: error.message, logs: [] });
            } else {
                const { errorName, message, logs } = explainError(error);
                setSending({ is: 'refused', name: errorName, message, logs });
            }
            return false;
        }
    }, []);
    const reset = useCallback(() => setSending({ is: 'idle' }), []);
    return [sending, take, reset];
}

/** Whether a wallet signs orders, for a relay to match; some sign transactions alone. */
export function signsMessages({ wallet }: Connected): boolean {
    return 'solana:signMessage' in wallet.features;
}

/** Takes a quote in a transaction of the wallet's own, which pays for it. */
async function matchDirectly(
    network: Network,
    state: ExchangeState,
    wallet: Connected,
    account: Address,
    quote: RelayQuote,
    priorityFee: PriorityFee,
    setSending: (sending: Sending) => void,
): Promise<Signature> {
    const [taker, maker] = await Promise.all([
        fetchMarginAccount(network.rpc, account),
        fetchMarginAccount(network.rpc, quote.maker),
    ]);
    const taken = taker && maker && (await takingOf(network, taker, maker, quote));
    if (!taken) throw new Error('an account of the match is not there any more');
    const owner = announcing(wallet.signer, setSending);
    const action = await matchQuote(state, { ...taken, owner });
    return send(network, { feePayer: owner, action, lookupTables: network.lookupTables, priorityFee });
}

/** Opens what the account remembers of its orders, the first time. */
async function openRecords(
    network: Network,
    wallet: Connected,
    account: Address,
    priorityFee: PriorityFee,
): Promise<void> {
    const [records] = await findOrderRecordsPda({ account });
    const found = await fetchMaybeOrderRecords(network.rpc, records, { commitment: 'confirmed' });
    if (found.exists) return;
    const action = await openOrderRecords(account, wallet.signer);
    await send(network, { feePayer: wallet.signer, action, lookupTables: network.lookupTables, priorityFee });
}
