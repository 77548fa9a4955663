// Orders in words, for whoever is to sign one: the same words as crates/client/src/order_text.rs.

import { POSITION_KINDS } from './contracts.js';
import type { Contract, Market } from './generated/index.js';
import { ANY_FEE, type Order, type OrderLeg } from './orders.js';
import { marketName, type ExchangeState } from './state.js';
import { fromLots, fromMicroUsd, fromTicks } from './units.js';

/**
 * Says what an order would do, every field of it, in lines to read before signing. Amounts are in US dollars, quantities in
 * units of the underlying. What the state does not know stays a number.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const legs = [{ market: 1, contract: perpetual(), ratio: 100, price: findMarket(state, 'BTC').data.price }];
 * console.log(orderText({
 *     domain: new Uint8Array(16), exchange, account, nonce: 1n, expiresAt: state.moment.now + 60n, maximumFee: ANY_FEE,
 *     size: 10, minimumFill: 1, role: 'taking', reduceOnly: false, claimsRebates: false, legs,
 * }, state)); // Taking order: filled at … Buys 0.001 BTC perpetual at most … USD. …
 */
export function orderText(order: Order, state: Pick<ExchangeState, 'markets'>): string {
    const { role, legs, netLimit, size, minimumFill, maximumFee, counterparty } = order;
    const lines = [
        role === 'taking'
            ? "Taking order: filled at the other side's prices, within these limits."
            : 'Resting order: filled at exactly these prices.',
        ...legs.map((leg) => legText(order, leg, state.markets.get(leg.market)?.data)),
        ...(netLimit === undefined ? [] : [netText(netLimit)]),
        `Packages: ${size}, at least ${minimumFill} at a time.`,
        maximumFee === ANY_FEE
            ? 'Fees: whatever the exchange charges.'
            : `Fees: at most ${fromMicroUsd(maximumFee)} USD.`,
        ...(order.reduceOnly ? ['Only reduces positions.'] : []),
        ...(order.claimsRebates ? ['Claims rebates.'] : []),
        counterparty === undefined ? 'With any account of another owner.' : `Only with account ${counterparty}.`,
        `Ends at Unix second ${order.expiresAt}; nonce ${order.nonce}.`,
        `Account ${order.account} of exchange ${order.exchange}, domain ${hex(order.domain)}.`,
    ];
    return lines.map((line) => `${line}\n`).join('');
}

function netText(limit: bigint): string {
    const side = limit < 0n ? 'brings at least' : 'costs at most';
    return `Each package ${side} ${fromMicroUsd(limit < 0n ? -limit : limit)} USD in all.`;
}

/** The decimals of a market that is not known: ticks and lots stay what they are. */
const WHOLE = { priceDecimals: 0, quantityDecimals: 0 } as const;

function legText(order: Order, leg: OrderLeg, market: Market | undefined): string {
    const name = market ? marketName(market) : `market ${leg.market}`;
    const side = leg.ratio > 0 ? 'Buys' : 'Sells';
    const quantity = fromLots(market ?? WHOLE, BigInt(Math.abs(leg.ratio)));
    return `${side} ${quantity} ${name} ${contractText(market, leg.contract)}${priceText(order, leg, market)}.`;
}

function priceText(order: Order, leg: OrderLeg, market: Market | undefined): string {
    if (order.netLimit !== undefined) return '';
    const price = `${fromTicks(market ?? WHOLE, leg.price)} USD`;
    if (order.role === 'resting') return ` at ${price}`;
    return ` at ${leg.ratio > 0 ? 'most' : 'least'} ${price}`;
}

function contractText(market: Market | undefined, { kind, slot, number }: Contract): string {
    if (kind === POSITION_KINDS.perpetual) return 'perpetual';
    if (!market) return `contract ${kind} ${number}`;
    const expiryText = (at: number) => {
        const expiry = market.expiries[at];
        return expiry ? ` of Unix second ${expiry.expiresAt}` : '';
    };
    if (kind === POSITION_KINDS.future) return `future${expiryText(slot)}`;
    const name = kind === POSITION_KINDS.call ? 'call' : 'put';
    const series = market.series[slot];
    if (!series || number === 0 || series.number !== number) return `${name} ${number}`;
    return `${fromTicks(market, series.strike)} ${name}${expiryText(series.expirySlot)}`;
}

function hex(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
