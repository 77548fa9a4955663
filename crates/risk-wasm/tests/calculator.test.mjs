// The calculator as its users call it. That it writes what native code writes is tested in books.rs.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { built, source } from './package.mjs';

const { EngineError, loadEngine } = await import(built('index.js'));
const calculator = await loadEngine(readFile(built('calculator.wasm')));

test('a book gives a report', () => {
    const report = calculator.margin({ account: { cash: 20_000, mode: 'cross' } });
    assert.equal(report.mode, 'cross');
    assert.equal(report.equity.total, 20_000);
});

test('text to text keeps every digit', () => {
    const report = calculator.marginText('{ "account": { "cash": 9007199254.740993 } }');
    assert.match(report, /"cash":9007199254\.740993\b/);
});

test('a book that is refused names the field', () => {
    assert.throws(
        () => calculator.margin({ account: { cahs: 1 } }),
        (error) => error instanceof EngineError && error.problem.path === 'account.cahs' && /cash/.test(error.message),
    );
    assert.throws(() => calculator.marginText('{'), EngineError);
    assert.equal(calculator.margin({}).equity.total, 0);
});

test('the engine alone says that it reads no books', async () => {
    const engine = await loadEngine(readFile(built('engine.wasm')));
    assert.throws(() => engine.margin({}), /^EngineError: this module reads no books: load calculator.wasm$/);
});

test('a report has the properties that its schema requires, and none that it does not list', () => {
    const report = calculator.margin(JSON.parse(source('examples/books/worked-example.json')));
    const schema = JSON.parse(source('crates/book/schema/report.schema.json'));
    const check = (value, described, path) => {
        if (described?.$ref) described = schema.$defs[described.$ref.split('/').at(-1)];
        if (Array.isArray(value)) return value.forEach((item, place) => check(item, described.items, `${path}[${place}]`));
        if (value === null || typeof value !== 'object' || !described?.properties) return;
        for (const name of described.required ?? []) assert.ok(name in value, `${path}.${name} is required`);
        for (const [name, property] of Object.entries(value)) {
            assert.ok(name in described.properties, `${path}.${name} is not in the schema`);
            check(property, described.properties[name], `${path}.${name}`);
        }
    };
    check(report, schema, 'report');
});
