// The contracts of a market: what a leg of a trade names.

import type { Contract, Expiry, Market, MarginAccount, Position, TradeLegArgs } from './generated/index.js';
import { fromTicks } from './units.js';

/** What a position or contract is: the program's numbers. */
export const POSITION_KINDS = { none: 0, perpetual: 1, claim: 2, future: 3, call: 4, put: 5 } as const;

/** A call or a put. */
export type OptionKind = 'call' | 'put';

/** Positions of the program's expiry states: free, listed, settled. */
const LISTED = 1;

/** An expiry that is listed, and its slot in the market. */
export interface ListedExpiry {
    /** Its slot. */
    readonly slot: number;
    /** When it expires, Unix seconds. */
    readonly expiresAt: bigint;
    /** What the market holds of it. */
    readonly data: Expiry;
}

/** An option that is listed. */
export interface ListedOption {
    /** The contract, for a leg. */
    readonly contract: Contract;
    /** When it expires, Unix seconds. */
    readonly expiresAt: bigint;
    /** Its strike, ticks. */
    readonly strike: bigint;
    /** Call or put. */
    readonly kind: OptionKind;
    /** Lots held long, and as many short. */
    readonly openInterest: bigint;
}

/**
 * The contract of a market's perpetual.
 *
 * @example
 * const btc = findMarket(state, 'BTC');
 * const leg = { market: btc.data.number, contract: perpetual(), quantity: toLots(btc.data, '0.1'), price: btc.data.price };
 */
export function perpetual(): Contract {
    return { kind: POSITION_KINDS.perpetual, slot: 0, number: 0 };
}

/**
 * The expiries that a market lists and that have not been settled, soonest first.
 *
 * @example
 * const [first] = listedExpiries(findMarket(state, 'BTC').data);
 * console.log(new Date(Number(first.expiresAt) * 1_000).toISOString());
 */
export function listedExpiries(market: Market): ListedExpiry[] {
    const listed = market.expiries.flatMap((data, slot) =>
        data.status === LISTED ? [{ slot, expiresAt: data.expiresAt, data }] : [],
    );
    return listed.sort((a, b) => Number(a.expiresAt - b.expiresAt));
}

/**
 * The contract of an expiry's future.
 *
 * @example
 * const [first] = listedExpiries(findMarket(state, 'BTC').data);
 * console.log(future(first)); // { kind: 3, slot: 0, number: 1 }
 */
export function future(expiry: ListedExpiry): Contract {
    return { kind: POSITION_KINDS.future, slot: expiry.slot, number: expiry.data.number };
}

/**
 * The options that a market lists, by expiry, strike and kind, calls first.
 *
 * @example
 * for (const option of listedOptions(findMarket(state, 'SOL').data)) console.log(option.kind, option.strike);
 */
export function listedOptions(market: Market): ListedOption[] {
    const expiries = new Map(listedExpiries(market).map((expiry) => [expiry.slot, expiry]));
    const listed = market.series.flatMap((series, slot): ListedOption[] => {
        const expiry = expiries.get(series.expirySlot);
        if (series.number === 0 || !expiry) return [];
        const kind: OptionKind = series.kind === 0 ? 'call' : 'put';
        const contract = { kind: POSITION_KINDS[kind], slot, number: series.number };
        const { strike, openInterest } = series;
        return [{ contract, expiresAt: expiry.expiresAt, strike, kind, openInterest }];
    });
    const order = (a: ListedOption, b: ListedOption) =>
        Number(a.expiresAt - b.expiresAt) || Number(a.strike - b.strike) || a.contract.kind - b.contract.kind;
    return listed.sort(order);
}

/**
 * One option of a market.
 *
 * @throws if it is not listed; the message names the strikes that are
 * @example
 * const sol = findMarket(state, 'SOL');
 * const [first] = listedExpiries(sol.data);
 * const call = findOption(sol.data, { expiresAt: first.expiresAt, strike: toTicks(sol.data, '200'), kind: 'call' });
 * console.log(call.contract);
 */
export function findOption(
    market: Market,
    wanted: { expiresAt: bigint; strike: bigint; kind: OptionKind },
): ListedOption {
    const options = listedOptions(market).filter((option) => option.expiresAt === wanted.expiresAt);
    const found = options.find((option) => option.strike === wanted.strike && option.kind === wanted.kind);
    if (found) return found;
    const strikes = [...new Set(options.map((option) => fromTicks(market, option.strike)))];
    const known = strikes.length > 0 ? `its strikes are ${strikes.join(', ')}` : 'the market lists no such expiry';
    throw new Error(`no ${wanted.kind} at ${fromTicks(market, wanted.strike)} is listed for that expiry; ${known}`);
}

/** A position with the market that it is in. */
export interface HeldPosition extends Position {
    /** Number of the market. */
    readonly market: number;
}

/**
 * The positions of an account, in the account's order, each with its market's number.
 *
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * for (const position of heldPositions(account.data)) console.log(position.market, position.kind, position.quantity);
 */
export function heldPositions(account: MarginAccount): HeldPosition[] {
    return account.positions.slice(0, account.positionCount).map((position) => ({
        ...position,
        market: account.markets[position.marketSlot]?.market ?? 0,
    }));
}

/** A leg of a trade: the first account buys `quantity` lots, or sells them if it is negative, at `price` ticks. */
export type Leg = TradeLegArgs;
