// The price server: publishes the prices of a path in Pyth accounts, and takes others over HTTP.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import type { Address } from '@solana/kit';

import { listen } from './forward.js';
import { feedAccount, feedId, priceAccount, quoteOf } from './pyth.js';
import { STANDARD } from './standard.js';
import type { Cheatcodes } from './surfnet.js';
import type { PricePath, Prices } from './paths.js';

/** Rent of a price account, generously. */
const LAMPORTS = 2_000_000n;

interface Feed {
    readonly id: Uint8Array;
    readonly account: Address;
}

/** Publishes prices. */
export class PriceServer {
    private prices: Prices = STANDARD.prices;
    /** Prices that were set by hand, which the path moves no more. */
    private held: Prices = {};
    private startedAt = Date.now();

    private constructor(
        private readonly cheatcodes: Cheatcodes,
        private readonly feeds: ReadonlyMap<string, Feed>,
        private readonly path: PricePath,
    ) {}

    /** A server of the standard exchange's feeds. */
    static async create(cheatcodes: Cheatcodes, path: PricePath): Promise<PriceServer> {
        const listed = [...STANDARD.markets, ...STANDARD.banks];
        const feeds = await Promise.all(
            listed.map(async ({ name, feed }): Promise<[string, Feed]> => [
                name,
                { id: feedId(feed), account: await feedAccount(feed) },
            ]),
        );
        return new PriceServer(cheatcodes, new Map(feeds), path);
    }

    /** Lets the path begin now. */
    begin(): void {
        this.startedAt = Date.now();
    }

    /** The prices last published, USD by name. */
    current(): Prices {
        return this.prices;
    }

    /**
     * Holds prices at a level, whatever the path says.
     *
     * @throws if a name is unknown, or a price not a positive number
     */
    hold(prices: Prices): void {
        for (const [name, price] of Object.entries(prices)) {
            if (!this.feeds.has(name)) {
                throw new Error(`no feed is called ${name}; there are ${[...this.feeds.keys()].join(', ')}`);
            }
            if (typeof price !== 'number' || !(price > 0))
                throw new Error(`the price of ${name} is ${price}, expected more than 0`);
        }
        this.held = { ...this.held, ...prices };
    }

    /** Lets the path move every price again. */
    release(): void {
        this.held = {};
    }

    /** Publishes every price as of a moment of the network. */
    async publish({ now, slot }: { now: bigint; slot: bigint }): Promise<void> {
        const seconds = (Date.now() - this.startedAt) / 1_000;
        this.prices = { ...this.prices, ...this.path.at(seconds), ...this.held };
        const writes = [...this.feeds].map(([name, { id, account }]) => {
            const quote = quoteOf(this.prices[name] ?? 0, now);
            const data = priceAccount(id, quote, slot);
            return this.cheatcodes.setAccount(account, { lamports: LAMPORTS, data, owner: STANDARD.pyth.receiver });
        });
        await Promise.all(writes);
    }

    /**
     * Answers `GET /prices` with the prices, takes some by `POST /prices` (`{"BTC": 90000}`) and lets all of them go by
     * `DELETE /prices`. Returns what ends it.
     *
     * @throws if the port is in use
     */
    async listen(port: number): Promise<() => Promise<void>> {
        const server = createServer((request, response) => void this.answer(request, response));
        await listen(server, port);
        return () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                server.closeAllConnections();
            });
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const reply = (status: number, body: unknown) => {
            response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
            response.end(`${JSON.stringify(body)}\n`);
        };
        try {
            if (request.url !== '/prices') return reply(404, { error: 'there is /prices alone' });
            if (request.method === 'POST') this.hold(JSON.parse(await textOf(request)) as Prices);
            else if (request.method === 'DELETE') this.release();
            else if (request.method !== 'GET') return reply(405, { error: 'GET, POST or DELETE' });
            reply(200, { ...this.prices, ...this.held });
        } catch (error) {
            reply(400, { error: error instanceof Error ? error.message : String(error) });
        }
    }
}

async function textOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
}
