// A dialog over the page; loaded when the first one opens.

import * as RadixDialog from '@radix-ui/react-dialog';
import type { ReactNode } from 'react';

/** The dialog, open as long as it is there. */
export default function Dialog(props: {
    title: string;
    onClose: () => void;
    children: ReactNode;
    description: string;
    /** For tables with many columns. */
    isWide?: boolean;
}) {
    return (
        <RadixDialog.Root open onOpenChange={(open) => !open && props.onClose()}>
            <RadixDialog.Portal>
                <RadixDialog.Overlay className="overlay" />
                <RadixDialog.Content className={props.isWide ? 'dialog wide' : 'dialog'}>
                    <header>
                        <RadixDialog.Title asChild>
                            <h2>{props.title}</h2>
                        </RadixDialog.Title>
                        <RadixDialog.Close className="button quiet small push">Close</RadixDialog.Close>
                    </header>
                    <RadixDialog.Description className="note">{props.description}</RadixDialog.Description>
                    {props.children}
                </RadixDialog.Content>
            </RadixDialog.Portal>
        </RadixDialog.Root>
    );
}
