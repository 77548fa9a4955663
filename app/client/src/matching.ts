// Matching a taking order with a resting one: for whoever matches others' orders, and for takers who match a quote themselves.

import {
    AccountRole,
    getAddressEncoder,
    type AccountSignerMeta,
    type Address,
    type Instruction,
    type TransactionSigner,
} from '@solana/kit';

import { inOrder, refresh, withAccounts, type Action } from './actions.js';
import { checkAccounts, checkedSources } from './check.js';
import { INSTRUCTION_UNITS, tradeComputeUnits } from './cost.js';
import { findOrderRecordsPda, getMatchOrdersInstruction, orderProof, type MarginAccount } from './generated/index.js';
import type { Listed } from './listed.js';
import type { PlacedOrderAccount } from './order-accounts.js';
import { ANY_FEE, decodeOrder, encodeOrder, type Order, type SignedOrder } from './orders.js';
import type { ExchangeState } from './state.js';

const ED25519_PROGRAM = 'Ed25519SigVerify111111111111111111111111111' as Address;
const INSTRUCTIONS_SYSVAR = 'Sysvar1nstructions1111111111111111111111111' as Address;

/** An order whose trader signs the transaction that matches it: owner or delegate of the account. */
export interface OwnOrder {
    readonly message: Uint8Array;
    readonly authority: TransactionSigner;
}

/** One side of a match. */
export interface MatchedOrder {
    /** The margin account, as it was read. */
    readonly account: Listed<MarginAccount>;
    /** What its owner or delegate signed, placed as an account, or signs the transaction for. */
    readonly order: SignedOrder | PlacedOrderAccount | OwnOrder;
    /** Packages to fill. */
    readonly units: number;
}

/**
 * Matches a taking order with a resting one that trades the reverse, at the resting one's prices. Anyone may send it. The
 * first instruction of the transaction verifies what signatures there are, and the match refers to it by its place, so
 * nothing goes before it.
 *
 * @throws if one of the messages is no order
 * @example
 * const [taker, maker] = await Promise.all([alice, bob].map(async (owner) => {
 *     const address = await findMarginAccount({ exchange, owner: owner.address });
 *     return { owner, account: await fetchMarginAccount(rpc, address) };
 * }));
 * const sign = (who, role, ratio) => signOrder(who.owner, {
 *     domain: new Uint8Array(16), // who.account's order records have it
 *     exchange, account: who.account.address, nonce: 1n, expiresAt: state.moment.now + 60n, maximumFee: ANY_FEE,
 *     size: 10, minimumFill: 1, role, reduceOnly: false, claimsRebates: false,
 *     legs: [{ market: 1, contract: perpetual(), ratio, price: findMarket(state, 'BTC').data.price }],
 * });
 * const action = await matchOrders(state, {
 *     taker: { account: taker.account, order: await sign(taker, 'taking', 100), units: 10 },
 *     maker: { account: maker.account, order: await sign(maker, 'resting', -100), units: 10 },
 * });
 * console.log(action.instructions.length); // 3: signatures, prices, match
 */
export async function matchOrders(
    state: ExchangeState,
    { taker, maker, fresh = true }: { taker: MatchedOrder; maker: MatchedOrder; fresh?: boolean },
): Promise<Action> {
    const orders = [taker, maker].map(({ order }) => decodeOrder(order.message));
    const legs = orders.flatMap((order) =>
        order.legs.map(({ market, contract }) => ({ market, contract, quantity: 1n, price: 0n })),
    );
    const distinct = [...new Map(legs.map((leg) => [JSON.stringify([leg.market, leg.contract]), leg])).values()];
    const accounts = [taker.account.data, maker.account.data];
    const touched = [...new Set(legs.map(({ market }) => market))];
    const signed = [taker.order, maker.order].filter((order) => 'signature' in order);
    const [takerProof, makerProof] = [proofOf(taker.order, signed), proofOf(maker.order, signed)];
    const [[takerRecords], [makerRecords]] = (await Promise.all(
        [taker, maker].map(({ account }) => findOrderRecordsPda({ account: account.address })),
    )) as [[Address, unknown], [Address, unknown]];
    const instruction = getMatchOrdersInstruction({
        exchange: state.exchange.address,
        taker: taker.account.address,
        maker: maker.account.address,
        takerRecords,
        makerRecords,
        takerProof: takerProof.account,
        makerProof: makerProof.account,
        takerUnits: taker.units,
        makerUnits: maker.units,
        takerEvidence: takerProof.evidence,
        makerEvidence: makerProof.evidence,
    });
    const authorities = [taker.order, maker.order].flatMap((order) => ('authority' in order ? [order.authority] : []));
    return inOrder(
        { instructions: signed.length > 0 ? [verifySignatures(signed)] : [], computeUnits: 0 },
        ...(fresh ? [await refresh(state, checkedSources(state, accounts, touched))] : []),
        {
            instructions: [withAccounts(signedBy(instruction, authorities), checkAccounts(state, accounts, touched))],
            computeUnits: INSTRUCTION_UNITS.match + tradeComputeUnits(accounts, distinct),
        },
    );
}

/** A quote that is taken without a relay. */
export interface TakenQuote {
    /** The taker's margin account. */
    readonly account: Listed<MarginAccount>;
    /** Signs the transaction for the taking order: owner or delegate of the account. */
    readonly owner: TransactionSigner;
    /** The domain of the account's order records. */
    readonly domain: Uint8Array;
    /** Not in use, nor cancelled. */
    readonly nonce: bigint;
    /** The maker's margin account. */
    readonly maker: Listed<MarginAccount>;
    /** What the maker signed. */
    readonly quote: SignedOrder;
    /** Packages to take; all of the quote if left out. */
    readonly size?: number;
    /** Highest fee, µUSD; any if left out. */
    readonly maximumFee?: bigint;
}

/**
 * Takes a quote in one transaction that the taker signs: the quote's signature, and a match with a taking order for exactly
 * its legs, prices and time.
 *
 * @throws if the quote is no resting order, or for another counterparty
 * @example
 * const [taker, maker] = await Promise.all([alice, bob].map(async (owner) => {
 *     const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: owner.address }));
 *     if (!(await readOrderRecords(rpc, account.address)))
 *         await send({ rpc, rpcSubscriptions }, { feePayer: owner, action: await openOrderRecords(account.address, owner) });
 *     return { owner, account, records: (await readOrderRecords(rpc, account.address)).data };
 * }));
 * const { number: market, price } = findMarket(state, 'BTC').data;
 * const quote = await signOrder(bob, {
 *     domain: Uint8Array.from(maker.records.domain), exchange, account: maker.account.address,
 *     nonce: nextNonce(maker.records), expiresAt: state.moment.now + 600n, maximumFee: ANY_FEE, size: 10, minimumFill: 1,
 *     role: 'resting', reduceOnly: false, claimsRebates: false, counterparty: taker.account.address,
 *     legs: [{ market, contract: perpetual(), ratio: -100, price }],
 * });
 * const action = await matchQuote(state, {
 *     account: taker.account, owner: alice, domain: Uint8Array.from(taker.records.domain),
 *     nonce: nextNonce(taker.records), maker: maker.account, quote,
 * });
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action, lookupTables: [lookupTable] });
 */
export async function matchQuote(state: ExchangeState, taken: TakenQuote): Promise<Action> {
    const { account, owner, domain, nonce, maker, quote, maximumFee } = taken;
    const { exchange } = account.data;
    const order = reverseOf(decodeOrder(quote.message), {
        domain,
        exchange,
        account: account.address,
        nonce,
        ...(maximumFee === undefined ? {} : { maximumFee }),
    });
    const units = taken.size ?? order.size;
    return matchOrders(state, {
        taker: { account, order: { message: encodeOrder(order), authority: owner }, units },
        maker: { account: maker, order: quote, units },
    });
}

/**
 * The taking order that trades the reverse of a quote: its prices as limits, its size, its time of expiry.
 *
 * @throws if the quote is no resting order, or for another counterparty
 */
function reverseOf(
    quote: Order,
    taker: Pick<Order, 'domain' | 'exchange' | 'account' | 'nonce'> & { readonly maximumFee?: bigint },
): Order {
    if (quote.role !== 'resting') throw new Error('a quote is a resting order, this is a taking one');
    if (quote.counterparty !== undefined && quote.counterparty !== taker.account) {
        throw new Error(`the quote is for ${quote.counterparty}, not for ${taker.account}`);
    }
    const { domain, exchange, account, nonce, maximumFee = ANY_FEE } = taker;
    const { expiresAt, size, minimumFill, legs } = quote;
    return {
        domain,
        exchange,
        account,
        nonce,
        expiresAt,
        maximumFee,
        size,
        minimumFill,
        role: 'taking',
        reduceOnly: false,
        claimsRebates: false,
        counterparty: quote.account,
        legs: legs.map((leg) => ({ ...leg, ratio: -leg.ratio })),
    };
}

/** Where the program finds an order, and the account that shows who signed it. */
function proofOf(order: MatchedOrder['order'], signed: readonly SignedOrder[]) {
    if ('signature' in order) {
        const index = signed.indexOf(order);
        return { account: INSTRUCTIONS_SYSVAR, evidence: orderProof('Signature', { instruction: 0, index }) };
    }
    if ('authority' in order) {
        const { message, authority } = order;
        return { account: authority.address, evidence: orderProof('Transaction', { message }) };
    }
    return { account: order.address, evidence: orderProof('Placed') };
}

type Accounts = Parameters<typeof withAccounts>[0];

/** The instruction with these accounts as signers: the program's interface does not say when an order's proof is one. */
function signedBy(instruction: Accounts, signers: readonly TransactionSigner[]): Accounts {
    const accounts = instruction.accounts.map((meta): (typeof instruction.accounts)[number] => {
        const signer = signers.find(({ address }) => address === meta.address);
        return signer
            ? ({ address: meta.address, role: AccountRole.READONLY_SIGNER, signer } as AccountSignerMeta)
            : meta;
    });
    return { ...instruction, accounts };
}

/** Lets the Ed25519 program verify signatures: offsets first, then keys, signatures and messages, all in itself. */
function verifySignatures(orders: readonly SignedOrder[]): Instruction {
    const OFFSETS = 14;
    const THIS_INSTRUCTION = 0xffff;
    const head = 2 + OFFSETS * orders.length;
    const data = new Uint8Array(head + orders.reduce((sum, { message }) => sum + 96 + message.length, 0));
    const view = new DataView(data.buffer);
    data[0] = orders.length;
    let at = head;
    for (const [index, { message, signer, signature }] of orders.entries()) {
        const [key, signed, text] = [at, at + 32, at + 96];
        const offsets = [signed, THIS_INSTRUCTION, key, THIS_INSTRUCTION, text, message.length, THIS_INSTRUCTION];
        offsets.forEach((offset, place) => view.setUint16(2 + OFFSETS * index + 2 * place, offset, true));
        data.set(getAddressEncoder().encode(signer), key);
        data.set(signature, signed);
        data.set(message, text);
        at = text + message.length;
    }
    return { programAddress: ED25519_PROGRAM, accounts: [], data };
}
