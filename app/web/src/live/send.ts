// Sending a transaction, and where it stands meanwhile.

import { explainError, send, type Action } from '@ballast/client';
import type { Signature, TransactionSigner } from '@solana/kit';
import { useCallback, useState } from 'react';

import type { Network } from './network.js';
import { refreshNow } from './store.js';

/** Where a transaction stands. */
export type Sending =
    | { readonly is: 'idle' }
    | { readonly is: 'preparing' }
    | { readonly is: 'signing' }
    | { readonly is: 'sent' }
    | { readonly is: 'confirmed'; readonly signature: Signature }
    | {
          readonly is: 'refused';
          readonly name: string | undefined;
          readonly message: string;
          readonly logs: readonly string[];
      };

/** What is paid to come first: nothing, or what others paid lately to write the same accounts. */
export type PriorityFee = 0n | 'recent';

/** Sends what `make` makes, with the owner's signature, and keeps where it stands. */
export function useSending(): [
    Sending,
    (
        network: Network,
        owner: TransactionSigner,
        make: (owner: TransactionSigner) => Promise<Action>,
        priorityFee?: PriorityFee,
    ) => Promise<boolean>,
    () => void,
] {
    const [sending, setSending] = useState<Sending>({ is: 'idle' });
    const submit = useCallback(
        async (
            network: Network,
            owner: TransactionSigner,
            make: (owner: TransactionSigner) => Promise<Action>,
            priorityFee: PriorityFee = 0n,
        ) => {
            setSending({ is: 'preparing' });
            try {
                const announced = announcing(owner, setSending);
                const action = await make(announced);
                const { lookupTables } = network;
                const plan = { feePayer: announced, action, lookupTables, priorityFee };
                const signature = await send(network, plan);
                await refreshNow();
                setSending({ is: 'confirmed', signature });
                return true;
            } catch (error) {
                const { errorName, message, logs } = explainError(error);
                setSending({ is: 'refused', name: errorName, message, logs });
                return false;
            }
        },
        [],
    );
    const reset = useCallback(() => setSending({ is: 'idle' }), []);
    return [sending, submit, reset];
}

/** A signer that says when its wallet is asked, and when it has answered. */
export function announcing(owner: TransactionSigner, setSending: (sending: Sending) => void): TransactionSigner {
    if (!('modifyAndSignTransactions' in owner)) return owner;
    return {
        ...owner,
        async modifyAndSignTransactions(...args: Parameters<typeof owner.modifyAndSignTransactions>) {
            setSending({ is: 'signing' });
            const signed = await owner.modifyAndSignTransactions(...args);
            setSending({ is: 'sent' });
            return signed;
        },
    };
}
