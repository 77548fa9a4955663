import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STANDARD, csv, priceAccount, feedId, script, steady, strikesAround, surfaceOf, walk } from '@ballast/localnet';

test('a surface is what the code in Rust makes of it', () => {
    const { market, seconds, ...expected } = STANDARD.examples.surface;
    const volatility = STANDARD.markets.find(({ name }) => name === market)?.volatility ?? 0;
    assert.deepEqual(surfaceOf({ ...STANDARD.smile, volatility }, seconds), expected);
});

test("a price account is, byte for byte, what Pyth's own crate writes", () => {
    const { feed, price, confidence, publishTime, slot, data } = STANDARD.examples.priceAccount;
    const quote = { price: BigInt(price), confidence: BigInt(confidence), publishTime: BigInt(publishTime) };
    assert.equal(Buffer.from(priceAccount(feedId(feed), quote, BigInt(slot))).toString('base64'), data);
});

test('strikes are round and lie on both sides', () => {
    assert.deepEqual(strikesAround(100_000), [80_000, 90_000, 95_000, 100_000, 105_000, 110_000, 120_000]);
    assert.deepEqual(strikesAround(4_000), [3_200, 3_600, 3_800, 4_000, 4_200, 4_400, 4_800]);
    assert.deepEqual(strikesAround(200), [160, 180, 190, 200, 210, 220, 240]);
});

test('steady prices stay', () => {
    assert.deepEqual(steady({ BTC: 1 }).at(1_000), { BTC: 1 });
});

test('a walk is the same for the same seed, and as wide as its volatility', () => {
    const options = { seed: 5, speed: 60, volatilities: { BTC: 0.5 } };
    const start = { BTC: 100, USDC: 1 };
    const [one, two] = [walk(start, options), walk(start, options)];
    assert.deepEqual(one.at(100), two.at(100));
    assert.notDeepEqual(one.at(200), walk(start, { ...options, seed: 6 }).at(200));
    assert.equal(one.at(500)['USDC'], 1);

    // The standard deviation of so many logarithmic steps, of which each has the volatility of a minute.
    const path = walk(start, options);
    const steps = [];
    let before = Math.log(100);
    for (let second = 1; second <= 20_000; second += 1) {
        const now = Math.log(path.at(second)['BTC'] ?? 0);
        steps.push(now - before);
        before = now;
    }
    const deviation = Math.sqrt(steps.reduce((sum, step) => sum + step * step, 0) / steps.length);
    const expected = 0.5 * Math.sqrt(60 / 31_536_000);
    assert.ok(Math.abs(deviation / expected - 1) < 0.05, `${deviation} is not about ${expected}`);
});

test('a script goes in straight lines and stays at its end', () => {
    const path = script('{"steps":[{"at":0,"BTC":100,"SOL":5},{"at":10,"BTC":50},{"at":20,"BTC":60,"SOL":7}]}');
    assert.deepEqual(path.at(0), { BTC: 100, SOL: 5 });
    assert.deepEqual(path.at(5), { BTC: 75, SOL: 5.5 });
    assert.deepEqual(path.at(15), { BTC: 55, SOL: 6.5 });
    assert.deepEqual(path.at(99), { BTC: 60, SOL: 7 });
});

test('a script that makes no sense is refused where it goes wrong', () => {
    const refused: [string, RegExp][] = [
        ['no', /not JSON/],
        ['{}', /no steps/],
        ['{"steps":[{"at":0,"BTC":-1}]}', /step 1: BTC is -1, expected a positive number/],
        ['{"steps":[{"at":5,"BTC":1},{"at":5,"BTC":2}]}', /step 2: at is 5, expected more than 5/],
        ['{"steps":[{"BTC":1}]}', /step 1: at is undefined/],
    ];
    for (const [text, expected] of refused) assert.throws(() => script(text), expected, text);
});

test('a CSV file goes row by row and stays at its end', () => {
    const path = csv('# a comment\ndate,BTC,SOL\n2024-01-01,100,5\n2024-01-02,90,4\n', 10);
    assert.deepEqual(
        [0, 9.9, 10, 1_000].map((second) => path.at(second)['BTC']),
        [100, 100, 90, 90],
    );
});

test('a CSV file that makes no sense is refused by line', () => {
    assert.throws(() => csv('date\n', 1), /expected a line such as date,BTC,ETH/);
    assert.throws(
        () => csv('date,BTC\n2024-01-01,x\n', 1),
        /line 2: 2024-01-01,x: expected a date and 1 positive prices/,
    );
});
