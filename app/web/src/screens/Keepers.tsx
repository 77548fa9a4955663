// Whether those who keep the exchange alive do: when prices were refreshed, volatilities posted, expiries settled.

import { listedExpiries, marketName, type ExchangeState } from '@ballast/client';
import { useEffect, useState, type ReactNode } from 'react';

import { age, expiryName, short } from '../lib/format.js';
import { useClock } from '../live/hooks.js';
import type { Network } from '../live/network.js';
import { Chip, Explain, Panel } from '../ui/parts.js';

/** How long a settlement may take after an expiry before it is called late: prices have to come in first. */
const SETTLING = 600n;

/** Milliseconds that an account below maintenance margin may wait before its liquidation is called late. */
const LIQUIDATING = 30_000;

/** One duty: what was done when, and whether that is late. */
interface Duty {
    readonly name: string;
    readonly words: ReactNode;
    readonly isLate: boolean;
}

/** The panel. */
export function Keepers({ state, network, waiting }: { state: ExchangeState; network: Network; waiting: number }) {
    const waited = useWaiting(waiting > 0);
    const duties = [refreshing(state, network), posting(state), settling(state), liquidating(waiting, waited)];
    const late = duties.filter(({ isLate }) => isLate).length;
    return (
        <Panel
            title="Keepers"
            aside={
                <Chip tone={late > 0 ? 'danger' : 'ok'} testId="keepers">
                    {late > 0 ? `${late} of ${duties.length} late` : 'at work'}
                </Chip>
            }
            actions={
                <Explain about="a keeper">
                    Anyone may refresh prices, settle and liquidate; publishers post volatilities. Nothing is stored
                    about who does: this is read off what was last done, against the ages that the program accepts.
                </Explain>
            }
        >
            <dl className="facts">
                {duties.map(({ name, words, isLate }) => (
                    <div key={name} style={{ display: 'contents' }}>
                        <dt>{name}</dt>
                        <dd>
                            {words} {isLate && <Chip tone="danger">late</Chip>}
                        </dd>
                    </div>
                ))}
            </dl>
        </Panel>
    );
}

function refreshing({ markets, banks, exchange, moment }: ExchangeState, network: Network): Duty {
    const all = [
        ...[...markets.values()].map(({ data }) => ({ name: marketName(data), slot: data.refreshedSlot })),
        ...[...banks.values()].map(({ data }) => ({
            name: network.tokens.get(data.mint) ?? short(data.mint),
            slot: data.refreshedSlot,
        })),
    ];
    const oldest = all.toSorted((a, b) => Number(a.slot - b.slot))[0];
    const slots = oldest ? Number(moment.slot - oldest.slot) : 0;
    return {
        name: 'Prices refreshed',
        words: oldest
            ? `${slots === 1 ? '1 slot' : `${slots} slots`} ago at most (${oldest.name})`
            : 'nothing to refresh',
        isLate: slots > exchange.data.parameters.markAgeSlots,
    };
}

function posting({ markets, exchange, moment }: ExchangeState): Duty {
    const posts = [...markets.values()].flatMap(({ data }) =>
        listedExpiries(data)
            .filter(({ expiresAt }) => expiresAt > moment.now)
            .map((expiry) => ({
                name: `${marketName(data)} ${expiryName(expiry.expiresAt)}`,
                at: expiry.data.postedAt,
            })),
    );
    const oldest = posts.toSorted((a, b) => Number(a.at - b.at))[0];
    const seconds = oldest ? Number(moment.now - oldest.at) : 0;
    const isNone = oldest?.at === 0n;
    return {
        name: 'Volatilities posted',
        words: !oldest
            ? 'nothing to post'
            : isNone
              ? `never (${oldest.name})`
              : `${age(seconds)} ago at most (${oldest.name})`,
        isLate: isNone || seconds > exchange.data.parameters.surfaceAge,
    };
}

function settling({ markets, moment }: ExchangeState): Duty {
    const over = [...markets.values()].flatMap(({ data }) =>
        listedExpiries(data).filter(({ expiresAt }) => expiresAt <= moment.now),
    );
    return {
        name: 'Expiries that await settlement',
        words: over.length,
        isLate: over.some(({ expiresAt }) => moment.now - expiresAt > SETTLING),
    };
}

function liquidating(waiting: number, waited: number): Duty {
    return {
        name: 'Accounts that could be liquidated, and are not yet',
        words: waiting,
        isLate: waited > LIQUIDATING,
    };
}

/** Milliseconds for which somebody has waited, as long as the page has looked. */
function useWaiting(isWaiting: boolean): number {
    const now = useClock();
    const [since, setSince] = useState<number>();
    useEffect(() => setSince(isWaiting ? Date.now() : undefined), [isWaiting]);
    return since === undefined ? 0 : now - since;
}
