// What a network leaves on disk for the tools that work with it: its description and everybody's keys.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { LocalNetwork, NetworkDescription } from './network.js';
import { writeKey } from './wallets.js';

/** Where the description of a network is, in the folder that it was written to. */
export const descriptionFile = (folder: string) => join(folder, 'network.json');

/** Where a wallet's key is. */
export const keyFile = (folder: string, name: string) => join(folder, 'keys', `${name}.json`);

/** Writes a network's description and keys. */
export async function writeNetwork(
    folder: string,
    network: Pick<LocalNetwork, 'wallets'>,
    description: NetworkDescription,
): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const wallet of network.wallets) await writeKey(join(folder, 'keys'), wallet);
    await writeFile(descriptionFile(folder), `${JSON.stringify(description, undefined, 4)}\n`);
}
