// Token accounts of wallets, for whichever token program a mint belongs to.

import { AccountRole, getAddressEncoder, getProgramDerivedAddress, type Address, type Instruction } from '@solana/kit';

/** The program that gives every wallet one account for each token. */
const ASSOCIATED_TOKEN_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL' as Address;
const SYSTEM_PROGRAM = '11111111111111111111111111111111' as Address;
/** The instruction that creates the account unless it is there. */
const CREATE_IDEMPOTENT = 1;

/** A token, by its mint and the program that the mint belongs to: SPL Token or Token-2022. */
export interface Token {
    readonly mint: Address;
    readonly tokenProgram: Address;
}

/**
 * The account in which a wallet holds a token, whether it is there or not.
 *
 * @example
 * const usdc = findBank(state, state.exchange.data.quoteMint);
 * console.log(await findTokenAccount(alice.address, usdc.data));
 */
export async function findTokenAccount(owner: Address, token: Token): Promise<Address> {
    const encoder = getAddressEncoder();
    const [address] = await getProgramDerivedAddress({
        programAddress: ASSOCIATED_TOKEN_PROGRAM,
        seeds: [owner, token.tokenProgram, token.mint].map((part) => encoder.encode(part)),
    });
    return address;
}

/** Creates a wallet's account for a token unless it is there. */
export async function createTokenAccount(payer: Address, owner: Address, token: Token): Promise<Instruction> {
    const account = await findTokenAccount(owner, token);
    return {
        programAddress: ASSOCIATED_TOKEN_PROGRAM,
        accounts: [
            { address: payer, role: AccountRole.WRITABLE_SIGNER },
            { address: account, role: AccountRole.WRITABLE },
            { address: owner, role: AccountRole.READONLY },
            { address: token.mint, role: AccountRole.READONLY },
            { address: SYSTEM_PROGRAM, role: AccountRole.READONLY },
            { address: token.tokenProgram, role: AccountRole.READONLY },
        ],
        data: Uint8Array.of(CREATE_IDEMPOTENT),
    };
}
