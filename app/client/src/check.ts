// The accounts that a margin check reads, as crates/client/src/check.rs lists them.

import { AccountRole, type AccountMeta, type Address } from '@solana/kit';

import type { MarginAccount } from './generated/index.js';
import type { ExchangeState } from './state.js';

/** Which markets and banks the checks of some accounts read. */
export interface CheckedSources {
    /** Numbers of the markets, ascending. */
    readonly markets: readonly number[];
    /** Numbers of the banks, ascending. */
    readonly banks: readonly number[];
}

/**
 * The markets and banks that checks of these accounts read: those that they hold something in, those of the legs about
 * to be filled, and the quote token's bank if one of them has, or will have, positions or a debt.
 *
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * console.log(checkedSources(state, [account.data]));
 */
export function checkedSources(
    state: ExchangeState,
    accounts: readonly MarginAccount[],
    touched: readonly number[] = [],
): CheckedSources {
    const held = accounts.flatMap((account) => account.markets.map(({ market }) => market));
    const markets = new Set([...held, ...touched].filter((market) => market !== 0));
    const balances = accounts.flatMap((account) => account.balances.map(({ bank }) => bank));
    const banks = new Set(balances.filter((bank) => bank !== 0));
    if (markets.size > 0 || accounts.some((account) => account.debt > 0n)) {
        banks.add(state.exchange.data.quoteBankNumber);
    }
    const ascending = (numbers: Set<number>) => [...numbers].sort((a, b) => a - b);
    return { markets: ascending(markets), banks: ascending(banks) };
}

/**
 * The account list of a check, which follows an instruction's own accounts. Markets that the instruction changes are
 * writable.
 *
 * @throws if the state lacks a market or bank: read it anew
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * console.log(checkAccounts(state, [account.data]).length);
 */
export function checkAccounts(
    state: ExchangeState,
    accounts: readonly MarginAccount[],
    touched: readonly number[] = [],
): AccountMeta[] {
    const { markets, banks } = checkedSources(state, accounts, touched);
    const meta = (address: Address, isWritable: boolean): AccountMeta => ({
        address,
        role: isWritable ? AccountRole.WRITABLE : AccountRole.READONLY,
    });
    return [
        ...markets.map((number) => meta(known(state.markets, number, 'market').address, touched.includes(number))),
        ...banks.map((number) => meta(known(state.banks, number, 'bank').address, false)),
    ];
}

/** The market or bank with a number. */
export function known<T>(listed: ReadonlyMap<number, T>, number: number, what: string): T {
    const found = listed.get(number);
    if (!found) throw new Error(`${what} ${number} is not part of the state that was read: read the exchange again`);
    return found;
}
