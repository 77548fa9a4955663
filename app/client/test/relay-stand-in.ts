// A stand-in for a relay, for tests of the client alone: it answers what a test tells it to, and keeps what it was asked.

import { createServer } from 'node:http';

import { WebSocketServer } from 'ws';

/** An answer: its status and body. */
export type Answer = readonly [status: number, body: unknown];

/** A stand-in that runs. */
export interface StandIn {
    readonly url: string;
    /** What it was asked, in order. */
    readonly asked: readonly { readonly path: string; readonly body: unknown }[];
    /** What it answers, by path; 404 otherwise. */
    readonly answers: Map<string, Answer>;
    /** What it tells whoever follows, when the connection opens; then it ends the connection if `hangsUp`. */
    events: { readonly texts: readonly string[]; readonly hangsUp: boolean };
    stop(): void;
}

/** Starts one on a port of its own. */
export async function startStandIn(): Promise<StandIn> {
    const asked: { path: string; body: unknown }[] = [];
    const answers = new Map<string, Answer>();
    const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const path = request.url ?? '';
            asked.push({ path, body: text ? (JSON.parse(text) as unknown) : undefined });
            const [status, body] = answers.get(path) ?? [404, { error: { code: 'unknownPath', message: path } }];
            response.writeHead(status, { 'content-type': 'application/json' });
            response.end(typeof body === 'string' ? body : JSON.stringify(body));
        });
    });
    const sockets = new WebSocketServer({ server, path: '/v1/stream' });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const address = server.address();
    const standIn: StandIn = {
        url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
        asked,
        answers,
        events: { texts: [], hangsUp: false },
        stop() {
            sockets.close();
            server.closeAllConnections();
            server.close();
        },
    };
    sockets.on('connection', (socket, { url }) => {
        asked.push({ path: url ?? '', body: undefined });
        for (const text of standIn.events.texts) socket.send(text);
        if (standIn.events.hangsUp) socket.close();
    });
    return standIn;
}
