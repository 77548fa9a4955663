// What the command line says.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CHECKOUT = new URL('../../../', import.meta.url);

/** How the command is called. */
export const USAGE = `Starts a local network with an exchange on it, a relay, a market maker, a keeper and the dashboard, and tells a story over
the wire: portfolios are traded by request for quote, a trade is refused, a market falls, the keeper liquidates, and the
books are added up. Then it keeps running, for you to look at it in the dashboard and to trade on.

Usage: cargo xtask demo [OPTIONS]

Options:
  --no-wait              End after the story, with 0 if it ended well
  --json                 The story's figures as one JSON document, and end; money in µUSD
  --plain                No colours; NO_COLOR does the same
  --dashboard-port PORT  The dashboard's port; 0 for one that is free [default: 8080]
  --port PORT            JSON-RPC on this port, the rest on the ones after; 0 for ports that are free [default: 8899]
  --help                 Print this

Ctrl-C ends everything. Every figure is the program's: from its events, its accounts, or its engine in WebAssembly.
`;

/** What to do. */
export interface Options {
    /** Where keeper, relay and market maker are. */
    readonly services: string;
    /** Whether to keep running after the story. */
    readonly wait: boolean;
    readonly json: boolean;
    readonly plain: boolean;
    readonly port: number;
    readonly dashboardPort: number;
    readonly image: string;
    readonly engine: string;
    readonly site: string;
    /** Where description, keys and logs are written. */
    readonly folder: string;
}

/**
 * Reads the command line; nothing if it asks for the usage.
 *
 * @throws if it makes no sense; the message says what was expected
 */
export function parse(args: readonly string[]): Options | undefined {
    const { values } = parseArgs({
        args: [...args],
        options: {
            services: { type: 'string' },
            'no-wait': { type: 'boolean', default: false },
            json: { type: 'boolean', default: false },
            plain: { type: 'boolean', default: false },
            'dashboard-port': { type: 'string', default: '8080' },
            port: { type: 'string', default: '8899' },
            help: { type: 'boolean', default: false },
        },
    });
    if (values.help) return undefined;
    const inCheckout = (path: string) => fileURLToPath(new URL(path, CHECKOUT));
    return {
        services: values.services ?? inCheckout('target/debug'),
        wait: !values['no-wait'] && !values.json,
        json: values.json,
        plain: values.plain,
        port: portOf('--port', values.port),
        dashboardPort: portOf('--dashboard-port', values['dashboard-port']),
        image: process.env['BALLAST_IMAGE'] ?? inCheckout('target/deploy/ballast.so'),
        engine: inCheckout('target/wasm/engine.wasm'),
        site: inCheckout('app/web/dist/local'),
        folder: inCheckout('target/localnet'),
    };
}

function portOf(name: string, text: string): number {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_529) {
        throw new Error(`${name} ${text}: expected a whole number from 0 to 65529`);
    }
    return port;
}
