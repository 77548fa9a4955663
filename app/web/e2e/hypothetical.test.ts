// Hypothetical accounts are what the program makes of the same trade: positions in the same order, the same ledgers, the
// same cash but for the fee.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import {
    contractMarks,
    decodeMarginAccountBytes,
    fetchExchangeState,
    fetchMarginAccount,
    findMarket,
    heldPositions,
    listedExpiries,
    listedOptions,
    perpetual,
    future,
    simulate,
    toLots,
    trade,
    type ExchangeState,
    type Leg,
    type Listed,
    type MarginAccount,
} from '@ballast/client';
import { loadEngine, type Engine } from '@ballast/engine';
import { startLocalNetwork, type LocalNetwork } from '@ballast/localnet';

import { tradeSamples } from '../server/samples.js';
import { balances, groups, positions, report } from '../src/engine/analysis.js';
import { alone, encode, filled, keeping, type Fill } from '../src/engine/hypothetical.js';
import { withTokens } from '../src/engine/moved.js';
import { snapshotOf } from '../src/engine/snapshot.js';
import { supposed, type Supposition } from '../src/engine/supposed.js';
import { withVolatility } from '../src/engine/surfaces.js';
import { undone } from '../src/engine/undo.js';

const CHECKOUT = new URL('../../../../../', import.meta.url);

/** µUSD. */
const TOLERANCE = 100_000n;

let network: LocalNetwork;
let engine: Engine;
let state: ExchangeState;
let alice: Listed<MarginAccount>;
let maker: Listed<MarginAccount>;

before(async () => {
    const image = process.env['BALLAST_IMAGE'] ?? fileURLToPath(new URL('target/deploy/ballast.so', CHECKOUT));
    network = await startLocalNetwork({ image, housekeeping: 'nothing' });
    engine = await loadEngine(await readFile(new URL('target/wasm/engine.wasm', CHECKOUT)));
    const { connection, description } = network;
    await network.refresh();
    await tradeSamples({ ...connection, description, signerOf: (name) => Promise.resolve(signerOf(name)) }, engine);
    await network.refresh();
    state = await fetchExchangeState(connection.rpc, description.exchange);
    [alice, maker] = [await accountOf('alice'), await accountOf('maker')];
});
after(() => network?.stop());

function signerOf(name: string) {
    const wallet = network.wallets.find((it) => it.name === name);
    if (!wallet) throw new Error(`nobody is called ${name}`);
    return wallet.signer;
}

async function accountOf(name: string): Promise<Listed<MarginAccount>> {
    const trader = network.description.traders.find((it) => it.name === name);
    const account = trader && (await fetchMarginAccount(network.connection.rpc, trader.account));
    if (!account) throw new Error(`${name} has no account`);
    return account;
}

/** A leg, and the expiry slot that a fill names besides. */
function legOf(
    name: string,
    contract: Leg['contract'],
    quantity: string,
    expirySlot: number,
): { leg: Leg; expirySlot: number } {
    const market = findMarket(state, name);
    const mark = contractMarks(engine, state, market).find(
        (it) => it.contract.kind === contract.kind && it.contract.number === contract.number,
    );
    assert.ok(mark);
    const lots = toLots(market.data, quantity);
    return { leg: { market: market.data.number, contract, quantity: lots, price: mark.price }, expirySlot };
}

test('legs that open, add, reduce, reverse and close make the account that the program makes', async () => {
    const sol = findMarket(state, 'SOL').data;
    const [soon] = listedExpiries(sol);
    assert.ok(soon);
    const option = listedOptions(sol).find((it) => it.expiresAt === soon.expiresAt && it.kind === 'put');
    assert.ok(option);
    const held = heldPositions(alice.data);
    const btc = findMarket(state, 'BTC').data.number;
    const [first, second] = held.filter((it) => it.market === btc);
    assert.ok(first && second);
    const same = ({ seriesSlot: slot, number, kind }: typeof first) => ({ slot, number, kind });
    const all = [
        legOf('SOL', perpetual(), '400.5', 0), // reverses −250
        legOf('SOL', option.contract, '3', soon.slot), // opens
        legOf('SOL', future(soon), '-7.77', soon.slot), // opens
        legOf('ETH', perpetual(), '-6', 0), // closes
        legOf('BTC', same(first), '-2', first.expirySlot), // closes
        legOf('BTC', same(second), '0.5', second.expirySlot), // reduces
    ];
    const legs = all.map(({ leg }) => leg);
    const markets = new Map([...state.markets].map(([number, { data }]) => [number, data]));
    const fills = all.flatMap(({ leg, expirySlot }): Fill[] => {
        const market = markets.get(leg.market);
        return market
            ? [{ market, contract: leg.contract, expirySlot, lots: BigInt(leg.quantity), price: BigInt(leg.price) }]
            : [];
    });
    const here = filled(alice.data, markets, fills);

    const [taker, other] = [
        { account: alice, owner: signerOf('alice') },
        { account: maker, owner: signerOf('maker') },
    ];
    const action = await trade(state, { taker, maker: other, legs, fresh: false });
    const plan = { feePayer: taker.owner, action, lookupTables: [network.description.lookupTable] };
    const { accounts, events } = await simulate(network.connection.rpc, plan, [alice.address]);
    const bytes = accounts.get(alice.address);
    assert.ok(bytes);
    const chain = decodeMarginAccountBytes(alice.address, bytes).data;
    const traded = events.find((event) => event.name === 'Traded');
    assert.ok(traded && 'firstFee' in traded);

    assert.equal(here.positionCount, chain.positionCount);
    assert.deepEqual(heldPositions(here), heldPositions(chain));
    assert.equal(here.cash - (traded.firstFee - traded.firstRebate), chain.cash);
    assert.deepEqual(
        here.markets.map(({ market, positionCount }) => [market, positionCount]),
        chain.markets.map(({ market, positionCount }) => [market, positionCount]),
    );
});

test('an account that is kept whole has the bytes that it had', () => {
    assert.deepEqual(encode(alice.data), alice.bytes);
    assert.deepEqual(encode(keeping(alice.data, () => true)), alice.bytes);
});

test('volatilities that are doubled and halved again are the program’s own smiles, to the bit', () => {
    for (const { bytes } of state.markets.values()) {
        const doubled = withVolatility(bytes, 2);
        assert.equal(doubled.isClamped, false);
        assert.notDeepEqual(doubled.bytes, bytes);
        assert.deepEqual(withVolatility(doubled.bytes, 0.5).bytes, bytes);
    }
});

/** The report of alice's account at a supposed exchange. */
function reportAt(supposition: Supposition) {
    const then = supposed(state, supposition).state;
    const sources = [...then.markets.values(), ...then.banks.values()].map(({ bytes }) => bytes);
    return engine.assess({ exchange: state.exchange.bytes, account: alice.bytes, sources }, then.moment);
}

test('a supposed volatility and a supposed day change equity by vega and theta, and no haircut', () => {
    const now = reportAt({ seconds: 0n, volatility: 1 });
    const of = (report: typeof now, greek: 'vega' | 'theta') =>
        report.markets.reduce((all, market) => all + Number(market[greek]), 0) / 1e6;
    const change = (report: typeof now) => Number(report.equity - now.equity) / 1e6;
    assert.deepEqual(
        now,
        engine.assess(
            {
                exchange: state.exchange.bytes,
                account: alice.bytes,
                sources: [...state.markets.values(), ...state.banks.values()].map(({ bytes }) => bytes),
            },
            state.moment,
        ),
    );
    const wild = reportAt({ seconds: 0n, volatility: 1.02 });
    assert.ok(of(now, 'vega') !== 0 && Math.sign(change(wild)) === Math.sign(of(now, 'vega')));
    const hour = reportAt({ seconds: 3_600n, volatility: 1 });
    const decay = of(now, 'theta') / 24;
    assert.ok(
        decay !== 0 && Math.abs(change(hour) - decay) < Math.abs(decay) * 0.1 + 0.05,
        `${change(hour)}, ${decay}`,
    );
    assert.equal(hour.initialHaircut, now.initialHaircut);
    assert.equal(hour.tier, now.tier);
});

test('a step of a liquidation that is undone leaves the account that there was', async () => {
    const [position] = heldPositions(alice.data);
    assert.ok(position);
    const market = state.markets.get(position.market);
    assert.ok(market);
    const { kind, seriesSlot, expirySlot, number } = position;
    const slot = kind >= 4 ? seriesSlot : expirySlot;
    const price = contractMarks(engine, state, market).find(
        (it) => it.contract.kind === kind && it.contract.number === number,
    )?.price;
    assert.ok(price);
    const markets = new Map([...state.markets].map(([at, { data }]) => [at, data]));
    const contract = { kind, slot, number };
    const quantity = position.quantity / 2n;
    const after = filled(alice.data, markets, [{ market: market.data, contract, expirySlot, lots: -quantity, price }]);
    const request = { __kind: 'Legs' as const, legs: [{ market: position.market, contract, quantity }] };
    const before = undone(after, request, { markets, markOf: () => price });
    assert.ok(before);
    assert.deepEqual(
        heldPositions(before).map(({ quantity: lots }) => lots),
        heldPositions(alice.data).map(({ quantity: lots }) => lots),
    );
    // Ledgers are rounded against whoever buys, twice.
    assert.ok((before.cash - alice.data.cash) ** 2n <= 4n);
});

test('positions by themselves add up to the account', () => {
    const sources = [...state.markets.values(), ...state.banks.values()].map(({ bytes }) => bytes);
    const assess = (account: MarginAccount) =>
        engine.assess({ exchange: state.exchange.bytes, account: encode(account), sources }, state.moment);
    const whole = assess(alice.data);
    const parts = heldPositions(alice.data).map((_, index) => assess(alone(alice.data, index)));
    const sum = (of: (report: typeof whole) => bigint) => parts.reduce((all, part) => all + of(part), 0n);
    const delta = (report: typeof whole) => report.markets.reduce((all, market) => all + market.delta, 0n);
    // Values are less by a bound of their pricing errors, which positions side by side do not bear each by itself.
    const close = (a: bigint, b: bigint) => (a - b) ** 2n <= TOLERANCE ** 2n;
    assert.ok(
        close(
            sum((it) => it.options + it.linearProfit),
            whole.options + whole.linearProfit,
        ),
    );
    assert.ok(close(sum(delta), delta(whole)));
});

test('deposits by themselves, and groups of positions, have the figures of the account', () => {
    const tokens = [...state.banks.values()].filter(({ data }) => data.number !== state.exchange.data.quoteBankNumber);
    const holder = tokens.reduce(
        (account, { data }) => withTokens(account, data, false, 10n ** BigInt(data.tokenDecimals)),
        alice.data,
    );
    const snapshot = snapshotOf(state);
    const bytes = encode(holder);
    const whole = report(engine, snapshot, bytes);
    const parts = balances(engine, snapshot, bytes);
    for (const [of, name] of [
        ['value', 'collateral'],
        ['initialHaircut', 'initialHaircut'],
        ['maintenanceHaircut', 'maintenanceHaircut'],
    ] as const) {
        const sum = parts.reduce((all, part) => all + part[of], 0n);
        assert.ok(
            whole[name] > 0n && (sum - whole[name]) ** 2n <= BigInt(parts.length) ** 2n,
            `${sum}, ${whole[name]}`,
        );
    }
    const { initialRequirement } = whole.modes[whole.mode];
    const [all] = groups(engine, snapshot, bytes, [heldPositions(holder).map((_, index) => index)]);
    assert.equal(all?.initialShare, initialRequirement);
    const singles = heldPositions(holder).map((_, index) => [index]);
    assert.deepEqual(groups(engine, snapshot, bytes, singles), positions(engine, snapshot, bytes));
});
