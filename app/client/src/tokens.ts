// Token accounts of wallets, for whichever token program a mint belongs to; and SOL as a token.

import {
    AccountRole,
    getAddressEncoder,
    getProgramDerivedAddress,
    type AccountSignerMeta,
    type Address,
    type Instruction,
    type TransactionSigner,
} from '@solana/kit';

/** The program that gives every wallet one account for each token. */
const ASSOCIATED_TOKEN_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL' as Address;
const SYSTEM_PROGRAM = '11111111111111111111111111111111' as Address;
/** The instruction that creates the account unless it is there. */
const CREATE_IDEMPOTENT = 1;
const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
/** Instructions of the system program and of the token program. */
const TRANSFER = 2;
const SYNC_NATIVE = 17;
const CLOSE_ACCOUNT = 9;

/** SOL as a token: its amounts are lamports. */
export const NATIVE_SOL: Token = {
    mint: 'So11111111111111111111111111111111111111112' as Address,
    tokenProgram: TOKEN_PROGRAM,
};

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

/** Puts lamports of a wallet into its account for SOL as a token, which is created unless it is there. */
export async function wrapInstructions(owner: TransactionSigner, lamports: bigint): Promise<Instruction[]> {
    const account = await findTokenAccount(owner.address, NATIVE_SOL);
    const data = new Uint8Array(12);
    const view = new DataView(data.buffer);
    view.setUint32(0, TRANSFER, true);
    view.setBigUint64(4, lamports, true);
    const transfer: Instruction = {
        programAddress: SYSTEM_PROGRAM,
        accounts: [signing(owner, AccountRole.WRITABLE_SIGNER), { address: account, role: AccountRole.WRITABLE }],
        data,
    };
    const sync: Instruction = {
        programAddress: TOKEN_PROGRAM,
        accounts: [{ address: account, role: AccountRole.WRITABLE }],
        data: Uint8Array.of(SYNC_NATIVE),
    };
    return [await createTokenAccount(owner.address, owner.address, NATIVE_SOL), transfer, sync];
}

/** Closes a wallet's account for SOL as a token: all that it holds, its rent included, are lamports of the wallet again. */
export async function unwrapInstructions(owner: TransactionSigner): Promise<Instruction[]> {
    const account = await findTokenAccount(owner.address, NATIVE_SOL);
    return [
        {
            programAddress: TOKEN_PROGRAM,
            accounts: [
                { address: account, role: AccountRole.WRITABLE },
                { address: owner.address, role: AccountRole.WRITABLE },
                signing(owner, AccountRole.READONLY_SIGNER),
            ],
            data: Uint8Array.of(CLOSE_ACCOUNT),
        },
    ];
}

function signing(signer: TransactionSigner, role: AccountSignerMeta['role']): AccountSignerMeta {
    return { address: signer.address, role, signer };
}
