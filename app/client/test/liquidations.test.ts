// Liquidations out of transactions: events beside what was asked for, whoever called the program.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
    BALLAST_EVENTS,
    BALLAST_PROGRAM_ADDRESS,
    fetchLiquidations,
    getBankruptcyResolvedEncoder,
    getLiquidateInstructionDataEncoder,
    getLiquidatedEncoder,
    getResolveBankruptcyInstructionDataEncoder,
    type LiquidationPlanArgs,
} from '@ballast/client';
import {
    getAddressDecoder,
    getBase58Decoder,
    getBase64Decoder,
    type Address,
    type ReadonlyUint8Array,
    type Signature,
} from '@solana/kit';

const addressOf = (byte: number) => getAddressDecoder().decode(new Uint8Array(32).fill(byte));
const [PAYER, CALLER, EXCHANGE, VICTIM, KEEPER, OTHER] = [1, 2, 3, 4, 5, 6].map(addressOf) as [
    Address,
    Address,
    Address,
    Address,
    Address,
    Address,
];
/** Static keys first, then what a lookup table added. */
const [STATIC, LOADED] = [
    [PAYER, BALLAST_PROGRAM_ADDRESS, CALLER],
    [EXCHANGE, VICTIM, KEEPER, OTHER],
];
const placeOf = (address: Address) => [...STATIC, ...LOADED].indexOf(address);
const SIGNATURE = 'signature' as Signature;

function data(bytes: ReadonlyUint8Array, victim: Address, program: Address = BALLAST_PROGRAM_ADDRESS) {
    return {
        programIdIndex: placeOf(program),
        accounts: [EXCHANGE, victim, KEEPER].map(placeOf),
        data: getBase58Decoder().decode(bytes),
    };
}

const liquidate = (plan: LiquidationPlanArgs, victim = VICTIM) =>
    data(getLiquidateInstructionDataEncoder().encode({ plan, minimumProceeds: 0n }), victim);
const resolve = (fraction: number) =>
    data(getResolveBankruptcyInstructionDataEncoder().encode({ fraction, minimumProceeds: 0n }), VICTIM);

function written(name: 'Liquidated' | 'BankruptcyResolved', bytes: ReadonlyUint8Array): string {
    return `Program data: ${getBase64Decoder().decode(Uint8Array.from([...BALLAST_EVENTS[name].discriminator, ...bytes]))}`;
}

const liquidated = (victim: Address, equity: bigint) =>
    written(
        'Liquidated',
        getLiquidatedEncoder().encode({
            account: victim,
            liquidator: KEEPER,
            tier: 2,
            closeFactor: 1 << 29,
            regime: 1 << 30,
            slice: 0,
            bank: 0,
            collateral: 0,
            paid: 0,
            reward: 5,
            insurance: 1,
            equityBefore: equity + 6n,
            equity,
            maintenanceExcessBefore: -100,
            maintenanceExcess: 10,
            requirementBefore: 900,
            requirement: 700,
        }),
    );

const resolved = written(
    'BankruptcyResolved',
    getBankruptcyResolvedEncoder().encode({
        account: VICTIM,
        liquidator: KEEPER,
        fraction: 1 << 28,
        deficit: 40,
        bonus: 2,
        losses: [],
        lendingPool: 0,
        equityBefore: -40,
        equity: 0,
        maintenanceExcessBefore: -90,
        maintenanceExcess: 0,
        insurance: 1_000,
        isOpen: false,
    }),
);

const within = (...lines: string[]) => [
    `Program ${BALLAST_PROGRAM_ADDRESS} invoke [1]`,
    ...lines,
    `Program ${BALLAST_PROGRAM_ADDRESS} success`,
];

/** A node that knows one transaction. */
function nodeWith(parts: { instructions: unknown[]; inner?: unknown[]; logs: string[]; err?: unknown }) {
    const found = {
        slot: 77n,
        blockTime: 1_700_000_000n,
        transaction: { message: { accountKeys: STATIC, instructions: parts.instructions } },
        meta: {
            err: parts.err ?? null,
            computeUnitsConsumed: 250_000n,
            loadedAddresses: { writable: LOADED, readonly: [] },
            innerInstructions: parts.inner ?? [],
            logMessages: parts.logs,
        },
    };
    return { getTransaction: () => ({ send: () => Promise.resolve(found) }) } as unknown as Parameters<
        typeof fetchLiquidations
    >[0];
}

test('a step is what the program said beside what was asked for, in order', async () => {
    const leg = { market: 3, contract: { kind: 1, slot: 0, number: 0 }, quantity: -250n };
    const rpc = nodeWith({
        instructions: [
            liquidate({ __kind: 'Legs', legs: [leg] }),
            liquidate({ __kind: 'Slice', fraction: 1 << 26 }, OTHER),
            resolve(1 << 28),
        ],
        logs: [...within(liquidated(VICTIM, 1_000n)), ...within(liquidated(OTHER, 2_000n)), ...within(resolved)],
    });
    const found = await fetchLiquidations(rpc, SIGNATURE);
    assert.equal(found?.slot, 77n);
    assert.equal(found.at, 1_700_000_000n);
    assert.equal(found.feePayer, PAYER);
    assert.equal(found.computeUnits, 250_000);
    assert.deepEqual(
        found.steps.map(({ event, request }) => [event.account, event.name, request.__kind]),
        [
            [VICTIM, 'Liquidated', 'Legs'],
            [OTHER, 'Liquidated', 'Slice'],
            [VICTIM, 'BankruptcyResolved', 'Bankruptcy'],
        ],
    );
    assert.deepEqual(found.steps[0]?.request, { __kind: 'Legs', legs: [leg] });
    assert.equal(found.steps[0]?.event.equity, 1_000n);
});

test('a liquidation that another program called is found as well', async () => {
    const plan = { __kind: 'Collateral', bank: 2, amount: 5n } as const;
    const rpc = nodeWith({
        instructions: [data(new Uint8Array([9]), VICTIM, CALLER)],
        inner: [{ index: 0, instructions: [liquidate(plan)] }],
        logs: [
            `Program ${CALLER} invoke [1]`,
            `Program ${BALLAST_PROGRAM_ADDRESS} invoke [2]`,
            liquidated(VICTIM, 1n),
            `Program ${BALLAST_PROGRAM_ADDRESS} success`,
            `Program ${CALLER} success`,
        ],
    });
    const found = await fetchLiquidations(rpc, SIGNATURE);
    assert.deepEqual(
        found?.steps.map(({ request }) => request),
        [plan],
    );
});

test('a log that was cut short gives the steps that it still tells', async () => {
    const rpc = nodeWith({
        instructions: [
            liquidate({ __kind: 'Slice', fraction: 7 }, OTHER),
            liquidate({ __kind: 'Slice', fraction: 8 }, VICTIM),
        ],
        logs: ['Log truncated', ...within(liquidated(VICTIM, 1n))],
    });
    const found = await fetchLiquidations(rpc, SIGNATURE);
    assert.deepEqual(
        found?.steps.map(({ request }) => request),
        [{ __kind: 'Slice', fraction: 8 }],
    );
});

test('a transaction that failed liquidated nobody', async () => {
    const rpc = nodeWith({
        instructions: [liquidate({ __kind: 'Slice', fraction: 7 })],
        logs: within(liquidated(VICTIM, 1n)),
        err: { InstructionError: [0, { Custom: 6000 }] },
    });
    assert.equal(await fetchLiquidations(rpc, SIGNATURE), undefined);
});
