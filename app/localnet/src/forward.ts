// Fixed ports for a network whose own ports change from start to start.

import { connect, createServer, type Server, type Socket } from 'node:net';

/** Forwards connections from a port of this machine to another one, until it is closed. */
export interface Forward {
    close(): Promise<void>;
}

/**
 * Listens on a port of the loopback interface and hands every connection on.
 *
 * @throws if the port is in use; the message says so
 */
export async function forward(port: number, target: URL): Promise<Forward> {
    const open = new Set<Socket>();
    const server = createServer((incoming) => {
        const outgoing = connect({ host: target.hostname, port: Number(target.port) });
        for (const [socket, other] of [
            [incoming, outgoing],
            [outgoing, incoming],
        ] as const) {
            open.add(socket);
            socket.on('error', () => other.destroy());
            socket.on('close', () => {
                open.delete(socket);
                other.destroy();
            });
            socket.pipe(other);
        }
    });
    await listen(server, port);
    return {
        close: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                for (const socket of open) socket.destroy();
            }),
    };
}

/**
 * Has a server listen on a port of the loopback interface.
 *
 * @throws if the port is in use; the message says so
 */
export function listen(server: Server, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
            const inUse = error.code === 'EADDRINUSE';
            const words = inUse
                ? `port ${port} is in use: stop what uses it, or choose other ports with --port`
                : error.message;
            reject(new Error(words, { cause: error }));
        });
        server.listen(port, '127.0.0.1', resolve);
    });
}
