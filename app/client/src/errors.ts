// Why the program refused: from what a node answers to the program's own words.

import {
    SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
    SOLANA_ERROR__INSTRUCTION_ERROR__UNKNOWN,
    SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
    SOLANA_ERROR__TRANSACTION_ERROR__UNKNOWN,
    isSolanaError,
} from '@solana/kit';

import { BALLAST_PROGRAM_ADDRESS, getBallastErrorMessage, type BallastError } from './generated/index.js';

/** A transaction that the network or the program refused. */
export class RefusedError extends Error {
    override name = 'RefusedError';

    constructor(
        message: string,
        /** The program's error code, from 6000 on; Anchor's own stand below. Nothing if the program was not asked. */
        readonly code: number | undefined,
        /** The error's name, such as `BelowInitialMargin`. */
        readonly errorName: string | undefined,
        /** Which instruction of the action failed, from 0. */
        readonly instruction: number | undefined,
        /** What the program said before it refused: what it expected and what came. */
        readonly details: readonly string[],
        /** The whole log. */
        readonly logs: readonly string[],
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

/**
 * Turns whatever sending or simulating a transaction threw into a `RefusedError` that says what the program said.
 *
 * @example
 * try {
 *     const account = await findMarginAccount({ exchange, owner: alice.address });
 *     const usdc = findBank(state, state.exchange.data.quoteMint);
 *     const action = await deposit({ exchange, account, owner: alice, bank: usdc, amount: 0n });
 *     await send({ rpc, rpcSubscriptions }, { feePayer: alice, action });
 * } catch (error) {
 *     const { errorName, message } = explainError(error);
 *     console.log(errorName, message);
 * }
 */
export function explainError(error: unknown): RefusedError {
    if (error instanceof RefusedError) return error;
    const chain = causes(error);
    const custom = chain.find((it) => isSolanaError(it, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM));
    const context = custom && (custom as { context: { code: number; index: number } }).context;
    const logs = chain.map(logsOf).find((found) => found.length > 0) ?? [];
    return refusal(context && Number(context.code), context && Number(context.index), logs, error);
}

/** Whether a node answered that it refuses a transaction; otherwise it was never asked, or never answered. */
export function isRefusal(error: unknown): boolean {
    // Kit numbers what the network can refuse a transaction for from these two on, a thousand each.
    const families = [SOLANA_ERROR__INSTRUCTION_ERROR__UNKNOWN, SOLANA_ERROR__TRANSACTION_ERROR__UNKNOWN];
    return causes(error).some((it) => {
        if (!isSolanaError(it)) return false;
        const code: number = it.context.__code;
        const isPreflight = code === SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE;
        return isPreflight || families.some((first) => code >= first && code < first + 1_000);
    });
}

/** Makes a refusal of an error code and a log. */
export function refusal(
    code: number | undefined,
    instruction: number | undefined,
    logs: readonly string[],
    cause: unknown,
): RefusedError {
    const details = detailsOf(logs);
    const name = logs.map((line) => /Error Code: (\w+)\./.exec(line)?.[1]).find((found) => found !== undefined);
    const words = (code !== undefined && messageOf(code)) || (cause instanceof Error ? cause.message : String(cause));
    const heading = name ? `${name}: ${words}` : words;
    const message = details.length > 0 ? `${heading} (${details.join('; ')})` : heading;
    return new RefusedError(message, code, name, instruction, details, logs, { cause });
}

/**
 * What an error code of the program means; nothing for a code that it does not have.
 *
 * @example
 * console.log(messageOf(6000)); // The signer is not the exchange's governance
 */
export function messageOf(code: number): string | undefined {
    const text: string | undefined = getBallastErrorMessage(code as BallastError);
    return text || undefined;
}

function causes(error: unknown): unknown[] {
    const chain = [];
    for (let at = error; at instanceof Error && chain.length < 16; at = at.cause) chain.push(at);
    return chain;
}

function logsOf(error: unknown): readonly string[] {
    const logs = (error as { context?: { logs?: unknown } }).context?.logs;
    return Array.isArray(logs) ? logs.map(String) : [];
}

/** What the program logged in the call that failed, besides which instruction it was and the error itself. */
function detailsOf(logs: readonly string[]): string[] {
    const failed = logs.findLastIndex((line) => line.startsWith(`Program ${BALLAST_PROGRAM_ADDRESS} failed`));
    if (failed < 0) return [];
    const began = logs.findLastIndex(
        (line, at) => at < failed && line.startsWith(`Program ${BALLAST_PROGRAM_ADDRESS} invoke`),
    );
    return logs
        .slice(began + 1, failed)
        .flatMap((line) => /^Program log: (.*)$/.exec(line)?.[1] ?? [])
        .filter((line) => !line.startsWith('Instruction: ') && !line.startsWith('AnchorError '));
}
