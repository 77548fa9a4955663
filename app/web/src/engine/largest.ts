// The largest book there can be, to measure with: as many different options as an account holds, over every market.

import {
    future,
    listedExpiries,
    listedOptions,
    perpetual,
    type ExchangeState,
    type MarginAccount,
} from '@ballast/client';

import { emptied, encode, filled, type Fill } from './hypothetical.js';

/** An account with as many positions as fit, from what is listed. */
export function largest(state: ExchangeState, like: MarginAccount): { bytes: Uint8Array; positions: number } {
    const markets = new Map([...state.markets].map(([number, { data }]) => [number, data]));
    const fills = [...markets.values()].flatMap((market): Fill[] => {
        const lots = 10n ** BigInt(market.quantityDecimals);
        const expiries = listedExpiries(market);
        const options = listedOptions(market).map((option, index) => ({
            market,
            contract: option.contract,
            expirySlot: expiries.find(({ expiresAt }) => expiresAt === option.expiresAt)?.slot ?? 0,
            lots: index % 3 === 0 ? -lots : lots,
            price: market.price / 50n,
        }));
        const linear = [
            { market, contract: perpetual(), expirySlot: 0, lots, price: market.price },
            ...expiries.map((expiry) => ({
                market,
                contract: future(expiry),
                expirySlot: expiry.slot,
                lots,
                price: market.price,
            })),
        ];
        return [...options, ...linear];
    });
    const places = like.positions.length;
    const perMarket = Math.ceil(places / Math.max(1, markets.size));
    const chosen = [...markets.keys()].flatMap((number) =>
        fills.filter((fill) => fill.market.number === number).slice(0, perMarket),
    );
    const account = filled({ ...emptied(like), cash: 10n ** 13n }, markets, chosen.slice(0, places));
    return { bytes: encode(account), positions: account.positionCount };
}
