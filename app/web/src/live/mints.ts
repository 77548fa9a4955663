// What a token's mint allows others to do with what is deposited: freeze it, pause it, take it, charge for moving it.

import type { Address } from '@solana/kit';
import { useEffect, useState } from 'react';

import type { Network } from './network.js';

/** What a mint says of itself, as a node parses it. */
export interface ParsedMint {
    readonly freezeAuthority?: string | null;
    readonly extensions?: readonly { readonly extension: string; readonly state?: Readonly<Record<string, unknown>> }[];
}

/** A warning about a token, in a word or two, and what it means. */
export interface MintWarning {
    readonly words: string;
    readonly meaning: string;
}

/** What to warn of. */
export function warningsOf(mint: ParsedMint): MintWarning[] {
    const freezable = mint.freezeAuthority
        ? [
              {
                  words: 'freezable',
                  meaning: 'Its issuer can freeze accounts that hold it, the exchange’s vault among them.',
              },
          ]
        : [];
    const others = (mint.extensions ?? []).flatMap(({ extension, state }) => warningOf(extension, state ?? {}));
    return [...freezable, ...others];
}

function warningOf(extension: string, state: Readonly<Record<string, unknown>>): MintWarning[] {
    switch (extension) {
        case 'transferFeeConfig': {
            const newer = state['newerTransferFee'] as { readonly transferFeeBasisPoints?: unknown } | undefined;
            const points = Number(newer?.transferFeeBasisPoints ?? 0);
            const words = points > 0 ? `transfer fee ${points / 100} %` : 'transfer fee possible';
            return [{ words, meaning: 'Its issuer may keep a part of every transfer: less arrives than is sent.' }];
        }
        case 'permanentDelegate':
            return state['delegate']
                ? [{ words: 'can be taken', meaning: 'A permanent delegate can move it out of any account.' }]
                : [];
        case 'pausableConfig':
            return state['authority'] || state['paused']
                ? [
                      {
                          words: state['paused'] ? 'paused' : 'pausable',
                          meaning: 'Its issuer can stop all transfers, withdrawals among them.',
                      },
                  ]
                : [];
        case 'defaultAccountState':
            return state['accountState'] === 'frozen'
                ? [{ words: 'frozen at first', meaning: 'New accounts for it are frozen until its issuer thaws them.' }]
                : [];
        case 'transferHook':
            return state['programId']
                ? [{ words: 'transfer hook', meaning: 'Another program is asked at every transfer, and may refuse.' }]
                : [];
        default:
            return [];
    }
}

/** The warnings about a token; nothing until they are known, or if the node does not parse mints. */
export function useMintWarnings(network: Network, mint: Address): readonly MintWarning[] | undefined {
    const [warnings, setWarnings] = useState<readonly MintWarning[]>();
    useEffect(() => {
        setWarnings(undefined);
        let isOver = false;
        const read = async () => {
            const { value } = await network.rpc.getAccountInfo(mint, { encoding: 'jsonParsed' }).send();
            const data = value?.data;
            if (!data || !('parsed' in data)) return undefined;
            return warningsOf((data.parsed as { readonly info?: ParsedMint }).info ?? {});
        };
        read().then(
            (found) => isOver || setWarnings(found),
            () => undefined,
        );
        return () => {
            isOver = true;
        };
    }, [network, mint]);
    return warnings;
}
