// Who is in the story, beside the local network's own traders: a margin account for each book.

import type { TraderPlan } from '@ballast/localnet';

/** The traders of the story, with what they have deposited. */
export const CAST = [
    { name: 'covered-call', mode: 'portfolio', deposits: { BTC: 2 } },
    { name: 'iron-condor', mode: 'portfolio', deposits: { USDC: 10_000 } },
    { name: 'hedged-straddle', mode: 'portfolio', deposits: { USDC: 60_000 } },
    { name: 'calendar-spread', mode: 'portfolio', deposits: { USDC: 20_000 } },
    { name: 'pair', mode: 'portfolio', deposits: { USDC: 60_000 } },
    { name: 'straddle-seller', mode: 'portfolio', deposits: { USDC: 4_000 } },
    { name: 'leveraged', mode: 'portfolio', deposits: { USDC: 60_000 } },
] as const satisfies readonly TraderPlan[];

/** A name in the cast. */
export type Actor = (typeof CAST)[number]['name'];
