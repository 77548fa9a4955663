// What of the package `ws` the tests use: Node 20 has no WebSocket of its own.

declare module 'ws' {
    import type { Server } from 'node:http';

    export class WebSocket {
        constructor(url: string);
        addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
        addEventListener(type: 'close' | 'error', listener: () => void): void;
        send(text: string): void;
        close(): void;
    }

    export class WebSocketServer {
        constructor(options: { readonly server: Server; readonly path: string });
        on(event: 'connection', listener: (socket: WebSocket, request: { readonly url?: string }) => void): void;
        close(): void;
    }
}
