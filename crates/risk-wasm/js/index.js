// Ballast's margin engine: the WebAssembly module's memory on one side, typed values on the other.

import { decodeMarks, decodeReport, decodeScenarioMatrix } from './decode.js';

export { REPORT_SIZE, decodeReport, decodeScenarioMatrix } from './decode.js';

/** Why the engine gave no answer: what it was given does not add up. The message says what was expected and what came. */
export class EngineError extends Error {
    name = 'EngineError';

    constructor(message, problem) {
        super(message);
        this.problem = problem;
    }
}

/** Loads the engine from the bytes of engine.wasm or calculator.wasm, from a response that brings them, or from a compiled module. */
export async function loadEngine(source) {
    const module = await compile(await source);
    const { exports } = await WebAssembly.instantiate(module, {});
    return new Engine(exports);
}

async function compile(source) {
    if (source instanceof WebAssembly.Module) return source;
    if (!(source instanceof Response)) return WebAssembly.compile(source);
    if (!source.ok) throw new EngineError(`the engine could not be fetched: ${source.url} answered ${source.status}`);
    return WebAssembly.compile(await source.arrayBuffer());
}

function wholeNumber(name, value, lowest, highest) {
    const whole = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value) : undefined;
    if (whole === undefined || whole < lowest || whole > highest) {
        throw new EngineError(`${name} must be a whole number from ${lowest} to ${highest}, it is ${value}`);
    }
    return whole;
}

class Engine {
    #exports;

    constructor(exports) {
        this.#exports = exports;
    }

    assess(accounts, moment) {
        return decodeReport(this.assessBytes(accounts, moment));
    }

    assessBytes(accounts, moment) {
        return this.#answerAbout(accounts, moment, this.#exports.ballast_assess);
    }

    assessMarket(accounts, moment, market) {
        return decodeScenarioMatrix(this.assessMarketBytes(accounts, moment, market));
    }

    assessMarketBytes(accounts, moment, market) {
        const number = Number(wholeNumber('market', market, 0n, 65_535n));
        const { ballast_assess_market } = this.#exports;
        return this.#answerAbout(accounts, moment, () => ballast_assess_market(number));
    }

    marks(market, now) {
        const time = wholeNumber('now', now, -(2n ** 63n), 2n ** 63n - 1n);
        const { ballast_marks } = this.#exports;
        const { succeeded, response } = this.#call(ballast_marks, 12 + market.length, (request) => {
            const view = new DataView(request.buffer, request.byteOffset, request.length);
            view.setBigInt64(0, time, true);
            view.setUint32(8, market.length, true);
            request.set(market, 12);
        });
        if (succeeded) return decodeMarks(response);
        throw new EngineError(new TextDecoder().decode(response));
    }

    margin(book) {
        return JSON.parse(this.marginText(JSON.stringify(book)));
    }

    marginText(book) {
        const { ballast_margin } = this.#exports;
        if (!ballast_margin) throw new EngineError('this module reads no books: load calculator.wasm');
        const request = new TextEncoder().encode(book);
        const { succeeded, response } = this.#call(ballast_margin, request.length, (room) => room.set(request));
        const text = new TextDecoder().decode(response);
        if (succeeded) return text;
        const { message, problem } = JSON.parse(text);
        throw new EngineError(message, problem);
    }

    /** Hands accounts and a moment over, as crates/risk-wasm/src/assessment.rs reads them. */
    #answerAbout({ exchange, account, sources }, { now, slot }, answer) {
        const time = wholeNumber('now', now, -(2n ** 63n), 2n ** 63n - 1n);
        const height = wholeNumber('slot', slot, 0n, 2n ** 64n - 1n);
        const accounts = [exchange, account, ...sources];
        const length = accounts.reduce((sum, data) => sum + 4 + data.length, 16);
        const { succeeded, response } = this.#call(answer, length, (request) => {
            const view = new DataView(request.buffer, request.byteOffset, request.length);
            view.setBigInt64(0, time, true);
            view.setBigUint64(8, height, true);
            let at = 16;
            for (const data of accounts) {
                view.setUint32(at, data.length, true);
                request.set(data, at + 4);
                at += 4 + data.length;
            }
        });
        if (succeeded) return response;
        throw new EngineError(new TextDecoder().decode(response));
    }

    /** Has the engine answer a request of `length` bytes, which `write` writes; returns a copy of the response. */
    #call(answer, length, write) {
        const { memory, ballast_request, ballast_response, ballast_response_length } = this.#exports;
        // Every call can move the memory, so each place is looked up only when it is needed. Addresses are unsigned.
        const bytes = (address, count) => new Uint8Array(memory.buffer, address >>> 0, count);
        const request = ballast_request(length);
        write(bytes(request, length));
        const succeeded = answer();
        return { succeeded, response: bytes(ballast_response(), ballast_response_length()).slice() };
    }
}
