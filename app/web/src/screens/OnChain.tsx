// A ticket on chain: what the node makes of it, beside what the engine here says.

import {
    explainError,
    fetchMarginAccount,
    findMarginAccount,
    type Listed,
    type MarginAccount,
    type RelayQuote,
} from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import type { Address } from '@solana/kit';
import { useEffect, useState } from 'react';

import { usd } from '../lib/format.js';
import type { LegSpec } from '../lib/url.js';
import { useKnown } from '../live/hooks.js';
import { previewOnChain, takingOf, unsigned, type ChainPreview, type Previewed } from '../live/preview.js';
import { snapshot } from '../live/store.js';
import { Chip } from '../ui/parts.js';
import { Refusal } from './SendingState.js';
import { tradeLegs, type Book } from './book.js';

/** Milliseconds without a change of the legs before the node is asked. */
const SETTLED = 350;
/** Legs that one transaction fills. */
export const MOST_LEGS = 8;

/** What is known of what the node makes of the ticket. */
export type Chain =
    | { readonly is: 'idle'; readonly why: string }
    | { readonly is: 'asking' }
    | {
          readonly is: 'here';
          readonly preview: ChainPreview;
          /** Lots of all the legs that were asked about. */
          readonly lots: bigint;
          /** Why it is not what would be sent. */
          readonly note: string | undefined;
      }
    | {
          readonly is: 'refused';
          readonly name: string | undefined;
          readonly message: string;
          readonly logs: readonly string[];
      };

/** Whether the engine here and the program say the same, once the fee is taken off. */
export function Agreement({ preview }: { preview: ChainPreview }) {
    const { report, here, fee } = preview;
    const difference = report.modes[report.mode].initialExcess - (here.modes[here.mode].initialExcess - fee);
    const agrees = difference >= -10n && difference <= 10n;
    return agrees ? (
        <Chip tone="ok" testId="agrees">
            ✓ engine here = chain
        </Chip>
    ) : (
        <Chip tone="warn" testId="differs">
            differs by {usd(difference, { digits: 6, signed: true })} USD
        </Chip>
    );
}

/** What the node said. */
export function OnChain({ chain }: { chain: Chain }) {
    if (chain.is === 'idle') return <p className="note">{chain.why}</p>;
    if (chain.is === 'asking') return <p className="note">The node simulates the transaction…</p>;
    if (chain.is === 'refused') return <Refusal name={chain.name} message={chain.message} logs={chain.logs} />;
    const { by, report, here, fee, computeUnits, events } = chain.preview;
    const free = (it: MarginReport) => usd(it.modes[it.mode].initialExcess, { digits: 6 });
    return (
        <div className="stack" style={{ gap: 8 }} data-testid="on-chain">
            <p data-testid="simulated">
                {by === 'match'
                    ? 'The match of this quote: the maker’s signature, its prices, the fees of both. Where a relay sends it, only your signature comes along in another way.'
                    : 'A trade of these legs at these prices.'}
                {chain.note && <span className="note"> {chain.note}</span>}
            </p>
            <dl className="facts">
                <dt>Free for new risk, by the engine here</dt>
                <dd>{free(here)}</dd>
                <dt>Taker’s fee</dt>
                <dd>{usd(-fee, { digits: 6 })}</dd>
                <dt>Free for new risk, by the program</dt>
                <dd>{free(report)}</dd>
                <dt>Compute units</dt>
                <dd>{computeUnits.toLocaleString('en')}</dd>
                <dt>Events</dt>
                <dd>
                    {[...Map.groupBy(events, ({ name }) => name)]
                        .map(([name, some]) => (some.length > 1 ? `${some.length} ${name}` : name))
                        .join(', ')}
                </dd>
            </dl>
            <p className="note">
                USD. The node fills it without keeping it; both figures are at the prices that it refreshed. Rounding of
                the fill may differ by a few millionths.
            </p>
        </div>
    );
}

/** The other side's margin account, as it was last read: whoever quoted, otherwise the local network's maker. */
export function useMaker(owner: Address | undefined, quoted: Address | undefined): Listed<MarginAccount> | undefined {
    const { network } = useKnown();
    const [maker, setMaker] = useState<Listed<MarginAccount>>();
    useEffect(() => {
        if (!network || !(owner || quoted)) return;
        let isOver = false;
        const reading = quoted ? fetchMarginAccount(network.rpc, quoted) : owner && currentMaker(network, owner);
        void reading?.then((read) => isOver || !read || setMaker(read));
        return () => {
            isOver = true;
        };
    }, [network, owner, quoted]);
    return maker;
}

/**
 * The margin account of a maker, read now.
 *
 * @throws if it has none
 */
export async function currentMaker(
    network: NonNullable<ReturnType<typeof useKnown>['network']>,
    owner: MarginAccount['owner'],
) {
    const address = await findMarginAccount({ exchange: network.exchange, owner });
    const account = await fetchMarginAccount(network.rpc, address);
    if (!account) throw new Error('the maker has no margin account');
    return account;
}

/**
 * Asks the node once the legs have settled, and again when the account changes. While there is a quote that a wallet here can
 * take, it is asked about that match, otherwise about a trade at the prices of the legs.
 */
export function useChainPreview(
    book: Book | undefined,
    account: Listed<MarginAccount> | undefined,
    maker: Listed<MarginAccount> | undefined,
    quote: RelayQuote | undefined,
): Chain {
    const { network } = useKnown();
    const [chain, setChain] = useState<Chain>(NO_LEGS);
    const legs = tradeLegs(book);
    // The legs as typed, not their marks: those move every second, and the node refreshes prices by itself.
    const key = (book?.legs ?? [])
        .map(
            ({ spec, found }) =>
                `${spec.market} ${found?.contract.kind} ${found?.contract.number} ${spec.lots} ${spec.price ?? ''}`,
        )
        .join();
    const taken = quote && quote.maker === maker?.address ? quote : undefined;
    useEffect(() => {
        if (!book || legs.length === 0) return setChain(NO_LEGS);
        if (!network || !account || !maker)
            return setChain({ is: 'idle', why: 'Without a counterparty there is nothing to simulate.' });
        if (legs.length > MOST_LEGS)
            return setChain({ is: 'idle', why: `One transaction fills ${MOST_LEGS} legs at most.` });
        let isOver = false;
        const specs = book.legs.map(({ spec }) => spec);
        const ask = async () => {
            setChain((it) => (it.is === 'here' ? it : { is: 'asking' }));
            const { state } = snapshot();
            if (!state) return;
            try {
                const match = taken && (await takingOf(network, account, maker, taken));
                const what: Previewed = match
                    ? { by: 'match', taken: match }
                    : { by: 'trade', taker: unsigned(account), maker: unsigned(maker), legs };
                const preview = await previewOnChain(network, state, what, book.after);
                const note = taken && !match ? UNOPENED : undefined;
                if (!isOver) setChain({ is: 'here', preview, lots: lotsIn(specs), note });
            } catch (error) {
                const { errorName: name, message, logs } = explainError(error);
                if (!isOver) setChain({ is: 'refused', name, message, logs });
            }
        };
        const timer = setTimeout(() => void ask(), SETTLED);
        return () => {
            isOver = true;
            clearTimeout(timer);
        };
    }, [key, account, maker, network, taken?.id]);
    return chain;
}

/** What the node says that a trade costs, for the same legs in another size, µUSD; 0 where it has not said. */
export function feeOfSize(chain: Chain, legs: readonly LegSpec[]): bigint {
    return chain.is === 'here' && chain.lots > 0n ? (chain.preview.fee * lotsIn(legs)) / chain.lots : 0n;
}

function lotsIn(legs: readonly LegSpec[]): bigint {
    return legs.reduce((sum, { lots }) => sum + (lots < 0n ? -lots : lots), 0n);
}

const NO_LEGS: Chain = { is: 'idle', why: 'Add a leg, and the node will simulate the trade.' };
const UNOPENED =
    'The account has not taken a quote before: the records of its orders are opened first, and until then the match itself cannot be simulated.';
