// Where prices come from: the oracle accounts that markets and banks name.

import {
    getAddressDecoder,
    getProgramDerivedAddress,
    getU16Encoder,
    type Address,
    type ReadonlyUint8Array,
} from '@solana/kit';

import type { OracleSource } from './generated/index.js';

/** Pyth's program for feeds that somebody pushes: the owner of the addresses that price accounts are found at. */
export const PYTH_PUSH_PROGRAM = 'pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT' as Address;

/** The older push layout, whose feeds are named by their account. */
const PUSH = 2;

/**
 * The account in which the price of a market or bank stands: for a pull feed the one that Pyth's push program keeps in
 * a shard, which is 0 for the feeds that Pyth sponsors.
 *
 * @example
 * console.log(await findPriceAccount(findMarket(state, 'BTC').data.oracle));
 */
export async function findPriceAccount(
    source: Pick<OracleSource, 'kind' | 'feed'>,
    config: { shard?: number; program?: Address } = {},
): Promise<Address> {
    const feed: ReadonlyUint8Array = Uint8Array.from(source.feed);
    if (source.kind === PUSH) return getAddressDecoder().decode(feed);
    const { shard = 0, program = PYTH_PUSH_PROGRAM } = config;
    const seeds = [getU16Encoder().encode(shard), feed];
    const [address] = await getProgramDerivedAddress({ programAddress: program, seeds });
    return address;
}
