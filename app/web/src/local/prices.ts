// The local network's price server, through the server that serves this page.

/** Prices that are published, USD by name. */
export type Prices = Readonly<Record<string, number>>;

async function ask(base: string, init: RequestInit = {}): Promise<Prices> {
    const response = await fetch(new URL('local/prices', base), init);
    const answer = (await response.json()) as Prices & { error?: string };
    if (!response.ok) throw new Error(answer.error ?? `the price server answered ${response.status}`);
    return answer;
}

/** Holds prices at a level. */
export function hold(base: string, prices: Prices): Promise<Prices> {
    return ask(base, { method: 'POST', body: JSON.stringify(prices) });
}

/** Lets the path move every price again. */
export function release(base: string): Promise<Prices> {
    return ask(base, { method: 'DELETE' });
}
