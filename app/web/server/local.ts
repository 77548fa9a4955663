// What the dashboard's page may ask of a local network that runs in this process.

import type { LocalNetwork, NetworkDescription } from '@ballast/localnet';

import type { Local } from './site.js';

/** Answers from the network itself; `description` may name more than the network's own. */
export function localOf(network: LocalNetwork, description: NetworkDescription = network.description): Local {
    const described: NetworkDescription = { pricesUrl: 'http://127.0.0.1/prices', ...description };
    return {
        describe: () => Promise.resolve(described),
        keyOf(name) {
            const isTrader = description.traders.some((trader) => trader.name === name);
            const key = network.wallets.find((wallet) => wallet.name === name)?.key;
            return Promise.resolve(isTrader && key ? [...key] : undefined);
        },
        prices(method, body) {
            if (method === 'POST') network.prices.hold(JSON.parse(body) as Record<string, number>);
            if (method === 'DELETE') network.prices.release();
            return Promise.resolve({ status: 200, body: JSON.stringify(network.prices.current()) });
        },
    };
}
