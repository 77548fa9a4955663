// The explanation that a question mark opens; loaded when the first one is asked for.

import * as Popover from '@radix-ui/react-popover';
import type { ReactNode } from 'react';

/** The question mark with its explanation, which is open at first. */
export default function ExplainPopover({
    about,
    formula,
    children,
}: {
    about: string;
    formula?: string;
    children: ReactNode;
}) {
    return (
        <Popover.Root defaultOpen>
            <Popover.Trigger className="explain" aria-label={`What is ${about}?`}>
                ?
            </Popover.Trigger>
            <Popover.Portal>
                <Popover.Content className="popover" sideOffset={6} collisionPadding={12} aria-label={about}>
                    <h3>{about}</h3>
                    <div>{children}</div>
                    {formula && <div className="formula">{formula}</div>}
                </Popover.Content>
            </Popover.Portal>
        </Popover.Root>
    );
}
