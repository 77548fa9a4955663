// How the story trades: asks the relay for a quote of the package, signs the order that takes it, and reads what was filled.

import {
    fetchEvents,
    findMarket,
    fromMicroUsd,
    marketName,
    packageOf,
    requestQuotes,
    signOrder,
    submitOrder,
    takingOrder,
    type BallastEvent,
    type ExchangeState,
    type Leg,
    type RelayOutcome,
} from '@ballast/client';
import { contractName, describePosition } from '@ballast/web/lib/contracts';

import type { Actor } from './cast.js';
import type { Stage } from './stage.js';

/** A trade that was filled. */
export interface Trade {
    /** What was bought and sold at which price, in words. */
    readonly fills: readonly string[];
    /** The transaction. */
    readonly signature: string;
    readonly events: readonly BallastEvent[];
}

/**
 * Trades a package with whoever quotes best.
 *
 * @throws if nobody quotes, or the program refuses
 */
export async function tradeByQuote(stage: Stage, actor: Actor, legs: readonly Leg[]): Promise<Trade> {
    const { outcome, state } = await takeBestQuote(stage, actor, legs);
    const [fill] = outcome.fills;
    if (!fill) {
        const why = outcome.refusal ? `${outcome.refusal.code}: ${outcome.refusal.message}` : 'it was not filled';
        throw new Error(`${actor} could not trade: ${why}`);
    }
    const events = await fetchEvents(stage.network.connection.rpc, fill.signature);
    const fills = fill.legs.map((leg) => {
        const { quantityDecimals, priceDecimals } = marketOf(state, leg.market);
        const lots = Math.abs(leg.ratio) / 10 ** quantityDecimals;
        const price = Number(leg.price) / 10 ** priceDecimals;
        const side = leg.ratio < 0 ? 'sells' : 'buys';
        return `${side} ${lots.toLocaleString('en-US')} ${named(state, leg)} at ${amount(price)}`;
    });
    return { fills, signature: fill.signature, events };
}

/** Takes the best quote of a package, whatever comes of it. */
export async function takeBestQuote(
    stage: Stage,
    actor: Actor,
    legs: readonly Leg[],
): Promise<{ outcome: RelayOutcome; state: ExchangeState; net: string }> {
    const { rpc } = stage.network.connection;
    const relay = stage.description.relayUrl ?? '';
    const account = stage.accountOf(actor);
    const [state, quotes] = await Promise.all([
        stage.state(),
        requestQuotes(relay, { account, legs: packageOf(legs) }),
    ]);
    const [best] = quotes;
    if (!best) throw new Error(`nobody quotes what ${actor} wants to trade`);
    const order = await takingOrder(rpc, state, { account, legs: best.legs, size: 1 });
    const signed = await signOrder(stage.ownerOf(actor), order);
    return { outcome: await submitOrder(relay, signed, best.id), state, net: fromMicroUsd(best.net) };
}

function marketOf(state: ExchangeState, number: number) {
    const market = state.markets.get(number);
    if (!market) throw new Error(`market ${number} is not listed`);
    return market.data;
}

/** A contract as desks write it. */
function named(state: ExchangeState, { market, contract }: Pick<Leg, 'market' | 'contract'>): string {
    const data = marketOf(state, market);
    const isOption = contract.kind >= 4;
    const series = isOption ? data.series[contract.slot] : undefined;
    const expirySlot = series ? series.expirySlot : contract.slot;
    const position = { kind: contract.kind, expirySlot, seriesSlot: isOption ? contract.slot : 0 };
    return contractName(data, describePosition(data, position));
}

/** An amount of dollars. */
export function amount(value: number, digits = 2): string {
    return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The index of a market, USD. */
export function indexOf(state: ExchangeState, name: string): number {
    const { data } = findMarket(state, name);
    return Number(data.price) / 10 ** data.priceDecimals;
}

/** Names of markets by their numbers. */
export function marketNames(state: ExchangeState): ReadonlyMap<number, string> {
    return new Map([...state.markets.values()].map(({ data }) => [data.number, marketName(data)]));
}
