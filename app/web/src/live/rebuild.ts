// Accounts before and after a liquidation, rebuilt: from what the account is now, what was taken from it since, and the prices
// that the transaction refreshed. Nodes keep no earlier bytes of an account, so this goes only as far as that chain holds.

import {
    fetchLiquidations,
    fetchMarginAccount,
    type BallastEvent,
    type ExchangeState,
    type LiquidationRequest,
    type LiquidationStep,
    type LiquidationTransaction,
    type MarginAccount,
} from '@ballast/client';
import type { Address } from '@solana/kit';
import type { MarginReport, ScenarioMatrix } from '@ballast/engine';

import { snapshotOf, type Snapshot } from '../engine/snapshot.js';
import { analyse } from '../engine/client.js';
import { encode } from '../engine/hypothetical.js';
import { withPrice } from '../engine/prices.js';
import { undone, type Listing } from '../engine/undo.js';
import { timeOf } from '../lib/liquidation.js';
import { stateAt } from './liquidations.js';
import type { Network } from './network.js';

/** An account at one moment, and what the engine makes of it. */
export interface Side {
    readonly account: MarginAccount;
    readonly report: MarginReport;
    readonly matrices: readonly ScenarioMatrix[];
}

/** A step with its account put together again. */
export interface Rebuilt {
    /** Nothing if everything went, so that what was there cannot be told. */
    readonly before: Side | undefined;
    readonly after: Side;
    /** Where prices, volatilities and ranges are from: what the page saw at the time, what the transaction refreshed, today. */
    readonly prices: 'seen' | 'refreshed' | 'today';
    readonly volatilities: 'seen' | 'today';
}

/** Why an account cannot be put together again. */
export class UnknownAccount extends Error {
    override name = 'UnknownAccount';
}

/** Later transactions that are undone at most. */
const MOST_LATER = 24;

/**
 * Rebuilds the account of a step.
 *
 * @throws {UnknownAccount} what it was cannot be told
 */
export async function rebuild(
    network: Network,
    state: ExchangeState,
    transaction: LiquidationTransaction,
    index: number,
): Promise<Rebuilt> {
    const step = transaction.steps[index];
    if (!step) throw new UnknownAccount('The transaction has no such step.');
    const { account } = step.event;
    const later = await requestsSince(network, transaction, account);
    const now = await fetchMarginAccount(network.rpc, account);
    if (!now) throw new UnknownAccount('The account was closed since.');
    const sameTransaction = transaction.steps.slice(index + 1).filter(({ event }) => event.account === account);
    const since = [...later, ...sameTransaction.toReversed().map(({ request }) => request)];
    const seen = stateAt(transaction.signature);
    const snapshot = snapshotThen(seen ?? state, transaction);
    const listing = await listingOf(seen ?? state, snapshot);
    const after = since.reduce<MarginAccount | undefined>(
        (before, request) => before && undone(before, request, listing),
        now.data,
    );
    if (!after) throw new UnknownAccount('The whole account was taken later, or a contract of it is gone.');
    const before = undone(after, step.request, listing);
    const isRefreshed = transaction.events.some(({ name }) => name === 'PriceRefreshed');
    return {
        after: await sideOf(snapshot, after, step.event.equity),
        before: before && (await sideOf(snapshot, before, step.event.equityBefore)),
        prices: seen ? 'seen' : isRefreshed ? 'refreshed' : 'today',
        volatilities: seen ? 'seen' : 'today',
    };
}

/** What was taken from an account after a transaction, newest first. */
async function requestsSince(
    network: Network,
    { signature }: LiquidationTransaction,
    account: Address,
): Promise<LiquidationRequest[]> {
    const options = { until: signature, limit: MOST_LATER + 1, commitment: 'confirmed' } as const;
    const listed = await network.rpc.getSignaturesForAddress(account, options).send();
    // Not every node heeds `until`.
    const own = listed.findIndex((it) => it.signature === signature);
    const accepted = (own < 0 ? listed : listed.slice(0, own)).filter(({ err }) => err === null);
    if (accepted.length > MOST_LATER) throw new UnknownAccount('Too much has happened to the account since.');
    const all = await Promise.all(accepted.map((later) => fetchLiquidations(network.rpc, later.signature)));
    return all.flatMap((later) => {
        if (!later) throw new UnknownAccount('The node does not know what happened to the account since.');
        const other = later.events.find((event) => changes(event, account));
        if (other) throw new UnknownAccount(`The account has been changed since (${other.name}).`);
        const steps = later.steps.filter(({ event }) => event.account === account);
        return steps.toReversed().map(({ request }) => request);
    });
}

/** What names an account, and leaves positions, collateral and equity as they are. */
const NEUTRAL = new Set(['PnlSettled', 'BankruptcyRecorded']);

/** Whether an event says that an account was changed otherwise than by a liquidation of it. */
function changes(event: BallastEvent, account: Address): boolean {
    if (NEUTRAL.has(event.name)) return false;
    const isOwn = (event.name === 'Liquidated' || event.name === 'BankruptcyResolved') && event.account === account;
    return !isOwn && Object.values(event).includes(account);
}

/** The exchange at the prices and the time of a transaction. */
function snapshotThen(state: ExchangeState, transaction: LiquidationTransaction): Snapshot {
    const { events, slot } = transaction;
    const { markets, banks, ...rest } = snapshotOf(state);
    const prices = new Map(
        events.flatMap((event) => (event.name === 'PriceRefreshed' ? [[event.target, event.price] as const] : [])),
    );
    const moved = <T extends Snapshot['markets'][number] | Snapshot['banks'][number]>(
        source: T,
        layout: 'market' | 'bank',
        address: Address | undefined,
    ): T => {
        const price = address && prices.get(address);
        return price === undefined ? source : { ...source, price, bytes: withPrice(source.bytes, layout, price) };
    };
    return {
        ...rest,
        markets: markets.map((it) => moved(it, 'market', state.markets.get(it.number)?.address)),
        banks: banks.map((it) => moved(it, 'bank', state.banks.get(it.number)?.address)),
        now: timeOf(transaction) ?? rest.now,
        slot,
    };
}

async function listingOf(state: ExchangeState, snapshot: Snapshot): Promise<Listing> {
    const all = await Promise.all(
        snapshot.markets.map(async ({ number }) => [number, (await analyse('marks', snapshot, number)).value] as const),
    );
    const marks = new Map(all);
    return {
        markets: new Map([...state.markets].map(([number, { data }]) => [number, data])),
        markOf: (market, { kind, number }) =>
            marks.get(market)?.find(({ contract }) => contract.kind === kind && contract.number === number)?.price,
    };
}

/** The engine's answer about an account whose cash is what makes its equity the recorded one. */
async function sideOf(snapshot: Snapshot, account: MarginAccount, equity: bigint): Promise<Side> {
    const { value } = await analyse('report', snapshot, encode(account));
    const settled = { ...account, cash: account.cash + equity - value.equity };
    const bytes = encode(settled);
    const [report, matrices] = await Promise.all([
        analyse('report', snapshot, bytes),
        analyse('matrices', snapshot, bytes),
    ]);
    return { account: settled, report: report.value, matrices: matrices.value };
}

/** How far what was rebuilt is from what was recorded: the difference of the maintenance requirement, as a share of it. */
export function gapOf({ event }: LiquidationStep, { before, after }: Rebuilt): number | undefined {
    if (event.name !== 'Liquidated') return undefined;
    const gaps = [[before, event.requirementBefore] as const, [after, event.requirement] as const].flatMap(
        ([side, recorded]) => {
            if (!side || recorded <= 0n) return [];
            const rebuilt = side.report.modes[side.report.mode].maintenanceRequirement;
            return [Math.abs(Number(rebuilt - recorded)) / Number(recorded)];
        },
    );
    return gaps.length > 0 ? Math.max(...gaps) : undefined;
}
