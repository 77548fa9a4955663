// Small parts: panels, figures, chips, a choice of few, an explanation that opens.

import * as ToggleGroup from '@radix-ui/react-toggle-group';
import { Suspense, lazy, useId, useState, type ReactNode } from 'react';

import { NOTHING } from '../lib/format.js';

/** How something stands: fine, with care, at risk. */
export type Tone = 'ok' | 'warn' | 'danger';

/** A box with a heading. */
export function Panel(props: {
    title: ReactNode;
    children: ReactNode;
    /** Beside the heading. */
    aside?: ReactNode;
    /** At the far end of the heading's line. */
    actions?: ReactNode;
    /** Whether a table goes to the edges. */
    flush?: boolean;
    className?: string;
    id?: string;
}) {
    const heading = useId();
    return (
        <section className={`panel ${props.className ?? ''}`} aria-labelledby={heading} id={props.id}>
            <header>
                <h2 id={heading}>{props.title}</h2>
                {props.aside}
                {props.actions && <div className="push row center">{props.actions}</div>}
            </header>
            <div className={`body ${props.flush ? 'flush scroll' : ''}`}>{props.children}</div>
        </section>
    );
}

/** A number with what it is. */
export function Figure(props: { label: string; children: ReactNode; unit?: string; tone?: Tone; testId?: string }) {
    const colour = props.tone ? { color: `var(--${props.tone})` } : undefined;
    return (
        <div className="figure">
            <div className="label">{props.label}</div>
            <div className="value" style={colour} data-testid={props.testId}>
                {props.children}
                {props.unit && <span className="unit">{props.unit}</span>}
            </div>
        </div>
    );
}

/** A state in a word or two. */
export function Chip({ tone, children, testId }: { tone?: Tone; children: ReactNode; testId?: string }) {
    return (
        <span className={`chip ${tone ?? ''}`} data-testid={testId}>
            {children}
        </span>
    );
}

/** One of a few. */
export function Choice<T extends string>(props: {
    label: string;
    value: T;
    options: readonly (readonly [T, string])[];
    onChange: (value: T) => void;
}) {
    return (
        <ToggleGroup.Root
            type="single"
            className="segmented"
            aria-label={props.label}
            value={props.value}
            onValueChange={(value) => value && props.onChange(value as T)}
        >
            {props.options.map(([value, words]) => (
                <ToggleGroup.Item key={value} value={value}>
                    {words}
                </ToggleGroup.Item>
            ))}
        </ToggleGroup.Root>
    );
}

const ExplainPopover = lazy(() => import('./ExplainPopover.js'));

/** A question mark that opens an explanation: what a figure means, and the numbers it was made of. */
export function Explain(props: { about: string; formula?: string; children: ReactNode }) {
    const [wasOpened, setOpened] = useState(false);
    const button = (
        <button
            type="button"
            className="explain"
            aria-label={`What is ${props.about}?`}
            aria-haspopup="dialog"
            onClick={() => setOpened(true)}
        >
            ?
        </button>
    );
    if (!wasOpened) return button;
    return (
        <Suspense fallback={button}>
            <ExplainPopover {...props} />
        </Suspense>
    );
}

/** An amount that is coloured by its sign; the sign itself is in the text. */
export function Signed({ amount, children }: { amount: bigint; children: ReactNode }) {
    return <span className={amount < 0n ? 'loss' : amount > 0n ? 'gain' : 'muted'}>{children}</span>;
}

/** A cell of numbers. */
export function Cell({ children }: { children?: ReactNode }) {
    return <td className="number">{children ?? NOTHING}</td>;
}

/** A heading of a column of numbers, with the unit below. */
export function NumberHead({ children, unit }: { children: ReactNode; unit?: string }) {
    return (
        <th className="number" scope="col">
            {children}
            {unit && (
                <>
                    <br />
                    <span className="unit">{unit}</span>
                </>
            )}
        </th>
    );
}
