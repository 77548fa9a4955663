// Asking the engine in the worker.

import type { Engine, Report } from '@ballast/engine';

import type * as analysis from './analysis.js';
import type { Answer, Call } from './protocol.js';

type Rest<F> = F extends (engine: Engine, ...rest: infer R) => unknown ? R : never;
type Functions = Pick<typeof analysis, Exclude<Call, 'margin'>>;

/** A result, and how long the engine took for it. */
export interface Computed<T> {
    readonly value: T;
    readonly milliseconds: number;
}

/** Why the engine has no answer. */
export class EngineProblem extends Error {
    override name = 'EngineProblem';
}

/** What takes tens of milliseconds for a large book: it has a worker of its own, so that a preview never waits for it. */
const LENGTHY: ReadonlySet<Call> = new Set([
    'positions',
    'groups',
    'ladder',
    'stresses',
    'equities',
    'greeks',
    'measure',
    'margin',
]);

const workers: { quick?: Worker; lengthy?: Worker } = {};
let last = 0;
const waiting = new Map<
    number,
    { worker: Worker; resolve(value: Computed<unknown>): void; reject(error: Error): void }
>();

function ask(call: Call, args: readonly unknown[]): Promise<Computed<unknown>> {
    const kind = LENGTHY.has(call) ? 'lengthy' : 'quick';
    const worker = (workers[kind] ??= start(kind));
    last += 1;
    const id = last;
    worker.postMessage({ id, call, args });
    return new Promise((resolve, reject) => waiting.set(id, { worker, resolve, reject }));
}

function start(kind: keyof typeof workers): Worker {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    started.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
        const asker = waiting.get(data.id);
        waiting.delete(data.id);
        if ('problem' in data) asker?.reject(new EngineProblem(data.problem));
        else asker?.resolve({ value: data.result, milliseconds: data.milliseconds });
    });
    started.addEventListener('error', (event) => {
        const problem = new EngineProblem(`the margin engine could not be started: ${event.message}`);
        for (const [id, { worker, reject }] of waiting) {
            if (worker !== started) continue;
            waiting.delete(id);
            reject(problem);
        }
        delete workers[kind];
    });
    return started;
}

/** Asks one of the functions in analysis.ts. */
export function analyse<N extends keyof Functions>(
    name: N,
    ...args: Rest<Functions[N]>
): Promise<Computed<ReturnType<Functions[N]>>> {
    return ask(name, args) as Promise<Computed<ReturnType<Functions[N]>>>;
}

/** The margin of a book in human units, given as JSON. */
export function marginOf(book: string): Promise<Computed<Report>> {
    return ask('margin', [book]) as Promise<Computed<Report>>;
}
