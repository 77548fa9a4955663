// The script's idea of what the engine returns, against the structures in Rust and the types that it promises.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { built, source } from './package.mjs';

const { sizeOf, readVersion } = await import(built('layout.js'));
const { LAYOUTS, REPORT_SIZE, VERSIONS, decodeReport, decodeScenarioMatrix } = await import(built('decode.js'));
const rust = source('crates/risk/src/report.rs');
const constants = rust + source('crates/risk/src/margin.rs') + source('crates/risk/src/scenario.rs');
const types = source('crates/risk-wasm/js/index.d.ts');

const BYTES = { u8: 1, u16: 2, u32: 4, i64: 8 };

/** The value of an array's length in Rust: a number, a constant, or a sum of them. */
function length(expression) {
    const value = (term) => {
        if (/^\d+$/.test(term)) return Number(term);
        // The rows of the grid stand with the pricing.
        if (term === 'VOLATILITY_ROWS') return 3;
        return length(constants.match(new RegExp(`const ${term}: usize = ([^;]+);`))[1]);
    };
    return expression.split('+').reduce((sum, term) => sum + value(term.trim()), 0);
}

/** A type in Rust as a layout. */
function layoutOf(type) {
    const array = type.match(/^\[(.+); ([^;\]]+)\]$/);
    if (array) return [layoutOf(array[1]), length(array[2])];
    return type in BYTES ? type : structure(type);
}

/** The fields of a structure in Rust as a layout, with names as JavaScript writes them. */
function structure(name) {
    const body = rust.match(new RegExp(`pub struct ${name} \\{([^}]*)\\}`))[1];
    const fields = [...body.matchAll(/^ *pub (\w+): (.*),$/gm)];
    return Object.fromEntries(
        fields.map(([, field, type]) => [field.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), layoutOf(type)]),
    );
}

/** The numbers of a value in order, and the types of the numbers of a layout in order. */
function flatten(value) {
    return typeof value === 'object' ? Object.values(value).flatMap(flatten) : [value];
}
function flattenTypes(layout) {
    if (typeof layout === 'string') return [layout];
    if (Array.isArray(layout)) return Array(layout[1]).fill(flattenTypes(layout[0])).flat();
    return Object.values(layout).flatMap(flattenTypes);
}

for (const [name, layout] of Object.entries(LAYOUTS)) {
    test(`the layout of ${name} is that of the structure in Rust`, () => {
        // As text, because the order of the fields counts.
        assert.equal(JSON.stringify(layout, null, 1), JSON.stringify(structure(name), null, 1));
    });
}

for (const [name, version] of Object.entries(VERSIONS)) {
    test(`the version of ${name} is that of the structure in Rust`, () => {
        const implementation = rust.slice(rust.indexOf(`impl ${name} {`));
        assert.equal(version, Number(implementation.match(/const VERSION: u8 = (\d+);/)[1]));
    });

    test(`every number of ${name} is read from its place`, () => {
        const layout = LAYOUTS[name];
        const bytes = Buffer.from(Uint8Array.from({ length: sizeOf(layout) }, (_, place) => (place * 167 + 13) % 251));
        bytes[0] = version;
        let at = 0;
        const expected = flattenTypes(layout).map((type) => {
            const start = at;
            at += BYTES[type];
            return type === 'i64' ? bytes.readBigInt64LE(start) : bytes.readUIntLE(start, BYTES[type]);
        });
        assert.equal(at, bytes.length);
        assert.deepEqual(flatten(readVersion(bytes, layout, version, name)), expected);
    });
}

/** The properties that the types promise. */
function properties(name) {
    const body = types.match(new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`))[1];
    return [...body.matchAll(/^ {4}(\w+): /gm)].map(([, property]) => property).sort();
}

test('a report has the properties of its types', () => {
    const report = decodeReport(Uint8Array.of(VERSIONS.MarginReport, 0, 0, 1));
    assert.deepEqual(Object.keys(report).sort(), properties('MarginReport'));
    assert.deepEqual(Object.keys(report.modes), ['isolated', 'cross', 'portfolio']);
    assert.deepEqual(Object.keys(report.modes.portfolio).sort(), properties('ModeReport'));
    assert.deepEqual(Object.keys(report.markets[0]).sort(), properties('MarketReport'));
    assert.deepEqual(Object.keys(report.markets[0].binding).sort(), properties('Scenario'));
    const matrix = decodeScenarioMatrix(Uint8Array.of(VERSIONS.ScenarioMatrix));
    assert.deepEqual(Object.keys(matrix).sort(), properties('ScenarioMatrix'));
});

test('numbers of a report become names', () => {
    const report = decodeReport(Uint8Array.of(VERSIONS.MarginReport, 1, 4, 2));
    assert.equal(report.mode, 'cross');
    assert.equal(report.tier, 'bankrupt');
    assert.equal(report.markets.length, 2);
    assert.deepEqual(report.markets[1].binding, { row: 'up', node: 0 });
});

test('a scenario matrix lists its nodes alone, and no profit where there is no scenario', () => {
    const bytes = Buffer.alloc(sizeOf(LAYOUTS.ScenarioMatrix));
    // Version, three core nodes, one tail, binding: volatility down, node 2.
    bytes.set([VERSIONS.ScenarioMatrix, 3, 1, 2, 2, 0]);
    bytes.writeUInt16LE(9, 6);
    [0b1111, 0b0010, 0b0111].forEach((cells, row) => bytes.writeUInt32LE(cells, 8 + 4 * row));
    [3, 4, 5, 1].forEach((quarters, node) => bytes.writeUInt32LE(quarters * 2 ** 26, 20 + 4 * node));
    const profits = 20 + 4 * 19;
    bytes.writeBigInt64LE(-7n, profits + 8 * (2 * 19 + 2));
    const matrix = decodeScenarioMatrix(bytes);
    assert.equal(matrix.market, 9);
    assert.deepEqual(matrix.moves, [-0.25, 0, 0.25, -0.75]);
    assert.deepEqual(matrix.profits, { up: [0n, 0n, 0n, 0n], flat: [null, 0n, null, null], down: [0n, 0n, -7n, null] });
    assert.deepEqual(matrix.binding, { row: 'down', node: 2 });
});

test('bytes that are none of these are refused', () => {
    assert.throws(() => decodeReport(new Uint8Array(REPORT_SIZE + 1)), /at most \d+ bytes, these are \d+/);
    assert.throws(() => decodeReport(new Uint8Array(REPORT_SIZE)), /has layout 0, this module reads layout/);
    assert.throws(() => decodeScenarioMatrix(Uint8Array.of(0)), /scenario matrix has layout 0/);
});
