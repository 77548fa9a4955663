// The document of parameters says what the program's structures hold, and how it is written.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import {
    getBankDecoder,
    getBankParametersDecoder,
    getExchangeParametersDecoder,
    getGovernanceParametersDecoder,
    getGroupParametersDecoder,
    getMarketDecoder,
    getMarketParametersDecoder,
} from '@ballast/client';

import { parameterId, parameterSections, parameterText } from '../src/lib/parameters.js';

const DOCUMENT = new URL('../../../../../docs/parameters.md', import.meta.url);

interface Structure {
    readonly fixedSize: number;
    decode(bytes: Uint8Array): object;
}

const fieldsOf = (structure: Structure) => Object.keys(structure.decode(new Uint8Array(structure.fixedSize)));

test('every parameter of the document is one of the structures', async () => {
    const sections = parameterSections(await readFile(DOCUMENT, 'utf8'));
    // Some of a market's and of a token's are set at listing, and stand beside the others.
    const structures: Readonly<Record<string, readonly Structure[]>> = {
        Exchange: [getExchangeParametersDecoder()],
        'Group of markets': [getGroupParametersDecoder()],
        Market: [getMarketParametersDecoder(), getMarketDecoder()],
        Bank: [getBankParametersDecoder(), getBankDecoder()],
        Governance: [getGovernanceParametersDecoder()],
    };
    assert.deepEqual(
        sections.map(({ title }) => title),
        Object.keys(structures),
    );
    for (const { title, parameters } of sections) {
        assert.ok(parameters.length > 5);
        const fields = new Set((structures[title] ?? []).flatMap(fieldsOf));
        // Between two markets each, so it stands beside the group's own.
        if (title === 'Group of markets') fields.add('correlation');
        for (const { key, meaning } of parameters) {
            assert.ok(fields.has(key), `${title} has no ${key}`);
            assert.notEqual(meaning, '');
        }
    }
});

test('a parameter is named by FNV-1a of its scope and name', async () => {
    // The published vectors of the hash are of "a" and "foobar": the first letter stands in for the scope.
    assert.equal(parameterId('a'.charCodeAt(0), ''), 0xe40c292c);
    assert.equal(parameterId('f'.charCodeAt(0), 'oobar'), 0xbf9cf968);
    const sections = parameterSections(await readFile(DOCUMENT, 'utf8'));
    const ids = sections.flatMap(({ parameters }, scope) => parameters.map(({ name }) => parameterId(scope, name)));
    assert.equal(new Set(ids).size, ids.length);
});

test('values are written in the unit of their parameter', () => {
    const ONE = 2 ** 30;
    assert.equal(parameterText('ratio', 0.125 * ONE), '12.5\u202f%');
    assert.equal(parameterText('ratio', ONE), '100\u202f%');
    assert.equal(parameterText('multiple', 3.5 * 2 ** 28), '3.5');
    assert.equal(parameterText('time', 86_400), '1\u202fd');
    assert.equal(parameterText('time', 90), '90\u202fs');
    assert.equal(parameterText('time', 0), '0\u202fs');
    assert.equal(parameterText('USD', 50_000_000n), '50');
    assert.equal(parameterText('compute units', 460_000), '460,000');
    assert.equal(parameterText('bits', [0x1ffff, 511]), '0x1ffff, 0x1ff');
    const decoder = getMarketDecoder();
    const market = { ...decoder.decode(new Uint8Array(decoder.fixedSize)), quantityDecimals: 3 };
    assert.equal(parameterText('lots', 2_500n, { market }), '2.5');
    assert.equal(parameterText('ratio', undefined), '');
});
