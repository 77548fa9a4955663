// Answers cases that tests/tests/program/same_bytes.rs wrote to a file: `node answer-cases.mjs CASES ANSWERS`.
//
// A case is, little-endian: now (i64), slot (u64), the number of accounts (u32), and each account as its length (u32)
// and its bytes: the exchange, the margin account, markets and banks. The answer to each is the account's report and
// the scenario matrix of every market in it.

import { readFile, writeFile } from 'node:fs/promises';

import { built } from './package.mjs';

const { decodeReport, loadEngine } = await import(built('index.js'));
const engine = await loadEngine(readFile(built('engine.wasm')));

const [cases, answersFile] = process.argv.slice(2);
const data = await readFile(cases);
const answers = [];
let at = 0;
while (at < data.length) {
    const moment = { now: data.readBigInt64LE(at), slot: data.readBigUInt64LE(at + 8) };
    const count = data.readUInt32LE(at + 16);
    at += 20;
    const accounts = Array.from({ length: count }, () => {
        const length = data.readUInt32LE(at);
        const account = data.subarray(at + 4, at + 4 + length);
        at += 4 + length;
        return account;
    });
    const [exchange, account, ...sources] = accounts;
    const book = { exchange, account, sources };
    const report = engine.assessBytes(book, moment);
    answers.push(report);
    for (const { market } of decodeReport(report).markets) {
        answers.push(engine.assessMarketBytes(book, moment, market));
    }
}
await writeFile(answersFile, Buffer.concat(answers));
