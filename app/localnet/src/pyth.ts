// Pyth price accounts in their real layout: `PriceUpdateV2` of the receiver program, in the accounts of the push
// program.

import {
    fixEncoderSize,
    getBytesEncoder,
    getI32Encoder,
    getI64Encoder,
    getStructEncoder,
    getU64Encoder,
    getU8Encoder,
    type Address,
} from '@solana/kit';
import { findPriceAccount } from '@ballast/client';

import { STANDARD } from './standard.js';

/** The first eight bytes of a `PriceUpdateV2`. */
const DISCRIMINATOR = Uint8Array.of(34, 241, 35, 99, 157, 126, 244, 205);
/** The receiver allocates room for the larger verification level, whichever it stores. */
const ACCOUNT_BYTES = 134;
/** The verification level of an update that every signature was checked of. */
const FULL = 1;
/** Whoever may write the account again: nobody here. */
const WRITE_AUTHORITY = Uint8Array.from({ length: 32 }, () => 9);
/** The confidence interval that the local network's feeds state: this part of the price. */
const CONFIDENCE_PARTS = 2_000n;

/** What a feed publishes: price × 10^exponent USD. */
export interface Quote {
    readonly price: bigint;
    readonly confidence: bigint;
    /** Unix seconds. */
    readonly publishTime: bigint;
}

/** A good quote of a price in USD. */
export function quoteOf(price: number, publishTime: bigint): Quote {
    const scaled = BigInt(Math.round(price * 10 ** -STANDARD.pyth.exponent));
    return { price: scaled, confidence: scaled / CONFIDENCE_PARTS, publishTime };
}

/** A feed's id from its hexadecimal form. */
export function feedId(hex: string): Uint8Array {
    return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** The account in which a feed's price stands. */
export function feedAccount(hex: string): Promise<Address> {
    return findPriceAccount({ kind: PULL, feed: feedId(hex) }, { program: STANDARD.pyth.pushFeeds });
}

/** The kind of a pull feed in `OracleSource`. */
export const PULL = 1;

/** The bytes of a price account. */
export function priceAccount(feed: Uint8Array, { price, confidence, publishTime }: Quote, slot: bigint): Uint8Array {
    const encoder = getStructEncoder([
        ['discriminator', fixEncoderSize(getBytesEncoder(), 8)],
        ['writeAuthority', fixEncoderSize(getBytesEncoder(), 32)],
        ['verificationLevel', getU8Encoder()],
        ['feedId', fixEncoderSize(getBytesEncoder(), 32)],
        ['price', getI64Encoder()],
        ['confidence', getU64Encoder()],
        ['exponent', getI32Encoder()],
        ['publishTime', getI64Encoder()],
        ['previousPublishTime', getI64Encoder()],
        ['averagePrice', getI64Encoder()],
        ['averageConfidence', getU64Encoder()],
        ['postedSlot', getU64Encoder()],
    ]);
    const bytes = new Uint8Array(ACCOUNT_BYTES);
    encoder.write(
        {
            discriminator: DISCRIMINATOR,
            writeAuthority: WRITE_AUTHORITY,
            verificationLevel: FULL,
            feedId: feed,
            price,
            confidence,
            exponent: STANDARD.pyth.exponent,
            publishTime,
            previousPublishTime: publishTime - 1n,
            averagePrice: price,
            averageConfidence: confidence,
            postedSlot: slot,
        },
        bytes,
        0,
    );
    return bytes;
}
