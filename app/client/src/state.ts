// What a client knows of an exchange: the exchange, its markets and its banks, as of one slot.

import {
    fetchEncodedAccounts,
    getBase64Decoder,
    getAddressEncoder,
    type Address,
    type Base64EncodedBytes,
    type EncodedAccount,
    type GetMultipleAccountsApi,
    type GetProgramAccountsApi,
    type ReadonlyUint8Array,
    type Rpc,
} from '@solana/kit';

import {
    BALLAST_PROGRAM_ADDRESS,
    BANK_DISCRIMINATOR,
    MARKET_DISCRIMINATOR,
    decodeExchange,
    getBankDecoder,
    getMarketDecoder,
    type Bank,
    type Exchange,
    type Market,
} from './generated/index.js';
import type { Listed } from './listed.js';

/** The account that holds the network's time and slot. */
const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;

/** When something was read. */
export interface Moment {
    /** The network's time, Unix seconds. */
    readonly now: bigint;
    /** Its slot. */
    readonly slot: bigint;
}

/** An exchange with its markets and banks, all read in one slot. */
export interface ExchangeState {
    /** The exchange. */
    readonly exchange: Listed<Exchange>;
    /** Its markets, by number. */
    readonly markets: ReadonlyMap<number, Listed<Market>>;
    /** Its banks, by number. */
    readonly banks: ReadonlyMap<number, Listed<Bank>>;
    /** When it was read. */
    readonly moment: Moment;
}

/** What reading an exchange asks of a node. */
export type StateRpc = Rpc<GetMultipleAccountsApi & GetProgramAccountsApi>;

/**
 * Reads an exchange, its markets and its banks: two scans for what is listed, and one call for all of it.
 *
 * @throws if there is no exchange at the address
 * @example
 * const state = await fetchExchangeState(rpc, exchange);
 * console.log(`${state.markets.size} markets, ${state.banks.size} banks in slot ${state.moment.slot}`);
 */
export async function fetchExchangeState(rpc: StateRpc, exchange: Address): Promise<ExchangeState> {
    const [markets, banks] = await Promise.all([
        addressesOf(rpc, exchange, MARKET_DISCRIMINATOR),
        addressesOf(rpc, exchange, BANK_DISCRIMINATOR),
    ]);
    return read(rpc, exchange, markets, banks);
}

/**
 * Reads the same exchange again, with what was listed before: one call.
 *
 * @example
 * const later = await refetchExchangeState(rpc, state);
 * console.log(later.moment.slot >= state.moment.slot); // true
 */
export function refetchExchangeState(rpc: StateRpc, state: ExchangeState): Promise<ExchangeState> {
    const addresses = (listed: ReadonlyMap<number, Listed<unknown>>) => [...listed.values()].map((it) => it.address);
    return read(rpc, state.exchange.address, addresses(state.markets), addresses(state.banks));
}

/**
 * The market of an underlying, by its name.
 *
 * @throws if none is listed under the name
 * @example
 * const btc = findMarket(state, 'BTC');
 * console.log(btc.data.number, fromTicks(btc.data, btc.data.price));
 */
export function findMarket(state: ExchangeState, name: string): Listed<Market> {
    for (const market of state.markets.values()) if (marketName(market.data) === name) return market;
    const names = [...state.markets.values()].map((market) => marketName(market.data));
    throw new Error(`no market is called ${name}; there are ${names.join(', ')}`);
}

/**
 * The name of a market's underlying.
 *
 * @example
 * for (const market of state.markets.values()) console.log(marketName(market.data)); // BTC, ETH, SOL
 */
export function marketName(market: Pick<Market, 'name'>): string {
    return new TextDecoder().decode(Uint8Array.from(market.name)).replace(/\0+$/, '');
}

/**
 * The bank of a token, by its mint.
 *
 * @throws if the exchange does not take the token
 * @example
 * const usdc = findBank(state, state.exchange.data.quoteMint);
 * console.log(usdc.data.vault);
 */
export function findBank(state: ExchangeState, mint: Address): Listed<Bank> {
    for (const bank of state.banks.values()) if (bank.data.mint === mint) return bank;
    throw new Error(`the exchange has no bank for the mint ${mint}`);
}

async function addressesOf(rpc: StateRpc, exchange: Address, discriminator: ReadonlyUint8Array): Promise<Address[]> {
    const start = new Uint8Array([...discriminator, ...getAddressEncoder().encode(exchange)]);
    const bytes = getBase64Decoder().decode(start) as Base64EncodedBytes;
    const accounts = await rpc
        .getProgramAccounts(BALLAST_PROGRAM_ADDRESS, {
            encoding: 'base64',
            dataSlice: { offset: 0, length: 0 },
            filters: [{ memcmp: { bytes, encoding: 'base64', offset: 0n } }],
        })
        .send();
    return accounts.map((account) => account.pubkey);
}

async function read(
    rpc: StateRpc,
    exchange: Address,
    markets: readonly Address[],
    banks: readonly Address[],
): Promise<ExchangeState> {
    const found = await fetchEncodedAccounts(rpc, [exchange, CLOCK, ...markets, ...banks]);
    // What was removed since it was listed is gone, and no longer part of the exchange.
    const existing = new Map(found.filter((account) => account.exists).map((account) => [account.address, account]));
    const first = existing.get(exchange);
    if (!first) throw new Error(`there is no exchange at ${exchange} on this network`);
    const listed = <TData extends { number: number }>(
        addresses: readonly Address[],
        decoder: { decode(bytes: ReadonlyUint8Array): TData },
    ) => {
        const accounts = addresses.flatMap((address) => existing.get(address) ?? []);
        const entries = accounts.map((account) => withData(account, decoder.decode(account.data)));
        return new Map(entries.sort((a, b) => a.data.number - b.data.number).map((it) => [it.data.number, it]));
    };
    return {
        exchange: withData(first, decodeExchange(first).data),
        markets: listed(markets, getMarketDecoder()),
        banks: listed(banks, getBankDecoder()),
        moment: momentOf(existing.get(CLOCK)),
    };
}

function withData<TData>(account: EncodedAccount, data: TData): Listed<TData> {
    return { address: account.address, data, bytes: Uint8Array.from(account.data) };
}

/** The clock's layout: slot, the epoch's start, epoch, the next schedule's epoch, time; eight bytes each. */
function momentOf(clock: EncodedAccount | undefined): Moment {
    if (!clock) throw new Error('the network has no clock account');
    const view = new DataView(Uint8Array.from(clock.data).buffer);
    return { slot: view.getBigUint64(0, true), now: view.getBigInt64(32, true) };
}
