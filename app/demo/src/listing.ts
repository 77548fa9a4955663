// Section 1: what the exchange lists.

import { fromTicks, listedExpiries, listedOptions, marketName } from '@ballast/client';
import { STANDARD } from '@ballast/localnet';
import { fraction, percent } from '@ballast/web/lib/format';

import type { Screen } from './screen.js';
import type { Stage } from './stage.js';

/** What is listed. */
export interface Listing {
    readonly program: string;
    readonly exchange: string;
    readonly markets: readonly { readonly name: string; readonly expiries: number; readonly options: number }[];
    readonly collateral: readonly string[];
}

/** Shows what is listed. */
export async function tellListing(screen: Screen, stage: Stage): Promise<Listing> {
    const { program, exchange, rpcUrl } = stage.description;
    screen.heading(1, 'The exchange');
    screen.say(
        `Ballast's program image runs on a Solana network on this machine, at ${rpcUrl}, under the program id ${program}. ` +
            'Prices come from Pyth accounts, balances are token accounts. A keeper, a relay and a market maker are at work ' +
            'beside it, each a process that knows no more than the network tells.',
    );
    screen.line();
    const state = await stage.state();
    const markets = [...state.markets.values()].map(({ data }) => ({
        name: marketName(data),
        expiries: listedExpiries(data).length,
        options: listedOptions(data).length,
        price: Number(fromTicks(data, data.price)),
        scanRange: fraction(data.scanRange),
    }));
    screen.table([
        ['market', 'index USD', 'scan range', 'expiries', 'option series'],
        ...markets.map(({ name, price, scanRange, expiries, options }) => [
            name,
            price.toLocaleString('en-US', { minimumFractionDigits: 2 }),
            `±${percent(scanRange, { digits: 0 })}`,
            String(expiries),
            String(options),
        ]),
    ]);
    const collateral = STANDARD.banks.map(({ name }) => name);
    screen.line();
    screen.say(`Collateral: ${collateral.join(', ')}.`);
    return {
        program,
        exchange,
        markets: markets.map(({ name, expiries, options }) => ({ name, expiries, options })),
        collateral,
    };
}
