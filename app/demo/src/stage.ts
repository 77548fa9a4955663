// The stage: a local network with everything that belongs to an exchange, and what the story asks of it.

import { readFile } from 'node:fs/promises';

import {
    assess,
    fetchExchangeState,
    fetchMarginAccount,
    openOrderRecords,
    send,
    type Contract,
    type ExchangeState,
    type Leg,
    type Listed,
    type MarginAccount,
    type OptionKind,
} from '@ballast/client';
import { loadEngine, type Engine, type MarginReport } from '@ballast/engine';
import {
    forward,
    freePorts,
    servicePorts,
    startLocalNetwork,
    startServices,
    steady,
    STANDARD,
    type LocalNetwork,
    type NetworkDescription,
} from '@ballast/localnet';
import { localOf } from '@ballast/web/server/local';
import { legAtMark, optionNear } from '@ballast/web/server/samples';
import { serveSite } from '@ballast/web/server/site';
import type { Address, KeyPairSigner } from '@solana/kit';

import { CAST, type Actor } from './cast.js';
import type { Options } from './options.js';

/** What the story's figures rest on: a trader's account and its margin, as of one slot. */
export interface Standing {
    readonly state: ExchangeState;
    readonly account: Listed<MarginAccount>;
    readonly report: MarginReport;
}

/** Everything that runs. */
export class Stage {
    private constructor(
        readonly network: LocalNetwork,
        readonly description: NetworkDescription,
        readonly engine: Engine,
        /** Where the dashboard is. */
        readonly dashboard: string,
        private readonly closing: readonly (() => Promise<void>)[],
    ) {}

    /**
     * Starts it all.
     *
     * @throws if something is missing or a port is in use; nothing runs then
     */
    static async open(options: Options, log: (line: string) => void): Promise<Stage> {
        const closing: (() => Promise<void>)[] = [];
        try {
            const engine = await loadEngine(await readFile(options.engine));
            const network = await startLocalNetwork({
                image: options.image,
                path: steady(STANDARD.prices),
                housekeeping: 'prices',
                traders: CAST,
                log,
            });
            closing.push(() => network.stop());
            const described = options.port > 0 ? await atPorts(network, options.port, closing) : network.description;
            const services = await startServices(network, described, {
                programs: options.services,
                folder: options.folder,
                ports: options.port > 0 ? servicePorts(options.port + 3) : await freePorts(),
                log,
            });
            closing.push(() => services.stop());
            const site = await serveSite(options.site, options.dashboardPort, localOf(network, services.description));
            closing.push(async () => {
                site.closeAllConnections();
                await new Promise((resolve) => site.close(resolve));
            });
            const at = site.address();
            const dashboard = `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}/`;
            return new Stage(network, services.description, engine, dashboard, closing);
        } catch (error) {
            for (const close of closing.reverse()) await close();
            throw error;
        }
    }

    /** Ends it all. */
    async close(): Promise<void> {
        for (const close of [...this.closing].reverse()) await close();
    }

    /** The exchange as it is now. */
    state(): Promise<ExchangeState> {
        return fetchExchangeState(this.network.connection.rpc, this.description.exchange);
    }

    /** Who signs for a trader. */
    ownerOf(name: string): KeyPairSigner {
        const wallet = this.network.wallets.find((it) => it.name === name);
        if (!wallet) throw new Error(`nobody is called ${name}`);
        return wallet.signer;
    }

    /** Address of a trader's margin account. */
    accountOf(name: string): Address {
        const trader = this.description.traders.find((it) => it.name === name);
        if (!trader) throw new Error(`nobody is called ${name}`);
        return trader.account;
    }

    /** A trader's account and margin as they are now. */
    async standing(name: string): Promise<Standing> {
        const state = await this.state();
        const account = await fetchMarginAccount(this.network.connection.rpc, this.accountOf(name));
        if (!account) throw new Error(`${name} has no margin account`);
        return { state, account, report: assess(this.engine, state, account) };
    }

    /** Opens what an account remembers of its orders, without which it can have none. */
    async allowOrders(name: Actor): Promise<void> {
        const owner = this.ownerOf(name);
        const action = await openOrderRecords(this.accountOf(name), owner);
        await send(this.network.connection, { feePayer: owner, action });
    }

    /** A leg at the mark: whole units of the underlying, bought or, if negative, sold. */
    leg(state: ExchangeState, market: string, contract: Contract, quantity: string): Leg {
        return legAtMark(this.engine, state, { market, contract, quantity });
    }

    /** The option whose strike is nearest to a share of the index; expiries count from the soonest. */
    option(state: ExchangeState, market: string, expiry: number, kind: OptionKind, moneyness: number): Contract {
        return optionNear(state, { market, expiry, kind, moneyness });
    }
}

async function atPorts(
    network: LocalNetwork,
    port: number,
    closing: (() => Promise<void>)[],
): Promise<NetworkDescription> {
    const { rpcUrl, wsUrl } = network.description;
    for (const [offset, target] of [rpcUrl, wsUrl].entries()) {
        const opened = await forward(port + offset, new URL(target));
        closing.push(() => opened.close());
    }
    const { close, ...urls } = await network.prices.listen(port + 2);
    closing.push(close);
    return { ...network.description, ...urls, rpcUrl: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port + 1}` };
}
