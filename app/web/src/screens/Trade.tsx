// The ticket: legs, what they would do to the account here and on chain, and sending them.

import { trade } from '@ballast/client';
import { useEffect, useState } from 'react';

import type { ScreenProps } from '../App.js';
import { useCounterparty } from '../live/counterparty.js';
import { useClock, useKnown } from '../live/hooks.js';
import { packageKey, signsMessages, useQuotes, useTaking } from '../live/relay.js';
import { useSending, type PriorityFee } from '../live/send.js';
import { useWallet } from '../live/wallet.js';
import { Panel } from '../ui/parts.js';
import { BeforeAfter } from './BeforeAfter.js';
import { Funds } from './Funds.js';
import { LegEditor } from './LegEditor.js';
import { Agreement, MOST_LEGS, OnChain, currentMaker, feeOfSize, useChainPreview, useMaker } from './OnChain.js';
import { PriorityFeeChoice } from './PriorityFeeChoice.js';
import { Quotes, secondsLeft } from './Quotes.js';
import { SendingState } from './SendingState.js';
import { SizeSlider } from './SizeSlider.js';
import { Welcome } from './Welcome.js';
import { largestSize, tradeLegs, useBook, type Book } from './book.js';
import { useMarks, useReport, useSnapshot } from './figures.js';

/** Of the largest size, what is kept in a hundred: quotes are away from the marks, and prices move. */
const KEPT = { quoted: 90n, atMarks: 99n } as const;

/** What of a trade through a relay the wallet pays for. */
const RELAYED =
    'On what the wallet sends: the match, if it signs transactions alone, and the records of orders, which the first take opens';

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
    const legs = tradeLegs(book);
    const now = BigInt(Math.floor(useClock() / 1_000));
    const best = asking.is === 'here' ? asking.quotes[0] : undefined;
    const isCurrent = asking.is === 'here' && asking.key === packageKey(legs);
    const quote = best && isCurrent && secondsLeft(best, now) > 0 ? best : undefined;
    const maker = useMaker(counterparty?.owner.address, quote?.maker);
    const isOwner = connected !== undefined && subject?.account.data.owner === connected.address;
    const chain = useChainPreview(book, subject?.account, maker, isOwner ? quote : undefined);
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
    const relayUrl = network.relayUrl;
    const kept = relayUrl ? KEPT.quoted : KEPT.atMarks;
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
        const fee = feeOfSize(chain, view.legs);
        const grown = book && (await largestSize(moment, state, book, fee, kept));
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
        const done = await take(network, state, connected, subject.account.address, quote, priorityFee);
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
                            ? connected && !signsMessages(connected)
                                ? 'Makers quote the package as a whole. This wallet signs transactions alone, so it sends the match itself, at the prices of the quote and no others, and pays for the transaction.'
                                : 'Makers quote the package as a whole. You sign an order that takes the quote, at its prices and no others; the relay sends both to the program and pays for the transaction.'
                            : counterparty
                              ? 'There is no relay here. On the local network its maker signs the other side of whatever is asked, at the prices below: the mark, unless another price is typed.'
                              : 'There is no relay here that asks makers for quotes. Trades can be previewed by the engine, and not sent.'}
                    </p>
                    <LegEditor
                        state={state}
                        legs={book?.legs ?? []}
                        onLegs={(next) => onView({ legs: next, onTop: true })}
                    />
                    <SizeSlider
                        state={state}
                        snapshot={moment}
                        marks={marks.value}
                        account={subject?.account}
                        chain={chain}
                        kept={kept}
                        legs={view.legs}
                        disabled={busy}
                        onLegs={(next) => onView({ legs: next })}
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
                        <PriorityFeeChoice
                            value={priorityFee}
                            onChange={setPriorityFee}
                            {...(relayUrl ? { title: RELAYED } : {})}
                        />
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
                        snapshot={moment}
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

function otherSide(relayUrl: string | undefined, name: string | undefined) {
    if (relayUrl) return 'other side: whoever quotes best';
    return name ? `other side: the local network’s ${name}` : 'no counterparty';
}
