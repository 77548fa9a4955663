// Books for the local network's traders, so that the first screen shows more than money: a condor with hedges, a covered
// call, and a leveraged account that a fall makes liquidatable.

import {
    contractMarks,
    fetchExchangeState,
    fetchMarginAccount,
    findMarket,
    future,
    listedExpiries,
    listedOptions,
    perpetual,
    send,
    toLots,
    trade,
    type Contract,
    type ExchangeState,
    type Leg,
    type OptionKind,
} from '@ballast/client';
import type { Engine } from '@ballast/engine';
import type { NetworkDescription } from '@ballast/localnet';
import type {
    Address,
    KeyPairSigner,
    Rpc,
    RpcSubscriptions,
    SolanaRpcApi,
    SolanaRpcSubscriptionsApi,
} from '@solana/kit';

/** A network, as trading on it asks for. */
export interface SampleNetwork {
    readonly rpc: Rpc<SolanaRpcApi>;
    readonly rpcSubscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi>;
    readonly description: NetworkDescription;
    signerOf(name: string): Promise<KeyPairSigner>;
}

/** A leg in words: which expiry counts from the soonest, and the strike is the nearest to a share of the index. */
type SampleLeg =
    | { readonly market: string; readonly quantity: string; readonly kind: 'perpetual' }
    | { readonly market: string; readonly quantity: string; readonly kind: 'future'; readonly expiry: number }
    | {
          readonly market: string;
          readonly quantity: string;
          readonly kind: OptionKind;
          readonly expiry: number;
          readonly moneyness: number;
      };

const option = (market: string, quantity: string, kind: OptionKind, expiry: number, moneyness: number): SampleLeg => ({
    market,
    quantity,
    kind,
    expiry,
    moneyness,
});

/** What each trader holds. */
const BOOKS: Readonly<Record<string, readonly SampleLeg[]>> = {
    alice: [
        option('BTC', '2', 'put', 2, 0.8),
        option('BTC', '-2', 'put', 2, 0.9),
        option('BTC', '-2', 'call', 2, 1.1),
        option('BTC', '2', 'call', 2, 1.2),
        option('ETH', '-20', 'call', 1, 1.05),
        option('ETH', '20', 'call', 2, 1.05),
        { market: 'ETH', quantity: '6', kind: 'perpetual' },
        { market: 'SOL', quantity: '-250', kind: 'perpetual' },
    ],
    bob: [
        option('BTC', '-1', 'call', 2, 1.05),
        option('BTC', '1', 'put', 2, 0.9),
        { market: 'ETH', quantity: '-25', kind: 'future', expiry: 1 },
    ],
    carol: [{ market: 'SOL', quantity: '780', kind: 'perpetual' }, option('SOL', '-240', 'put', 1, 0.9)],
};

/** Gives every trader without positions its book, from the maker at the marks. */
export async function tradeSamples(network: SampleNetwork, engine: Engine): Promise<string[]> {
    const { rpc, description } = network;
    const done: string[] = [];
    for (const [name, legs] of Object.entries(BOOKS)) {
        const trader = description.traders.find((it) => it.name === name);
        const maker = description.traders.find((it) => it.name === 'maker');
        if (!trader || !maker) continue;
        const state = await fetchExchangeState(rpc, description.exchange);
        const [taker, other] = await Promise.all(
            [trader, maker].map(async ({ name: who, account }) => {
                const read = await fetchMarginAccount(rpc, account);
                if (!read) throw new Error(`${who} has no margin account`);
                return { owner: await network.signerOf(who), account: read };
            }),
        );
        if (!taker || !other || taker.account.data.positionCount > 0) continue;
        const action = await trade(state, { taker, maker: other, legs: legs.map((leg) => found(engine, state, leg)) });
        const lookupTables: Address[] = [description.lookupTable];
        await send(network, { feePayer: taker.owner, action, lookupTables });
        done.push(name);
    }
    return done;
}

function found(engine: Engine, state: ExchangeState, leg: SampleLeg): Leg {
    return legAtMark(engine, state, { market: leg.market, contract: contractOf(state, leg), quantity: leg.quantity });
}

function contractOf(state: ExchangeState, leg: SampleLeg): Contract {
    if (leg.kind === 'perpetual') return perpetual();
    if (leg.kind !== 'future') return optionNear(state, leg);
    const expiry = listedExpiries(findMarket(state, leg.market).data)[leg.expiry];
    if (!expiry) throw new Error(`${leg.market} has too few expiries`);
    return future(expiry);
}

/**
 * A leg at the mark: whole units of the underlying, bought or, if negative, sold.
 *
 * @throws if the contract has no mark
 */
export function legAtMark(
    engine: Engine,
    state: ExchangeState,
    leg: { readonly market: string; readonly contract: Contract; readonly quantity: string },
): Leg {
    const market = findMarket(state, leg.market);
    const { kind, number } = leg.contract;
    const mark = contractMarks(engine, state, market).find(
        ({ contract }) => contract.kind === kind && contract.number === number,
    );
    if (!mark) throw new Error(`${leg.market} has no mark for a contract of kind ${kind}`);
    const quantity = toLots(market.data, leg.quantity);
    return { market: market.data.number, contract: leg.contract, quantity, price: mark.price };
}

/**
 * The option whose strike is nearest to a share of the index; expiries count from the soonest.
 *
 * @throws if there is none
 */
export function optionNear(
    state: ExchangeState,
    wanted: {
        readonly market: string;
        readonly expiry: number;
        readonly kind: OptionKind;
        readonly moneyness: number;
    },
): Contract {
    const { data } = findMarket(state, wanted.market);
    const expiresAt = listedExpiries(data)[wanted.expiry]?.expiresAt;
    const strike = Number(data.price) * wanted.moneyness;
    const [nearest] = listedOptions(data)
        .filter((it) => it.expiresAt === expiresAt && it.kind === wanted.kind)
        .sort((a, b) => Math.abs(Number(a.strike) - strike) - Math.abs(Number(b.strike) - strike));
    if (!nearest) throw new Error(`${wanted.market} lists no ${wanted.kind} for expiry ${wanted.expiry}`);
    return nearest.contract;
}
