// `cargo xtask localnet`.

import { join } from 'node:path';

import { descriptionFile, writeNetwork } from './files.js';
import { forward, type Forward } from './forward.js';
import { startLocalNetwork, type LocalNetwork, type NetworkDescription } from './network.js';
import { USAGE, parse, type Options } from './options.js';
import { servicePorts, startServices } from './services.js';
import { STANDARD } from './standard.js';

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
        housekeeping: options.once ? 'nothing' : options.services === undefined ? options.housekeeping : 'prices',
        log: (line) => console.error(`localnet: ${line}`),
    });
    const closing: (() => Promise<void>)[] = [() => network.stop()];
    try {
        const description = options.attach ? network.description : await atFixedPorts(network, options.port, closing);
        const withPrices = options.once ? description : await servePrices(network, description, options.port, closing);
        const complete = await withServices(options, network, withPrices, closing);
        print(complete, options.out, Date.now() - started);
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
    const { close, ...urls } = await network.prices.listen(port + 2);
    closing.push(close);
    return { ...description, ...urls };
}

/** Writes what tools have to know, then starts those that were asked for. */
async function withServices(
    options: Options,
    network: LocalNetwork,
    description: NetworkDescription,
    closing: (() => Promise<void>)[],
): Promise<NetworkDescription> {
    if (options.services === undefined || options.once) {
        await writeNetwork(options.out, network, description);
        return description;
    }
    const services = await startServices(network, description, {
        programs: options.services,
        folder: options.out,
        ports: servicePorts(options.port + 3),
        log: (line) => console.error(`localnet: ${line}`),
    });
    closing.push(() => services.stop());
    return services.description;
}

function print(description: NetworkDescription, folder: string, milliseconds: number): void {
    const dates =
        description.markets[0]?.expiries.map((expiry) => new Date(expiry * 1_000).toISOString().slice(0, 10)) ?? [];
    const rows: [string, string][] = [
        ['JSON-RPC', description.rpcUrl],
        ['subscriptions', description.wsUrl],
        ...(description.pricesUrl ? ([['prices', description.pricesUrl]] as [string, string][]) : []),
        ...(description.relayUrl ? ([['relay', description.relayUrl]] as [string, string][]) : []),
        ...(description.keeperUrl ? ([['keeper', `${description.keeperUrl}/health`]] as [string, string][]) : []),
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
        `Addresses in ${descriptionFile(folder)}, keys in ${join(folder, 'keys')}. Ready in ${(milliseconds / 1_000).toFixed(1)} s; Ctrl-C ends it.`,
    );
}
