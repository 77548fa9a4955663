// The standard exchange as crates/harness describes it: standard.json is made there, and holds every parameter.

import { readFileSync } from 'node:fs';

import type { Address } from '@solana/kit';

/** An underlying to list. */
export interface StandardMarket {
    readonly name: string;
    /** Pyth's feed id, hexadecimal. */
    readonly feed: string;
    readonly priceDecimals: number;
    readonly quantityDecimals: number;
    /** Volatility per year at the money. */
    readonly volatility: number;
    /** `MarketParameters`, base64. */
    readonly parameters: string;
}

/** A collateral token to list. */
export interface StandardBank {
    readonly name: string;
    /** Pyth's feed id, hexadecimal. */
    readonly feed: string;
    readonly tokenDecimals: number;
    readonly tokenProgram: Address;
    readonly priceDecimals: number;
    /** `BankParameters`, base64. */
    readonly parameters: string;
}

/** The standard exchange. */
export interface Standard {
    /** `ExchangeParameters`, base64. */
    readonly exchange: string;
    /** `GovernanceParameters`, base64; listings are open at once. */
    readonly governing: string;
    /** `GroupParameters`, base64. */
    readonly group: string;
    /** Of each pair of markets, scale 2^-30. */
    readonly correlation: number;
    readonly pyth: { readonly receiver: Address; readonly pushFeeds: Address; readonly exponent: number };
    /** The smile that every expiry has; the volatility is the market's. */
    readonly smile: {
        readonly skew: number;
        readonly curvature: number;
        readonly carry: number;
        readonly rate: number;
    };
    readonly markets: readonly StandardMarket[];
    /** The quote token's first. */
    readonly banks: readonly StandardBank[];
    /** Prices at the start, USD by name. */
    readonly prices: Readonly<Record<string, number>>;
    /** What the code in Rust makes of given numbers, for the tests. */
    readonly examples: {
        readonly surface: {
            readonly market: string;
            readonly seconds: number;
            readonly theta: number;
            readonly rho: number;
            readonly psi: number;
            readonly basis: number;
            readonly rate: number;
        };
        readonly priceAccount: {
            readonly feed: string;
            readonly price: number;
            readonly confidence: number;
            readonly publishTime: number;
            readonly slot: number;
            readonly data: string;
        };
    };
}

/** The standard exchange. */
export const STANDARD: Standard = JSON.parse(
    readFileSync(new URL('../standard.json', import.meta.url), 'utf8'),
) as Standard;
