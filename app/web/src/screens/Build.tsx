// Hypothetical books: what legs would make of an account, or of starting cash alone.

import type { ScreenProps } from '../App.js';
import { MarginBar, ModesBars } from '../charts/bars.js';
import { usdText } from '../lib/format.js';
import { specOf } from '../lib/contracts.js';
import { useKnown } from '../live/hooks.js';
import { CopyLink } from '../ui/CopyLink.js';
import { Choice, Panel } from '../ui/parts.js';
import { BeforeAfter } from './BeforeAfter.js';
import { Gallery } from './Gallery.js';
import { LegEditor } from './LegEditor.js';
import { Why } from './Overview.js';
import { Payoff } from './Payoff.js';
import { SavedBooks } from './SavedBooks.js';
import { Welcome } from './Welcome.js';
import { STARTING_CASH, useBook } from './book.js';
import { rowsOf, useMarks, useMatrices, useReport, useSnapshot } from './figures.js';

/** The screen. */
export default function Build({ view, onView, subject }: ScreenProps) {
    const { state } = useKnown();
    const snapshot = useSnapshot(state);
    const marks = useMarks(snapshot);
    const onTop = view.onTop && subject !== undefined;
    const book = useBook(state, marks.value, onTop ? subject.account : undefined, view.legs);
    const before = useReport(snapshot, book?.before);
    const after = useReport(snapshot, book?.after);
    const matrices = useMatrices(snapshot, book?.after);
    if (!state || !snapshot) return <Welcome onView={onView} />;
    const copyPositions = () => {
        if (!subject) return;
        const rows = rowsOf(state, subject.account.data, undefined, undefined);
        onView({
            onTop: false,
            legs: rows.flatMap(({ what, quantity }) => (quantity === 0n ? [] : (specOf(what, quantity) ?? []))),
        });
    };
    return (
        <>
            <div className="banner hypothetical" role="note">
                <strong>Hypothetical</strong>
                <span>
                    Nothing here is sent. Margins are the program’s own engine’s, at the prices of slot{' '}
                    {String(state.moment.slot)}.
                </span>
                <div className="push row center" style={{ marginLeft: 'auto' }}>
                    <Choice
                        label="What the legs come on top of"
                        value={onTop ? 'top' : 'alone'}
                        options={[
                            ...(subject ? [['top', 'on top of the account'] as const] : []),
                            ['alone', `${usdText(STARTING_CASH, { digits: 0 })} of cash alone`] as const,
                        ]}
                        onChange={(value) => onView({ onTop: value === 'top' })}
                    />
                    {subject && (
                        <button type="button" className="button small" onClick={copyPositions}>
                            Copy the account’s positions
                        </button>
                    )}
                    <CopyLink isDisabled={view.legs.length === 0} />
                    <button
                        type="button"
                        className="button small"
                        onClick={() => onView({ legs: [], onTop: true })}
                        disabled={view.legs.length === 0 && view.onTop}
                    >
                        Reset
                    </button>
                </div>
            </div>
            <div className="columns">
                <div className="span-7 stack">
                    <Panel
                        title="Legs"
                        className="hypothetical"
                        actions={
                            <button
                                type="button"
                                className="button primary small"
                                disabled={view.legs.length === 0}
                                onClick={() => onView({ screen: 'trade' })}
                            >
                                Take to the ticket
                            </button>
                        }
                    >
                        <LegEditor state={state} legs={book?.legs ?? []} onLegs={(legs) => onView({ legs })} />
                        {book?.problem && (
                            <p className="loss" role="alert">
                                {book.problem}
                            </p>
                        )}
                    </Panel>
                    {view.legs.length === 0 && (
                        <Gallery
                            state={state}
                            snapshot={snapshot}
                            marks={marks.value}
                            onLegs={(legs) => onView({ legs })}
                        />
                    )}
                    <Panel title="Payoff of the legs" className="hypothetical">
                        {book && <Payoff state={state} snapshot={snapshot} legs={book.alone} />}
                    </Panel>
                    <SavedBooks
                        legs={view.legs}
                        onTop={view.onTop}
                        markets={[...state.markets.values()].map(({ data }) => data)}
                        onBook={onView}
                    />
                </div>
                <div className="span-5 stack">
                    <Panel title="The book afterwards in three modes" className="hypothetical">
                        {after.value ? (
                            <ModesBars modes={after.value.modes} current={after.value.mode} />
                        ) : (
                            <p>{after.problem}</p>
                        )}
                    </Panel>
                    <Panel title="Before and after" className="hypothetical" flush>
                        <BeforeAfter before={before.value} after={after.value} />
                    </Panel>
                    {after.value && (
                        <Panel title="Margin afterwards" className="hypothetical">
                            <MarginBar report={after.value} />
                            <Why report={after.value} matrices={matrices.value} state={state} />
                        </Panel>
                    )}
                </div>
            </div>
        </>
    );
}
