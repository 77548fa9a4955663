// From an action to a transaction: compute limit, priority fee, lookup tables, signatures.

import {
    appendTransactionMessageInstructions,
    assertIsTransactionWithBlockhashLifetime,
    compressTransactionMessageUsingAddressLookupTables,
    createTransactionMessage,
    fetchAddressesForLookupTables,
    getBase58Decoder,
    getSignatureFromTransaction,
    isTransactionMessageWithSingleSendingSigner,
    isWritableRole,
    pipe,
    sendAndConfirmTransactionFactory,
    setTransactionMessageComputeUnitLimit,
    setTransactionMessageComputeUnitPrice,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingBlockhash,
    signAndSendTransactionMessageWithSigners,
    signTransactionMessageWithSigners,
    type Address,
    type GetEpochInfoApi,
    type GetLatestBlockhashApi,
    type GetMultipleAccountsApi,
    type GetRecentPrioritizationFeesApi,
    type GetSignatureStatusesApi,
    type MicroLamports,
    type Rpc,
    type RpcSubscriptions,
    type SendTransactionApi,
    type Signature,
    type SignatureNotificationsApi,
    type SlotNotificationsApi,
    type TransactionSigner,
} from '@solana/kit';

import type { Action } from './actions.js';
import { INSTRUCTION_UNITS, MAX_COMPUTE_UNITS } from './cost.js';
import { explainError, isRefusal } from './errors.js';

/** What building a transaction asks of a node. */
export type BuildingRpc = Rpc<GetLatestBlockhashApi & GetMultipleAccountsApi & GetRecentPrioritizationFeesApi>;

/** What sending one asks of a node. */
export interface SendingNetwork {
    readonly rpc: BuildingRpc & Rpc<GetEpochInfoApi & GetSignatureStatusesApi & SendTransactionApi>;
    readonly rpcSubscriptions: RpcSubscriptions<SignatureNotificationsApi & SlotNotificationsApi>;
}

/** What goes into a transaction. */
export interface TransactionPlan {
    /** Who pays for it. */
    readonly feePayer: TransactionSigner;
    /** What it does; several actions become one with `inOrder`. */
    readonly action: Action;
    /** Lookup tables that make it smaller: the exchange's, and others. */
    readonly lookupTables?: readonly Address[];
    /** Micro-lamports for each compute unit; `'recent'` pays what others paid lately; nothing if left out. */
    readonly priorityFee?: bigint | 'recent';
}

/**
 * A transaction that is ready to be signed: version 0, with the compute limit of its action, and the addresses that
 * its lookup tables hold looked up there.
 *
 * @throws if the action needs more compute units than a transaction has
 * @example
 * const action = await refresh(state, { markets: [...state.markets.keys()] });
 * const message = await buildTransaction(rpc, { feePayer: alice, action, priorityFee: 'recent' });
 * console.log(message.instructions.length);
 */
export async function buildTransaction(rpc: BuildingRpc, plan: TransactionPlan) {
    const { feePayer, action, lookupTables = [], priorityFee = 0n } = plan;
    const computeUnits = action.computeUnits + INSTRUCTION_UNITS.budget;
    if (computeUnits > MAX_COMPUTE_UNITS) {
        throw new Error(
            `the transaction may need ${computeUnits} compute units, the network allows ${MAX_COMPUTE_UNITS}`,
        );
    }
    const [{ value: blockhash }, tables, price] = await Promise.all([
        rpc.getLatestBlockhash({ commitment: 'confirmed' }).send(),
        lookupTables.length > 0 ? fetchAddressesForLookupTables([...lookupTables], rpc) : {},
        priorityFee === 'recent' ? recentPriorityFee(rpc, writableAccounts(action)) : priorityFee,
    ]);
    const message = pipe(
        createTransactionMessage({ version: 0 }),
        (it) => setTransactionMessageFeePayerSigner(feePayer, it),
        (it) => setTransactionMessageLifetimeUsingBlockhash(blockhash, it),
        // The action's first, so that an instruction that names another one by its place finds it.
        (it) => appendTransactionMessageInstructions(action.instructions, it),
        (it) => setTransactionMessageComputeUnitLimit(computeUnits, it),
        (it) => (price > 0n ? setTransactionMessageComputeUnitPrice(price as MicroLamports, it) : it),
    );
    return compressTransactionMessageUsingAddressLookupTables(message, tables);
}

/**
 * Signs a transaction with every signer of its action, sends it and waits until it is confirmed. A wallet that sends
 * what it signs is left to do so.
 *
 * @returns its signature
 * @throws {RefusedError} the network or the program refuses it; the error says why
 * @example
 * const action = await refresh(state, { markets: [...state.markets.keys()] });
 * console.log(await send({ rpc, rpcSubscriptions }, { feePayer: alice, action }));
 */
export async function send(
    network: SendingNetwork,
    plan: TransactionPlan,
    { abortSignal }: { abortSignal?: AbortSignal } = {},
): Promise<Signature> {
    const config = abortSignal ? { abortSignal } : {};
    const message = await buildTransaction(network.rpc, plan);
    try {
        if (isTransactionMessageWithSingleSendingSigner(message)) {
            const signature = await signAndSendTransactionMessageWithSigners(message, config);
            return getBase58Decoder().decode(signature) as Signature;
        }
        const transaction = await signTransactionMessageWithSigners(message, config);
        assertIsTransactionWithBlockhashLifetime(transaction);
        await sendAndConfirmTransactionFactory(network)(transaction, { commitment: 'confirmed', ...config });
        return getSignatureFromTransaction(transaction);
    } catch (error) {
        // A wallet whose owner declines, or a node that cannot be reached, refuses nothing.
        throw isRefusal(error) ? explainError(error) : error;
    }
}

/**
 * What transactions that wrote the same accounts lately paid for each compute unit, in micro-lamports: the third
 * quartile, within bounds.
 *
 * @example
 * console.log(await recentPriorityFee(rpc, [findMarket(state, 'BTC').address]));
 */
export async function recentPriorityFee(
    rpc: Rpc<GetRecentPrioritizationFeesApi>,
    writable: readonly Address[],
    { lowest = 0n, highest = 1_000_000n }: { lowest?: bigint; highest?: bigint } = {},
): Promise<bigint> {
    // The network takes at most so many accounts.
    const recent = await rpc.getRecentPrioritizationFees(writable.slice(0, 128)).send();
    const fees = recent.map((slot) => BigInt(slot.prioritizationFee)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const quartile = fees[Math.floor(fees.length * 0.75)] ?? 0n;
    return quartile < lowest ? lowest : quartile > highest ? highest : quartile;
}

/** The accounts that an action writes. */
function writableAccounts(action: Action): Address[] {
    const accounts = action.instructions.flatMap((instruction) => instruction.accounts ?? []);
    return [...new Set(accounts.filter((account) => isWritableRole(account.role)).map((account) => account.address))];
}
