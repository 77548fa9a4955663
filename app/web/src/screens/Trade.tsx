// The ticket: legs, what they would do to the account here and on chain, and sending them.

import {
    explainError,
    fetchMarginAccount,
    findMarginAccount,
    trade,
    type Leg,
    type Listed,
    type MarginAccount,
} from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import type { Address } from '@solana/kit';
import { useEffect, useState } from 'react';

import type { ScreenProps } from '../App.js';
import { usd } from '../lib/format.js';
import { useCounterparty } from '../live/counterparty.js';
import { useClock, useKnown } from '../live/hooks.js';
import { previewOnChain, unsigned, type ChainPreview } from '../live/preview.js';
import { packageKey, useQuotes, useTaking } from '../live/relay.js';
import { useSending, type PriorityFee } from '../live/send.js';
import { snapshot } from '../live/store.js';
import { useWallet } from '../live/wallet.js';
import { Chip, Panel } from '../ui/parts.js';
import { BeforeAfter } from './BeforeAfter.js';
import { Funds } from './Funds.js';
import { LegEditor } from './LegEditor.js';
import { Quotes, secondsLeft } from './Quotes.js';
import { Refusal, SendingState } from './SendingState.js';
import { Welcome } from './Welcome.js';
import { largestSize, useBook, type Book } from './book.js';
import { useMarks, useReport, useSnapshot } from './figures.js';

/** Milliseconds without a change of the legs before the node is asked. */
const SETTLED = 350;
/** Of the largest size, what is kept in a hundred: quotes are away from the marks, and prices move. */
const KEPT = { quoted: 90n, atMarks: 99n } as const;
/** Legs that one transaction fills. */
const MOST_LEGS = 8;

/** The screen. */
export default function Trade({ view, onView, subject }: ScreenProps) {
    const { state, network } = useKnown();
    const { connected } = useWallet();
    const counterparty = useCounterparty();
    const moment = useSnapshot(state);
    const marks = useMarks(moment);
    const book = useBook(state, marks.value, subject?.account, view.legs);
    const before = useReport(moment, book?.before);
    const after = useReport(moment, book?.after);
    const [asking, ask, forget] = useQuotes();
    const [taking, take, resetTaking] = useTaking();
    const legs = legsOf(book);
    const now = BigInt(Math.floor(useClock() / 1_000));
    const best = asking.is === 'here' ? asking.quotes[0] : undefined;
    const isCurrent = asking.is === 'here' && asking.key === packageKey(legs);
    const quote = best && isCurrent && secondsLeft(best, now) > 0 ? best : undefined;
    const maker = useMaker(counterparty?.owner.address, quote?.maker);
    const chain = useChainPreview(book, subject?.account, maker);
    const [sending, submit, reset] = useSending();
    const [priorityFee, setPriorityFee] = useState<PriorityFee>(0n);
    // What was sent is told until something else is typed.
    const isTyping = view.legs.length > 0;
    useEffect(() => {
        if (isTyping) {
            reset();
            resetTaking();
        }
    }, [view.legs, isTyping, reset, resetTaking]);
    if (!state || !network || !moment) return <Welcome onView={onView} />;
    const isOwner = connected !== undefined && subject?.account.data.owner === connected.address;
    const relayUrl = network.relayUrl;
    const busy = [sending, taking].some(({ is }) => is === 'preparing' || is === 'signing' || is === 'sent');
    const why = !subject
        ? 'There is no account to trade with.'
        : !connected
          ? 'Connect the wallet that owns the account.'
          : !isOwner
            ? 'The wallet that is connected does not own this account.'
            : !counterparty && !relayUrl
              ? 'Nobody takes the other side here.'
              : legs.length === 0
                ? 'Add a leg.'
                : legs.length > MOST_LEGS
                  ? `One transaction fills ${MOST_LEGS} legs at most.`
                  : undefined;
    const grow = async () => {
        const fee = chain.is === 'here' ? chain.preview.fee : 0n;
        const grown = book && (await largestSize(moment, state, book, fee, relayUrl ? KEPT.quoted : KEPT.atMarks));
        if (grown) onView({ legs: grown });
    };
    const askForQuotes = async () => {
        if (!subject || !relayUrl) return;
        const best = await ask(relayUrl, subject.account.address, legs);
        if (!best || !book) return;
        const priceOf = (found: Book['legs'][number]['found']) =>
            best.legs.find(
                ({ market, contract }) =>
                    market === found?.market.data.number &&
                    contract.kind === found.contract.kind &&
                    contract.number === found.contract.number,
            )?.price;
        onView({
            legs: book.legs.map(({ spec, found }) => {
                const price = priceOf(found);
                return price === undefined ? spec : { ...spec, price };
            }),
        });
    };
    const takeQuote = async () => {
        if (!subject || !connected || !quote) return;
        const done = await take(network, state, connected, subject.account.address, quote);
        if (done) {
            forget();
            onView({ legs: [] });
        }
    };
    const go = async () => {
        if (!subject || !connected || !counterparty) return;
        const other = await currentMaker(network, counterparty.owner.address);
        const done = await submit(
            network,
            connected.signer,
            (owner) =>
                trade(state, {
                    taker: { account: subject.account, owner },
                    maker: { account: other, owner: counterparty.owner },
                    legs,
                }),
            priorityFee,
        );
        if (done) onView({ legs: [] });
    };
    return (
        <div className="columns">
            <div className="span-7 stack">
                <Panel title="Ticket" actions={<span className="note">{otherSide(relayUrl, counterparty?.name)}</span>}>
                    <p className="note" style={{ paddingBottom: 8 }}>
                        {relayUrl
                            ? 'Makers quote the package as a whole. You sign an order that takes the quote, at its prices and no others; the relay sends both to the program and pays for the transaction.'
                            : counterparty
                              ? 'There is no relay here. On the local network its maker signs the other side of whatever is asked, at the prices below: the mark, unless another price is typed.'
                              : 'There is no relay here that asks makers for quotes. Trades can be previewed by the engine, and not sent.'}
                    </p>
                    <LegEditor
                        state={state}
                        legs={book?.legs ?? []}
                        onLegs={(next) => onView({ legs: next, onTop: true })}
                    />
                    <div className="row center" style={{ marginTop: 12 }}>
                        {relayUrl ? (
                            <>
                                <button
                                    type="button"
                                    className={quote ? 'button' : 'button primary'}
                                    disabled={!subject || legs.length === 0 || busy || asking.is === 'asking'}
                                    onClick={() => void askForQuotes()}
                                    data-testid="ask"
                                >
                                    Ask for quotes
                                </button>
                                <button
                                    type="button"
                                    className={quote ? 'button primary' : 'button'}
                                    disabled={why !== undefined || busy || !quote}
                                    onClick={() => void takeQuote()}
                                    data-testid="trade"
                                >
                                    Sign and take
                                </button>
                            </>
                        ) : (
                            <button
                                type="button"
                                className="button primary"
                                disabled={why !== undefined || busy}
                                onClick={() => void go()}
                                data-testid="trade"
                            >
                                Sign and trade
                            </button>
                        )}
                        <button
                            type="button"
                            className="button"
                            onClick={() => void grow()}
                            disabled={!book || legs.length === 0}
                            title={`The same legs in the largest size that initial margin allows, less ${relayUrl ? 'a tenth for what makers charge' : 'one part in a hundred for fees'}`}
                            data-testid="largest-size"
                        >
                            Largest size
                        </button>
                        <button
                            type="button"
                            className="button"
                            onClick={() => onView({ legs: [] })}
                            disabled={view.legs.length === 0}
                        >
                            Clear
                        </button>
                        {!relayUrl && (
                            <label className="row center note">
                                Priority fee
                                <select
                                    className="input"
                                    value={String(priorityFee)}
                                    onChange={(event) =>
                                        setPriorityFee(event.target.value === 'recent' ? 'recent' : 0n)
                                    }
                                >
                                    <option value="0">none</option>
                                    <option value="recent">as paid lately</option>
                                </select>
                            </label>
                        )}
                        {why && <span className="note">{why}</span>}
                    </div>
                    <div style={{ marginTop: 8 }}>
                        {relayUrl && <Quotes asking={asking} isCurrent={isCurrent} now={now} />}
                        <SendingState sending={relayUrl ? taking : sending} />
                    </div>
                </Panel>
                {connected && (
                    <Funds
                        network={network}
                        state={state}
                        wallet={connected}
                        account={isOwner ? subject?.account : undefined}
                    />
                )}
            </div>
            <div className="span-5 stack">
                <Panel
                    title="What it would do"
                    actions={
                        <span className="note">
                            {after.milliseconds === undefined ? '' : `engine here, ${after.milliseconds.toFixed(1)} ms`}
                        </span>
                    }
                    flush
                >
                    <BeforeAfter before={before.value} after={after.value} />
                </Panel>
                <Panel
                    title="On chain"
                    actions={chain.is === 'here' ? <Agreement preview={chain.preview} /> : undefined}
                >
                    <OnChain chain={chain} />
                </Panel>
            </div>
        </div>
    );
}

type Chain =
    | { readonly is: 'idle'; readonly why: string }
    | { readonly is: 'asking' }
    | { readonly is: 'here'; readonly preview: ChainPreview }
    | {
          readonly is: 'refused';
          readonly name: string | undefined;
          readonly message: string;
          readonly logs: readonly string[];
      };

/** Whether the engine here and the program say the same, once the fee is taken off. */
function Agreement({ preview }: { preview: ChainPreview }) {
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

function OnChain({ chain }: { chain: Chain }) {
    if (chain.is === 'idle') return <p className="note">{chain.why}</p>;
    if (chain.is === 'asking') return <p className="note">The node simulates the transaction…</p>;
    if (chain.is === 'refused') return <Refusal name={chain.name} message={chain.message} logs={chain.logs} />;
    const { report, here, fee, computeUnits, events } = chain.preview;
    const free = (it: MarginReport) => usd(it.modes[it.mode].initialExcess, { digits: 6 });
    return (
        <div className="stack" style={{ gap: 8 }} data-testid="on-chain">
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
                USD. The node fills the trade without keeping it; both figures are at the prices that it refreshed.
                Rounding of the fill may differ by a few millionths.
            </p>
        </div>
    );
}

function legsOf(book: Book | undefined): Leg[] {
    return (book?.legs ?? []).flatMap(({ spec, found, price }) =>
        found && price !== undefined
            ? [{ market: found.market.data.number, contract: found.contract, quantity: spec.lots, price }]
            : [],
    );
}

function otherSide(relayUrl: string | undefined, name: string | undefined) {
    if (relayUrl) return 'other side: whoever quotes best';
    return name ? `other side: the local network’s ${name}` : 'no counterparty';
}

/** The other side's margin account, as it was last read: whoever quoted, otherwise the local network's maker. */
function useMaker(owner: Address | undefined, quoted: Address | undefined): Listed<MarginAccount> | undefined {
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

async function currentMaker(
    network: NonNullable<ReturnType<typeof useKnown>['network']>,
    owner: MarginAccount['owner'],
) {
    const address = await findMarginAccount({ exchange: network.exchange, owner });
    const account = await fetchMarginAccount(network.rpc, address);
    if (!account) throw new Error('the maker has no margin account');
    return account;
}

/** Asks the node once the legs have settled, and again when the account changes. */
function useChainPreview(
    book: Book | undefined,
    account: Listed<MarginAccount> | undefined,
    maker: Listed<MarginAccount> | undefined,
): Chain {
    const { network } = useKnown();
    const [chain, setChain] = useState<Chain>({ is: 'idle', why: 'Add a leg, and the node will simulate the trade.' });
    const legs = legsOf(book);
    // The legs as typed, not their marks: those move every second, and the node refreshes prices by itself.
    const key = (book?.legs ?? [])
        .map(
            ({ spec, found }) =>
                `${spec.market} ${found?.contract.kind} ${found?.contract.number} ${spec.lots} ${spec.price ?? ''}`,
        )
        .join();
    useEffect(() => {
        if (!book || legs.length === 0)
            return setChain({ is: 'idle', why: 'Add a leg, and the node will simulate the trade.' });
        if (!network || !account || !maker)
            return setChain({ is: 'idle', why: 'Without a counterparty there is nothing to simulate.' });
        if (legs.length > MOST_LEGS)
            return setChain({ is: 'idle', why: `One transaction fills ${MOST_LEGS} legs at most.` });
        let isOver = false;
        const ask = async () => {
            setChain((it) => (it.is === 'here' ? it : { is: 'asking' }));
            const { state } = snapshot();
            if (!state) return;
            try {
                const what = { taker: unsigned(account), maker: unsigned(maker), legs };
                const preview = await previewOnChain(network, state, what, book.after);
                if (!isOver) setChain({ is: 'here', preview });
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
    }, [key, account, maker, network]);
    return chain;
}
