// `cargo xtask demo`.

import { tellBooks } from './books.js';
import { tellCrash } from './crash.js';
import { tellListing } from './listing.js';
import { USAGE, parse, type Options } from './options.js';
import { tellPortfolios } from './portfolios.js';
import { tellRefusal } from './refusal.js';
import { Screen } from './screen.js';
import { Stage } from './stage.js';

try {
    const options = parse(process.argv.slice(2));
    if (options) await run(options);
    else process.stdout.write(USAGE);
} catch (error) {
    console.error(`The demonstration ended early: ${error instanceof Error ? error.message : String(error)}`);
    // The binding's threads would keep the process.
    process.exit(1);
}

async function run(options: Options): Promise<void> {
    const began = Date.now();
    const interrupted = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    const screen = new Screen({ silent: options.json, plain: options.plain });
    const stage = await Stage.open(options, (line) => console.error(`demo: ${line}`));
    try {
        screen.line();
        const story = await Promise.race([tell(screen, stage), interrupted]);
        if (!story) return;
        const milliseconds = Date.now() - began;
        if (options.json) console.log(JSON.stringify({ ...story, milliseconds }, stringified, 4));
        screen.line();
        screen.line(`All of it took ${(milliseconds / 1_000).toFixed(1)} seconds.`);
        if (!options.wait) return;
        screen.line();
        screen.line(`The dashboard is at ${screen.tone('strong', stage.dashboard)}`);
        screen.line('The network, the keeper, the relay and the market maker go on until Ctrl-C.');
        await interrupted;
    } finally {
        await stage.close();
    }
    process.exit(0);
}

async function tell(screen: Screen, stage: Stage) {
    const listing = await tellListing(screen, stage);
    const portfolios = await tellPortfolios(screen, stage);
    const refusedTrade = await tellRefusal(screen, stage);
    const crash = await tellCrash(screen, stage);
    const books = await tellBooks(screen, stage);
    return { listing, portfolios, refusedTrade, crash, books };
}

function stringified(_: string, value: unknown): unknown {
    return typeof value === 'bigint' ? String(value) : value;
}
