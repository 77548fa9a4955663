// What the page and the worker say to each other.

/** A question: a function of analysis.ts by its name, or `margin` of a book in JSON. */
export interface Request {
    readonly id: number;
    readonly call: Call;
    readonly args: readonly unknown[];
}

/** The functions that can be asked for. */
export type Call =
    | 'report'
    | 'reports'
    | 'positions'
    | 'groups'
    | 'balances'
    | 'matrices'
    | 'cell'
    | 'ladder'
    | 'stresses'
    | 'equities'
    | 'greeks'
    | 'measure'
    | 'marks'
    | 'margin';

/** What comes back. */
export type Answer =
    | { readonly id: number; readonly result: unknown; readonly milliseconds: number }
    | { readonly id: number; readonly problem: string };
