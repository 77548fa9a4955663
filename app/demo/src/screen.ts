// What the demonstration writes: headings, sentences, tables and bars.

import { styleText } from 'node:util';

/** Columns that sentences are wrapped to. */
const WIDTH = 104;
/** Cells of a bar. */
const BAR = 20;

/** How a text looks. */
export type Tone = 'heading' | 'strong' | 'faint' | 'good' | 'warning' | 'bad';
const STYLES = {
    heading: ['cyan', 'bold'],
    strong: 'bold',
    faint: 'dim',
    good: 'green',
    warning: 'yellow',
    bad: ['red', 'bold'],
} as const;

/** A cell of a table: plain text, or text with a tone. */
export type Cell = string | readonly [Tone, string];

/** Where the story is told: nowhere if its figures are asked for as JSON. */
export class Screen {
    constructor(private readonly options: { readonly silent: boolean; readonly plain: boolean }) {}

    /** A text in a tone. */
    tone(tone: Tone, text: string): string {
        return this.options.plain ? text : styleText(STYLES[tone] as Parameters<typeof styleText>[0], text);
    }

    /** A line as it is. */
    line(text = ''): void {
        if (!this.options.silent) process.stdout.write(`${text}\n`);
    }

    /** A section's heading. */
    heading(number: number, title: string): void {
        if (number > 1) this.line();
        this.line(this.tone('heading', `${number}. ${title}`));
        this.line();
    }

    /** Sentences, wrapped. */
    say(text: string): void {
        for (const line of wrapped(text, WIDTH)) this.line(line);
    }

    /** An item of a list, wrapped. */
    item(text: string): void {
        for (const [index, line] of wrapped(text, WIDTH - 4).entries()) this.line(`${index ? '    ' : '  - '}${line}`);
    }

    /** Something quoted. */
    quote(tone: Tone, text: string): void {
        for (const line of wrapped(text, WIDTH - 4)) this.line(`    ${this.tone(tone, line)}`);
    }

    /** A table whose columns are as wide as their widest cell: the first to the left, the others to the right. */
    table(rows: readonly (readonly Cell[])[]): void {
        const textOf = (cell: Cell) => (typeof cell === 'string' ? cell : cell[1]);
        const widths: number[] = [];
        for (const row of rows) {
            for (const [column, cell] of row.entries())
                widths[column] = Math.max(widths[column] ?? 0, textOf(cell).length);
        }
        for (const row of rows) {
            const cells = row.map((cell, column) => {
                const text = textOf(cell);
                const width = widths[column] ?? 0;
                const padded = column === 0 ? text.padEnd(width) : text.padStart(width);
                return typeof cell === 'string' ? padded : this.tone(cell[0], padded);
            });
            this.line(`  ${cells.join('  ').trimEnd()}`);
        }
    }
}

/** A bar that is full at 1. */
export function bar(share: number): string {
    const filled = Math.min(BAR, Math.max(0, Math.round(share * BAR)));
    return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
}

function wrapped(text: string, width: number): string[] {
    const lines: string[] = [];
    let line = '';
    for (const word of text.split(' ')) {
        if (line && line.length + 1 + word.length > width) {
            lines.push(line);
            line = word;
        } else {
            line = line ? `${line} ${word}` : word;
        }
    }
    return [...lines, line];
}
