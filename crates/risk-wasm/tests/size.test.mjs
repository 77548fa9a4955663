// What a browser has to download stays small. 134 KB of either module are the engine's tables, which hardly compress.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { built } from './package.mjs';

const CEILINGS = {
    'engine.wasm': { raw: 280_000, compressed: 150_000 },
    'calculator.wasm': { raw: 950_000, compressed: 390_000 },
};
const SCRIPTS = ['index.js', 'decode.js', 'layout.js'];
const SCRIPTS_CEILING = 13_000;

for (const [name, ceiling] of Object.entries(CEILINGS)) {
    test(`${name} stays below its ceilings`, () => {
        const module = readFileSync(built(name));
        assert.ok(module.length <= ceiling.raw, `${module.length} bytes, at most ${ceiling.raw}`);
        const compressed = gzipSync(module, { level: 9 }).length;
        assert.ok(compressed <= ceiling.compressed, `${compressed} bytes compressed, at most ${ceiling.compressed}`);
    });

    test(`${name} needs nothing from where it runs`, () => {
        const module = new WebAssembly.Module(readFileSync(built(name)));
        assert.deepEqual(WebAssembly.Module.imports(module), []);
    });
}

test('the scripts stay below their ceiling', () => {
    const size = SCRIPTS.reduce((sum, name) => sum + readFileSync(built(name)).length, 0);
    assert.ok(size <= SCRIPTS_CEILING, `${size} bytes, at most ${SCRIPTS_CEILING}`);
});
