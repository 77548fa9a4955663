// Where the price stands in the bytes of a market and of a bank, so that it can be moved without taking the account apart.

import { getBankParametersDecoder, getOracleSourceDecoder } from '@ballast/client';
import { getAddressDecoder } from '@solana/kit';

const DISCRIMINATOR = 8;
const ADDRESS = getAddressDecoder().fixedSize;
const NAME = 16;
const ORACLE = getOracleSourceDecoder().fixedSize;
const WORD = 8;

/** Offsets of the price: what stands before it, in the order of the layout. A test moves a price and decodes it. */
export const PRICE_OFFSETS = {
    market: DISCRIMINATOR + ADDRESS + ORACLE + NAME,
    bank: DISCRIMINATOR + 4 * ADDRESS + ORACLE + getBankParametersDecoder().fixedSize + 2 * WORD,
} as const;

/** A copy of an account with another price, in ticks. */
export function withPrice(bytes: Uint8Array, layout: keyof typeof PRICE_OFFSETS, price: bigint): Uint8Array {
    const copy = bytes.slice();
    new DataView(copy.buffer).setBigUint64(PRICE_OFFSETS[layout], price, true);
    return copy;
}
