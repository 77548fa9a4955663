// Amounts between people's decimals and the program's integers. Nothing is rounded: an amount with more decimals than
// the program keeps is refused.

import { decimalFixedPoint, decimalFixedPointToString, rawDecimalFixedPoint } from '@solana/kit';

import type { Bank, Market } from './generated/index.js';

/** Decimals of µUSD. */
const USD_DECIMALS = 6;

/**
 * Lots of a quantity of the underlying.
 *
 * @throws if the quantity has more decimals than the market's lots
 * @example
 * const btc = findMarket(state, 'BTC');
 * console.log(toLots(btc.data, '0.5')); // 50000n where a lot is 0.00001 BTC
 */
export function toLots(market: Pick<Market, 'quantityDecimals'>, quantity: string): bigint {
    return parse(quantity, market.quantityDecimals, 'signed');
}

/**
 * The quantity of so many lots.
 *
 * @example
 * console.log(fromLots(findMarket(state, 'BTC').data, 50_000n)); // '0.5'
 */
export function fromLots(market: Pick<Market, 'quantityDecimals'>, lots: bigint): string {
    return format(lots, market.quantityDecimals);
}

/**
 * Ticks of a price in USD.
 *
 * @throws if the price has more decimals than the market's ticks
 * @example
 * console.log(toTicks(findMarket(state, 'BTC').data, '100000')); // 10000000n where a tick is a cent
 */
export function toTicks(market: Pick<Market | Bank, 'priceDecimals'>, price: string): bigint {
    return parse(price, market.priceDecimals, 'unsigned');
}

/**
 * The price in USD of so many ticks.
 *
 * @example
 * const btc = findMarket(state, 'BTC');
 * console.log(`the index is ${fromTicks(btc.data, btc.data.price)} USD`);
 */
export function fromTicks(market: Pick<Market | Bank, 'priceDecimals'>, ticks: bigint): string {
    return format(ticks, market.priceDecimals);
}

/**
 * Native units of an amount of a collateral token.
 *
 * @throws if the amount has more decimals than the token
 * @example
 * const usdc = findBank(state, state.exchange.data.quoteMint);
 * console.log(toNative(usdc.data, '25')); // 25000000n
 */
export function toNative(bank: Pick<Bank, 'tokenDecimals'>, amount: string): bigint {
    return parse(amount, bank.tokenDecimals, 'unsigned');
}

/**
 * The amount of so many native units of a collateral token.
 *
 * @example
 * const usdc = findBank(state, state.exchange.data.quoteMint);
 * console.log(fromNative(usdc.data, 25_000_000n)); // '25'
 */
export function fromNative(bank: Pick<Bank, 'tokenDecimals'>, units: bigint): string {
    return format(units, bank.tokenDecimals);
}

/**
 * µUSD, in which the program counts money, of an amount in USD.
 *
 * @example
 * console.log(toMicroUsd('12.5')); // 12500000n
 */
export function toMicroUsd(amount: string): bigint {
    return parse(amount, USD_DECIMALS, 'signed');
}

/**
 * The amount in USD of µUSD.
 *
 * @example
 * console.log(fromMicroUsd(12_500_000n)); // '12.5'
 */
export function fromMicroUsd(amount: bigint): string {
    return format(amount, USD_DECIMALS);
}

function parse(text: string, decimals: number, signedness: 'signed' | 'unsigned'): bigint {
    return decimalFixedPoint(signedness, 64, decimals)(text).raw;
}

function format(raw: bigint, decimals: number): string {
    return decimalFixedPointToString(rawDecimalFixedPoint('signed', 128, decimals)(raw));
}
