// What a token's mint lets its issuer do, as chips.

import type { Bank } from '@ballast/client';

import { useMintWarnings } from '../live/mints.js';
import type { Network } from '../live/network.js';
import { Chip } from '../ui/parts.js';

/** The chips of a token; nothing until they are known. */
export function MintWarnings({ network, mint }: { network: Network; mint: Bank['mint'] }) {
    const warnings = useMintWarnings(network, mint);
    return warnings?.map(({ words, meaning }) => (
        <span key={words} title={meaning}>
            <Chip tone="warn" testId="mint-warning">
                {words}
                <span className="hidden-text">: {meaning}</span>
            </Chip>{' '}
        </span>
    ));
}
