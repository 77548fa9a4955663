// Wallets of the local network: the same in every run, so that addresses are, too. Everybody knows their keys; they are
// worth nothing anywhere else.

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
    createKeyPairSignerFromBytes,
    createKeyPairSignerFromPrivateKeyBytes,
    getAddressEncoder,
    type KeyPairSigner,
} from '@solana/kit';

/** A wallet and the name that it goes by. */
export interface Wallet {
    readonly name: string;
    readonly signer: KeyPairSigner;
    /** Its key as Solana's command line keeps keys: 64 numbers. */
    readonly key: Uint8Array;
}

/** The wallet of a name. */
export async function walletOf(name: string): Promise<Wallet> {
    const secret = createHash('sha256').update(`wallet of Ballast's local network: ${name}`).digest();
    const signer = await createKeyPairSignerFromPrivateKeyBytes(Uint8Array.from(secret));
    return { name, signer, key: Uint8Array.from([...secret, ...getAddressEncoder().encode(signer.address)]) };
}

/** Writes a wallet's key into a folder and returns the file. */
export async function writeKey(folder: string, { name, key }: Wallet): Promise<string> {
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${name}.json`);
    await writeFile(file, `${JSON.stringify([...key])}\n`, { mode: 0o600 });
    return file;
}

/** Reads a key file as Solana's command line writes them. */
export async function readSigner(file: string): Promise<KeyPairSigner> {
    return createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(await readFile(file, 'utf8')) as number[]));
}
