// The size of a ticket, from nothing to the largest that initial margin allows.

import type { ExchangeState, Listed, MarginAccount } from '@ballast/client';
import type { Mark } from '@ballast/engine';
import { useEffect, useRef, useState } from 'react';

import type { Snapshot } from '../engine/snapshot.js';
import { legsAt, stepOf, stepsOf } from '../lib/size.js';
import { formatLegs, type LegSpec } from '../lib/url.js';
import { useComputed } from '../live/hooks.js';
import { feeOfSize, type Chain } from './OnChain.js';
import { largestSize, useBook } from './book.js';

/** The slider. It keeps the proportions of the legs as they were typed last, also at nothing. */
export function SizeSlider(props: {
    state: ExchangeState;
    snapshot: Snapshot;
    marks: ReadonlyMap<number, readonly Mark[]> | undefined;
    account: Listed<MarginAccount> | undefined;
    chain: Chain;
    /** Parts in a hundred of the size that initial margin allows. */
    kept: bigint;
    legs: readonly LegSpec[];
    disabled: boolean;
    onLegs: (legs: readonly LegSpec[]) => void;
}) {
    const { state, snapshot, marks, account, chain, kept, legs, onLegs } = props;
    const [typed, setTyped] = useState(legs);
    const made = useRef<string>(undefined);
    useEffect(() => {
        if (formatLegs(legs) === made.current) return;
        made.current = undefined;
        setTyped(legs);
    }, [legs]);
    const book = useBook(state, marks, account, typed);
    const fee = feeOfSize(chain, typed);
    const isTyped = book !== undefined && typed.length > 0;
    const compute = async () => {
        if (!book) throw new Error('there is no book');
        const began = performance.now();
        const largest = await largestSize(snapshot, state, book, fee, kept);
        return { value: { of: typed, largest }, milliseconds: performance.now() - began };
    };
    const found = useComputed(isTyped ? compute : undefined, [snapshot, book, fee, kept]).value;
    if (typed.length === 0) return null;
    // The largest size of other legs, or one at which a leg vanishes, has other proportions.
    const known = found?.of === typed && found.largest?.length === typed.length ? found.largest : undefined;
    const steps = known ? stepsOf(known) : 1n;
    const step = known ? stepOf(known, legs) : 0n;
    const words = known
        ? step > steps
            ? 'beyond the largest'
            : `${(step * 100n) / steps} % of the largest`
        : found?.of === typed
          ? 'no size is allowed'
          : '…';
    return (
        <label className="row center note">
            Size
            <input
                type="range"
                aria-label="Size of the ticket"
                aria-valuetext={words}
                min={0}
                max={Number(steps)}
                value={Number(step)}
                disabled={!known || props.disabled}
                onChange={(event) => {
                    const next = legsAt(known ?? [], BigInt(event.target.value));
                    made.current = formatLegs(next);
                    onLegs(next);
                }}
                data-testid="size"
            />
            <span data-testid="size-words">{words}</span>
        </label>
    );
}
