// Prints the reports of books, a line each, for books.rs: `node answer-books.mjs BOOK.json...`.

import { readFile } from 'node:fs/promises';

import { built } from './package.mjs';

const { loadEngine } = await import(built('index.js'));
const engine = await loadEngine(readFile(built('calculator.wasm')));

for (const book of process.argv.slice(2)) console.log(engine.marginText(await readFile(book, 'utf8')));
