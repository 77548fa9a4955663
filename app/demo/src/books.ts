// Section 5: the books balance to the unit, as anybody who reads the chain can add up.

import { fetchMarginAccounts, findBank, type MarginAccount } from '@ballast/client';
import { fixed } from '@ballast/web/lib/format';
import type { Address } from '@solana/kit';

import type { Cell, Screen } from './screen.js';
import type { Stage } from './stage.js';
import { marketNames } from './trading.js';

/** What the books say. Money is in µUSD. */
export interface Books {
    readonly accounts: number;
    readonly vault: string;
    readonly cash: string;
    readonly pools: string;
    readonly fees: string;
    readonly insurance: string;
}

interface Sums {
    readonly accounts: readonly MarginAccount[];
    readonly vault: bigint;
    readonly cash: bigint;
    readonly pools: bigint;
    readonly fees: bigint;
    readonly insurance: bigint;
}

/** Readings that are tried until one of them saw no transaction in between. */
const ATTEMPTS = 20;

/**
 * Counts.
 *
 * @throws if the books do not balance
 */
export async function tellBooks(screen: Screen, stage: Stage): Promise<Books> {
    screen.heading(5, 'The books');
    const sums = await count(stage);
    const { accounts, vault, cash, pools, fees, insurance } = sums;
    const exact = (amount: bigint) => fixed(amount, 6);
    screen.table([
        [`cash of ${accounts.length} accounts`, exact(cash)],
        ['pools of losses paid in', exact(pools)],
        ['fees not swept yet', exact(fees)],
        ['insurance fund', exact(insurance)],
        [
            ['strong', 'tokens in the USDC vault'],
            ['strong', exact(vault)],
        ],
    ]);
    const difference = vault - cash - pools - fees - insurance;
    if (difference !== 0n) throw new Error(`the vault and the books differ by ${difference} µUSD`);
    screen.line();
    screen.line(`  ${screen.tone('good', `Difference: ${difference} µUSD.`)}`);
    screen.line();
    screen.table([
        ['market', 'contracts held', 'positions', 'long lots', 'short lots', 'sum'],
        ...(await quantities(stage, accounts)),
    ]);
    screen.line();
    screen.say('In every single contract, long and short quantities sum to zero.');
    return {
        accounts: accounts.length,
        vault: String(vault),
        cash: String(cash),
        pools: String(pools),
        fees: String(fees),
        insurance: String(insurance),
    };
}

/** Adds up everything of one moment: the keeper works on, so it reads until the vault and the accounts were the same before and after. */
async function count(stage: Stage): Promise<Sums> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const [before, first] = await read(stage);
        const [after, second] = await read(stage);
        if (first === second && balance(before) === balance(after)) return after;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the exchange never stood still long enough to be added up');
}

const balance = ({ vault, cash, pools, fees, insurance }: Sums) => [vault, cash, pools, fees, insurance].join();

async function read(stage: Stage): Promise<[Sums, string]> {
    const { rpc } = stage.network.connection;
    const [state, listed] = await Promise.all([stage.state(), fetchMarginAccounts(rpc, stage.description.exchange)]);
    const bank = findBank(state, stage.description.quoteMint).data;
    const vault = await tokens(stage, bank.vault);
    const accounts = listed.map(({ data }) => data);
    const markets = [...state.markets.values()].map(({ data }) => data);
    const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
    const sums: Sums = {
        accounts,
        vault,
        cash: sum(accounts.map(({ cash }) => cash)),
        pools: sum(
            markets.flatMap(({ perpetualPool, expiries }) => [perpetualPool, ...expiries.map(({ pool }) => pool)]),
        ),
        fees: sum(markets.map(({ fees }) => fees)),
        insurance: bank.insurance,
    };
    const positions = accounts.map(({ positions: held }) =>
        held.map(({ quantity, ledger }) => `${quantity} ${ledger}`).join(),
    );
    return [sums, positions.join('|')];
}

async function tokens(stage: Stage, vault: Address): Promise<bigint> {
    const { value } = await stage.network.connection.rpc
        .getTokenAccountBalance(vault, { commitment: 'processed' })
        .send();
    return BigInt(value.amount);
}

async function quantities(stage: Stage, accounts: readonly MarginAccount[]): Promise<Cell[][]> {
    const names = marketNames(await stage.state());
    return [...names].map(([number, name]) => {
        const sides = new Map<string, [bigint, bigint]>();
        let positions = 0;
        for (const account of accounts) {
            for (const position of account.positions.slice(0, account.positionCount)) {
                if (account.markets[position.marketSlot]?.market !== number || position.quantity === 0n) continue;
                const contract = `${position.kind} ${position.number}`;
                const side = sides.get(contract) ?? [0n, 0n];
                side[position.quantity > 0n ? 0 : 1] += position.quantity;
                sides.set(contract, side);
                positions += 1;
            }
        }
        const totals = [...sides.values()];
        if (totals.some(([long, short]) => long + short !== 0n))
            throw new Error(`a contract of ${name} does not sum to zero`);
        const [long, short] = totals.reduce(([a, b], [c, d]) => [a + c, b + d], [0n, 0n]);
        const whole = (amount: bigint) => amount.toLocaleString('en-US');
        return [name, String(sides.size), String(positions), whole(long), whole(short), ['good', whole(long + short)]];
    });
}
