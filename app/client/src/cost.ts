// What the account of a check costs, and from it the compute limit of a transaction.

import { CHECK_COST } from './check-cost.js';
import type { MarginAccount } from './generated/index.js';
import { POSITION_KINDS, heldPositions, type Leg } from './contracts.js';
import { MODES } from './accounts.js';

/** Most compute units of a transaction. */
export const MAX_COMPUTE_UNITS = 1_400_000;

/**
 * What instructions take at most beside the checks that they make: what docs/compute-units.md measures, and what
 * deriving an address may take more. The tests hold them against the local network.
 */
export const INSTRUCTION_UNITS = {
    /** Both lines of a transaction's compute budget. */
    budget: 300,
    /** `refresh`, and each market or bank that it refreshes. */
    refresh: 2_500,
    refreshed: 7_000,
    openAccount: 24_000,
    /** A transfer of a token with its extensions, and the account it goes to, if it has to be created. */
    deposit: 28_000,
    withdraw: 28_000,
    tokenAccount: 35_000,
    /** `trade`, and each of its legs. */
    trade: 18_000,
    leg: 9_000,
    openOrderRecords: 24_000,
    placeOrder: 24_000,
    /** `cancel_order`, and `cancel_orders` whatever it names. */
    cancelOrder: 8_000,
    /** `match_orders`, beside what the trade takes. */
    match: 24_000,
    /** A line of the system program, or of the token program beside those of the exchange. */
    wrap: 4_000,
} as const;

/** What the cost of a check depends on. */
export interface CheckShape {
    /** Options held. */
    readonly options: number;
    /** Perpetuals, futures and claims held. */
    readonly linears: number;
    /** Pairs of market and expiry with a position. */
    readonly expiries: number;
    /** Markets with a position. */
    readonly markets: number;
    /** Collateral balances. */
    readonly collaterals: number;
}

/**
 * The shape of an account, with legs filled that it does not hold yet.
 *
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * console.log(checkShape(account.data), checkComputeUnits(account.data));
 */
export function checkShape(account: MarginAccount, legs: readonly Leg[] = []): CheckShape {
    const held = heldPositions(account);
    const contracts = [
        ...held.map(({ market, kind, number, expirySlot }) => ({ market, kind, number, expiry: `${expirySlot}` })),
        // The expiry of an option that is not held is known to its market alone: each counts as one more.
        ...legs.map(({ market, contract: { kind, slot, number } }) => ({
            market,
            kind,
            number,
            expiry: kind === POSITION_KINDS.future ? `${slot}` : `of series ${number}`,
        })),
    ];
    // What is held already is named first, with the expiry that it has.
    const distinct = new Map<string, (typeof contracts)[number]>();
    for (const it of contracts) {
        const name = `${it.market} ${it.kind} ${it.number}`;
        if (!distinct.has(name)) distinct.set(name, it);
    }
    const all = [...distinct.values()];
    const options = all.filter(({ kind }) => kind >= POSITION_KINDS.call);
    const dated = all.filter(({ kind }) => kind !== POSITION_KINDS.perpetual);
    return {
        options: options.length,
        linears: all.length - options.length,
        expiries: new Set(dated.map(({ market, expiry }) => `${market} ${expiry}`)).size,
        markets: new Set(all.map(({ market }) => market)).size,
        collaterals: account.balances.filter(({ bank }) => bank !== 0).length,
    };
}

/**
 * Compute units that one check of an account may need at most, with legs filled that it does not hold yet: the
 * program's published formula.
 *
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * console.log(checkComputeUnits(account.data) === assess(engine, state, account).checkComputeUnits); // true
 */
export function checkComputeUnits(account: MarginAccount, legs: readonly Leg[] = []): number {
    const shape = checkShape(account, legs);
    // Whoever writes an account writes its mode; a value of another version costs what the dearest mode does.
    const alone = (MODES[account.mode] ?? 'isolated') === 'isolated';
    return (
        CHECK_COST.base +
        shape.options * (alone ? CHECK_COST.optionAlone : CHECK_COST.option) +
        shape.linears * CHECK_COST.linear +
        shape.expiries * CHECK_COST.expiry +
        shape.markets * CHECK_COST.market +
        shape.collaterals * CHECK_COST.collateral
    );
}

/**
 * Compute units that a trade may need at most. An account that fails initial margin, or asks for a rebate, is checked
 * a second time, as it was before.
 *
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * const btc = findMarket(state, 'BTC');
 * const leg = { market: btc.data.number, contract: perpetual(), quantity: 1_000n, price: btc.data.price };
 * console.log(tradeComputeUnits([account.data, account.data], [leg]));
 */
export function tradeComputeUnits(accounts: readonly MarginAccount[], legs: readonly Leg[]): number {
    const checks = accounts.map((account) => checkComputeUnits(account, legs) + checkComputeUnits(account));
    return checks.reduce((sum, units) => sum + units, INSTRUCTION_UNITS.trade + legs.length * INSTRUCTION_UNITS.leg);
}
