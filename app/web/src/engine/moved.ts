// An account after a deposit or a withdrawal, and the largest withdrawal that margin allows.

import type { Bank, MarginAccount } from '@ballast/client';

import { HypotheticalError } from './hypothetical.js';

/**
 * An account with native units of a token more, or less if negative. What is declared as a hedge shrinks to what is left.
 *
 * @throws {HypotheticalError} it holds less than that, or has no room for another token
 */
export function withTokens(
    account: MarginAccount,
    bank: Pick<Bank, 'number'>,
    isQuote: boolean,
    amount: bigint,
): MarginAccount {
    if (isQuote) {
        if (account.cash + amount < 0n) throw new HypotheticalError('the account has less cash than that');
        return { ...account, cash: account.cash + amount };
    }
    const held = account.balances.findIndex((balance) => balance.bank === bank.number);
    const at = held >= 0 ? held : account.balances.findIndex((balance) => balance.bank === 0);
    const before = account.balances[at];
    if (!before) throw new HypotheticalError(`an account holds ${account.balances.length} tokens at most`);
    const after = before.amount + amount;
    if (after < 0n) throw new HypotheticalError('the account holds less than that');
    const hedge = before.hedge < after ? before.hedge : after;
    const moved = { ...before, bank: after === 0n ? 0 : bank.number, amount: after, hedge };
    return { ...account, balances: account.balances.map((balance, index) => (index === at ? moved : balance)) };
}

/**
 * The largest amount, up to what is held, that `isAllowed` accepts, by halving: margin falls with what is withdrawn.
 */
export async function largestAllowed(held: bigint, isAllowed: (amount: bigint) => Promise<boolean>): Promise<bigint> {
    if (held <= 0n) return 0n;
    if (await isAllowed(held)) return held;
    let [low, high] = [0n, held];
    // Beyond 2^-24 of the whole, prices move more while one looks.
    const enough = held >> 24n;
    while (high - low > enough + 1n) {
        const middle = (low + high) / 2n;
        if (await isAllowed(middle)) low = middle;
        else high = middle;
    }
    return low;
}
