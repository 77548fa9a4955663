// Who takes the other side of a trade where no relay asks makers for quotes: on the local network its maker does, and announces
// itself here.

import type { TransactionSigner } from '@solana/kit';
import { useSyncExternalStore } from 'react';

/** Somebody who signs the other side. */
export interface Counterparty {
    readonly name: string;
    readonly owner: TransactionSigner;
}

let known: Counterparty | undefined;
const listeners = new Set<() => void>();

/** Announces who takes the other side. */
export function announce(counterparty: Counterparty): void {
    known = counterparty;
    for (const listener of listeners) listener();
}

/** Who takes the other side, if anybody. */
export function useCounterparty(): Counterparty | undefined {
    return useSyncExternalStore(
        (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        () => known,
    );
}
