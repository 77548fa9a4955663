// Section 2: five portfolios, traded for real, and what the program asks for them in each margin mode.

import {
    INSTRUCTION_UNITS,
    checkAccounts,
    checkComputeUnits,
    findBank,
    findMarket,
    getDeclareHedgeInstruction,
    perpetual,
    refresh,
    send,
    inOrder,
    withAccounts,
    type Leg,
} from '@ballast/client';
import type { MarginReport, Mode } from '@ballast/engine';
import { fixed, multiple, percentOf, usd } from '@ballast/web/lib/format';

import type { Actor } from './cast.js';
import type { Cell, Screen } from './screen.js';
import type { Stage } from './stage.js';
import { tradeByQuote } from './trading.js';

/** A portfolio and what the program says of it. Money is in µUSD. */
export interface Portfolio {
    readonly name: Actor;
    readonly fills: readonly string[];
    readonly signatures: readonly string[];
    readonly grossNotional: string;
    readonly initialRequirement: Readonly<Record<Mode, string>>;
}

interface Told {
    readonly portfolio: Portfolio;
    readonly report: MarginReport;
}

const MODES: readonly Mode[] = ['isolated', 'cross', 'portfolio'];

/**
 * Trades the portfolios and compares the modes.
 *
 * @throws if the program refuses one, or the modes are out of order
 */
export async function tellPortfolios(screen: Screen, stage: Stage): Promise<Portfolio[]> {
    screen.heading(2, 'Five portfolios, each margined as a whole');
    screen.say(
        'Each book has a margin account of its own. For every trade it asks the relay for quotes, signs the order that takes the ' +
            'best one, and the relay sends both orders to the program: it fills all legs or none, and only if both accounts are ' +
            'covered afterwards.',
    );
    screen.line();
    const told: Told[] = [];
    for (const [name, deposit, trades] of BOOKS) {
        await stage.allowOrders(name);
        const fills: string[] = [];
        const signatures: string[] = [];
        screen.line(`  ${screen.tone('strong', name)}: ${deposit}`);
        for (const legsOf of trades) {
            const trade = await tradeByQuote(stage, name, await legsOf(stage));
            for (const fill of trade.fills) screen.item(fill);
            fills.push(...trade.fills);
            signatures.push(trade.signature);
        }
        const { report } = await stage.standing(name);
        const required = (mode: Mode) => report.modes[mode].initialRequirement;
        if (required('isolated') < required('cross') || required('cross') < required('portfolio')) {
            throw new Error(`a mode asks for more than a stricter one for the ${name}`);
        }
        const portfolio: Portfolio = {
            name,
            fills,
            signatures,
            grossNotional: String(report.grossNotional),
            initialRequirement: {
                isolated: String(required('isolated')),
                cross: String(required('cross')),
                portfolio: String(required('portfolio')),
            },
        };
        told.push({ portfolio, report });
    }
    screen.line();
    table(screen, told);
    return told.map(({ portfolio }) => portfolio);
}

type LegsOf = (stage: Stage) => Promise<readonly Leg[]>;

/** Who holds what: expiries count from the soonest, strikes are named by their share of the index. */
const BOOKS: readonly (readonly [Actor, string, readonly LegsOf[]])[] = [
    [
        'covered-call',
        '2 BTC deposited and declared a hedge',
        [
            async (stage) => {
                await declareHedge(stage, 'covered-call', 'BTC');
                const state = await stage.state();
                return [stage.leg(state, 'BTC', stage.option(state, 'BTC', 2, 'call', 1.1), '-2')];
            },
        ],
    ],
    [
        'iron-condor',
        '10,000 USDC; four legs, filled all or none',
        [
            async (stage) => {
                const state = await stage.state();
                const wing = (kind: 'call' | 'put', moneyness: number, quantity: string) =>
                    stage.leg(state, 'ETH', stage.option(state, 'ETH', 2, kind, moneyness), quantity);
                return [
                    wing('put', 0.87, '10'),
                    wing('put', 0.93, '-10'),
                    wing('call', 1.07, '-10'),
                    wing('call', 1.13, '10'),
                ];
            },
        ],
    ],
    [
        'hedged-straddle',
        '60,000 USDC; the perpetual offsets the delta',
        [
            async (stage) => {
                const state = await stage.state();
                return (['call', 'put'] as const).map((kind) =>
                    stage.leg(state, 'BTC', stage.option(state, 'BTC', 2, kind, 0.93), '-1'),
                );
            },
            async (stage) => {
                const { state, report } = await stage.standing('hedged-straddle');
                const { data } = findMarket(state, 'BTC');
                const delta = Number(report.markets[0]?.delta ?? 0n) / 1e6;
                const coins = -delta / (Number(data.price) / 10 ** data.priceDecimals);
                return [stage.leg(state, 'BTC', perpetual(), coins.toFixed(Math.min(data.quantityDecimals, 5)))];
            },
        ],
    ],
    [
        'calendar-spread',
        '20,000 USDC; one strike, two expiries',
        [
            async (stage) => {
                const state = await stage.state();
                return [
                    stage.leg(state, 'SOL', stage.option(state, 'SOL', 1, 'call', 1), '-200'),
                    stage.leg(state, 'SOL', stage.option(state, 'SOL', 2, 'call', 1), '200'),
                ];
            },
        ],
    ],
    [
        'pair',
        '60,000 USDC; one coin against the other',
        [
            async (stage) => {
                const state = await stage.state();
                return [stage.leg(state, 'BTC', perpetual(), '1'), stage.leg(state, 'ETH', perpetual(), '-25')];
            },
        ],
    ],
];

/** Declares all of an account's collateral in a coin a hedge of its options. */
async function declareHedge(stage: Stage, name: Actor, coin: string): Promise<void> {
    const { state, account } = await stage.standing(name);
    const mint = stage.description.banks.find((bank) => bank.name === coin)?.mint;
    if (!mint) throw new Error(`there is no bank for ${coin}`);
    const bank = findBank(state, mint);
    const held = account.data.balances.find((balance) => balance.bank === bank.data.number);
    const owner = stage.ownerOf(name);
    const instruction = getDeclareHedgeInstruction({
        exchange: state.exchange.address,
        account: account.address,
        owner,
        bank: bank.data.number,
        amount: held?.amount ?? 0n,
    });
    const declare = {
        instructions: [withAccounts(instruction, checkAccounts(state, [account.data]))],
        computeUnits: INSTRUCTION_UNITS.trade + checkComputeUnits(account.data),
    };
    const action = inOrder(await refresh(state, { banks: [bank.data.number] }), declare);
    await send(stage.network.connection, { feePayer: owner, action });
}

function table(screen: Screen, told: readonly Told[]): void {
    const row = (title: string, cell: (it: MarginReport) => Cell): Cell[] => [
        title,
        ...told.map((it) => cell(it.report)),
    ];
    const sum = (report: MarginReport, greek: 'delta' | 'gamma' | 'vega' | 'theta') =>
        usd(
            report.markets.reduce((total, market) => total + market[greek], 0n),
            { signed: true },
        );
    screen.table([
        [['strong', 'USD unless marked'], ...told.map(({ portfolio: { name } }): Cell => ['strong', name])],
        row('gross notional', (it) => usd(it.grossNotional)),
        ...MODES.map((mode) => row(`initial requirement, ${mode}`, (it) => usd(it.modes[mode].initialRequirement))),
        row('saved against isolated', (it) => {
            const isolated = it.modes.isolated.initialRequirement;
            return ['good', percentOf(isolated - it.modes.portfolio.initialRequirement, isolated)];
        }),
        row('notional / requirement, isolated', (it) =>
            multiple(it.grossNotional, it.modes.isolated.initialRequirement),
        ),
        row('notional / requirement, portfolio', (it) =>
            multiple(it.grossNotional, it.modes.portfolio.initialRequirement),
        ),
        ...(['delta', 'gamma', 'vega', 'theta'] as const).map((greek) => row(greek, (it) => sum(it, greek))),
        row('check, compute units at most', (it) => fixed(BigInt(it.checkComputeUnits), 0)),
    ]);
    screen.line();
    screen.say(
        'Isolated margins every position alone, cross nets positions of one market, portfolio nets across markets as well. Delta is the ' +
            'value of the coin that would move alike, gamma its change per 1 % rise of the index, vega the gain per volatility point, ' +
            'theta the gain per day.',
    );
}
