// Positions by underlying and expiry, with what each is worth, how it moves, and what it adds to the requirement.

import { fromLots } from '@ballast/client';
import { Fragment, useId, useState, type ReactNode } from 'react';

import type { PositionFigures } from '../engine/analysis.js';
import { NOTHING, age, expiryName, fixed, percent, usd } from '../lib/format.js';
import { Cell, Chip, Explain, NumberHead, Panel, Signed } from '../ui/parts.js';
import {
    groupKey,
    grouped,
    rowsOf,
    useGroups,
    useMarks,
    usePositions,
    type PositionRow,
    type Subject,
} from './figures.js';

/** The table. */
export function PositionsTable({ subject }: { subject: Subject }) {
    const { state, snapshot, account } = subject;
    const figures = usePositions(snapshot, account.bytes);
    const marks = useMarks(snapshot);
    const rows = rowsOf(state, account.data, figures.value, marks.value);
    const all = grouped(rows);
    const groups = useGroups(
        snapshot,
        account.bytes,
        all.flatMap(({ rows: some, expiries }) => [some, ...expiries.map(({ rows: its }) => its)]),
    );
    return (
        <Panel
            title="Positions"
            aside={<span className="note">{rows.length === 0 ? '' : `${rows.length} of 64`}</span>}
            actions={
                <Explain about="a share of the requirement">
                    What the requirement would be less without the position, or without all of a group, everything else
                    unchanged. A hedge has a negative share. Shares do not add up: diversification belongs to no
                    position alone.
                </Explain>
            }
            flush
        >
            {rows.length === 0 ? (
                <p className="empty">No positions. Build a hypothetical book, or trade.</p>
            ) : (
                <table className="table" data-testid="positions">
                    <thead>
                        <tr>
                            <th scope="col">Contract</th>
                            <NumberHead unit="units">Quantity</NumberHead>
                            <NumberHead unit="USD">Mark</NumberHead>
                            <NumberHead unit="per year">Implied vol</NumberHead>
                            <NumberHead unit="USD">Value</NumberHead>
                            <NumberHead unit="USD">Profit</NumberHead>
                            <NumberHead unit="USD">Delta</NumberHead>
                            <NumberHead unit="USD / 1 %">Gamma</NumberHead>
                            <NumberHead unit="USD / point">Vega</NumberHead>
                            <NumberHead unit="USD / day">Theta</NumberHead>
                            <NumberHead unit="initial, USD">Share of margin</NumberHead>
                            <NumberHead unit="maintenance, USD">Share of margin</NumberHead>
                        </tr>
                    </thead>
                    {all.map(({ market, rows: some, expiries }) => (
                        <Fragment key={market}>
                            <tbody>
                                <GroupRow rows={some} figures={groups?.get(groupKey(some))}>
                                    {market}
                                </GroupRow>
                            </tbody>
                            {expiries.map(({ expiresAt, rows: its }) => (
                                <ExpiryGroup
                                    key={String(expiresAt)}
                                    market={market}
                                    expiresAt={expiresAt}
                                    rows={its}
                                    figures={groups?.get(groupKey(its))}
                                    now={state.moment.now}
                                />
                            ))}
                        </Fragment>
                    ))}
                </table>
            )}
        </Panel>
    );
}

/** The positions of an expiry below what they are together; they can be folded away. */
function ExpiryGroup(props: {
    market: string;
    expiresAt: bigint | undefined;
    rows: readonly PositionRow[];
    figures: PositionFigures | undefined;
    now: bigint;
}) {
    const { market, expiresAt, rows } = props;
    const [isOpen, setOpen] = useState(true);
    const id = useId();
    const name = expiresAt === undefined ? 'perpetual' : expiryName(expiresAt);
    return (
        <>
            <tbody>
                <GroupRow rows={rows} figures={props.figures} isInner>
                    <button
                        type="button"
                        className="fold"
                        aria-expanded={isOpen}
                        aria-controls={id}
                        onClick={() => setOpen(!isOpen)}
                    >
                        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
                        <span className="hidden-text">{market}</span> {name}
                    </button>
                </GroupRow>
            </tbody>
            <tbody id={id} hidden={!isOpen}>
                {rows.map((row) => (
                    <Row key={row.index} row={row} now={props.now} />
                ))}
            </tbody>
        </>
    );
}

/** Greeks, and shares of the margin. */
function RiskCells({ figures: it }: { figures: PositionFigures | undefined }) {
    return (
        <>
            <Cell>{signed(it?.delta)}</Cell>
            <Cell>{signed(it?.gamma)}</Cell>
            <Cell>{signed(it?.vega)}</Cell>
            <Cell>{signed(it?.theta)}</Cell>
            <Cell>{signed(it?.initialShare)}</Cell>
            <Cell>{signed(it?.maintenanceShare)}</Cell>
        </>
    );
}

/** What the positions of a group are together. */
function GroupRow(props: {
    rows: readonly PositionRow[];
    figures: PositionFigures | undefined;
    isInner?: boolean;
    children: ReactNode;
}) {
    const { rows, figures: it } = props;
    const sum = (of: (row: PositionRow) => bigint | undefined) =>
        rows.every((row) => of(row) !== undefined) ? rows.reduce((all, row) => all + (of(row) ?? 0n), 0n) : undefined;
    const value = sum((row) => row.figures?.value);
    return (
        <tr className={props.isInner ? 'group inner' : 'group'}>
            <th scope="row">{props.children}</th>
            <td colSpan={3} />
            <Cell>{value === undefined ? NOTHING : usd(value)}</Cell>
            <Cell>{signed(sum((row) => row.profit))}</Cell>
            <RiskCells figures={it} />
        </tr>
    );
}

function signed(amount: bigint | undefined): string {
    return amount === undefined ? NOTHING : usd(amount, { signed: true });
}

/** Seconds before an expiry in which it is pointed out. */
const SOON = 3n * 86_400n;

function Row({ row, now }: { row: PositionRow; now: bigint }) {
    const { figures: it, market, quantity, mark, profit, volatility } = row;
    return (
        <tr>
            <td>
                <span className="mono">{row.name}</span>{' '}
                <Expiring kind={row.what.kind} at={row.what.expiresAt} now={now} />
            </td>
            <Cell>
                <Signed amount={quantity}>
                    {quantity > 0n
                        ? `+${fromLots(market.data, quantity)}`
                        : fromLots(market.data, quantity).replace('-', '−')}
                </Signed>
            </Cell>
            <Cell>{mark === undefined ? NOTHING : fixed(mark, market.data.priceDecimals)}</Cell>
            <Cell>{volatility === undefined ? NOTHING : percent(volatility)}</Cell>
            <Cell>{it ? usd(it.value) : NOTHING}</Cell>
            <Cell>{profit === undefined ? NOTHING : <Signed amount={profit}>{signed(profit)}</Signed>}</Cell>
            <RiskCells figures={it} />
        </tr>
    );
}

/** What is soon settled, or is and still owes or is owed. */
function Expiring({ kind, at, now }: { kind: PositionRow['what']['kind']; at: bigint | undefined; now: bigint }) {
    if (kind === 'claim') return <Chip tone="warn">awaits payment</Chip>;
    if (at === undefined || at - now > SOON) return null;
    return <Chip tone="warn">{at > now ? `expires in ${age(Number(at - now))}` : 'awaits settlement'}</Chip>;
}
