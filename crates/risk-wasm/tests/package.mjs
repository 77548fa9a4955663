// The built package, which `cargo xtask build` puts together, and the sources that it is held against.

import { existsSync, readFileSync } from 'node:fs';

const checkout = new URL('../../../', import.meta.url);

/** The address of a file of the built package. */
export function built(name) {
    const file = new URL(`target/wasm/${name}`, checkout);
    if (!existsSync(file)) throw new Error(`${file.pathname} is not there: run \`cargo xtask build\` first`);
    return file;
}

/** The text of a file of the checkout. */
export function source(path) {
    return readFileSync(new URL(path, checkout), 'utf8');
}
