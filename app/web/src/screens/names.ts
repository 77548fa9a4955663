// What accounts, markets and tokens are called here.

import { marketName, type ExchangeState } from '@ballast/client';

import { short } from '../lib/format.js';
import type { Network } from '../live/network.js';

/** The name of a trader, by margin account or owner; otherwise the address, shortened. */
export function nameOfAccount(network: Network, address: string): string {
    const known = network.traders?.find(({ account, owner }) => account === address || owner === address);
    return known?.name ?? short(address);
}

/** The name of a market or bank by its address, and the decimals of its price. */
export function nameOfTarget(
    network: Network | undefined,
    state: ExchangeState,
    address: string,
): { readonly name: string; readonly priceDecimals: number } {
    for (const { address: it, data } of state.markets.values()) {
        if (it === address) return { name: marketName(data), priceDecimals: data.priceDecimals };
    }
    for (const { address: it, data } of state.banks.values()) {
        if (it === address) {
            const token = network?.tokens.get(data.mint) ?? short(data.mint);
            return { name: `${token} as collateral`, priceDecimals: data.priceDecimals };
        }
    }
    return { name: short(address), priceDecimals: 0 };
}

/** The name of a bank's token, by the bank's number. */
export function nameOfToken(network: Network, state: ExchangeState, bank: number): string {
    const mint = state.banks.get(bank)?.data.mint;
    return mint ? (network.tokens.get(mint) ?? short(mint)) : `bank ${bank}`;
}
