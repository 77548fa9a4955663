// The whole local network: Surfpool, the program, the exchange, its traders, prices and housekeeping.

import { readFile } from 'node:fs/promises';

import {
    BALLAST_PROGRAM_ADDRESS,
    fetchExchangeState,
    findPriceAccount,
    listedExpiries,
    marketName,
    type ExchangeState,
} from '@ballast/client';
import type { Address } from '@solana/kit';

import { connectTo, type Connection, type Endpoints } from './connection.js';
import { keepHouse, postSurfaces, refreshAll, type Housekeeping } from './housekeeping.js';
import { createMints, listContracts, listExchange, named, type TokenMint } from './listing.js';
import { steady, type PricePath } from './paths.js';
import { PriceServer } from './prices.js';
import { STANDARD } from './standard.js';
import { startEmbedded } from './surfnet.js';
import { TRADERS, fundTrader, makeLookupTable, type TraderPlan } from './traders.js';
import { walletOf, type Wallet } from './wallets.js';

/** SOL of every wallet at the start, lamports. */
const PLENTY_OF_LAMPORTS = 1_000_000_000_000n;
/** One more than have to sign a post. */
const PUBLISHERS = ['publisher-1', 'publisher-2', 'publisher-3'];

/** What a tool has to know to work with the network: JSON as `network.json` holds it. */
export interface NetworkDescription extends Endpoints {
    /** Where the price server answers; nothing if it does not. */
    readonly pricesUrl?: string;
    /** Where it quotes volatilities to publishers. */
    readonly quotesUrl?: string;
    /** Where the relay answers; nothing if none was started. */
    readonly relayUrl?: string;
    /** Where the keeper says how it is; nothing if none was started. */
    readonly keeperUrl?: string;
    readonly program: Address;
    readonly exchange: Address;
    /** Holds every address of the exchange that transactions name. */
    readonly lookupTable: Address;
    readonly quoteMint: Address;
    readonly markets: readonly {
        readonly name: string;
        readonly number: number;
        readonly address: Address;
        readonly priceAccount: Address;
        /** When its expiries expire, Unix seconds. */
        readonly expiries: readonly number[];
    }[];
    readonly banks: readonly {
        readonly name: string;
        readonly number: number;
        readonly address: Address;
        readonly mint: Address;
        readonly tokenProgram: Address;
        readonly decimals: number;
        readonly priceAccount: Address;
    }[];
    readonly traders: readonly { readonly name: string; readonly owner: Address; readonly account: Address }[];
}

/** How to start. */
export interface LocalNetworkOptions {
    /** File of the program's image. */
    readonly image: string;
    /** Where prices go; they stay where they are if left out. */
    readonly path?: PricePath;
    /** A Surfpool network that runs already; one is started in this process if left out. */
    readonly attach?: Endpoints;
    /**
     * What goes on after the start: prices, refreshes and surfaces; prices alone, where a keeper does the rest; or nothing.
     * Everything if left out.
     */
    readonly housekeeping?: Housekeeping;
    /** Traders beside the usual ones. */
    readonly traders?: readonly TraderPlan[];
    /** Told what happens. */
    readonly log?: (line: string) => void;
}

/** A local network that runs. */
export interface LocalNetwork {
    readonly connection: Connection;
    readonly description: NetworkDescription;
    /** Everybody: governance, publishers, the housekeeper, the relay, the traders. */
    readonly wallets: readonly Wallet[];
    readonly prices: PriceServer;
    /** Publishes prices and refreshes everything once, as housekeeping does every second. */
    refresh(): Promise<void>;
    /** Ends housekeeping, and the network if it was started here. */
    stop(): Promise<void>;
}

/**
 * Starts a network and seeds an exchange.
 *
 * @throws if the image is missing, Surfpool cannot be started, or the program refuses something
 */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
    const image = await readImage(options.image);
    const embedded = options.attach ? undefined : startEmbedded();
    try {
        return await seed(connectTo(options.attach ?? (embedded as Endpoints)), image, options, () => embedded?.stop());
    } catch (error) {
        embedded?.stop();
        throw error;
    }
}

async function readImage(path: string): Promise<Uint8Array> {
    try {
        return Uint8Array.from(await readFile(path));
    } catch (error) {
        throw new Error(`there is no program image at ${path}: run \`cargo xtask build\` first`, { cause: error });
    }
}

async function seed(
    connection: Connection,
    image: Uint8Array,
    {
        path = steady(STANDARD.prices),
        housekeeping = 'everything',
        traders: others = [],
        log = () => undefined,
    }: LocalNetworkOptions,
    stopNetwork: () => void,
): Promise<LocalNetwork> {
    await connection.cheatcodes.require();
    const wallet = async (name: string) => {
        const made = await walletOf(name);
        await connection.cheatcodes.setAccount(made.signer.address, { lamports: PLENTY_OF_LAMPORTS });
        return made;
    };
    const plans = [...TRADERS, ...others];
    const [governance, housekeeper, relay] = await Promise.all(['governance', 'housekeeper', 'relay'].map(wallet));
    if (!governance || !housekeeper || !relay) throw new Error('there are three wallets');
    const publishers = await Promise.all(PUBLISHERS.map(wallet));
    const traders = await Promise.all(plans.map(({ name }) => wallet(name)));
    const mints = await Promise.all(
        STANDARD.banks.map(async ({ name }): Promise<TokenMint> => ({
            name,
            mint: (await walletOf(`mint of ${name}`)).signer,
        })),
    );
    const officers = { governance: governance.signer, publishers: publishers.map(({ signer }) => signer) };
    const housekeepers = { payer: housekeeper.signer, publishers: officers.publishers };

    await connection.cheatcodes.deploy(BALLAST_PROGRAM_ADDRESS, image);
    log(`program ${BALLAST_PROGRAM_ADDRESS}, ${image.length} bytes`);
    await createMints(connection, officers.governance, mints);
    const exchange = await listExchange(connection, officers, mints);
    let state = await fetchExchangeState(connection.rpc, exchange);
    log(`exchange ${exchange}, ${state.markets.size} markets, ${state.banks.size} banks`);

    const table = await makeLookupTable(connection, officers.governance, state);
    const prices = await PriceServer.create(connection.cheatcodes, path);
    prices.begin();
    await listContracts(connection, officers.governance, exchange, { ...STANDARD.prices, ...path.at(0) });
    state = await fetchExchangeState(connection.rpc, exchange);
    const refreshOnce = () => refreshAll(connection, state, prices, housekeepers.payer, [table]);
    await refreshOnce();
    await postSurfaces(connection, state, housekeepers, [table]);
    log(`prices and surfaces: ${path.description}`);

    const accounts: Address[] = [];
    for (const [index, plan] of plans.entries()) {
        const owner = (traders[index] as Wallet).signer;
        accounts.push(await fundTrader(connection, state, officers.governance, mints, plan, owner));
    }
    log(`traders ${plans.map(({ name }) => name).join(', ')}`);

    const house = { connection, exchange, prices, housekeepers, lookupTables: [table], report: log };
    const stopHousekeeping = await keepHouse(house, housekeeping);
    return {
        connection,
        description: await describe(connection, state, table, mints, traders, accounts),
        wallets: [governance, housekeeper, relay, ...publishers, ...traders],
        prices,
        refresh: refreshOnce,
        async stop() {
            await stopHousekeeping();
            stopNetwork();
        },
    };
}

async function describe(
    { rpcUrl, wsUrl }: Endpoints,
    state: ExchangeState,
    lookupTable: Address,
    mints: readonly TokenMint[],
    traders: readonly Wallet[],
    accounts: readonly Address[],
): Promise<NetworkDescription> {
    const markets = [...state.markets.values()].map(async ({ address, data }) => ({
        name: marketName(data),
        number: data.number,
        address,
        priceAccount: await findPriceAccount(data.oracle),
        expiries: listedExpiries(data).map((expiry) => Number(expiry.expiresAt)),
    }));
    const banks = STANDARD.banks.map(async ({ name }) => {
        const { mint } = named(mints, name);
        const bank = [...state.banks.values()].find((listed) => listed.data.mint === mint.address);
        if (!bank) throw new Error(`there is no bank for ${name}`);
        const { number, tokenProgram, tokenDecimals: decimals, oracle } = bank.data;
        const priceAccount = await findPriceAccount(oracle);
        return { name, number, address: bank.address, mint: mint.address, tokenProgram, decimals, priceAccount };
    });
    return {
        rpcUrl,
        wsUrl,
        program: BALLAST_PROGRAM_ADDRESS,
        exchange: state.exchange.address,
        lookupTable,
        quoteMint: state.exchange.data.quoteMint,
        markets: await Promise.all(markets),
        banks: await Promise.all(banks),
        traders: traders.map(({ name, signer }, index) => ({
            name,
            owner: signer.address,
            account: accounts[index] as Address,
        })),
    };
}
