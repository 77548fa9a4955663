// What the address bar holds: the screen, the account, and a hypothetical book, so that any view can be sent to somebody.

/** The screens, in the order of their tabs. */
export const SCREENS = ['overview', 'risk', 'build', 'trade', 'monitor', 'examples'] as const;

/** A screen. */
export type Screen = (typeof SCREENS)[number];

/** A hypothetical leg by what it is, which holds on every network that lists the same contract. */
export interface LegSpec {
    /** Name of the market. */
    readonly market: string;
    readonly kind: 'perpetual' | 'future' | 'call' | 'put';
    /** When it expires, Unix seconds; nothing for the perpetual. */
    readonly expiresAt?: bigint;
    /** Strike in ticks; options alone. */
    readonly strike?: bigint;
    /** Lots, negative when sold. */
    readonly lots: bigint;
    /** Price in ticks; the mark if left out. */
    readonly price?: bigint;
}

/** What a view is of. */
export interface View {
    readonly screen: Screen;
    /** A margin account or its owner. */
    readonly account?: string;
    /** The signature of a transaction whose liquidations are explained, on the monitor. */
    readonly liquidation?: string | undefined;
    /** Whether hypothetical legs come on top of the account; otherwise they stand alone. */
    readonly onTop: boolean;
    readonly legs: readonly LegSpec[];
}

const LETTERS = { perpetual: 'P', future: 'F', call: 'C', put: 'U' } as const;

/** Reads a view from an address. What makes no sense in it is left out. */
export function parseView(url: URL): View {
    const screen = SCREENS.find((name) => name === url.searchParams.get('screen')) ?? 'overview';
    const account = url.searchParams.get('account') ?? undefined;
    const liquidation = screen === 'monitor' ? (url.searchParams.get('liquidation') ?? undefined) : undefined;
    const hash = new URLSearchParams(url.hash.replace(/^#/, ''));
    const legs = parseLegs(hash.get('book') ?? '');
    return {
        screen,
        onTop: hash.get('alone') === null,
        legs,
        ...(account ? { account } : {}),
        ...(liquidation ? { liquidation } : {}),
    };
}

/** The address of a view, from the site's own. */
export function formatView(view: View): string {
    const search = new URLSearchParams();
    if (view.screen !== 'overview') search.set('screen', view.screen);
    if (view.account) search.set('account', view.account);
    if (view.liquidation && view.screen === 'monitor') search.set('liquidation', view.liquidation);
    const book = formatLegs(view.legs);
    const hash = [...(book ? [`book=${book}`] : []), ...(view.onTop ? [] : ['alone=1'])].join('&');
    return `${search.size > 0 ? `?${search}` : './'}${hash ? `#${hash}` : ''}`;
}

/** Legs as the address bar has them. */
export function formatLegs(legs: readonly LegSpec[]): string {
    return legs.map(formatLeg).join('~');
}

/** Reads legs as the address bar has them. What makes no sense is left out. */
export function parseLegs(text: string): LegSpec[] {
    return text.split('~').flatMap((leg) => parseLeg(leg) ?? []);
}

function formatLeg(leg: LegSpec): string {
    const parts = [leg.market, LETTERS[leg.kind], leg.expiresAt ?? '', leg.strike ?? '', leg.lots, leg.price ?? ''];
    return parts.join('_');
}

function parseLeg(text: string): LegSpec | undefined {
    const [market, letter, expiresAt, strike, lots, price] = text.split('_');
    const kind = (Object.keys(LETTERS) as (keyof typeof LETTERS)[]).find((name) => LETTERS[name] === letter);
    const count = whole(lots);
    if (!market || !kind || !count) return undefined;
    const [at, level, paid] = [whole(expiresAt), whole(strike), whole(price)];
    const isOption = kind === 'call' || kind === 'put';
    if ((kind !== 'perpetual' && !at) || (isOption && !level)) return undefined;
    return {
        market,
        kind,
        lots: count,
        ...(at && kind !== 'perpetual' ? { expiresAt: at } : {}),
        ...(level && isOption ? { strike: level } : {}),
        ...(paid && paid > 0n ? { price: paid } : {}),
    };
}

function whole(text: string | undefined): bigint | undefined {
    return text && /^-?\d{1,18}$/.test(text) ? BigInt(text) : undefined;
}
