// What a transaction pays to come first.

import type { PriorityFee } from '../live/send.js';

/** The choice. */
export function PriorityFeeChoice(props: {
    value: PriorityFee;
    onChange: (value: PriorityFee) => void;
    /** What it is paid on, where that is not plain. */
    title?: string;
}) {
    return (
        <label className="row center note" title={props.title}>
            Priority fee
            <select
                className="input"
                value={String(props.value)}
                onChange={(event) => props.onChange(event.target.value === 'recent' ? 'recent' : 0n)}
                data-testid="priority-fee"
            >
                <option value="0">none</option>
                <option value="recent">as paid lately</option>
            </select>
        </label>
    );
}
