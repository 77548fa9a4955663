// A step of a liquidation taken apart, and put back.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
    getExchangeParametersDecoder,
    getMarketDecoder,
    perpetual,
    type BallastEvent,
    type ExchangeParameters,
    type ExchangeState,
    type LiquidationStep,
    type MarginAccount,
} from '@ballast/client';
import type { Address } from '@solana/kit';

import { filled, fresh, keeping } from '../src/engine/hypothetical.js';
import { beforeShare, undone } from '../src/engine/undo.js';
import { auctionOf, figuresOf, gainOf, timeOf } from '../src/lib/liquidation.js';

const ONE = 1 << 30;
const parameters: ExchangeParameters = {
    ...getExchangeParametersDecoder().decode(new Uint8Array(getExchangeParametersDecoder().fixedSize)),
    liquidationBuffer: 0.25 * ONE,
    liquidationFee: 0.5 * ONE,
    closeFactor: 0.5 * ONE,
    closeFactorFloor: 0.125 * ONE,
    liquidationCooldownSlots: 30,
};

type Liquidated = Extract<LiquidationStep['event'], { name: 'Liquidated' }>;

function liquidated(part: Partial<Liquidated>): Liquidated {
    return {
        name: 'Liquidated',
        account: 'victim' as Address,
        liquidator: 'keeper' as Address,
        tier: 2,
        closeFactor: 0.5 * ONE,
        regime: 2 * ONE,
        slice: 0,
        bank: 0,
        collateral: 0n,
        paid: 0n,
        reward: 0n,
        insurance: 0n,
        equityBefore: 750n,
        equity: 740n,
        maintenanceExcessBefore: -250n,
        maintenanceExcess: 40n,
        requirementBefore: 960n,
        requirement: 660n,
        ...part,
    };
}

test('legs: what they freed is their share, and the reward is what they cost', () => {
    const event = liquidated({ reward: 8n, insurance: 2n });
    const figures = figuresOf({ event, request: { __kind: 'Legs', legs: [] } }, parameters);
    assert.deepEqual(figures.before, {
        equity: 750n,
        maintenance: 1_000n,
        requirement: 960n,
        excess: -250n,
        toTarget: -500n,
    });
    assert.equal(figures.after.toTarget, 40n - 175n);
    assert.equal(figures.breach, 'below');
    assert.equal(figures.freed, 300n);
    assert.equal(figures.share, (300n * BigInt(ONE)) / 960n);
    assert.equal(figures.value, undefined);
    assert.equal(figures.paid, -8n);
    assert.equal(figures.cost, 10n);
});

test('the pace follows from shortfall and regime, and says whether its parameters are those of today', () => {
    const step = { event: liquidated({}), request: { __kind: 'Legs' as const, legs: [] } };
    const { pace } = figuresOf(step, parameters);
    // u = 2 · 500 / 1,000; c = ½·u; 30 slots / 2; fee · 1.
    assert.deepEqual(pace, {
        regime: BigInt(2 * ONE),
        urgency: BigInt(ONE),
        closeFactor: BigInt(ONE / 2),
        isOfToday: true,
        coolDown: 15n,
        bonus: BigInt(ONE / 2),
    });
    const changed = figuresOf(step, { ...parameters, closeFactor: ONE });
    assert.equal(changed.pace?.isOfToday, false);
});

test('a slice has a value at its marks, of which the liquidator paid a part', () => {
    const event = liquidated({ slice: 1 << 26, paid: 90n, equity: 740n });
    const request = { __kind: 'Slice' as const, fraction: 1 << 26 };
    const figures = figuresOf({ event, request }, parameters);
    assert.equal(figures.value, 100n);
    assert.equal(figures.paid, 90n);
    assert.equal(figures.cost, 10n);
    assert.equal(figures.share, BigInt(ONE / 4));
});

test('what made an account liquidatable, and what made it urgent', () => {
    const of = (part: Partial<Liquidated>) => {
        const { breach, hurry } = figuresOf(
            { event: liquidated(part), request: { __kind: 'Slice', fraction: 1 } },
            parameters,
        );
        return [breach, hurry];
    };
    assert.deepEqual(of({}), ['below', undefined]);
    assert.deepEqual(of({ maintenanceExcessBefore: 3n }), ['underWay', undefined]);
    assert.deepEqual(of({ tier: 3, maintenanceExcessBefore: -481n }), ['below', 'half']);
    assert.deepEqual(of({ tier: 3, maintenanceExcessBefore: -480n }), ['below', 'late']);
    assert.deepEqual(of({ tier: 4, equityBefore: -1n, maintenanceExcessBefore: -990n }), ['bankrupt', undefined]);
});

test('a node whose time makes no sense is believed less than the prices of the transaction', () => {
    const refreshed = (publishTime: bigint) => ({ name: 'PriceRefreshed', publishTime }) as unknown as BallastEvent;
    const events = [refreshed(1_795_000_000n), refreshed(1_795_000_030n)];
    assert.equal(timeOf({ at: 1_795_000_032n, events }), 1_795_000_032n);
    assert.equal(timeOf({ at: 1_795_000n, events }), 1_795_000_030n);
    assert.equal(timeOf({ at: undefined, events }), 1_795_000_030n);
    assert.equal(timeOf({ at: 1_694_000_000n, events }), 1_795_000_030n);
    assert.equal(timeOf({ at: 1_795_000_000n, events: [] }), 1_795_000_000n);
    assert.equal(timeOf({ at: 1_795_000n, events: [] }), undefined);
    assert.equal(timeOf({ at: undefined, events: [] }), undefined);
});

test('what a liquidator gains is its reward for legs, otherwise the discount', () => {
    assert.equal(gainOf(liquidated({ reward: 8n, insurance: 2n })), 8n);
    assert.equal(gainOf(liquidated({ slice: 1 << 26, paid: 90n })), 10n);
});

test('a bankruptcy pays who takes it over', () => {
    const event = {
        name: 'BankruptcyResolved' as const,
        account: 'victim' as Address,
        liquidator: 'keeper' as Address,
        fraction: 1 << 28,
        deficit: 40n,
        bonus: 2n,
        losses: [],
        lendingPool: 0n,
        equityBefore: -40n,
        equity: 0n,
        maintenanceExcessBefore: -90n,
        maintenanceExcess: 0n,
        insurance: 1_000n,
        isOpen: false,
    };
    const figures = figuresOf({ event, request: { __kind: 'Bankruptcy', fraction: 1 << 28 } }, parameters);
    assert.equal(figures.breach, 'bankrupt');
    assert.equal(figures.paid, -42n);
    assert.equal(figures.cost, -40n);
    assert.equal(figures.pace, undefined);
    assert.equal(figures.before.requirement, undefined);
});

test('an auction falls with the slots since it began, and lapses when nobody goes on', () => {
    const terms = {
        ...parameters,
        slicePriceStart: Math.round(0.98 * ONE),
        slicePriceEnd: Math.round(0.9 * ONE),
        slicePriceSlots: 100,
        acceleratedSlots: 150,
    };
    const wild = { ...market, prices: { ...market.prices, varianceFast: 4_000n, varianceSlow: 1_000n } };
    const held = {
        ...with100(),
        liquidationStartedSlot: 1_000n,
        liquidationStepSlot: 1_020n,
        liquidationTaken: BigInt(ONE / 4),
    };
    const at = (slot: bigint) =>
        auctionOf(held, {
            exchange: { data: { parameters: terms } },
            markets: new Map([[3, { data: wild }]]),
            moment: { slot },
        } as unknown as ExchangeState);
    // Twice the regime: 50 slots to the end, a cool-down of 15.
    assert.deepEqual(at(1_025n), {
        elapsed: 25n,
        price: at(1_025n)?.price,
        toLowest: 26n,
        taken: BigInt(ONE / 4),
        toNextStep: 10n,
        isLate: false,
    });
    assert.ok(Math.abs(Number(at(1_025n)?.price) / ONE - 0.94) < 1e-8);
    assert.deepEqual([at(1_200n)?.taken, at(1_200n)?.toNextStep, at(1_200n)?.isLate], [0n, 0n, true]);
    assert.ok(Math.abs(Number(at(1_200n)?.price) / ONE - 0.9) < 1e-8);
    assert.equal(at(1_321n), undefined);
    assert.equal(auctionOf({ ...held, liquidationStartedSlot: 0n }, {} as unknown as ExchangeState), undefined);
});

const decoder = getMarketDecoder();
const market = {
    ...decoder.decode(new Uint8Array(decoder.fixedSize)),
    number: 3,
    priceDecimals: 2,
    quantityDecimals: 2,
};
const listing = { markets: new Map([[3, market]]), markOf: () => 15_000n };
const empty = fresh('exchange' as Address, 2, 1_000_000n);

function with100(): MarginAccount {
    const fill = { market, contract: perpetual(), expirySlot: 0, lots: 10_000n, price: 14_000n };
    return filled(empty, listing.markets, [fill]);
}

test('legs that are put back make the position that there was', () => {
    const before = with100();
    const leg = { market: 3, contract: perpetual(), quantity: 4_000n };
    const closing = { market, contract: perpetual(), expirySlot: 0, lots: -4_000n, price: 15_000n };
    const after = filled(before, listing.markets, [closing]);
    assert.deepEqual(undone(after, { __kind: 'Legs', legs: [leg] }, listing), before);
    assert.equal(undone(after, { __kind: 'Legs', legs: [leg] }, { ...listing, markOf: () => undefined }), undefined);
});

test('a share that is put back is what went, to the unit', () => {
    const fraction = 93_418_001;
    const taken = (amount: bigint) => amount - (amount * BigInt(fraction)) / (1n << 28n);
    for (let amount = -300n; amount < 300n; amount += 1n) {
        const found = beforeShare(taken(amount), fraction);
        assert.equal(taken(found), taken(amount));
        assert.ok(found === amount || found === amount + (amount < 0n ? -1n : 1n), `${amount} was ${found}`);
    }
    const before = with100();
    const after = {
        ...before,
        positions: before.positions.map((it) => ({ ...it, quantity: taken(it.quantity), ledger: taken(it.ledger) })),
    };
    const found = undone(after, { __kind: 'Slice', fraction }, listing);
    assert.equal(found?.positions[0]?.quantity, 10_000n);
    assert.equal(undone(after, { __kind: 'Slice', fraction: 1 << 28 }, listing), undefined);
});

test('collateral is put back where it was, or where there is room', () => {
    const request = { __kind: 'Collateral' as const, bank: 2, amount: 5n };
    const back = undone(empty, request, listing);
    assert.deepEqual(
        back?.balances.filter(({ bank }) => bank !== 0).map(({ bank, amount }) => [bank, amount]),
        [[2, 5n]],
    );
    const more = back && undone(back, request, listing);
    assert.equal(more?.balances.find(({ bank }) => bank === 2)?.amount, 10n);
    assert.deepEqual(
        keeping(empty, () => true),
        empty,
    );
});
