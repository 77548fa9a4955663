// What is shown where there is no account to show: why, and what to do.

import type { View } from '../lib/url.js';
import { useKnown } from '../live/hooks.js';
import { Panel } from '../ui/parts.js';

/** The panel. */
export function Welcome({ onView, problem }: { onView: (change: Partial<View>) => void; problem?: string }) {
    const { network, account, problem: failure } = useKnown();
    if (!network && !failure) return <div className="skeleton" role="status" aria-label="Looking for a network" />;
    if (!network) {
        return (
            <Panel title="No network">
                <div className="stack">
                    <p>
                        {failure}. <code className="mono">cargo xtask dashboard</code> starts a local network with a
                        seeded exchange and serves this page beside it.
                    </p>
                    <p>
                        Margins of books in JSON need no network:{' '}
                        <button type="button" className="button small" onClick={() => onView({ screen: 'examples' })}>
                            Look at example books
                        </button>
                    </p>
                </div>
            </Panel>
        );
    }
    if (account.is === 'missing') {
        return (
            <Panel title="No such account">
                <p className="mono">{account.wanted}</p>
                <p>{account.why}</p>
                <p className="note">
                    Whoever connects a wallet can open an account by depositing, under <em>Trade</em>.
                </p>
            </Panel>
        );
    }
    if (problem) {
        return (
            <Panel title="The margin engine has no answer">
                <p role="alert">{problem}</p>
            </Panel>
        );
    }
    if (account.is === 'none') return <Panel title="Whose account?">Choose one above, or enter an address.</Panel>;
    return <div className="skeleton" role="status" aria-label="Loading the account" />;
}
