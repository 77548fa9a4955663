// Serves the built dashboard to this machine, and what it knows of the local network: its description, its traders' keys,
// its prices.

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';

import { listen } from '@ballast/localnet';

/** What of a local network the page may ask for. */
export interface Local {
    /** The network's description. */
    describe(): Promise<unknown>;
    /** A trader's key as Solana's command line keeps it; nothing for a name that is not a trader's. */
    keyOf(name: string): Promise<readonly number[] | undefined>;
    /** Hands a request on to the price server: its method and body. */
    prices(method: string, body: string): Promise<{ readonly status: number; readonly body: string }>;
}

const TYPES: Readonly<Record<string, string>> = {
    '.css': 'text/css; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm',
};
const JSON_TYPE = 'application/json';

/**
 * Serves a folder on a port of the loopback interface.
 *
 * @throws if the port is in use
 */
export async function serveSite(folder: string, port: number, local: Local): Promise<Server> {
    const server = createServer((request, response) => {
        answer(folder, local, request, response).catch((error: unknown) => {
            reply(
                response,
                500,
                JSON_TYPE,
                JSON.stringify({ error: error instanceof Error ? error.message : String(error) }),
            );
        });
    });
    await listen(server, port);
    return server;
}

async function answer(folder: string, local: Local, request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Keys are served here: a page of another origin that a browser on this machine shows must not read them.
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (host !== '127.0.0.1' && host !== 'localhost') return reply(response, 403, JSON_TYPE, '{}');
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/network.json') return reply(response, 200, JSON_TYPE, JSON.stringify(await local.describe()));
    if (pathname === '/local/prices') {
        const { status, body } = await local.prices(request.method ?? 'GET', await textOf(request));
        return reply(response, status, JSON_TYPE, body);
    }
    const key = /^\/local\/keys\/([\w-]+)\.json$/.exec(pathname)?.[1];
    if (key) {
        const found = await local.keyOf(key);
        return reply(response, found ? 200 : 404, JSON_TYPE, JSON.stringify(found ?? null));
    }
    const file = normalize(pathname === '/' ? '/index.html' : decodeURIComponent(pathname));
    try {
        if (file.includes('..')) throw new Error('outside of the site');
        reply(response, 200, TYPES[extname(file)] ?? 'application/octet-stream', await readFile(join(folder, file)));
    } catch {
        reply(response, 404, 'text/plain', 'there is nothing here');
    }
}

function reply(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
    response.writeHead(status, {
        'content-type': type,
        'cache-control': 'no-store',
        'content-security-policy':
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
            "img-src 'self' data:; connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*; worker-src 'self'",
    });
    response.end(body);
}

async function textOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
}
