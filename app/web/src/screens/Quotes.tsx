// What makers quote for the legs of a ticket.

import type { RelayQuote } from '@ballast/client';

import { usd } from '../lib/format.js';
import type { Asking } from '../live/relay.js';

/** Seconds that a quote stands, by this machine's clock against the network's time. */
export const secondsLeft = (quote: RelayQuote, now: bigint) => Number(quote.expiresAt - now);

/** The answer to a request for quotes. */
export function Quotes({ asking, isCurrent, now }: { asking: Asking; isCurrent: boolean; now: bigint }) {
    if (asking.is === 'idle') return null;
    if (asking.is === 'asking') return <p role="status">Makers are asked…</p>;
    if (asking.is === 'failed') {
        return (
            <p role="alert" className="loss">
                No quotes: {asking.message}
            </p>
        );
    }
    const [best, ...others] = asking.quotes;
    if (!best) return <p role="status">Nobody quotes this package now. Ask again, or ask for less.</p>;
    const left = secondsLeft(best, now);
    const isOver = !isCurrent || left <= 0;
    return (
        <div className={isOver ? 'muted' : undefined} data-testid="quote" role="status">
            <p>
                {best.net < 0n ? 'You receive ' : 'You pay '}
                <strong className="mono">{usd(best.net < 0n ? -best.net : best.net)} USD</strong> for the package
                {others.length > 0 && `, the best of ${asking.quotes.length} quotes`}.{' '}
                {!isCurrent
                    ? 'The legs have changed since: ask again.'
                    : isOver
                      ? 'The quote has expired: ask again.'
                      : `Good for ${left} s more.`}
            </p>
            <p className="note">
                Of perpetuals and futures this is the notional. The prices of the legs are now the quote’s, and the
                preview beside is at them. Maker <span className="mono">{best.maker.slice(0, 8)}…</span>
            </p>
        </div>
    );
}
