// Every example in the documentation runs: those of the functions, and the quick start.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import * as client from '@ballast/client';
import * as generated from '@ballast/client/generated';
import { writeKey, type LocalNetwork } from '@ballast/localnet';

import { engine, signerOf, startNetwork, startServicesOf, stateOf } from './support.js';

const CLIENT = new URL('../', import.meta.url);
const QUICK_START_LINES = 30;

let network: LocalNetwork;
let services: Awaited<ReturnType<typeof startServicesOf>>;
before(async () => {
    network = await startNetwork('prices');
    services = await startServicesOf(network);
});
after(async () => {
    await services?.stop();
    await network?.stop();
});

/** The examples of a file, by the name of the function that they document. */
function examplesOf(source: string): [string, string][] {
    const documented = /\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s*export (?:async )?function\*? (\w+)/g;
    return [...source.matchAll(documented)].map(([, comment = '', name = '']) => {
        const lines = comment.split('\n').map((line) => line.replace(/^ *\* ?/, ''));
        const began = lines.findIndex((line) => line.startsWith('@example'));
        return [
            name,
            began < 0
                ? ''
                : lines
                      .slice(began + 1)
                      .join('\n')
                      .trim(),
        ];
    });
}

test('every public function has an example, and it runs', async (context) => {
    const files = (await readdir(new URL('src/', CLIENT))).filter((file) => file.endsWith('.ts'));
    const sources = await Promise.all(files.map((file) => readFile(new URL(`src/${file}`, CLIENT), 'utf8')));
    const examples = new Map(sources.flatMap(examplesOf));
    const ours = Object.entries(client).filter(([name, value]) => !(name in generated) && isFunction(value));
    assert.ok(ours.length > 30, `${ours.length} functions`);

    const { rpc, rpcSubscriptions } = network.connection;
    const [alice, bob] = ['alice', 'bob'].map((name) => signerOf(network, name));
    const { exchange, lookupTable } = network.description;
    const wasm = await engine();
    for (const [name] of ours) {
        await context.test(name, async () => {
            const example = examples.get(name);
            assert.ok(example, `${name} has no example`);
            const surroundings = {
                ...client,
                alice,
                bob,
                engine: wasm,
                exchange,
                lookupTable,
                relayUrl: services.relayUrl,
                rpc,
                rpcSubscriptions,
                state: await stateOf(network),
                console: { log: () => undefined },
                wallet: exampleWallet(),
            };
            const names = Object.keys(surroundings);
            const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
                ...args: string[]
            ) => (...values: unknown[]) => Promise<void>;
            // What the example would import is there by its name, and may be shadowed.
            await new AsyncFunction(...names, `{${example}\n}`)(...Object.values(surroundings));
        });
    }
});

/** Whether it is called: classes are not. */
function isFunction(value: unknown): boolean {
    return typeof value === 'function' && !/^class\b/.test(String(value));
}

/** A wallet with the key of a trader, for the one example that asks for one. */
function exampleWallet() {
    const signer = signerOf(network, 'carol');
    return {
        name: 'A wallet',
        accounts: [{ address: signer.address }],
        features: {
            'solana:signMessage': { signMessage: () => Promise.resolve([]) },
            'solana:signTransaction': {
                async signTransaction(...inputs: { transaction: Uint8Array }[]) {
                    const kit = await import('@solana/kit');
                    return Promise.all(
                        inputs.map(async ({ transaction }) => {
                            const decoded = kit.getTransactionDecoder().decode(transaction);
                            const signed = await kit.partiallySignTransaction([signer.keyPair], decoded);
                            return { signedTransaction: Uint8Array.from(kit.getTransactionEncoder().encode(signed)) };
                        }),
                    );
                },
            },
        },
    };
}

test('the quick start of the README trades, in fewer than 30 lines', async () => {
    const readme = await readFile(new URL('README.md', CLIENT), 'utf8');
    const start = /## Quick start[\s\S]*?```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    assert.notEqual(start, '');
    assert.ok(start.trim().split('\n').length < QUICK_START_LINES, 'it is to stay short');

    // As somebody would run it: a file, in a folder from which the packages are found and the network's files are.
    const folder = new URL('dist-test/quick-start/', CLIENT);
    const files = new URL('target/localnet/', folder);
    await mkdir(files, { recursive: true });
    try {
        await writeFile(new URL('network.json', files), JSON.stringify(network.description));
        for (const wallet of network.wallets) await writeKey(fileURLToPath(new URL('keys', files)), wallet);
        await writeFile(new URL('start.mjs', folder), start);
        const before = await positions();
        const run = promisify(execFile)(process.execPath, ['start.mjs'], {
            cwd: fileURLToPath(folder),
            timeout: 60_000,
        });
        const { stdout } = await run;
        assert.match(stdout, /^alice bought 0\.1 BTC: \w+\n$/);
        assert.notDeepEqual(await positions(), before);
    } finally {
        await rm(folder, { recursive: true });
    }
});

async function positions(): Promise<unknown> {
    const owner = signerOf(network, 'alice').address;
    const { exchange } = network.description;
    const account = await client.fetchMarginAccount(
        network.connection.rpc,
        await client.findMarginAccount({ exchange, owner }),
    );
    return account?.data.positions.map(({ quantity }) => quantity);
}
