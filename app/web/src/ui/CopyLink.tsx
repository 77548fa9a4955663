// Copies the address bar, which says what is shown.

import { useState } from 'react';

/** Milliseconds for which it says that it has been done. */
const SAID_FOR = 2_000;

/** The button. */
export function CopyLink({ isDisabled = false }: { isDisabled?: boolean }) {
    const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
    const copy = async () => {
        const done = await navigator.clipboard.writeText(location.href).then(
            () => 'copied' as const,
            () => 'refused' as const,
        );
        setState(done);
        setTimeout(() => setState('idle'), SAID_FOR);
    };
    return (
        <button
            type="button"
            className="button small"
            onClick={() => void copy()}
            disabled={isDisabled}
            aria-live="polite"
        >
            {state === 'copied' ? 'Link copied' : state === 'refused' ? 'Copy it from the address bar' : 'Copy link'}
        </button>
    );
}
