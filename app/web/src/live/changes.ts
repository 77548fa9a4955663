// Changes of parameters that were proposed: what is to come, and what came of late.

import {
    BALLAST_PROGRAM_ADDRESS,
    PENDING_CHANGE_DISCRIMINATOR,
    getPendingChangeDecoder,
    type PendingChange,
} from '@ballast/client';
import { getAddressEncoder, getBase64Decoder, getBase64Encoder, type Base64EncodedBytes } from '@solana/kit';
import { useEffect, useState } from 'react';

import type { Network } from './network.js';

/** What is known of them. */
export type Changes =
    | { readonly is: 'reading' }
    | { readonly is: 'here'; readonly changes: readonly PendingChange[] }
    | { readonly is: 'failed'; readonly why: string };

/** Reads the changes of an exchange, soonest first. */
export function useChanges(network: Network): Changes {
    const [changes, setChanges] = useState<Changes>({ is: 'reading' });
    useEffect(() => {
        let isOver = false;
        read(network).then(
            (found) => isOver || setChanges({ is: 'here', changes: found }),
            (error: unknown) =>
                isOver || setChanges({ is: 'failed', why: error instanceof Error ? error.message : String(error) }),
        );
        return () => {
            isOver = true;
        };
    }, [network]);
    return changes;
}

async function read({ rpc, exchange }: Network): Promise<PendingChange[]> {
    const start = new Uint8Array([...PENDING_CHANGE_DISCRIMINATOR, ...getAddressEncoder().encode(exchange)]);
    const bytes = getBase64Decoder().decode(start) as Base64EncodedBytes;
    const found = await rpc
        .getProgramAccounts(BALLAST_PROGRAM_ADDRESS, {
            commitment: 'confirmed',
            encoding: 'base64',
            filters: [{ memcmp: { bytes, encoding: 'base64', offset: 0n } }],
        })
        .send();
    const decoder = getPendingChangeDecoder();
    const changes = found.map(({ account }) => decoder.decode(getBase64Encoder().encode(account.data[0])));
    return changes.sort((a, b) => Number(a.earliest - b.earliest));
}
