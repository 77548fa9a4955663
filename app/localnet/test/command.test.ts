// The command as somebody runs it: its own process, its ports, its messages, its end.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createSolanaRpc } from '@solana/kit';
import { fetchExchangeState, findMarket, fromTicks } from '@ballast/client';
import { listen, type NetworkDescription } from '@ballast/localnet';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let folder: string;
before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ballast-localnet-'));
});
after(() => rm(folder, { recursive: true }));

interface Run {
    readonly ended: Promise<{ code: number | null; output: string; errors: string }>;
    ready(): Promise<void>;
    interrupt(): void;
}

function start(args: readonly string[], environment: Record<string, string> = {}): Run {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...environment } });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    const ended = new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
        child.on('close', (code) => resolve({ code, output, errors }));
    });
    return {
        ended,
        ready: () =>
            new Promise((resolve, reject) => {
                const look = () => {
                    if (output.includes('Ctrl-C ends it')) resolve();
                };
                child.stdout.on('data', look);
                child.on('close', () => reject(new Error(errors)));
                look();
            }),
        interrupt: () => child.kill('SIGINT'),
    };
}

/** The first of three free ports, below those that the system hands out by itself. */
async function freePort(): Promise<number> {
    for (;;) {
        const port = 20_000 + Math.floor(Math.random() * 10_000);
        const free = await Promise.all([0, 1, 2].map((offset) => isFree(port + offset)));
        if (free.every(Boolean)) return port;
    }
}

async function isFree(port: number): Promise<boolean> {
    const server = createServer();
    try {
        await listen(server, port);
    } catch {
        return false;
    }
    await new Promise((resolve) => server.close(resolve));
    return true;
}

test('the usage names every option', async () => {
    const { code, output } = await start(['--help']).ended;
    assert.equal(code, 0);
    for (const option of [
        '--port',
        '--prices',
        '--file',
        '--interval',
        '--seed',
        '--speed',
        '--url',
        '--ws-url',
        '--out',
        '--once',
        '--services',
        '--housekeeping',
    ]) {
        assert.ok(output.includes(option), option);
    }
});

test('what makes no sense is refused before anything is started', async () => {
    const refused: [string[], RegExp][] = [
        [['--port', 'x'], /^error: --port x: expected a whole number from 1 to 65529\n$/],
        [['--nope'], /Unknown option '--nope'/],
        [['--prices', 'up'], /--prices up: expected steady, walk, script or csv/],
        [['--prices', 'csv'], /--prices csv needs --file/],
        [['--prices', 'script', '--file', '/nowhere'], /--file \/nowhere cannot be read/],
        [['--housekeeping', 'all'], /--housekeeping all: expected everything, prices or nothing/],
        [['--housekeeping', 'prices', '--services', '.'], /--housekeeping goes without --services/],
        [['--once'], /--once goes with --url/],
        [['--url', 'http://127.0.0.1:1'], /no Solana node answers at http:\/\/127\.0\.0\.1:1/],
    ];
    for (const [args, expected] of refused) {
        const { code, errors } = await start(args).ended;
        assert.equal(code, 1, args.join(' '));
        assert.match(errors, expected);
    }
});

test('a missing image is named with its remedy', async () => {
    const { code, errors } = await start([], { BALLAST_IMAGE: '/nowhere/ballast.so' }).ended;
    assert.equal(code, 1);
    assert.match(errors, /there is no program image at \/nowhere\/ballast\.so: run `cargo xtask build` first/);
});

test('a port in use is named with its remedy', async () => {
    const server = createServer();
    await listen(server, 0);
    const { port } = server.address() as AddressInfo;
    const { code, errors } = await start(['--port', String(port), '--out', folder]).ended;
    server.close();
    assert.equal(code, 1);
    assert.match(errors, new RegExp(`port ${port} is in use: stop what uses it, or choose other ports with --port`));
});

test('a network follows its script, takes prices over HTTP, and ends with its ports free', async () => {
    const file = join(folder, 'crash.json');
    await writeFile(file, '{"steps":[{"at":0,"BTC":90000},{"at":3600,"BTC":90000}]}');
    const port = await freePort();
    const run = start(['--port', String(port), '--prices', 'script', '--file', file, '--out', folder]);
    await run.ready();
    const description = JSON.parse(await readFile(join(folder, 'network.json'), 'utf8')) as NetworkDescription;
    assert.equal(description.rpcUrl, `http://127.0.0.1:${port}`);
    const indexOf = async (name: string) => {
        const state = await fetchExchangeState(createSolanaRpc(description.rpcUrl), description.exchange);
        const market = findMarket(state, name);
        return Number(fromTicks(market.data, market.data.price));
    };
    assert.equal(await indexOf('BTC'), 90_000);
    assert.equal(await indexOf('SOL'), 200);

    const prices = description.pricesUrl ?? '';
    const refused = await fetch(prices, { method: 'POST', body: '{"DOGE": 1}' });
    assert.equal(refused.status, 400);
    assert.match(
        ((await refused.json()) as { error: string }).error,
        /no feed is called DOGE; there are BTC, ETH, SOL/,
    );
    await fetch(prices, { method: 'POST', body: '{"SOL": 150}' });
    const deadline = Date.now() + 20_000;
    while ((await indexOf('SOL')) !== 150) {
        assert.ok(Date.now() < deadline, 'the price that was posted never reached the market');
        await new Promise((resolve) => setTimeout(resolve, 200));
    }

    run.interrupt();
    const { code, errors } = await run.ended;
    assert.equal(code, 0, errors);
    for (const offset of [0, 1, 2]) assert.ok(await isFree(port + offset), `port ${port + offset}`);
});

test('another network is seeded through its address', async () => {
    const { startEmbedded } = await import('@ballast/localnet');
    const network = startEmbedded();
    try {
        const args = [
            '--url',
            network.rpcUrl,
            '--ws-url',
            network.wsUrl,
            '--out',
            folder,
            '--once',
            '--prices',
            'steady',
        ];
        const { code, errors } = await start(args).ended;
        assert.equal(code, 0, errors);
        const description = JSON.parse(await readFile(join(folder, 'network.json'), 'utf8')) as NetworkDescription;
        const state = await fetchExchangeState(createSolanaRpc(network.rpcUrl), description.exchange);
        assert.deepEqual([...state.markets.keys()], [1, 2, 3]);
    } finally {
        network.stop();
    }
});
