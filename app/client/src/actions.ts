// What owners do, as instructions together with the compute units that they need. Nothing here sends anything: see
// transactions.ts.

import { AccountRole, type Address, type Instruction, type TransactionSigner } from '@solana/kit';

import { MODES, findMarginAccount, type Mode } from './accounts.js';
import { checkAccounts, checkedSources, known } from './check.js';
import type { Leg } from './contracts.js';
import { INSTRUCTION_UNITS, checkComputeUnits, tradeComputeUnits } from './cost.js';
import {
    getDepositInstruction,
    getOpenAccountInstruction,
    getRefreshInstruction,
    getTradeInstruction,
    getWithdrawInstruction,
    type Bank,
    type MarginAccount,
} from './generated/index.js';
import type { Listed } from './listed.js';
import { findPriceAccount } from './prices.js';
import type { ExchangeState } from './state.js';
import { NATIVE_SOL, createTokenAccount, findTokenAccount, unwrapInstructions, wrapInstructions } from './tokens.js';

/** Instructions that belong together, and the compute units that they need at most. */
export interface Action {
    /** The instructions, in order. */
    readonly instructions: readonly Instruction[];
    /** Compute units that they need at most, a transaction's own not included. */
    readonly computeUnits: number;
}

/** A margin account and who signs for it. */
export interface Trader {
    /** The account, as it was read. */
    readonly account: Listed<MarginAccount>;
    /** Its owner, or for trades a delegate: a key pair, a wallet, or whatever else signs. */
    readonly owner: TransactionSigner;
}

/**
 * One action after the other, in one transaction.
 *
 * @example
 * const [btc] = state.markets.values();
 * const twice = inOrder(await refresh(state, { markets: [btc.data.number] }), await refresh(state, { banks: [1] }));
 * console.log(twice.instructions.length, twice.computeUnits);
 */
export function inOrder(...actions: readonly Action[]): Action {
    return {
        instructions: actions.flatMap((action) => action.instructions),
        computeUnits: actions.reduce((sum, action) => sum + action.computeUnits, 0),
    };
}

/**
 * Opens a margin account.
 *
 * @example
 * const another = { exchange, owner: alice, subAccount: 7, mode: 'cross' };
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action: await openAccount(another) });
 */
export async function openAccount(account: {
    /** The exchange. */
    exchange: Address;
    /** Who will own it. */
    owner: TransactionSigner;
    /** Its number among those of its owner; 0 if left out. */
    subAccount?: number;
    /** How it is margined; portfolio if left out. */
    mode?: Mode;
    /** Who pays its rent; the owner if left out. */
    payer?: TransactionSigner;
}): Promise<Action> {
    const { exchange, owner, subAccount = 0, mode = 'portfolio', payer = owner } = account;
    const address = await findMarginAccount({ exchange, owner: owner.address, subAccount });
    const instruction = getOpenAccountInstruction({
        exchange,
        account: address,
        owner,
        payer,
        subAccount,
        mode: MODES.indexOf(mode),
    });
    return { instructions: [instruction], computeUnits: INSTRUCTION_UNITS.openAccount };
}

/**
 * Deposits native units of a token from the owner's wallet. Quote tokens become cash. SOL is taken from the wallet's lamports
 * if the bank's token is SOL itself, unless `asToken` says that the wallet has wrapped it.
 *
 * @example
 * const usdc = findBank(state, state.exchange.data.quoteMint);
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const action = await deposit({ exchange, account, owner: alice, bank: usdc, amount: toNative(usdc.data, '100') });
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action });
 */
export async function deposit(what: {
    exchange: Address;
    /** Address of the margin account. */
    account: Address;
    owner: TransactionSigner;
    /** The token's bank. */
    bank: Listed<Bank>;
    /** Native units. */
    amount: bigint;
    /** Whether SOL comes from the wallet's token account, like any other token; false if left out. */
    asToken?: boolean;
}): Promise<Action> {
    const { exchange, account, owner, bank, amount, asToken = false } = what;
    const { mint, vault, tokenProgram } = bank.data;
    const source = await findTokenAccount(owner.address, bank.data);
    const instruction = getDepositInstruction({
        exchange,
        account,
        owner,
        bank: bank.address,
        vault,
        mint,
        source,
        tokenProgram,
        amount,
    });
    const paying = { instructions: [instruction], computeUnits: INSTRUCTION_UNITS.deposit };
    return mint === NATIVE_SOL.mint && !asToken ? inOrder(await wrapSol(owner, amount), paying) : paying;
}

/**
 * Turns lamports of a wallet into SOL as a token. `deposit` does it by itself.
 *
 * @example
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action: await wrapSol(alice, 1_000_000_000n) });
 */
export async function wrapSol(owner: TransactionSigner, lamports: bigint): Promise<Action> {
    const instructions = await wrapInstructions(owner, lamports);
    return { instructions, computeUnits: INSTRUCTION_UNITS.tokenAccount + 2 * INSTRUCTION_UNITS.wrap };
}

/**
 * Turns all SOL that a wallet holds as a token into lamports again. `withdraw` does it by itself.
 *
 * @example
 * await send({ rpc, rpcSubscriptions }, {
 *     feePayer: alice, action: inOrder(await wrapSol(alice, 1_000_000_000n), await unwrapSol(alice)),
 * });
 */
export async function unwrapSol(owner: TransactionSigner): Promise<Action> {
    return { instructions: await unwrapInstructions(owner), computeUnits: INSTRUCTION_UNITS.wrap };
}

/**
 * Withdraws native units of a token to the owner's wallet, whose token account is created if need be. Prices are
 * refreshed first unless `fresh` is false. SOL comes as lamports if the bank's token is SOL itself, with whatever SOL the
 * wallet held as a token, unless `asToken` keeps it wrapped.
 *
 * @example
 * const usdc = findBank(state, state.exchange.data.quoteMint);
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * const action = await withdraw(state, { account, owner: alice }, usdc, toNative(usdc.data, '25'));
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action });
 */
export async function withdraw(
    state: ExchangeState,
    { account, owner }: Trader,
    bank: Listed<Bank>,
    amount: bigint,
    { fresh = true, asToken = false }: { fresh?: boolean; asToken?: boolean } = {},
): Promise<Action> {
    const { mint, vault, tokenProgram } = bank.data;
    const destination = await findTokenAccount(owner.address, bank.data);
    const instruction = getWithdrawInstruction({
        exchange: state.exchange.address,
        account: account.address,
        owner,
        bank: bank.address,
        vault,
        mint,
        destination,
        tokenProgram,
        amount,
    });
    const check = checkAccounts(state, [account.data]);
    const units = INSTRUCTION_UNITS.tokenAccount + INSTRUCTION_UNITS.withdraw + checkComputeUnits(account.data);
    const taking = {
        instructions: [
            await createTokenAccount(owner.address, owner.address, bank.data),
            withAccounts(instruction, check),
        ],
        computeUnits: units,
    };
    return inOrder(
        ...(fresh ? [await refresh(state, checkedSources(state, [account.data]))] : []),
        taking,
        ...(mint === NATIVE_SOL.mint && !asToken ? [await unwrapSol(owner)] : []),
    );
}

/**
 * Reads oracles into markets and banks, by their numbers. An oracle that the program refuses leaves its market or bank
 * as it was; nothing to refresh is no action.
 *
 * @example
 * const action = await refresh(state, { markets: [...state.markets.keys()], banks: [...state.banks.keys()] });
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action, lookupTables: [lookupTable] });
 */
export async function refresh(
    state: ExchangeState,
    { markets = [], banks = [] }: { markets?: readonly number[]; banks?: readonly number[] },
): Promise<Action> {
    const targets = [
        ...markets.map((number) => known(state.markets, number, 'market')),
        ...banks.map((number) => known(state.banks, number, 'bank')),
    ];
    if (targets.length === 0) return { instructions: [], computeUnits: 0 };
    const pairs = await Promise.all(
        targets.map(async ({ address, data }) => {
            const sources = [data.oracle];
            if ('secondOracle' in data && data.secondOracle.kind !== 0) sources.push(data.secondOracle);
            const accounts = await Promise.all(sources.map((source) => findPriceAccount(source)));
            return [
                { address, role: AccountRole.WRITABLE },
                ...accounts.map((account) => ({ address: account, role: AccountRole.READONLY })),
            ];
        }),
    );
    const instruction = getRefreshInstruction({ exchange: state.exchange.address, skipRefused: true });
    return {
        instructions: [withAccounts(instruction, pairs.flat())],
        computeUnits: INSTRUCTION_UNITS.refresh + targets.length * INSTRUCTION_UNITS.refreshed,
    };
}

/** Limits of fees that limit nothing. */
const ANY_FEES = [2n ** 64n - 1n, 2n ** 64n - 1n] as const;

/** What to trade, between whom. */
export interface Trade {
    /** Who buys the legs' quantities, or sells them where they are negative, and pays the taker's fee. */
    readonly taker: Trader;
    /** The other side. */
    readonly maker: Trader;
    /** One to eight legs, filled all or none. */
    readonly legs: readonly Leg[];
    /** Whether accounts whose maintenance requirement falls ask for a rebate of their fee. */
    readonly claimsRebates?: boolean;
    /** Most that taker and maker pay in fees, rebates taken off, µUSD; no limit if left out. */
    readonly maximumFees?: readonly [bigint, bigint];
    /** Whether the prices that the checks read are refreshed first; true if left out. */
    readonly fresh?: boolean;
}

/**
 * Trades between two accounts: refreshes the prices that the checks read, then fills every leg or none. Both owners
 * sign, or their delegates.
 *
 * @example
 * const btc = findMarket(state, 'BTC');
 * const [taker, maker] = await Promise.all([alice, bob].map(async (owner) => {
 *     const address = await findMarginAccount({ exchange, owner: owner.address });
 *     return { owner, account: await fetchMarginAccount(rpc, address) };
 * }));
 * const leg = { market: btc.data.number, contract: perpetual(), quantity: toLots(btc.data, '0.1'), price: btc.data.price };
 * const action = await trade(state, { taker, maker, legs: [leg] });
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action, lookupTables: [lookupTable] });
 */
export async function trade(state: ExchangeState, what: Trade): Promise<Action> {
    const { taker, maker, legs, claimsRebates = false, maximumFees = ANY_FEES, fresh = true } = what;
    const accounts = [taker.account.data, maker.account.data];
    const touched = [...new Set(legs.map(({ market }) => market))];
    const instruction = getTradeInstruction({
        exchange: state.exchange.address,
        first: taker.account.address,
        second: maker.account.address,
        firstAuthority: taker.owner,
        secondAuthority: maker.owner,
        legs: [...legs],
        claimsRebates,
        maximumFees: [...maximumFees],
    });
    return inOrder(...(fresh ? [await refresh(state, checkedSources(state, accounts, touched))] : []), {
        instructions: [withAccounts(instruction, checkAccounts(state, accounts, touched))],
        computeUnits: tradeComputeUnits(accounts, legs),
    });
}

/**
 * An instruction with accounts after its own: those of a check, publishers, pairs to refresh.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const { data } = await fetchMarginAccount(rpc, account);
 * const instruction = withAccounts(getAssessInstruction({ exchange, account }), checkAccounts(state, [data]));
 * console.log(instruction.accounts.length);
 */
export function withAccounts(
    instruction: Instruction & { readonly accounts: readonly NonNullable<Instruction['accounts']>[number][] },
    accounts: readonly NonNullable<Instruction['accounts']>[number][],
): Instruction {
    return { ...instruction, accounts: [...instruction.accounts, ...accounts] };
}
