// Positions by underlying and expiry, with what each is worth, how it moves, and what it adds to the requirement.

import { fromLots } from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import { Fragment } from 'react';

import { NOTHING, age, fixed, percent, usd } from '../lib/format.js';
import { Cell, Chip, Explain, NumberHead, Panel, Signed } from '../ui/parts.js';
import { rowsOf, useMarks, usePositions, type PositionRow, type Subject } from './figures.js';

/** The table. */
export function PositionsTable({ subject, report }: { subject: Subject; report: MarginReport }) {
    const { state, snapshot, account } = subject;
    const figures = usePositions(snapshot, account.bytes);
    const marks = useMarks(snapshot);
    const rows = rowsOf(state, account.data, figures.value, marks.value);
    const byMarket = Map.groupBy(rows, ({ what }) => what.market);
    const sum = (some: readonly PositionRow[], of: (row: PositionRow) => bigint | undefined) =>
        some.every((row) => of(row) !== undefined) ? some.reduce((all, row) => all + (of(row) ?? 0n), 0n) : undefined;
    const money = (amount: bigint | undefined, signed = false) =>
        amount === undefined ? NOTHING : usd(amount, { signed });
    return (
        <Panel
            title="Positions"
            aside={<span className="note">{rows.length === 0 ? '' : `${rows.length} of 64`}</span>}
            actions={
                <Explain about="a share of the requirement">
                    What the requirement would be less without the position, everything else unchanged. A hedge has a
                    negative share. Shares do not add up to the whole: diversification belongs to no position alone.
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
                    <tbody>
                        {[...byMarket].map(([market, some]) => {
                            const whole = report.markets.find((it) => it.market === some[0]?.market.data.number);
                            return (
                                <Fragment key={market}>
                                    <tr className="group">
                                        <th scope="rowgroup">{market}</th>
                                        <td colSpan={3} />
                                        <Cell>{money(sum(some, (row) => row.figures?.value))}</Cell>
                                        <Cell>
                                            {money(
                                                sum(some, (row) => row.profit),
                                                true,
                                            )}
                                        </Cell>
                                        <Cell>{money(whole?.delta, true)}</Cell>
                                        <Cell>{money(whole?.gamma, true)}</Cell>
                                        <Cell>{money(whole?.vega, true)}</Cell>
                                        <Cell>{money(whole?.theta, true)}</Cell>
                                        <td colSpan={2} />
                                    </tr>
                                    {some.map((row) => (
                                        <Row key={row.index} row={row} now={state.moment.now} />
                                    ))}
                                </Fragment>
                            );
                        })}
                    </tbody>
                </table>
            )}
        </Panel>
    );
}

/** Seconds before an expiry in which it is pointed out. */
const SOON = 3n * 86_400n;

function Row({ row, now }: { row: PositionRow; now: bigint }) {
    const { figures: it, market, quantity, mark, profit, volatility } = row;
    const signed = (amount: bigint | undefined) => (amount === undefined ? NOTHING : usd(amount, { signed: true }));
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
            <Cell>{signed(it?.delta)}</Cell>
            <Cell>{signed(it?.gamma)}</Cell>
            <Cell>{signed(it?.vega)}</Cell>
            <Cell>{signed(it?.theta)}</Cell>
            <Cell>{signed(it?.initialShare)}</Cell>
            <Cell>{signed(it?.maintenanceShare)}</Cell>
        </tr>
    );
}

/** What is soon settled, or is and still owes or is owed. */
function Expiring({ kind, at, now }: { kind: PositionRow['what']['kind']; at: bigint | undefined; now: bigint }) {
    if (kind === 'claim') return <Chip tone="warn">awaits payment</Chip>;
    if (at === undefined || at - now > SOON) return null;
    return <Chip tone="warn">{at > now ? `expires in ${age(Number(at - now))}` : 'awaits settlement'}</Chip>;
}
