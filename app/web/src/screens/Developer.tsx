// How long the engine takes, for developers: the account as it is, and the largest that there can be.

import { useEffect, useState } from 'react';

import { analyse } from '../engine/client.js';
import { largest } from '../engine/largest.js';
import { decimal } from '../lib/format.js';
import type { Subject } from './figures.js';

/** A small panel in the corner. */
export function Developer(props: { subject: Subject | undefined; milliseconds: number | undefined }) {
    const { subject, milliseconds } = props;
    const [worst, setWorst] = useState<{ positions: number; milliseconds: number }>();
    const snapshot = subject?.snapshot;
    const isReady = subject !== undefined;
    useEffect(() => {
        if (!subject) return;
        const { bytes, positions } = largest(subject.state, subject.account.data);
        void analyse('measure', subject.snapshot, bytes).then(({ value }) =>
            setWorst({ positions, milliseconds: value }),
        );
        // Once: it says what the machine can do, not what prices are.
    }, [isReady]);
    return (
        <aside className="developer" aria-label="Timing" data-testid="timing">
            <dl className="facts">
                <dt>This account’s report</dt>
                <dd>{milliseconds === undefined ? '–' : `${decimal(milliseconds)} ms`}</dd>
                <dt>{worst ? `${worst.positions} positions` : 'Largest book'}</dt>
                <dd data-testid="largest">{worst ? `${decimal(worst.milliseconds)} ms` : '…'}</dd>
                <dt>Accounts read</dt>
                <dd>{snapshot ? snapshot.markets.length + snapshot.banks.length + 2 : '–'}</dd>
            </dl>
        </aside>
    );
}
