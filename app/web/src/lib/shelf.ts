// Books that are kept in this browser, by name.

import { formatLegs, parseLegs, type LegSpec } from './url.js';

/** A book that is kept. */
export interface KeptBook {
    readonly name: string;
    readonly legs: readonly LegSpec[];
    /** Whether its legs come on top of the account. */
    readonly onTop: boolean;
    /** Milliseconds. */
    readonly savedAt: number;
}

/** What of a browser's storage is needed. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'ballast.books';
/** Characters of a name. */
export const LONGEST_NAME = 60;

/** The books on a shelf, by name. What cannot be read is passed over. */
export function keptBooks(shelf: Shelf): KeptBook[] {
    let read: unknown;
    try {
        read = JSON.parse(shelf.getItem(KEY) ?? '[]');
    } catch {
        return [];
    }
    if (!Array.isArray(read)) return [];
    const books = read.flatMap((entry: unknown): KeptBook[] => {
        const { name, book, onTop, savedAt } = (entry ?? {}) as Readonly<Record<string, unknown>>;
        if (typeof name !== 'string' || typeof book !== 'string' || name === '') return [];
        const legs = parseLegs(book);
        if (legs.length === 0) return [];
        return [{ name, legs, onTop: onTop !== false, savedAt: typeof savedAt === 'number' ? savedAt : 0 }];
    });
    return books.sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * Keeps a book, in place of one of the same name.
 *
 * @throws if the browser keeps nothing more
 */
export function keepBook(shelf: Shelf, book: KeptBook): KeptBook[] {
    return write(shelf, [...keptBooks(shelf).filter(({ name }) => name !== book.name), book]);
}

/** Forgets a book. */
export function forgetBook(shelf: Shelf, name: string): KeptBook[] {
    return write(
        shelf,
        keptBooks(shelf).filter((book) => book.name !== name),
    );
}

function write(shelf: Shelf, books: readonly KeptBook[]): KeptBook[] {
    const entries = books.map(({ legs, ...rest }) => ({ ...rest, book: formatLegs(legs) }));
    shelf.setItem(KEY, JSON.stringify(entries));
    return keptBooks(shelf);
}
