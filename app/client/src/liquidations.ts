// Liquidations that were confirmed: what the program said of each step, and what its liquidator asked for.

import {
    getBase58Encoder,
    type Address,
    type Base58EncodedBytes,
    type GetTransactionApi,
    type ReadonlyUint8Array,
    type Rpc,
    type Signature,
} from '@solana/kit';

import { readEvents } from './events.js';
import type { BallastEvent } from './generated/events.js';
import {
    BALLAST_PROGRAM_ADDRESS,
    LIQUIDATE_DISCRIMINATOR,
    RESOLVE_BANKRUPTCY_DISCRIMINATOR,
    getLiquidateInstructionDataDecoder,
    getResolveBankruptcyInstructionDataDecoder,
    type LiquidationPlan,
} from './generated/index.js';

/** What a liquidator asked for: legs, a slice or collateral of an account, or a share of a bankrupt one (scale 2^-28). */
export type LiquidationRequest = LiquidationPlan | { readonly __kind: 'Bankruptcy'; readonly fraction: number };

/** One step of a liquidation, or of a bankruptcy's resolution. */
export interface LiquidationStep {
    /** What the program said of it. */
    readonly event: Extract<BallastEvent, { readonly name: 'Liquidated' | 'BankruptcyResolved' }>;
    /** What the liquidator asked for. */
    readonly request: LiquidationRequest;
}

/** A confirmed transaction, with the liquidations in it. */
export interface LiquidationTransaction {
    readonly signature: Signature;
    readonly slot: bigint;
    /** The block's time, Unix seconds; nothing if the node does not keep it. */
    readonly at: bigint | undefined;
    /** Who paid for the transaction. */
    readonly feePayer: Address;
    /** Compute units that it used, if the node says so. */
    readonly computeUnits: number | undefined;
    /** Steps in the order in which they were taken; none if it liquidated nobody. */
    readonly steps: readonly LiquidationStep[];
    /** All of the program's events: the prices that were refreshed before, among others. */
    readonly events: readonly BallastEvent[];
}

/**
 * Reads the liquidations of a transaction, called directly or by another program; nothing if the node does not know the
 * transaction, or it failed.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * for (const { signature } of await rpc.getSignaturesForAddress(account, { limit: 5 }).send()) {
 *     const found = await fetchLiquidations(rpc, signature);
 *     for (const { event, request } of found?.steps ?? []) console.log(request.__kind, fromMicroUsd(event.equity));
 * }
 */
export async function fetchLiquidations(
    rpc: Rpc<GetTransactionApi>,
    signature: Signature,
): Promise<LiquidationTransaction | undefined> {
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const found = await rpc.getTransaction(signature, config).send();
    const { meta } = found ?? {};
    if (!found || !meta || meta.err) return undefined;
    const { accountKeys, instructions } = found.transaction.message;
    const { writable = [], readonly = [] } = meta.loadedAddresses ?? {};
    const addresses = [...accountKeys, ...writable, ...readonly];
    const executed = instructions.flatMap((instruction, index) => [
        instruction,
        ...(meta.innerInstructions ?? [])
            .filter((inner) => inner.index === index)
            .flatMap((inner) => inner.instructions),
    ]);
    const requests = executed.flatMap((instruction) => requestOf(instruction, addresses) ?? []);
    const events = readEvents(meta.logMessages ?? []);
    return {
        signature,
        slot: found.slot,
        at: found.blockTime === null ? undefined : BigInt(found.blockTime),
        feePayer: accountKeys[0] as Address,
        computeUnits: meta.computeUnitsConsumed === undefined ? undefined : Number(meta.computeUnitsConsumed),
        steps: stepsOf(events, requests),
        events,
    };
}

/** An instruction that liquidates, and whom. */
interface Requested {
    readonly request: LiquidationRequest;
    readonly account: Address | undefined;
    readonly liquidator: Address | undefined;
}

/** Places of the two accounts in both instructions. */
const [ACCOUNT, LIQUIDATOR] = [1, 2] as const;

function requestOf(
    instruction: {
        readonly accounts: readonly number[];
        readonly data: Base58EncodedBytes;
        readonly programIdIndex: number;
    },
    addresses: readonly Address[],
): Requested | undefined {
    if (addresses[instruction.programIdIndex] !== BALLAST_PROGRAM_ADDRESS) return undefined;
    const data = getBase58Encoder().encode(instruction.data);
    const request = decodeRequest(data);
    const at = (place: number) => addresses[instruction.accounts[place] ?? -1];
    return request && { request, account: at(ACCOUNT), liquidator: at(LIQUIDATOR) };
}

function decodeRequest(data: ReadonlyUint8Array): LiquidationRequest | undefined {
    const begins = (discriminator: ReadonlyUint8Array) => discriminator.every((byte, index) => data[index] === byte);
    if (begins(LIQUIDATE_DISCRIMINATOR)) return getLiquidateInstructionDataDecoder().decode(data).plan;
    if (!begins(RESOLVE_BANKRUPTCY_DISCRIMINATOR)) return undefined;
    return { __kind: 'Bankruptcy', fraction: getResolveBankruptcyInstructionDataDecoder().decode(data).fraction };
}

/** Every event with the next instruction that it can be of. A log that was cut short has fewer events. */
function stepsOf(events: readonly BallastEvent[], requests: readonly Requested[]): LiquidationStep[] {
    const open = [...requests];
    return events.flatMap((event): LiquidationStep[] => {
        if (event.name !== 'Liquidated' && event.name !== 'BankruptcyResolved') return [];
        const at = open.findIndex(
            ({ request, account, liquidator }) =>
                (request.__kind === 'Bankruptcy') === (event.name === 'BankruptcyResolved') &&
                account === event.account &&
                liquidator === event.liquidator,
        );
        const [found] = at < 0 ? [] : open.splice(at, 1);
        return found ? [{ event, request: found.request }] : [];
    });
}
