// What a build for any network has and has not.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const SITE = new URL('../../site/', import.meta.url);
/** Most bytes of JavaScript, by gzip, before the first screen. */
const INITIAL = 140_000;

async function initialScripts(): Promise<string[]> {
    const html = await readFile(new URL('index.html', SITE), 'utf8');
    return [...html.matchAll(/"\.\/(assets\/[\w.-]+\.js)"/g)].flatMap((match) => match[1] ?? []);
}

test('the first screen needs little JavaScript', async () => {
    const scripts = await initialScripts();
    const sizes = await Promise.all(
        scripts.map(async (file) => gzipSync(await readFile(new URL(file, SITE)), { level: 9 }).length),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`initial JavaScript: ${total} bytes by gzip, in ${scripts.length} files`);
    assert.ok(scripts.length > 0);
    assert.ok(total <= INITIAL, `${total} bytes, expected ${INITIAL} at most`);
});

test('the engines are files that are fetched when they are needed', async () => {
    const assets = await readdir(new URL('assets/', SITE));
    assert.equal(assets.filter((name) => name.endsWith('.wasm')).length, 2);
    const html = await readFile(new URL('index.html', SITE), 'utf8');
    assert.ok(!html.includes('.wasm'));
});

test('no build for a real network has the wallet of the local one', async () => {
    const assets = await readdir(new URL('assets/', SITE));
    for (const name of assets.filter((it) => it.endsWith('.js'))) {
        const text = await readFile(new URL(`assets/${name}`, SITE), 'utf8');
        for (const trace of ['local/keys', 'Local network wallet', 'Local hardware wallet', 'local/prices']) {
            assert.ok(!text.includes(trace), `${name} mentions ${trace}`);
        }
    }
});
