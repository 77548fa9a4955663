// What the command line says.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import type { Endpoints } from './connection.js';
import type { Housekeeping } from './housekeeping.js';
import { csv, script, steady, walk, type PricePath } from './paths.js';
import { STANDARD } from './standard.js';

/** Where the checkout is. */
const CHECKOUT = new URL('../../../', import.meta.url);

/** How the command is called. */
export const USAGE = `A local Solana network with a seeded Ballast exchange: BTC, ETH and SOL, traders with money, prices that move.

Usage: cargo xtask localnet [OPTIONS]

Options:
  --port PORT         JSON-RPC on this port, subscriptions on the next one, prices over HTTP on the one after,
                      then relay, keeper and market maker [default: 8899]
  --prices KIND       Where prices go: steady, walk, script or csv [default: walk]
  --file FILE         The script, or the CSV file
  --interval SECONDS  Seconds for each row of a CSV file [default: 10]
  --seed NUMBER       Seed of the walk: the same seed, the same prices [default: 1]
  --speed NUMBER      Seconds of market time in each second of the walk [default: 60]
  --url URL           Seed the Surfpool network that runs there, and start none
  --ws-url URL        Where that network takes subscriptions [default: the same with the next port]
  --services FOLDER   Start the keeper, the relay and the market maker whose programs are there; the network then only
                      publishes prices
  --housekeeping KIND Without services, what goes on by itself: everything (prices, refreshes, surfaces), prices, or nothing
                      [default: everything]
  --out FOLDER        Where network.json and the keys are written [default: target/localnet]
  --once              Seed, write network.json, and end: with --url
  --help              Print this

Ctrl-C ends it. The image is target/deploy/ballast.so, or what BALLAST_IMAGE names.
app/localnet/README.md says what is on the network and how prices are scripted.
`;

/** What to do. */
export interface Options {
    readonly port: number;
    readonly path: PricePath;
    readonly attach: Endpoints | undefined;
    readonly out: string;
    readonly once: boolean;
    readonly housekeeping: Housekeeping;
    /** Where the programs of the services are; nothing if none is to be started. */
    readonly services: string | undefined;
    readonly image: string;
}

/**
 * Reads the command line; nothing if it asks for the usage.
 *
 * @throws if it makes no sense; the message says what was expected
 */
export async function parse(args: readonly string[]): Promise<Options | undefined> {
    const { values } = parseArgs({
        args: [...args],
        options: {
            port: { type: 'string', default: '8899' },
            prices: { type: 'string', default: 'walk' },
            file: { type: 'string' },
            interval: { type: 'string', default: '10' },
            seed: { type: 'string', default: '1' },
            speed: { type: 'string', default: '60' },
            url: { type: 'string' },
            'ws-url': { type: 'string' },
            services: { type: 'string' },
            housekeeping: { type: 'string' },
            out: { type: 'string' },
            once: { type: 'boolean', default: false },
            help: { type: 'boolean', default: false },
        },
    });
    if (values.help) return undefined;
    if (values['ws-url'] && !values.url) throw new Error('--ws-url goes with --url');
    if (values.once && !values.url)
        throw new Error('--once goes with --url: a network that is started here ends with this command');
    if (values.housekeeping && values.services)
        throw new Error('--housekeeping goes without --services: where they run, the network only publishes prices');
    return {
        // Those after it are the network's, too.
        port: number('--port', values.port, 1, 65_529),
        path: await pathOf(values),
        attach: values.url === undefined ? undefined : endpoints(values.url, values['ws-url']),
        out: values.out ?? fileURLToPath(new URL('target/localnet', CHECKOUT)),
        once: values.once,
        housekeeping: housekeeping(values.housekeeping ?? 'everything'),
        services: values.services,
        image: process.env['BALLAST_IMAGE'] ?? fileURLToPath(new URL('target/deploy/ballast.so', CHECKOUT)),
    };
}

function housekeeping(text: string): Housekeeping {
    if (text === 'everything' || text === 'prices' || text === 'nothing') return text;
    throw new Error(`--housekeeping ${text}: expected everything, prices or nothing`);
}

interface PathValues {
    prices: string;
    file?: string | undefined;
    interval: string;
    seed: string;
    speed: string;
}

async function pathOf({ prices, file, interval, seed, speed }: PathValues): Promise<PricePath> {
    const text = async () => {
        if (!file) throw new Error(`--prices ${prices} needs --file`);
        return readFile(file, 'utf8').catch((error: Error) => {
            throw new Error(`--file ${file} cannot be read: ${error.message}`);
        });
    };
    switch (prices) {
        case 'steady':
            return steady(STANDARD.prices);
        case 'walk': {
            const volatilities = Object.fromEntries(STANDARD.markets.map(({ name, volatility }) => [name, volatility]));
            const options = {
                seed: number('--seed', seed, 0, 2 ** 32 - 1),
                speed: number('--speed', speed, 1, 86_400),
                volatilities,
            };
            return walk(STANDARD.prices, options);
        }
        case 'script':
            return script(await text());
        case 'csv':
            return csv(await text(), number('--interval', interval, 1, 86_400));
        default:
            throw new Error(`--prices ${prices}: expected steady, walk, script or csv`);
    }
}

function number(name: string, text: string, lowest: number, highest: number): number {
    const value = Number(text);
    if (!Number.isInteger(value) || value < lowest || value > highest) {
        throw new Error(`${name} ${text}: expected a whole number from ${lowest} to ${highest}`);
    }
    return value;
}

/** Nodes take subscriptions on the port after the one of their JSON-RPC, unless somebody says otherwise. */
function endpoints(rpcUrl: string, wsUrl: string | undefined): Endpoints {
    let url: URL;
    try {
        url = new URL(rpcUrl);
    } catch {
        throw new Error(`--url ${rpcUrl}: expected an address such as http://127.0.0.1:8899`);
    }
    if (wsUrl) return { rpcUrl, wsUrl };
    const next = new URL(url);
    next.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    if (url.port) next.port = String(Number(url.port) + 1);
    return { rpcUrl, wsUrl: next.href };
}
