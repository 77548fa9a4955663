// Books that this browser keeps, and books as files.

import type { Market } from '@ballast/client';
import { useState } from 'react';

import { BookFileError, bookToCsv, bookToJson, readBook } from '../lib/books.js';
import { LONGEST_NAME, forgetBook, keepBook, keptBooks, type KeptBook } from '../lib/shelf.js';
import type { LegSpec } from '../lib/url.js';
import { download } from '../ui/download.js';
import { Panel } from '../ui/parts.js';

/** What was done, or why it was not. */
type Said = { readonly words: string; readonly undo?: KeptBook } | { readonly problems: readonly string[] };

/** The panel. */
export function SavedBooks(props: {
    legs: readonly LegSpec[];
    onTop: boolean;
    markets: readonly Market[];
    onBook: (book: { readonly legs: readonly LegSpec[]; readonly onTop?: boolean }) => void;
}) {
    const { legs, onTop, markets, onBook } = props;
    const [books, setBooks] = useState(() => attempt(() => keptBooks(localStorage)) ?? []);
    const [name, setName] = useState('');
    const [said, setSaid] = useState<Said>();
    const wanted = name.trim();
    const isKnown = books.some((book) => book.name === wanted);
    const keep = (book: KeptBook, words: string) => {
        try {
            setBooks(keepBook(localStorage, book));
            setSaid({ words });
        } catch {
            setSaid({ problems: ['This browser keeps nothing more. Export the book as a file instead.'] });
        }
    };
    const forget = (book: KeptBook) => {
        setBooks(attempt(() => forgetBook(localStorage, book.name)) ?? books);
        setSaid({ words: `“${book.name}” was deleted.`, undo: book });
    };
    const exportAs = (kind: 'json' | 'csv') => {
        const title = wanted === '' ? 'Book' : wanted;
        try {
            const text = kind === 'json' ? bookToJson(title, legs, markets) : bookToCsv(legs, markets);
            download(`${fileNameOf(title)}.${kind}`, text, kind === 'json' ? 'application/json' : 'text/csv');
        } catch (error) {
            setSaid({ problems: problemsOf(error) });
        }
    };
    const importFrom = async (file: File) => {
        try {
            const book = readBook(await file.text(), markets);
            onBook({ legs: book.legs });
            setName(book.name?.slice(0, LONGEST_NAME) ?? '');
            setSaid({ words: `${book.legs.length} ${book.legs.length === 1 ? 'leg' : 'legs'} of ${file.name}.` });
        } catch (error) {
            setSaid({ problems: [`${file.name} was not taken:`, ...problemsOf(error)] });
        }
    };
    return (
        <Panel title="Books" aside={<span className="note">kept in this browser alone</span>} className="hypothetical">
            <form
                className="row"
                onSubmit={(event) => {
                    event.preventDefault();
                    const book = { name: wanted, legs, onTop, savedAt: Date.now() };
                    keep(book, `“${wanted}” was ${isKnown ? 'replaced' : 'saved'}.`);
                }}
            >
                <label className="field">
                    Name
                    <input
                        className="input"
                        value={name}
                        maxLength={LONGEST_NAME}
                        size={22}
                        onChange={(event) => setName(event.target.value)}
                        data-testid="book-name"
                    />
                </label>
                <button
                    type="submit"
                    className="button"
                    disabled={wanted === '' || legs.length === 0}
                    title={legs.length === 0 ? 'Add a leg first' : undefined}
                    data-testid="save-book"
                >
                    {isKnown ? 'Replace' : 'Save'}
                </button>
                <button type="button" className="button" disabled={legs.length === 0} onClick={() => exportAs('json')}>
                    Export JSON
                </button>
                <button type="button" className="button" disabled={legs.length === 0} onClick={() => exportAs('csv')}>
                    Export CSV
                </button>
                <label className="field">
                    Import JSON or CSV
                    <input
                        type="file"
                        className="input"
                        accept=".json,.csv,application/json,text/csv"
                        onChange={(event) => {
                            const [file] = event.target.files ?? [];
                            if (file) void importFrom(file);
                            event.target.value = '';
                        }}
                        data-testid="import-book"
                    />
                </label>
            </form>
            <Saying
                said={said}
                onUndo={(book) => {
                    keep(book, `“${book.name}” is back.`);
                }}
            />
            {books.length > 0 && (
                <ul className="plain-list" data-testid="books">
                    {books.map((book) => (
                        <li key={book.name} className="row center">
                            <strong>{book.name}</strong>
                            <span className="note">
                                {book.legs.length} {book.legs.length === 1 ? 'leg' : 'legs'}
                                {book.savedAt > 0 && `, ${new Date(book.savedAt).toISOString().slice(0, 10)}`}
                            </span>
                            <button
                                type="button"
                                className="button small"
                                style={{ marginLeft: 'auto' }}
                                aria-label={`Load ${book.name}`}
                                onClick={() => {
                                    onBook({ legs: book.legs, onTop: book.onTop });
                                    setName(book.name);
                                    setSaid({ words: `“${book.name}” was loaded.` });
                                }}
                            >
                                Load
                            </button>
                            <button
                                type="button"
                                className="button quiet small"
                                aria-label={`Delete ${book.name}`}
                                onClick={() => forget(book)}
                            >
                                Delete
                            </button>
                        </li>
                    ))}
                </ul>
            )}
        </Panel>
    );
}

function Saying({ said, onUndo }: { said: Said | undefined; onUndo: (book: KeptBook) => void }) {
    if (!said) return null;
    if ('problems' in said) {
        return (
            <div role="alert" className="loss" data-testid="book-problems">
                {said.problems.map((problem) => (
                    <p key={problem}>{problem}</p>
                ))}
            </div>
        );
    }
    const { undo } = said;
    return (
        <p role="status" className="note">
            {said.words}{' '}
            {undo && (
                <button type="button" className="button small" onClick={() => onUndo(undo)}>
                    Undo
                </button>
            )}
        </p>
    );
}

function problemsOf(error: unknown): readonly string[] {
    if (error instanceof BookFileError) return error.problems;
    return [error instanceof Error ? error.message : String(error)];
}

/** A browser may keep nothing at all. */
function attempt<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch {
        return undefined;
    }
}

function fileNameOf(title: string): string {
    return title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-') || 'book';
}
