// Section 3: a trade that the program refuses, and one of the same size that it accepts.

import { fetchMarginAccounts, type Leg } from '@ballast/client';
import { usd } from '@ballast/web/lib/format';

import type { Screen } from './screen.js';
import type { Stage } from './stage.js';
import { takeBestQuote, tradeByQuote } from './trading.js';

/** A refusal in the program's words. */
export interface RefusedTrade {
    readonly code: string;
    readonly message: string;
    /** Initial excess after the trade with wings, µUSD. */
    readonly excessWithWings: string;
}

/**
 * Has a trade refused.
 *
 * @throws if the program accepts it, changes anything, or refuses what it should accept
 */
export async function tellRefusal(screen: Screen, stage: Stage): Promise<RefusedTrade> {
    screen.heading(3, 'A trade that is refused');
    screen.say(
        'An account with 4,000 USDC wants to sell 10 ETH straddles without anything behind them. A maker quotes it, both orders are ' +
            'signed, and the program decides.',
    );
    await stage.allowOrders('straddle-seller');
    const before = await held(stage);
    const { outcome } = await takeBestQuote(stage, 'straddle-seller', await straddles(stage, false));
    if (outcome.status !== 'refused' || !outcome.refusal) {
        throw new Error('the program accepted ten naked straddles on 4,000 USDC');
    }
    const after = await held(stage);
    if (before !== after) throw new Error('a refused trade changed an account');
    const { code, message } = outcome.refusal;
    screen.line();
    screen.quote('bad', `Refused with ${code}.`);
    screen.quote('faint', `The program logged: ${message}`);
    screen.quote('faint', '(A µUSD is a millionth of a dollar.)');
    screen.line();
    screen.say(
        'Nothing changed: neither account holds anything else than before. The same ten straddles together with bought options around them, ' +
            'as one package of four legs: the loss is limited, and the same account may trade.',
    );
    await tradeByQuote(stage, 'straddle-seller', await straddles(stage, true));
    const { report } = await stage.standing('straddle-seller');
    const excess = report.modes.portfolio.initialExcess;
    screen.line();
    screen.quote('good', `Accepted. Initial excess afterwards: ${usd(excess)} USD.`);
    return { code, message, excessWithWings: String(excess) };
}

async function straddles(stage: Stage, withWings: boolean): Promise<Leg[]> {
    const state = await stage.state();
    const leg = (kind: 'call' | 'put', moneyness: number, quantity: string) =>
        stage.leg(state, 'ETH', stage.option(state, 'ETH', 2, kind, moneyness), quantity);
    const sold = [leg('call', 1, '-10'), leg('put', 1, '-10')];
    return withWings ? [...sold, leg('put', 0.93, '10'), leg('call', 1.07, '10')] : sold;
}

/** What the seller and the maker hold: cash and positions. */
async function held(stage: Stage): Promise<string> {
    const both = [stage.accountOf('straddle-seller'), stage.accountOf('maker')];
    const accounts = await fetchMarginAccounts(stage.network.connection.rpc, stage.description.exchange);
    const those = accounts
        .filter(({ address }) => both.includes(address))
        .sort((a, b) => (a.address < b.address ? -1 : 1));
    return JSON.stringify(
        those.map(({ data: { cash, positions } }) => [
            cash,
            positions.map(({ quantity, number }) => [quantity, number]),
        ]),
        (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
}
