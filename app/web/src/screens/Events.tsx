// What happens on the exchange while one looks.

import { watchEvents, type BallastEvent } from '@ballast/client';
import type { Signature } from '@solana/kit';
import { useEffect, useState } from 'react';

import { isLiquidation, witness } from '../live/liquidations.js';
import type { Network } from '../live/network.js';
import { snapshot } from '../live/store.js';
import { Panel } from '../ui/parts.js';
import { nameOfAccount } from './names.js';

/** Events that are kept. */
const MOST_EVENTS = 40;
/** What happens all the time. */
const ROUTINE = new Set(['PriceRefreshed', 'FundingAccrued', 'SurfacePosted', 'PerpetualBasisPosted']);

/** What happened since the screen was opened, newest first. */
export function Events({ network, onExplain }: { network: Network; onExplain: (signature: Signature) => void }) {
    const [events, setEvents] = useState<readonly { at: Date; event: BallastEvent; signature: Signature }[]>([]);
    const [problem, setProblem] = useState<string>();
    useEffect(() => {
        const abort = new AbortController();
        const follow = async () => {
            for await (const { event, signature } of watchEvents(network.rpcSubscriptions, abort.signal)) {
                if (ROUTINE.has(event.name)) continue;
                if (isLiquidation(event)) witness(network, snapshot().state, signature, event);
                setEvents((before) => [{ at: new Date(), event, signature }, ...before].slice(0, MOST_EVENTS));
            }
        };
        follow().catch(
            (error: unknown) =>
                abort.signal.aborted || setProblem(error instanceof Error ? error.message : String(error)),
        );
        return () => abort.abort();
    }, [network]);
    return (
        <Panel title="What happens" actions={<span className="note">since this was opened</span>}>
            {problem && <p role="alert">{problem}</p>}
            {events.length === 0 && !problem && (
                <p className="note">Nothing yet, apart from prices and volatilities.</p>
            )}
            <ul className="legend" data-testid="events" style={{ maxHeight: 220, overflowY: 'auto' }}>
                {events.map(({ at, event, signature }, index) => (
                    <li key={`${signature}${index}`}>
                        <span className="muted number">{at.toISOString().slice(11, 19)}</span>
                        <strong>{event.name}</strong>
                        <span className="muted">
                            {addressesOf(event)
                                .map((address) => nameOfAccount(network, address))
                                .join(', ')}
                        </span>
                        {isLiquidation(event) && (
                            <button type="button" className="button quiet small" onClick={() => onExplain(signature)}>
                                Explain
                            </button>
                        )}
                    </li>
                ))}
            </ul>
        </Panel>
    );
}

function addressesOf(event: BallastEvent): string[] {
    const fields: Readonly<Record<string, unknown>> = { ...event };
    return ['account', 'first', 'second', 'liquidator'].flatMap((name) =>
        typeof fields[name] === 'string' ? [fields[name]] : [],
    );
}
