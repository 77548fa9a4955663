// Traders with money, and a lookup table for everybody's transactions.

import {
    findAddressLookupTablePda,
    getCreateLookupTableInstruction,
    getExtendLookupTableInstruction,
} from '@solana-program/address-lookup-table';
import {
    findAssociatedTokenPda,
    getCreateAssociatedTokenIdempotentInstructionAsync,
    getMintToInstruction,
} from '@solana-program/token';
import {
    deposit,
    findMarginAccount,
    findPriceAccount,
    inOrder,
    openAccount,
    type ExchangeState,
    type Mode,
} from '@ballast/client';
import type { Address, KeyPairSigner } from '@solana/kit';

import { networkMoment, sendInstructions, type Connection } from './connection.js';
import { named, type TokenMint } from './listing.js';
import { STANDARD } from './standard.js';

/** A trader of the local network. */
export interface TraderPlan {
    readonly name: string;
    readonly mode: Mode;
    /** What the trader has deposited, in whole tokens by name. */
    readonly deposits: Readonly<Record<string, number>>;
}

/** Who trades. */
export const TRADERS: readonly TraderPlan[] = [
    { name: 'alice', mode: 'portfolio', deposits: { USDC: 250_000 } },
    { name: 'bob', mode: 'portfolio', deposits: { USDC: 250_000, BTC: 1 } },
    { name: 'carol', mode: 'cross', deposits: { USDC: 50_000, SOL: 100 } },
    { name: 'maker', mode: 'portfolio', deposits: { USDC: 5_000_000 } },
    { name: 'keeper', mode: 'portfolio', deposits: { USDC: 2_000_000 } },
];

/** What every trader's wallet holds besides, in whole tokens by name. */
const IN_THE_WALLET: Readonly<Record<string, number>> = { USDC: 100_000, BTC: 1, ETH: 20, SOL: 500, PYUSD: 10_000 };

/** Addresses that one transaction adds to a lookup table. */
const ADDRESSES_AT_ONCE = 20;

/** Gives a wallet its tokens, opens its margin account and makes its deposits. Returns the account. */
export async function fundTrader(
    connection: Connection,
    state: ExchangeState,
    governance: KeyPairSigner,
    mints: readonly TokenMint[],
    plan: TraderPlan,
    owner: KeyPairSigner,
): Promise<Address> {
    const exchange = state.exchange.address;
    const tokens = await Promise.all(
        STANDARD.banks.map(async ({ name, tokenDecimals, tokenProgram }) => {
            const mint = named(mints, name).mint.address;
            const whole = (IN_THE_WALLET[name] ?? 0) + (plan.deposits[name] ?? 0);
            const [token] = await findAssociatedTokenPda({ owner: owner.address, mint, tokenProgram });
            return [
                await getCreateAssociatedTokenIdempotentInstructionAsync({
                    payer: governance,
                    owner: owner.address,
                    mint,
                    tokenProgram,
                }),
                getMintToInstruction(
                    { mint, token, mintAuthority: governance, amount: native(whole, tokenDecimals) },
                    { programAddress: tokenProgram },
                ),
            ];
        }),
    );
    await Promise.all(
        [tokens.slice(0, 3), tokens.slice(3)].map((some) => sendInstructions(connection, governance, some.flat())),
    );

    const account = await findMarginAccount({ exchange, owner: owner.address });
    const deposits = await Promise.all(
        Object.entries(plan.deposits).map(([name, whole]) => {
            const mint = named(mints, name).mint.address;
            const bank = [...state.banks.values()].find((listed) => listed.data.mint === mint);
            if (!bank) throw new Error(`there is no bank for ${name}`);
            return deposit({ exchange, account, owner, bank, amount: native(whole, bank.data.tokenDecimals) });
        }),
    );
    const { instructions } = inOrder(await openAccount({ exchange, owner, mode: plan.mode }), ...deposits);
    await sendInstructions(connection, owner, instructions);
    return account;
}

/** Makes a lookup table of everything of the exchange that transactions name. */
export async function makeLookupTable(
    connection: Connection,
    authority: KeyPairSigner,
    state: ExchangeState,
): Promise<Address> {
    const markets = [...state.markets.values()];
    const banks = [...state.banks.values()];
    const oracles = await Promise.all([...markets, ...banks].map(({ data }) => findPriceAccount(data.oracle)));
    const addresses = [
        state.exchange.address,
        ...markets.map((market) => market.address),
        ...banks.flatMap(({ address, data: { vault, mint, tokenProgram } }) => [address, vault, mint, tokenProgram]),
        ...oracles,
    ];
    const unique = [...new Set(addresses)];
    // The table's address derives from a slot that is over.
    const { slot } = await networkMoment(connection);
    const recentSlot = slot - 1n;
    const address = await findAddressLookupTablePda({ authority: authority.address, recentSlot });
    const create = getCreateLookupTableInstruction({
        address,
        authority: authority.address,
        payer: authority,
        recentSlot,
    });
    await sendInstructions(connection, authority, [create]);
    for (let at = 0; at < unique.length; at += ADDRESSES_AT_ONCE) {
        const some = unique.slice(at, at + ADDRESSES_AT_ONCE);
        const extend = getExtendLookupTableInstruction({
            address: address[0],
            authority,
            payer: authority,
            addresses: some,
        });
        await sendInstructions(connection, authority, [extend]);
    }
    return address[0];
}

function native(whole: number, decimals: number): bigint {
    return BigInt(whole) * 10n ** BigInt(decimals);
}
