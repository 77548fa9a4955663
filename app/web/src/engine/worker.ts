// The margin engine beside the page: every figure is computed here, so that the page never waits.

import { loadEngine, type Engine } from '@ballast/engine';
import calculatorUrl from '@ballast/engine/calculator.wasm?url';
import engineUrl from '@ballast/engine/engine.wasm?url';

import * as analysis from './analysis.js';
import type { Answer, Request } from './protocol.js';

const loaded: { engine?: Promise<Engine>; calculator?: Promise<Engine> } = {};

/** The engine is loaded at once; the calculator, which is larger, when a book is first asked about. */
function engineFor(call: Request['call']): Promise<Engine> {
    if (call === 'margin') return (loaded.calculator ??= loadEngine(fetch(calculatorUrl)));
    return (loaded.engine ??= loadEngine(fetch(engineUrl)));
}

self.addEventListener('message', (message: MessageEvent<Request>) => void answer(message.data));

async function answer({ id, call, args }: Request): Promise<void> {
    try {
        const engine = await engineFor(call);
        const began = performance.now();
        const functions: Readonly<Record<string, unknown>> = { ...analysis, margin };
        const compute = functions[call] as (engine: Engine, ...rest: readonly unknown[]) => unknown;
        const result = compute(engine, ...args);
        post({ id, result, milliseconds: performance.now() - began });
    } catch (error) {
        post({ id, problem: error instanceof Error ? error.message : String(error) });
    }
}

/** A book in human units. */
function margin(engine: Engine, text: unknown): unknown {
    return engine.margin(JSON.parse(String(text)) as Parameters<Engine['margin']>[0]);
}

function post(message: Answer): void {
    self.postMessage(message);
}
