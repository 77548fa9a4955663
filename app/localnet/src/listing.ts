// Governance's part: the exchange, its banks and markets, expiries and strikes around the money.

import { getCreateAccountInstruction } from '@solana-program/system';
import { getInitializeMint2Instruction, getMintSize } from '@solana-program/token';
import {
    fetchExchangeState,
    findExchangePda,
    findMarket,
    findMarketPda,
    getBankParametersDecoder,
    getCreateBankInstructionAsync,
    getCreateExchangeInstruction,
    getCreateExpiryInstruction,
    getCreateGroupInstruction,
    getCreateMarketInstruction,
    getCreateSeriesInstruction,
    getExchangeParametersDecoder,
    getGovernanceParametersDecoder,
    getGroupParametersDecoder,
    getMarketParametersDecoder,
    listedExpiries,
    toTicks,
    type ExchangeState,
    type OracleSource,
} from '@ballast/client';
import { address, getBase64Encoder, type Address, type Instruction, type KeyPairSigner } from '@solana/kit';

import { sendInstructions, type Connection } from './connection.js';
import { PULL, feedId } from './pyth.js';
import { STANDARD } from './standard.js';
import type { Prices } from './paths.js';

/** The zero key. */
const NOBODY = address('11111111111111111111111111111111');
/** The one group that all markets are in. */
const GROUP = 0;
/** Days until each expiry; at 08:00 UTC, as options expire. */
const EXPIRY_DAYS = [2n, 9n, 30n];
/** Strikes as parts of the price. */
const MONEYNESS = [0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.2];
/** Instructions that list a series, in one transaction. */
const SERIES_AT_ONCE = 16;

/** Who lists. */
export interface Officers {
    readonly governance: KeyPairSigner;
    readonly publishers: readonly KeyPairSigner[];
}

/** A token, by its name. */
export interface TokenMint {
    readonly name: string;
    readonly mint: KeyPairSigner;
}

/** Creates the mints, of which governance is the authority. */
export async function createMints(
    connection: Connection,
    governance: KeyPairSigner,
    mints: readonly TokenMint[],
): Promise<void> {
    const lamports = await connection.rpc.getMinimumBalanceForRentExemption(BigInt(getMintSize())).send();
    const creations = STANDARD.banks.map(({ name, tokenProgram, tokenDecimals }) => {
        const { mint } = named(mints, name);
        return [
            getCreateAccountInstruction({
                payer: governance,
                newAccount: mint,
                lamports,
                space: getMintSize(),
                programAddress: tokenProgram,
            }),
            getInitializeMint2Instruction(
                { mint: mint.address, decimals: tokenDecimals, mintAuthority: governance.address },
                { programAddress: tokenProgram },
            ),
        ];
    });
    await Promise.all(creations.map((creation) => sendInstructions(connection, governance, creation)));
}

/** Lists the standard exchange, without expiries. Returns its address. */
export async function listExchange(
    connection: Connection,
    { governance, publishers }: Officers,
    mints: readonly TokenMint[],
): Promise<Address> {
    const [exchange] = await findExchangePda({ creator: governance.address, index: 0 });
    const [quote, ...others] = STANDARD.banks;
    if (!quote) throw new Error('the standard exchange has no quote bank');
    const bank = async ({ name, feed, priceDecimals, tokenProgram, parameters }: typeof quote, hedgeMarket: number) =>
        getCreateBankInstructionAsync({
            exchange,
            listing: governance,
            mint: named(mints, name).mint.address,
            tokenProgram,
            oracle: pull(feed),
            parameters: getBankParametersDecoder().decode(bytes(parameters)),
            priceDecimals,
            hedgeMarket,
        });

    await sendInstructions(connection, governance, [
        getCreateExchangeInstruction({
            exchange,
            creator: governance,
            quoteMint: named(mints, quote.name).mint.address,
            index: 0,
            parameters: getExchangeParametersDecoder().decode(bytes(STANDARD.exchange)),
            governing: getGovernanceParametersDecoder().decode(bytes(STANDARD.governing)),
            // One key holds every role here.
            risk: governance.address,
            listing: governance.address,
            guardian: governance.address,
        }),
        await bank(quote, 0),
        getCreateGroupInstruction({
            exchange,
            listing: governance,
            slot: GROUP,
            parameters: getGroupParametersDecoder().decode(bytes(STANDARD.group)),
        }),
    ]);
    for (const [earlier, { name, feed, priceDecimals, quantityDecimals, parameters }] of STANDARD.markets.entries()) {
        const number = earlier + 1;
        const [market] = await findMarketPda({ exchange, number });
        const instruction = getCreateMarketInstruction({
            exchange,
            listing: governance,
            market,
            number,
            name: padded(name),
            oracle: pull(feed),
            secondOracle: NO_ORACLE,
            priceDecimals,
            quantityDecimals,
            group: GROUP,
            correlations: Array.from({ length: earlier }, () => STANDARD.correlation),
            publishers: publishers.map((publisher) => publisher.address),
            parameters: getMarketParametersDecoder().decode(bytes(parameters)),
        });
        await sendInstructions(connection, governance, [instruction]);
    }
    const marketOf = (name: string) => STANDARD.markets.findIndex((market) => market.name === name) + 1;
    for (const other of others) {
        await sendInstructions(connection, governance, [await bank(other, marketOf(other.name))]);
    }
    return exchange;
}

/** Lists expiries and, around the prices, calls and puts. */
export async function listContracts(
    connection: Connection,
    governance: KeyPairSigner,
    exchange: Address,
    prices: Prices,
): Promise<void> {
    const state = await fetchExchangeState(connection.rpc, exchange);
    const midnight = (state.moment.now / 86_400n) * 86_400n;
    await Promise.all(
        STANDARD.markets.map(({ name }) => {
            const market = findMarket(state, name).address;
            const expiries = EXPIRY_DAYS.map((days) =>
                getCreateExpiryInstruction({
                    exchange,
                    market,
                    listing: governance,
                    expiresAt: midnight + days * 86_400n + 8n * 3_600n,
                }),
            );
            return sendInstructions(connection, governance, expiries);
        }),
    );
    const series = seriesOf(await fetchExchangeState(connection.rpc, exchange), governance, prices);
    const batches = [];
    for (let at = 0; at < series.length; at += SERIES_AT_ONCE) batches.push(series.slice(at, at + SERIES_AT_ONCE));
    await Promise.all(batches.map((batch) => sendInstructions(connection, governance, batch)));
}

function seriesOf(state: ExchangeState, governance: KeyPairSigner, prices: Prices): Instruction[] {
    return STANDARD.markets.flatMap(({ name }) => {
        const market = findMarket(state, name);
        const strikes = strikesAround(prices[name] ?? 0);
        return listedExpiries(market.data).flatMap((expiry) =>
            strikes.flatMap((strike) =>
                [0, 1].map((kind) =>
                    getCreateSeriesInstruction({
                        exchange: state.exchange.address,
                        market: market.address,
                        listing: governance,
                        expirySlot: expiry.slot,
                        expiryNumber: expiry.data.number,
                        strike: toTicks(market.data, String(strike)),
                        kind,
                    }),
                ),
            ),
        );
    });
}

/** Round strikes on both sides of a price: multiples of a twentieth of its power of ten. */
export function strikesAround(price: number): number[] {
    const step = 10 ** Math.floor(Math.log10(price)) / 20;
    const strikes = MONEYNESS.map((part) => Math.round((price * part) / step) * step);
    return [...new Set(strikes)];
}

/** No price source. */
const NO_ORACLE: OracleSource = { kind: 0, padding: new Uint8Array(7), program: NOBODY, feed: new Uint8Array(32) };

function pull(feed: string): OracleSource {
    return { kind: PULL, padding: new Uint8Array(7), program: STANDARD.pyth.receiver, feed: feedId(feed) };
}

function padded(name: string): Uint8Array {
    const bytes = new Uint8Array(16);
    bytes.set(new TextEncoder().encode(name));
    return bytes;
}

function bytes(base64: string): Uint8Array {
    return Uint8Array.from(getBase64Encoder().encode(base64));
}

/** What bears a name. */
export function named<T extends { readonly name: string }>(things: readonly T[], name: string): T {
    const found = things.find((thing) => thing.name === name);
    if (!found) throw new Error(`nothing is called ${name}`);
    return found;
}
