// An account as it stood before a liquidation, from what is left of it: what went is put back.

import type { Contract, LiquidationRequest, MarginAccount, Market } from '@ballast/client';

import { expirySlotOf } from '../lib/contracts.js';
import { filled, type Fill } from './hypothetical.js';
import { withTokens } from './moved.js';

/** 1 in the scale of shares of an account. */
const ONE = 1n << 28n;

/** What has to be known to put back legs. */
export interface Listing {
    readonly markets: ReadonlyMap<number, Market>;
    /** The mark of a contract, ticks. */
    readonly markOf: (market: number, contract: Contract) => bigint | undefined;
}

/**
 * The account before a step. Lots and tokens are exact but for the rounding of shares, by one unit at most; ledgers are as if
 * everything had gone at `markOf`. Cash is left as it is: set it so that equity is what was recorded.
 *
 * Nothing if the whole account went, or a leg's contract is not listed any more.
 *
 * @throws {HypotheticalError} an account has no room for what went
 */
export function undone(
    account: MarginAccount,
    request: LiquidationRequest,
    listing: Listing,
): MarginAccount | undefined {
    switch (request.__kind) {
        case 'Legs': {
            const fills = request.legs.map(({ market, contract, quantity }) =>
                fillOf(listing, market, contract, quantity),
            );
            return fills.every((fill) => fill !== undefined) ? filled(account, listing.markets, fills) : undefined;
        }
        case 'Slice':
        case 'Bankruptcy':
            return beforeSlice(account, request.fraction);
        case 'Collateral':
            // Never the quote token: that is cash already.
            return withTokens(account, { number: request.bank }, false, request.amount);
    }
}

/**
 * An amount before a share of it (scale 2^-28) went, rounded towards zero. Where two amounts leave the same, the larger one.
 */
export function beforeShare(after: bigint, fraction: number): bigint {
    return (after * ONE) / (ONE - BigInt(fraction));
}

function beforeSlice(account: MarginAccount, fraction: number): MarginAccount | undefined {
    if (BigInt(fraction) >= ONE) return undefined;
    return {
        ...account,
        debt: beforeShare(account.debt, fraction),
        positions: account.positions.map((position) => ({
            ...position,
            quantity: beforeShare(position.quantity, fraction),
            ledger: beforeShare(position.ledger, fraction),
        })),
        balances: account.balances.map((balance) => ({ ...balance, amount: beforeShare(balance.amount, fraction) })),
    };
}

function fillOf({ markets, markOf }: Listing, number: number, contract: Contract, lots: bigint): Fill | undefined {
    const market = markets.get(number);
    const price = markOf(number, contract);
    if (!market || price === undefined) return undefined;
    return { market, contract, expirySlot: expirySlotOf(market, contract), lots, price };
}
