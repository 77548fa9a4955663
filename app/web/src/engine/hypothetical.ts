// Accounts that are not there: an account with legs filled, without a position, with one alone. They are made as the
// program keeps them, byte for byte, so that the margin engine tells what they need; nothing is margined here.

import {
    POSITION_KINDS,
    getMarginAccountDecoder,
    getMarginAccountEncoder,
    type AccountMarket,
    type Contract,
    type MarginAccount,
    type Market,
    type Position,
} from '@ballast/client';

/** µUSD are 10^-6 USD. */
const USD_DECIMALS = 6;
/** Scale of `Market::funding_index`: 2^-24 µUSD for each lot. */
const FUNDING_BITS = 24n;

/** An account of zeros, and what stands in its free places. */
const BLANK = getMarginAccountDecoder().decode(new Uint8Array(getMarginAccountDecoder().fixedSize));
const NO_POSITION = BLANK.positions[0] as Position;
const FREE_MARKET = BLANK.markets[0] as AccountMarket;

/** A fill: so many lots of a contract at a price. */
export interface Fill {
    readonly market: Market;
    readonly contract: Contract;
    /** Slot of the contract's expiry; 0 for the perpetual. */
    readonly expirySlot: number;
    /** Lots, negative when sold. */
    readonly lots: bigint;
    /** Ticks. */
    readonly price: bigint;
}

/** Why a hypothetical account cannot be made. */
export class HypotheticalError extends Error {
    override name = 'HypotheticalError';
}

/** An account with nothing in it, of the same exchange, owner and mode as another. */
export function emptied(account: MarginAccount): MarginAccount {
    return {
        ...account,
        cash: 0n,
        debt: 0n,
        positionCount: 0,
        balances: account.balances.map((balance) => ({ ...balance, amount: 0n, hedge: 0n, bank: 0 })),
        markets: account.markets.map(() => FREE_MARKET),
        positions: account.positions.map(() => NO_POSITION),
    };
}

/** An account with some of its positions alone; everything else is as it was. */
export function keeping(account: MarginAccount, keeps: (index: number) => boolean): MarginAccount {
    const kept = account.positions.slice(0, account.positionCount).filter((_, index) => keeps(index));
    const counts = account.markets.map((_, slot) => kept.filter((position) => position.marketSlot === slot).length);
    return {
        ...account,
        positionCount: kept.length,
        markets: account.markets.map((market, slot) => {
            const positionCount = counts[slot] ?? 0;
            return positionCount > 0 ? { ...market, positionCount } : FREE_MARKET;
        }),
        positions: account.positions.map((_, index) => kept[index] ?? NO_POSITION),
    };
}

/** Positions of an account by themselves, without cash or collateral. */
export function alone(account: MarginAccount, ...indices: readonly number[]): MarginAccount {
    const { cash, debt, balances } = emptied(account);
    return { ...keeping(account, (at) => indices.includes(at)), cash, debt, balances };
}

/**
 * An account after fills, without fees: premiums move in cash, perpetuals and futures keep their ledgers. What the
 * program would do beyond that is for the simulation on chain to say.
 *
 * @throws {HypotheticalError} no room for another position or market
 */
export function filled(
    account: MarginAccount,
    markets: ReadonlyMap<number, Market>,
    fills: readonly Fill[],
): MarginAccount {
    return fills.reduce((before, fill) => afterFill(before, markets, fill), account);
}

function afterFill(account: MarginAccount, all: ReadonlyMap<number, Market>, fill: Fill): MarginAccount {
    const { market, contract, lots, price } = fill;
    const paid = value(market, lots, price);
    const isOption = contract.kind >= POSITION_KINDS.call;
    const slot = slotOf(account, market.number);
    const positions = account.positions.slice(0, account.positionCount);
    const at = positions.findIndex(
        (it) => it.marketSlot === slot && it.kind === contract.kind && it.number === contract.number,
    );
    const before = settled(market, positions[at] ?? opened(fill, slot));
    const after = { ...before, quantity: before.quantity + lots, ledger: before.ledger - paid };
    const isOver = after.quantity === 0n && (isOption || after.ledger === 0n);
    const others = positions.filter((_, index) => index !== at);
    const held = isOver
        ? others
        : [...others, after].sort(inOrder({ ...account, markets: named(account, slot, market) }, all));
    if (held.length > account.positions.length) {
        throw new HypotheticalError(`an account holds ${account.positions.length} positions at most`);
    }
    const cash = isOption ? account.cash - paid : account.cash;
    const markets = named(account, slot, market);
    const whole = { ...account, cash, markets, positionCount: held.length, positions: padded(held, account) };
    return keeping(whole, () => true);
}

/** What lots are worth at a price, µUSD, rounded up: against whoever buys, as the program rounds. */
function value(market: Market, lots: bigint, price: bigint): bigint {
    const product = lots * price * 10n ** BigInt(USD_DECIMALS);
    const unit = 10n ** BigInt(market.quantityDecimals + market.priceDecimals);
    const quotient = product / unit;
    return product > 0n && product % unit !== 0n ? quotient + 1n : quotient;
}

/** A perpetual with its pending funding in the ledger, as the program has it before lots change. */
function settled(market: Market, position: Position): Position {
    if (position.kind !== POSITION_KINDS.perpetual) return position;
    const pending = (position.quantity * (position.entryIndex - market.fundingIndex)) >> FUNDING_BITS;
    return { ...position, ledger: position.ledger + pending, entryIndex: market.fundingIndex };
}

function slotOf(account: MarginAccount, market: number): number {
    const held = account.markets.findIndex((it) => it.market === market);
    const slot = held >= 0 ? held : account.markets.findIndex((it) => it.market === 0);
    if (slot < 0) throw new HypotheticalError(`an account is in ${account.markets.length} markets at most`);
    return slot;
}

function named(account: MarginAccount, slot: number, market: Market): AccountMarket[] {
    return account.markets.map((it, index) => (index === slot ? { ...it, market: market.number } : it));
}

function opened({ contract, expirySlot }: Fill, marketSlot: number): Position {
    return {
        quantity: 0n,
        ledger: 0n,
        number: contract.number,
        kind: contract.kind,
        marketSlot,
        expirySlot,
        seriesSlot: contract.kind >= POSITION_KINDS.call ? contract.slot : 0,
        entryIndex: 0n,
    };
}

/** `Position::order`: market slot, the perpetual first, then by expiry, strike and kind. */
function inOrder(account: MarginAccount, markets: ReadonlyMap<number, Market>) {
    const key = (position: Position): bigint[] => {
        const market = markets.get(account.markets[position.marketSlot]?.market ?? 0);
        const isOption = position.kind >= POSITION_KINDS.call;
        return [
            BigInt(position.marketSlot),
            position.kind === POSITION_KINDS.perpetual ? 0n : BigInt(position.expirySlot + 1),
            isOption ? (market?.series[position.seriesSlot]?.strike ?? 0n) : 0n,
            BigInt(position.kind),
        ];
    };
    return (a: Position, b: Position) => {
        const [left, right] = [key(a), key(b)];
        const at = left.findIndex((part, index) => part !== right[index]);
        return at < 0 ? 0 : (left[at] ?? 0n) < (right[at] ?? 0n) ? -1 : 1;
    };
}

function padded(held: readonly Position[], account: MarginAccount): Position[] {
    return account.positions.map((_, index) => held[index] ?? NO_POSITION);
}

/** A margin account that nobody opened: with cash alone, for books that start from nothing. */
export function fresh(exchange: MarginAccount['exchange'], mode: number, cash: bigint): MarginAccount {
    return { ...BLANK, exchange, mode, cash, version: 1 };
}

/** The account as the network would keep it. */
export function encode(account: MarginAccount): Uint8Array {
    return Uint8Array.from(getMarginAccountEncoder().encode(account));
}
