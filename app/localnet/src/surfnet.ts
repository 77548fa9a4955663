// Surfpool in this process: its native binding, and the cheatcodes that it answers over JSON-RPC.

import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';

import type { Address } from '@solana/kit';

/** Milliseconds from slot to slot, as on mainnet. */
export const SLOT_MILLISECONDS = 400;

/** Milliseconds from one reading of its events to the next. */
const DRAINING = 1_000;

/** The part of the binding that is used. */
interface NativeSurfnet {
    readonly rpcUrl: string;
    readonly wsUrl: string;
    drainEvents(): unknown[];
    stop(): void;
}
interface Binding {
    readonly Surfnet: {
        startWithConfig(config: {
            offline: boolean;
            blockProductionMode: 'clock' | 'transaction' | 'manual';
            slotTimeMs: number;
        }): NativeSurfnet;
    };
}

/** A network that answers here. */
export interface EmbeddedNetwork {
    /** Where it answers JSON-RPC. */
    readonly rpcUrl: string;
    /** Where it takes subscriptions. */
    readonly wsUrl: string;
    /** Ends it and frees its ports. */
    stop(): void;
}

/**
 * Starts Surfpool in this process, offline, on ports that are free.
 *
 * The package that wraps the binding for JavaScript, `@solana/surfpool`, is not needed: what it adds are types, and
 * cheatcodes that the network answers over JSON-RPC as well.
 *
 * @throws if the platform has no binding, or it was not installed
 */
export function startEmbedded(): EmbeddedNetwork {
    const surfnet = binding().Surfnet.startWithConfig({
        offline: true,
        blockProductionMode: 'clock',
        slotTimeMs: SLOT_MILLISECONDS,
    });
    // Surfpool keeps what happens in a queue of limited length, and stands still once it is full: after two minutes or so.
    const draining = setInterval(() => surfnet.drainEvents(), DRAINING);
    let running = true;
    return {
        rpcUrl: surfnet.rpcUrl,
        wsUrl: surfnet.wsUrl,
        stop() {
            clearInterval(draining);
            if (running) surfnet.stop();
            running = false;
        },
    };
}

function binding(): Binding {
    const names: Record<string, string> = {
        'darwin arm64': '@solana/surfpool-darwin-arm64',
        'darwin x64': '@solana/surfpool-darwin-x64',
        'linux x64': '@solana/surfpool-linux-x64-gnu',
    };
    const name = names[`${platform} ${arch}`];
    if (!name) {
        throw new Error(
            `Surfpool has no build for ${platform} on ${arch}, only for ${Object.keys(names).join(', ')}: ` +
                'start a Surfpool network elsewhere and name it with --url',
        );
    }
    try {
        return createRequire(import.meta.url)(name) as Binding;
    } catch (error) {
        throw new Error(`${name} cannot be loaded: run \`npm ci\` in app, on a system with glibc`, { cause: error });
    }
}

/** What an account should be. */
export interface AccountImage {
    readonly lamports?: bigint;
    readonly data?: Uint8Array;
    readonly owner?: Address;
}

/** Cheatcodes of a Surfpool network, wherever it runs. */
export class Cheatcodes {
    constructor(private readonly rpcUrl: string) {}

    /**
     * Makes sure that the network is a Surfpool.
     *
     * @throws if it does not answer, or is another kind of node
     */
    async require(): Promise<void> {
        let version: unknown;
        try {
            version = await this.call('getVersion', []);
        } catch (error) {
            throw new Error(
                `no Solana node answers at ${this.rpcUrl}: ${String(error instanceof Error ? error.message : error)}`,
            );
        }
        if (!(version as { 'surfnet-version'?: string })['surfnet-version']) {
            throw new Error(
                `the node at ${this.rpcUrl} is not Surfpool: the local network writes programs and price accounts, ` +
                    'which no other node lets it do',
            );
        }
    }

    /** Writes an account; what is left out stays as it was. */
    async setAccount(address: Address, { lamports, data, owner }: AccountImage): Promise<void> {
        const image = {
            ...(lamports === undefined ? {} : { lamports: Number(lamports) }),
            ...(data === undefined ? {} : { data: Buffer.from(data).toString('hex') }),
            ...(owner === undefined ? {} : { owner }),
        };
        await this.call('surfnet_setAccount', [address, image]);
    }

    /** Deploys a program image. */
    async deploy(program: Address, image: Uint8Array): Promise<void> {
        await this.call('surfnet_writeProgram', [program, Buffer.from(image).toString('hex'), 0]);
    }

    /** Moves the network's clock forward to a time, Unix seconds. */
    async travelTo(time: bigint): Promise<void> {
        await this.call('surfnet_timeTravel', [{ absoluteTimestamp: Number(time) * 1_000 }]);
    }

    private async call(method: string, params: readonly unknown[]): Promise<unknown> {
        const response = await fetch(this.rpcUrl, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        });
        const answer = (await response.json()) as { result?: unknown; error?: { message: string; data?: unknown } };
        if (answer.error) {
            const more = answer.error.data === undefined ? '' : `: ${JSON.stringify(answer.error.data)}`;
            throw new Error(`${method}: ${answer.error.message}${more}`);
        }
        return answer.result;
    }
}
