// `cargo xtask localnet`.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { forward, type Forward } from './forward.js';
import { startLocalNetwork, type LocalNetwork, type NetworkDescription } from './network.js';
import { USAGE, parse, type Options } from './options.js';
import { STANDARD } from './standard.js';
import { writeKey } from './wallets.js';

try {
    const options = await parse(process.argv.slice(2));
    if (options) await run(options);
    else process.stdout.write(USAGE);
} catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
}

async function run(options: Options): Promise<void> {
    const started = Date.now();
    const interrupted = nextInterrupt();
    const network = await startLocalNetwork({
        image: options.image,
        path: options.path,
        ...(options.attach ? { attach: options.attach } : {}),
        housekeeping: !options.once,
        log: (line) => console.error(`localnet: ${line}`),
    });
    const closing: (() => Promise<void>)[] = [() => network.stop()];
    try {
        const description = options.attach ? network.description : await atFixedPorts(network, options.port, closing);
        const withPrices = options.once ? description : await servePrices(network, description, options.port, closing);
        const file = await write(options.out, network, withPrices);
        print(withPrices, file, options.out, Date.now() - started);
        if (options.once) return;
        await interrupted;
        console.error('localnet: stopping');
    } finally {
        for (const close of closing.reverse()) await close();
    }
    // The binding's threads would keep the process.
    process.exit(process.exitCode ?? 0);
}

/** The first Ctrl-C; the second one ends the process where it stands. */
function nextInterrupt(): Promise<void> {
    return new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) {
            process.once(signal, () => {
                process.once(signal, () => process.exit(130));
                resolve();
            });
        }
    });
}

async function atFixedPorts(
    network: LocalNetwork,
    port: number,
    closing: (() => Promise<void>)[],
): Promise<NetworkDescription> {
    const { rpcUrl, wsUrl } = network.description;
    const open = async (at: number, target: string) => {
        const opened: Forward = await forward(at, new URL(target));
        closing.push(() => opened.close());
    };
    await open(port, rpcUrl);
    await open(port + 1, wsUrl);
    return { ...network.description, rpcUrl: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port + 1}` };
}

async function servePrices(
    network: LocalNetwork,
    description: NetworkDescription,
    port: number,
    closing: (() => Promise<void>)[],
): Promise<NetworkDescription> {
    closing.push(await network.prices.listen(port + 2));
    return { ...description, pricesUrl: `http://127.0.0.1:${port + 2}/prices` };
}

async function write(folder: string, network: LocalNetwork, description: NetworkDescription): Promise<string> {
    await mkdir(folder, { recursive: true });
    for (const wallet of network.wallets) await writeKey(join(folder, 'keys'), wallet);
    const file = join(folder, 'network.json');
    await writeFile(file, `${JSON.stringify(description, undefined, 4)}\n`);
    return file;
}

function print(description: NetworkDescription, file: string, folder: string, milliseconds: number): void {
    const dates =
        description.markets[0]?.expiries.map((expiry) => new Date(expiry * 1_000).toISOString().slice(0, 10)) ?? [];
    const rows: [string, string][] = [
        ['JSON-RPC', description.rpcUrl],
        ['subscriptions', description.wsUrl],
        ...(description.pricesUrl ? ([['prices', description.pricesUrl]] as [string, string][]) : []),
        ['program', description.program],
        ['exchange', description.exchange],
        ['lookup table', description.lookupTable],
        ['quote mint', description.quoteMint],
        ...description.markets.map(({ name, address }): [string, string] => [`market ${name}`, address]),
        ...description.banks.map(({ name, address }): [string, string] => [`bank ${name}`, address]),
        ...description.traders.map(({ name, owner, account }): [string, string] => [
            name,
            `${owner}  account ${account}`,
        ]),
    ];
    const width = Math.max(...rows.map(([name]) => name.length));
    for (const [name, value] of rows) console.log(`${name.padEnd(width)}  ${value}`);
    console.log(`\nExpiries ${dates.join(', ')}; start prices ${JSON.stringify(STANDARD.prices)}.`);
    console.log(
        `Addresses in ${file}, keys in ${join(folder, 'keys')}. Ready in ${(milliseconds / 1_000).toFixed(1)} s; Ctrl-C ends it.`,
    );
}
