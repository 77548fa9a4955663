// `cargo xtask dashboard`: the dashboard beside the local network, which is started unless it runs.

import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadEngine } from '@ballast/engine';
import { descriptionFile, keyFile, readSigner, type NetworkDescription } from '@ballast/localnet';
import { createSolanaRpc, createSolanaRpcSubscriptions } from '@solana/kit';

import { tradeSamples } from './samples.js';
import { serveSite, type Local } from './site.js';

const CHECKOUT = fileURLToPath(new URL('../../../../../', import.meta.url));
const NETWORK = join(CHECKOUT, 'target/localnet');
const SITE = join(CHECKOUT, 'app/web/dist/local');
const DEFAULT_PORT = 8080;
/** Milliseconds that the network has to start. */
const PATIENCE = 60_000;

/** Milliseconds that an interrupted network has to end by itself. */
const GRACE = 2_000;

const USAGE = `The dashboard beside the local network.

Usage: cargo xtask dashboard [--dashboard-port PORT] [OPTIONS OF THE LOCAL NETWORK]

Options:
  --dashboard-port PORT  The dashboard's port [default: ${DEFAULT_PORT}]
  --no-samples           Leave the traders without positions

A local network that runs already is used as it is. Otherwise one is started with the other options, which
\`cargo xtask localnet --help\` lists. Ctrl-C ends both.
`;

try {
    await run(process.argv.slice(2));
} catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
}

async function run(args: readonly string[]): Promise<void> {
    if (args.includes('--help')) return void process.stdout.write(USAGE);
    const { port, samples, rest } = options(args);
    if (await answers()) console.error('dashboard: using the local network that runs');
    else await startNetwork(rest);
    if (samples) {
        const names = await tradeSamples(await network(), await engine());
        if (names.length > 0) console.error(`dashboard: sample books for ${names.join(', ')}`);
    }
    await serveSite(SITE, port, local());
    console.log(`\nDashboard at http://127.0.0.1:${port}/`);
}

function options(args: readonly string[]): { port: number; samples: boolean; rest: string[] } {
    const rest = args.filter((arg) => arg !== '--no-samples');
    const at = rest.indexOf('--dashboard-port');
    const [, text] = at >= 0 ? rest.splice(at, 2) : [];
    const port = at >= 0 ? Number(text) : DEFAULT_PORT;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        throw new Error(`--dashboard-port is ${text}, expected a number from 1 to 65535`);
    }
    return { port, samples: !args.includes('--no-samples'), rest };
}

async function description(): Promise<NetworkDescription> {
    return JSON.parse(await readFile(descriptionFile(NETWORK), 'utf8')) as NetworkDescription;
}

/** Whether the network that was described last still runs. */
async function answers(): Promise<boolean> {
    try {
        const { rpcUrl, exchange } = await description();
        const { value } = await createSolanaRpc(rpcUrl).getAccountInfo(exchange, { encoding: 'base64' }).send();
        return value !== null;
    } catch {
        return false;
    }
}

async function startNetwork(args: readonly string[]): Promise<void> {
    const main = join(CHECKOUT, 'app/localnet/dist/main.js');
    // The description of an earlier network has the same addresses; the new one is written when everything stands.
    await rm(descriptionFile(NETWORK), { force: true });
    const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
    // Ctrl-C reaches the network as well, which ends by itself; whoever interrupts this process alone means both.
    process.on('SIGINT', () => setTimeout(() => child.kill('SIGTERM'), GRACE));
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    process.on('exit', () => child.kill());
    await started(child);
    child.on('exit', (code) => process.exit(code ?? 0));
}

async function started(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!(await answers())) {
        if (child.exitCode !== null) throw new Error('the local network did not start; it says why above');
        if (Date.now() > deadline) throw new Error(`the local network did not start within ${PATIENCE / 1_000} s`);
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}

async function network() {
    const described = await description();
    return {
        description: described,
        rpc: createSolanaRpc(described.rpcUrl),
        rpcSubscriptions: createSolanaRpcSubscriptions(described.wsUrl),
        signerOf: (name: string) => readSigner(keyFile(NETWORK, name)),
    };
}

async function engine() {
    return loadEngine(await readFile(join(CHECKOUT, 'target/wasm/engine.wasm')));
}

function local(): Local {
    return {
        describe: description,
        async keyOf(name) {
            const { traders } = await description();
            if (!traders.some((trader) => trader.name === name)) return undefined;
            return JSON.parse(await readFile(keyFile(NETWORK, name), 'utf8')) as number[];
        },
        async prices(method, body) {
            const { pricesUrl } = await description();
            if (!pricesUrl) return { status: 404, body: JSON.stringify({ error: 'this network has no price server' }) };
            const init = method === 'POST' ? { method, body } : { method };
            const response = await fetch(pricesUrl, init);
            return { status: response.status, body: await response.text() };
        },
    };
}
