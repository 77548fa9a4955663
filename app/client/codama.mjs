// Generates the client's code from the program's interface description.
//
//   node client/codama.mjs           writes client/src/generated
//   node client/codama.mjs --check   fails unless it is what would be written
//
// The description comes from `cargo xtask build`.

import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import * as codama from 'codama';
import { format } from 'prettier';

const CLIENT = dirname(fileURLToPath(import.meta.url));
const DESCRIPTION = join(CLIENT, '../../target/idl/ballast.json');
const GENERATED = 'src/generated';

/** Addresses that derive from others: crates/state/src/seeds.rs. */
const seed = (text) => codama.constantPdaSeedNodeFromString('utf8', text);
const from = (name, docs) => codama.variablePdaSeedNode(name, codama.publicKeyTypeNode(), docs);
const numbered = (name, docs) => codama.variablePdaSeedNode(name, codama.numberTypeNode('u16'), docs);
const DERIVED = [
    {
        name: 'exchange',
        docs: ['The exchange that a creator opened under an index.'],
        seeds: [seed('exchange'), from('creator', 'Who created it.'), numbered('index', 'Among those of its creator.')],
    },
    {
        name: 'bank',
        docs: ['The bank of a token.'],
        seeds: [seed('bank'), from('exchange', 'The exchange.'), from('mint', "The token's mint.")],
    },
    { name: 'vault', docs: ["A bank's token account."], seeds: [seed('vault'), from('bank', 'The bank.')] },
    {
        name: 'market',
        docs: ['The market with a number.'],
        seeds: [seed('market'), from('exchange', 'The exchange.'), numbered('number', 'Its number.')],
    },
    {
        name: 'marginAccount',
        docs: ["An owner's margin account."],
        seeds: [
            seed('account'),
            from('exchange', 'The exchange.'),
            from('owner', 'The owner.'),
            numbered('subAccount', 'Among those of its owner.'),
        ],
    },
    {
        name: 'stake',
        docs: ["An owner's stake in the insurance fund."],
        seeds: [seed('stake'), from('exchange', 'The exchange.'), from('owner', 'The owner.')],
    },
    {
        name: 'orderRecords',
        docs: ['What a margin account remembers of its orders.'],
        seeds: [seed('orders'), from('account', 'The margin account.')],
    },
    {
        name: 'placedOrder',
        docs: ['An order that stands as an account.'],
        seeds: [
            seed('order'),
            from('account', 'The margin account.'),
            codama.variablePdaSeedNode('nonce', codama.numberTypeNode('u64'), "The order's nonce."),
        ],
    },
];

/** Accounts of instructions that follow from the instruction's other accounts. */
function derivedFrom(pda, ...accounts) {
    return codama.pdaValueNode(
        pda,
        accounts.map((name) => codama.pdaSeedValueNode(name, codama.accountValueNode(name))),
    );
}
const FOLLOWING = [
    { account: 'bank', defaultValue: derivedFrom('bank', 'exchange', 'mint') },
    { account: 'vault', defaultValue: derivedFrom('vault', 'bank') },
    { account: 'stake', defaultValue: derivedFrom('stake', 'exchange', 'owner') },
    {
        account: 'tokenProgram',
        defaultValue: codama.publicKeyValueNode('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA', 'splToken'),
    },
];

/** What would bear the name of something else in TypeScript: types, and instructions and their arguments. */
const RENAMED_TYPES = { ExpiryArgs: 'ExpiryReference' };
const RENAMED_INSTRUCTIONS = {
    matchOrders: { arguments: { taker: { name: 'takerEvidence' }, maker: { name: 'makerEvidence' } } },
    stake: { name: 'stakeCash' },
};

const checking = process.argv.includes('--check');
try {
    const files = await generate(await description());
    await (checking ? compare(files) : write(files));
} catch (error) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
}

async function description() {
    let text;
    try {
        text = await readFile(DESCRIPTION, 'utf8');
    } catch {
        throw new Error('there is no target/idl/ballast.json: run `cargo xtask build` first');
    }
    return JSON.parse(text);
}

/** The generated files, by their path below `src/generated`. */
async function generate(idl) {
    visitDocs(idl);
    renameTypes(idl);
    requireDistinctNames(idl);
    // Codama derives seeds from what instructions create; the table above names them all, the same way everywhere.
    for (const { accounts } of idl.instructions) for (const account of accounts) delete account.pda;
    // As events their types would not be rendered.
    const root = codama.createFromRoot(rootNodeFromAnchor({ ...idl, events: [] }));
    root.update(codama.updateInstructionsVisitor(RENAMED_INSTRUCTIONS));
    root.update(codama.addPdasVisitor({ ballast: DERIVED }));
    root.update(codama.setInstructionAccountDefaultValuesVisitor(FOLLOWING));

    const folder = await mkdtemp(join(tmpdir(), 'ballast-client-'));
    try {
        const options = {
            kitImportStrategy: 'rootOnly',
            syncPackageJson: false,
            prettierOptions: await prettierOptions(),
        };
        await root.accept(renderVisitor(folder, options));
        const files = new Map();
        const base = join(folder, GENERATED);
        for (const entry of await readdir(base, { recursive: true, withFileTypes: true })) {
            if (!entry.isFile()) continue;
            const path = join(entry.parentPath ?? entry.path, entry.name);
            files.set(relative(base, path).split(sep).join('/'), await readFile(path, 'utf8'));
        }
        files.set('events.ts', await format(events(idl), { ...options.prettierOptions, parser: 'typescript' }));
        for (const [path, text] of files) files.set(path, withInferredPlugin(withExtensions(path, text, files)));
        return new Map([...files].sort());
    } finally {
        await rm(folder, { recursive: true });
    }
}

async function prettierOptions() {
    return JSON.parse(await readFile(join(CLIENT, '../.prettierrc'), 'utf8'));
}

/** Turns the links of Rust's documentation into plain names. */
function visitDocs(value) {
    if (Array.isArray(value)) return value.forEach(visitDocs);
    if (value === null || typeof value !== 'object') return;
    if (Array.isArray(value.docs)) {
        value.docs = value.docs.map((line) => line.replace(/\[(`[^`]+`)\](\([^)]*\))?/g, '$1'));
    }
    Object.values(value).forEach(visitDocs);
}

function renameTypes(value) {
    if (Array.isArray(value)) return value.forEach(renameTypes);
    if (value === null || typeof value !== 'object') return;
    if (typeof value.name === 'string') value.name = RENAMED_TYPES[value.name] ?? value.name;
    Object.values(value).forEach(renameTypes);
}

/** Refuses names that two things would have in the generated code, where the compiler's message would say little. */
function requireDistinctNames(idl) {
    const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    const types = new Set(idl.types.map(({ name }) => name));
    for (const name of types) {
        if (name.endsWith('Args') && types.has(name.slice(0, -4))) {
            throw new Error(`the type ${name} is named as the input of ${name.slice(0, -4)}: add it to RENAMED_TYPES`);
        }
    }
    const accounts = new Set(idl.accounts.map(({ name }) => name[0].toLowerCase() + name.slice(1)));
    for (const name of idl.instructions.map((instruction) => camel(instruction.name))) {
        if (accounts.has(name) && !(name in RENAMED_INSTRUCTIONS)) {
            throw new Error(`the instruction ${name} is named as an account: add it to RENAMED_INSTRUCTIONS`);
        }
    }
}

/** Codama knows the types of events, but not what tells them apart in a program's log. */
function events(idl) {
    const pascal = (name) => name[0].toUpperCase() + name.slice(1);
    const names = idl.events.map(({ name }) => pascal(name)).sort();
    const discriminators = new Map(idl.events.map(({ name, discriminator }) => [pascal(name), discriminator]));
    const imports = names.flatMap((name) => [`get${name}Decoder`, `type ${name}`]);
    return `/**
 * Which events the program writes to its log, and how each is read.
 *
 * This file is generated; \`cargo xtask client\` makes it anew.
 */

import { ${imports.join(', ')} } from './types';

/** An event of the program, by its name. */
export type BallastEvent =
${names.map((name) => `    | ({ readonly name: '${name}' } & ${name})`).join('\n')};

/** The eight bytes that each event begins with, and the decoder of what follows. */
export const BALLAST_EVENTS = {
${names.map((name) => `    ${name}: { discriminator: [${discriminators.get(name).join(', ')}], decoder: get${name}Decoder },`).join('\n')}
} as const;
`;
}

/** Modules of the standard name files; the generator names folders and leaves extensions out. */
function withExtensions(path, text, files) {
    return text.replace(/(from\s+['"])(\.[^'"]*)(['"])/g, (_, before, target, after) => {
        const at = posix.normalize(posix.join(posix.dirname(path), target));
        const file = files.has(`${at}.ts`) ? `${target}.js` : `${target.replace(/\/$/, '')}/index.js`;
        return before + file + after;
    });
}

/** The type that the generator states for the plugin is of another version of Kit than the one that is used here. */
function withInferredPlugin(text) {
    return text.replace(/\(client: T\): Omit<T, '\w+'> & \{ \w+: \w+ \} =>/, '(client: T) =>');
}

async function write(files) {
    const base = join(CLIENT, GENERATED);
    await rm(base, { recursive: true, force: true });
    for (const [path, text] of files) {
        await mkdir(dirname(join(base, path)), { recursive: true });
        await writeFile(join(base, path), text);
    }
    console.log(`${files.size} files written to app/client/${GENERATED}`);
}

async function compare(files) {
    const base = join(CLIENT, GENERATED);
    const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch(() => []);
    const there = entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(base, join(entry.parentPath ?? entry.path, entry.name)));
    const stale = there.map((path) => path.split(sep).join('/')).filter((path) => !files.has(path));
    for (const [path, text] of files) {
        const found = await readFile(join(base, path), 'utf8').catch(() => undefined);
        if (found !== text) stale.push(path);
    }
    if (stale.length > 0) {
        throw new Error(
            `app/client/${GENERATED} is not what the program's interface makes (${stale.slice(0, 3).join(', ')}` +
                `${stale.length > 3 ? ` and ${stale.length - 3} more` : ''}): run \`cargo xtask client\``,
        );
    }
    console.log(`app/client/${GENERATED} is current`);
}
