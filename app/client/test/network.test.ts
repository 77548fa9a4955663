// The client against the program's real image on a local network.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import type { Engine } from '@ballast/engine';
import { decodeReport } from '@ballast/engine';
import {
    AccountRole,
    appendTransactionMessageInstruction,
    compileTransaction,
    createTransactionMessage,
    getBase64EncodedWireTransaction,
    getBase64Encoder,
    getTransactionSize,
    pipe,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingBlockhash,
    type ReadonlyUint8Array,
    type Signature,
} from '@solana/kit';
import {
    BALLAST_ERROR__BELOW_INITIAL_MARGIN,
    BALLAST_ERROR__OUTSIDE_BAND,
    BALLAST_PROGRAM_ADDRESS,
    RefusedError,
    assess,
    buildTransaction,
    checkAccounts,
    checkComputeUnits,
    contractMarks,
    deposit,
    fetchEvents,
    fetchMarginAccount,
    findBank,
    findMarginAccount,
    findMarket,
    findOption,
    fromMicroUsd,
    getAssessInstruction,
    getBankCodec,
    getExchangeCodec,
    getMarginAccountCodec,
    getMarketCodec,
    heldPositions,
    inOrder,
    listedExpiries,
    listedOptions,
    markOf,
    openAccount,
    perpetual,
    previewTrade,
    recentPriorityFee,
    refresh,
    send,
    toLots,
    toMicroUsd,
    toNative,
    toTicks,
    trade,
    tradeComputeUnits,
    watchEvents,
    watchMarginAccount,
    withAccounts,
    withdraw,
    type Action,
    type ExchangeState,
    type Leg,
    type Trader,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';

import { engine, signerOf, startNetwork, stateOf, tablesOf, traderOf } from './support.js';

let network: LocalNetwork;
let wasm: Engine;
before(async () => {
    [network, wasm] = await Promise.all([startNetwork(), engine()]);
});
after(() => network.stop());
beforeEach(() => network.refresh());

const BUDGET_BYTES = 1_232;

/** Sends an action and holds what it used against what the client asked for. */
async function sendWithinLimit(trader: Trader, action: Action): Promise<Signature> {
    const { connection } = network;
    const lookupTables = tablesOf(network);
    const signature = await send(connection, { feePayer: trader.owner, action, lookupTables });
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const transaction = await connection.rpc.getTransaction(signature, config).send();
    const used = Number(transaction?.meta?.computeUnitsConsumed ?? 0n);
    assert.ok(used > 0 && used <= action.computeUnits, `${used} of ${action.computeUnits} compute units`);
    return signature;
}

function perpetualLeg(state: ExchangeState, name: string, quantity: string): Leg {
    const market = findMarket(state, name);
    return {
        market: market.data.number,
        contract: perpetual(),
        quantity: toLots(market.data, quantity),
        price: market.data.price,
    };
}

test('every account of the program decodes, and encodes to the same bytes', async () => {
    const state = await stateOf(network);
    const { account } = await traderOf(network, 'bob');
    const codecs: [
        { decode(bytes: ReadonlyUint8Array): unknown; encode(value: never): ReadonlyUint8Array },
        Uint8Array,
    ][] = [
        [getExchangeCodec(), state.exchange.bytes],
        [getMarginAccountCodec(), account.bytes],
        ...[...state.markets.values()].map(({ bytes }) => [getMarketCodec(), bytes] as never),
        ...[...state.banks.values()].map(({ bytes }) => [getBankCodec(), bytes] as never),
    ];
    assert.equal(codecs.length, 2 + 3 + 5);
    for (const [codec, bytes] of codecs) {
        assert.deepEqual(Uint8Array.from(codec.encode(codec.decode(bytes) as never)), bytes);
    }
});

test('the decoders read what the engine reads', async () => {
    const state = await stateOf(network);
    const { account } = await traderOf(network, 'bob');
    const report = assess(wasm, state, account);
    assert.equal(report.cash, account.data.cash);
    assert.equal(report.cash, toMicroUsd('250000'));
    const btc = findMarket(state, 'BTC');
    const bank = [...state.banks.values()].find(({ data }) => data.hedgeMarket === btc.data.number);
    const [balance] = account.data.balances;
    assert.equal(balance?.bank, bank?.data.number);
    // One bitcoin at the bank's price.
    assert.equal(balance?.amount, toNative(bank?.data ?? { tokenDecimals: 0 }, '1'));
    assert.equal(report.collateral, toMicroUsd('100000'));
    assert.equal(report.equity, report.cash + report.collateral);
    assert.equal(report.mode, 'portfolio');
});

test('the exchange lists options around the money', async () => {
    const state = await stateOf(network);
    const sol = findMarket(state, 'SOL').data;
    const [soon] = listedExpiries(sol);
    const strike = toTicks(sol, '200');
    const found = findOption(sol, { expiresAt: soon?.expiresAt ?? 0n, strike, kind: 'put' });
    assert.equal(found.strike, strike);
    assert.equal(listedOptions(sol).length, 3 * 7 * 2);
    assert.throws(
        () => findOption(sol, { expiresAt: soon?.expiresAt ?? 0n, strike: 1n, kind: 'put' }),
        /no put at 0\.0001 is listed for that expiry; its strikes are 160, 180, 190/,
    );
    assert.throws(() => findMarket(state, 'DOGE'), /no market is called DOGE; there are BTC, ETH, SOL/);
});

test('a preview of a trade is what the trade does', async () => {
    const state = await stateOf(network);
    const [taker, maker] = await Promise.all(['alice', 'bob'].map((name) => traderOf(network, name)));
    assert.ok(taker && maker);
    const legs = [perpetualLeg(state, 'BTC', '0.5'), perpetualLeg(state, 'SOL', '-100')];
    const preview = await previewTrade(network.connection.rpc, wasm, state, { taker, maker, legs }, tablesOf(network));
    assert.deepEqual(
        (await traderOf(network, 'alice')).account.bytes,
        taker.account.bytes,
        'a preview changes nothing',
    );

    const action = await trade(state, { taker, maker, legs });
    const signature = await sendWithinLimit(taker, action);
    const now = await stateOf(network);
    const report = assess(wasm, { ...now, moment: state.moment }, (await traderOf(network, 'alice')).account);
    assert.deepEqual(preview.taker, report);
    assert.equal(preview.taker.markets.length, 2);

    const events = await fetchEvents(network.connection.rpc, signature);
    const names = events.map(({ name }) => name);
    assert.deepEqual(names.slice(-3), ['LegFilled', 'LegFilled', 'Traded']);
    assert.deepEqual(
        preview.events.map(({ name }) => name),
        names,
    );
    const traded = events.at(-1);
    assert.ok(traded?.name === 'Traded');
    assert.equal(traded.first, taker.account.address);
    const fee = traded.firstCashBefore - traded.firstCash;
    assert.equal(fee, traded.firstFee - traded.firstRebate);
    assert.ok(fee > 0n, 'the standard exchange charges fees');

    const held = heldPositions((await traderOf(network, 'alice')).account.data);
    assert.deepEqual(
        held.map(({ market, quantity }) => [market, quantity]),
        [
            [1, toLots(findMarket(now, 'BTC').data, '0.5')],
            [3, toLots(findMarket(now, 'SOL').data, '-100')],
        ],
    );
});

test('eight options go into one transaction, within the limit that the formula gives', async () => {
    const state = await stateOf(network);
    const [taker, maker] = await Promise.all(['alice', 'maker'].map((name) => traderOf(network, name)));
    assert.ok(taker && maker);
    const eth = findMarket(state, 'ETH');
    const chosen = listedOptions(eth.data)
        .slice(0, 40)
        .filter((_, index) => index % 5 === 0);
    const legs: Leg[] = chosen.map(({ contract }) => ({
        market: eth.data.number,
        contract,
        quantity: toLots(eth.data, '1'),
        price: markOf(wasm, state, eth, contract).price,
    }));
    assert.equal(legs.length, 8);
    const action = await trade(state, { taker, maker, legs });
    const plan = { feePayer: taker.owner, action, lookupTables: tablesOf(network) };
    const message = await buildTransaction(network.connection.rpc, plan);
    const size = getTransactionSize(compileTransaction(message));
    assert.ok(size <= BUDGET_BYTES, `${size} bytes`);
    await sendWithinLimit(taker, action);

    // Closing them again: the check before is needed as well if the check after fails.
    const again = await Promise.all(['alice', 'maker'].map((name) => traderOf(network, name)));
    const [first, second] = again;
    assert.ok(first && second);
    const closing = legs.map((leg) => ({ ...leg, quantity: -BigInt(leg.quantity) }));
    await sendWithinLimit(
        first,
        await trade(state, { taker: first, maker: second, legs: closing, claimsRebates: true }),
    );
});

test('marks and bands are those that the program holds a price against', async () => {
    const { rpc } = network.connection;
    const [taker, maker] = await Promise.all(['alice', 'maker'].map((name) => traderOf(network, name)));
    assert.ok(taker && maker);
    for (const name of ['BTC', 'ETH', 'SOL']) {
        const state = await stateOf(network);
        const market = findMarket(state, name);
        const all = contractMarks(wasm, state, market);
        // The perpetual, three futures, and calls and puts at seven strikes of each expiry.
        assert.equal(all.length, 1 + 3 + 3 * 14);
        for (const mark of [all[0], all[1], all[6], all[21], all[45]]) {
            assert.ok(mark);
            const fill = async (price: bigint) => {
                const leg = { market: market.data.number, contract: mark.contract, quantity: 1n, price };
                const what = { taker, maker, legs: [leg] };
                const { events } = await previewTrade(rpc, wasm, state, what, tablesOf(network));
                return events.find((event) => event.name === 'LegFilled');
            };
            // A second may pass between reading and filling, which moves an option's mark by less than this.
            const slack = mark.price / 10_000n + 2n;
            const filled = await fill(mark.price);
            assert.ok(filled?.name === 'LegFilled');
            const difference = filled.mark - mark.price;
            assert.ok(-slack < difference && difference < slack, `${filled.mark} is not ${mark.price}`);
            await fill(mark.price + mark.band - slack);
            const outside = fill(mark.price + mark.band + slack);
            await assert.rejects(outside, { code: BALLAST_ERROR__OUTSIDE_BAND });
        }
    }
});

test("the client's formula is the engine's, for every account", async () => {
    const state = await stateOf(network);
    for (const name of ['alice', 'bob', 'carol', 'maker']) {
        const { account } = await traderOf(network, name);
        assert.equal(checkComputeUnits(account.data), assess(wasm, state, account).checkComputeUnits, name);
    }
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((name) => traderOf(network, name)));
    assert.ok(alice && bob);
    const leg = perpetualLeg(state, 'BTC', '0.1');
    // What is held already costs nothing more.
    assert.equal(checkComputeUnits(alice.account.data, [leg]), checkComputeUnits(alice.account.data));
    assert.ok(tradeComputeUnits([alice.account.data, bob.account.data], [leg]) < 200_000);
});

test("the engine's report is what the program returns, byte for byte", async () => {
    const { rpc } = network.connection;
    const { owner, account } = await traderOf(network, 'alice');
    // Both must see one second of the network's clock.
    for (let attempt = 1; ; attempt += 1) {
        const before = await stateOf(network);
        const assessment = getAssessInstruction({ exchange: before.exchange.address, account: account.address });
        const { value: blockhash } = await rpc.getLatestBlockhash().send();
        const message = pipe(
            createTransactionMessage({ version: 0 }),
            (it) => setTransactionMessageFeePayerSigner(owner, it),
            (it) => setTransactionMessageLifetimeUsingBlockhash(blockhash, it),
            (it) =>
                appendTransactionMessageInstruction(
                    withAccounts(assessment, checkAccounts(before, [account.data])),
                    it,
                ),
        );
        const wire = getBase64EncodedWireTransaction(compileTransaction(message));
        const { value } = await rpc
            .simulateTransaction(wire, { encoding: 'base64', replaceRecentBlockhash: true })
            .send();
        const after = await stateOf(network);
        if (before.moment.now !== after.moment.now) {
            assert.ok(attempt < 50, 'the clock never stood still');
            continue;
        }
        assert.equal(value.err, null);
        const returned = Uint8Array.from(getBase64Encoder().encode(value.returnData?.data[0] ?? ''));
        assert.deepEqual(decodeReport(returned), assess(wasm, before, account));
        return;
    }
});

test("a trade that the account cannot carry is refused with the program's words", async () => {
    const state = await stateOf(network);
    const [taker, maker] = await Promise.all(['carol', 'maker'].map((name) => traderOf(network, name)));
    assert.ok(taker && maker);
    const legs = [perpetualLeg(state, 'BTC', '20')];
    const action = await trade(state, { taker, maker, legs });
    const refusals = [
        () => send(network.connection, { feePayer: taker.owner, action, lookupTables: tablesOf(network) }),
        () => previewTrade(network.connection.rpc, wasm, state, { taker, maker, legs }, tablesOf(network)),
    ];
    for (const attempt of refusals) {
        await assert.rejects(attempt, (error: unknown) => {
            assert.ok(error instanceof RefusedError);
            assert.equal(error.code, BALLAST_ERROR__BELOW_INITIAL_MARGIN);
            assert.equal(error.errorName, 'BelowInitialMargin');
            // The refresh, the trade.
            assert.equal(error.instruction, 1);
            assert.match(error.message, /^BelowInitialMargin: /);
            assert.ok(error.logs.length > 0);
            return true;
        });
    }
    assert.deepEqual((await traderOf(network, 'carol')).account.bytes, taker.account.bytes);
});

test('a price off the band is refused with the band', async () => {
    const state = await stateOf(network);
    const [taker, maker] = await Promise.all(['alice', 'maker'].map((name) => traderOf(network, name)));
    assert.ok(taker && maker);
    const leg = { ...perpetualLeg(state, 'BTC', '0.1'), price: toTicks(findMarket(state, 'BTC').data, '50000') };
    const action = await trade(state, { taker, maker, legs: [leg] });
    await assert.rejects(send(network.connection, { feePayer: taker.owner, action, lookupTables: tablesOf(network) }), {
        code: BALLAST_ERROR__OUTSIDE_BAND,
        message: /price 5000000 is not within \d+ of the mark 10000000/,
    });
});

test('an account is opened, paid into, followed, and paid out of', async () => {
    const { connection, description } = network;
    const state = await stateOf(network);
    const { exchange } = description;
    const owner = signerOf(network, 'carol');
    const usdc = findBank(state, description.quoteMint);
    const key = { exchange, owner: owner.address, subAccount: 3 };
    const address = await findMarginAccount(key);
    assert.equal(await fetchMarginAccount(connection.rpc, address), undefined);

    const amount = toNative(usdc.data, '1234.5');
    const opening = await openAccount({ exchange, owner, subAccount: 3, mode: 'cross' });
    const paying = await deposit({ exchange, account: address, owner, bank: usdc, amount });
    await send(connection, { feePayer: owner, action: inOrder(opening, paying) });

    const abort = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
        for await (const account of watchMarginAccount(connection, address, abort.signal)) {
            seen.push(fromMicroUsd(account.data.cash));
            if (seen.length === 1) {
                const action = await withdraw(state, { account, owner }, usdc, toNative(usdc.data, '234.5'));
                await send(connection, { feePayer: owner, action, lookupTables: tablesOf(network) });
            } else {
                abort.abort();
            }
        }
    })();
    await Promise.race([following, failAfter(20_000, 'no change came')]);
    assert.deepEqual(seen, ['1234.5', '1000']);
});

test('events are followed as they happen', async () => {
    const { connection } = network;
    const state = await stateOf(network);
    const owner = signerOf(network, 'alice');
    const abort = new AbortController();
    const markets = [...state.markets.keys()];
    const watching = (async () => {
        for await (const { event } of watchEvents(connection.rpcSubscriptions, abort.signal)) {
            if (event.name !== 'PriceRefreshed' || event.target !== findMarket(state, 'ETH').address) continue;
            abort.abort();
            return event.price;
        }
        return undefined;
    })();
    const acting = (async () => {
        while (!abort.signal.aborted) {
            await send(connection, { feePayer: owner, action: await refresh(state, { markets }) });
            await new Promise((resolve) => setTimeout(resolve, 300));
        }
    })();
    const price = await Promise.race([watching, failAfter(20_000, 'no event came')]);
    await acting;
    assert.equal(price, findMarket(state, 'ETH').data.price);
});

test('a priority fee goes into the transaction', async () => {
    const state = await stateOf(network);
    const owner = signerOf(network, 'alice');
    const action = await refresh(state, { banks: [1] });
    const fee = await recentPriorityFee(network.connection.rpc, [state.exchange.address], { lowest: 5n });
    assert.equal(fee, 5n);
    const recent = await buildTransaction(network.connection.rpc, { feePayer: owner, action, priorityFee: 'recent' });
    const paid = await buildTransaction(network.connection.rpc, { feePayer: owner, action, priorityFee: fee });
    // The limit alone, then the limit and the price.
    assert.equal(paid.instructions.length, recent.instructions.length + 1);
    await send(network.connection, { feePayer: owner, action, priorityFee: 1_000n });
});

test('an action that no transaction can hold is refused before it is sent', async () => {
    const owner = signerOf(network, 'alice');
    const action: Action = {
        instructions: [
            {
                programAddress: BALLAST_PROGRAM_ADDRESS,
                accounts: [{ address: owner.address, role: AccountRole.READONLY }],
            },
        ],
        computeUnits: 1_400_000,
    };
    await assert.rejects(
        buildTransaction(network.connection.rpc, { feePayer: owner, action }),
        /may need 1400300 compute units, the network allows 1400000/,
    );
});

function failAfter(milliseconds: number, message: string): Promise<never> {
    return new Promise((_, reject) => {
        setTimeout(() => reject(new Error(message)), milliseconds).unref();
    });
}
