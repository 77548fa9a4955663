// What contracts are worth: the marks that the program holds the prices of trades against, by its own engine.

import type { Engine, Mark } from '@ballast/engine';

import type { Contract, Market } from './generated/index.js';
import type { Listed } from './listed.js';
import { marketName, type ExchangeState } from './state.js';

/**
 * The marks of everything that a market lists, and how far from each a trade's price may be, in ticks.
 *
 * @example
 * const btc = findMarket(state, 'BTC');
 * for (const { contract, price, band } of contractMarks(engine, state, btc)) {
 *     console.log(contract.kind, fromTicks(btc.data, price), '±', fromTicks(btc.data, band));
 * }
 */
export function contractMarks(engine: Engine, state: ExchangeState, market: Listed<Market>): Mark[] {
    return engine.marks(market.bytes, state.moment.now);
}

/**
 * The mark of one contract.
 *
 * @throws if it has none: it is not listed, over, or its expiry has no surface yet
 * @example
 * const sol = findMarket(state, 'SOL');
 * const [option] = listedOptions(sol.data);
 * const { price } = markOf(engine, state, sol, option.contract);
 * const leg = { market: sol.data.number, contract: option.contract, quantity: toLots(sol.data, '1'), price };
 */
export function markOf(engine: Engine, state: ExchangeState, market: Listed<Market>, contract: Contract): Mark {
    const isIt = (other: Contract) =>
        other.kind === contract.kind && other.slot === contract.slot && other.number === contract.number;
    const found = contractMarks(engine, state, market).find((mark) => isIt(mark.contract));
    if (found) return found;
    const { kind, slot, number } = contract;
    throw new Error(`${marketName(market.data)} has no mark for contract ${number} of kind ${kind} in slot ${slot}`);
}
