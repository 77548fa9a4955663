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

/** Where the price server answers. */
export interface Listening {
    readonly pricesUrl: string;
    readonly quotesUrl: string;
    close(): Promise<void>;
}

/** Publishes prices. */
export class PriceServer {
    private prices: Prices = STANDARD.prices;
    /** Prices that were set by hand, which the path moves no more. */
    private held: Prices = {};
    /** Volatilities per year at the money, as they are quoted to publishers. */
    private volatilities: Prices = Object.fromEntries(
        STANDARD.markets.map(({ name, volatility }) => [name, volatility]),
    );
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

    /**
     * Quotes other volatilities to publishers.
     *
     * @throws if a name is unknown, or a volatility not a positive number
     */
    quote(volatilities: Prices): void {
        for (const [name, volatility] of Object.entries(volatilities)) {
            if (!(name in this.volatilities)) {
                throw new Error(`no market is called ${name}; there are ${Object.keys(this.volatilities).join(', ')}`);
            }
            if (typeof volatility !== 'number' || !(volatility > 0 && volatility < 10)) {
                throw new Error(`the volatility of ${name} is ${volatility}, expected more than 0 and less than 10`);
            }
        }
        this.volatilities = { ...this.volatilities, ...volatilities };
    }

    /** The volatilities that are quoted, as the keeper reads quotes. */
    quotes(): unknown {
        const { carry, rate, skew, curvature } = STANDARD.smile;
        const quoted = Object.entries(this.volatilities).map(([name, volatility]) => [
            name,
            { smile: { volatility, skew, curvature }, carry, rate },
        ]);
        return { markets: Object.fromEntries(quoted) };
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
     * `DELETE /prices`. `GET /quotes` has the volatilities for publishers, `POST /quotes` (`{"BTC": 0.8}`) changes some.
     * Port 0 is one that is free.
     *
     * @throws if the port is in use
     */
    async listen(port: number): Promise<Listening> {
        const server = createServer((request, response) => void this.answer(request, response));
        await listen(server, port);
        const address = server.address();
        const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`;
        const close = () =>
            new Promise<void>((resolve) => {
                server.close(() => resolve());
                server.closeAllConnections();
            });
        return { pricesUrl: `${url}/prices`, quotesUrl: `${url}/quotes`, close };
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const reply = (status: number, body: unknown) => {
            response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
            response.end(`${JSON.stringify(body)}\n`);
        };
        try {
            const { url, method } = request;
            if (url !== '/prices' && url !== '/quotes')
                return reply(404, { error: 'there are /prices and /quotes alone' });
            const isPrices = url === '/prices';
            if (method === 'POST') {
                const body = JSON.parse(await textOf(request)) as Prices;
                if (isPrices) this.hold(body);
                else this.quote(body);
            } else if (method === 'DELETE' && isPrices) this.release();
            else if (method !== 'GET') return reply(405, { error: isPrices ? 'GET, POST or DELETE' : 'GET or POST' });
            reply(200, isPrices ? { ...this.prices, ...this.held } : this.quotes());
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
