// The exchange itself: oracles, markets, insurance, parameters.

import { fromLots, listedExpiries, marketName, type ExchangeState } from '@ballast/client';
import { Suspense, lazy, useState } from 'react';

import { age, expiryName, fixed, fraction, percent, percentOf, short, usd } from '../lib/format.js';
import type { Network } from '../live/network.js';
import { Cell, Chip, NumberHead, Panel } from '../ui/parts.js';

const ParameterTable = lazy(() => import('./ParameterTable.js'));
/** Where a price comes from, by the number of its kind: brought by whoever refreshes, or read from an account that is kept. */
const SOURCES: Readonly<Record<number, string>> = { 1: 'Pyth, pulled', 2: 'Pyth, pushed' };

/** What prices are, where they come from, how old they are. */
export function Prices({ state, network }: { state: ExchangeState; network: Network }) {
    const { tradeOracleAge, markAgeSlots } = state.exchange.data.parameters;
    const { now, slot } = state.moment;
    const rows = [
        ...[...state.markets.values()].map(({ data }) => ({
            key: `m${data.number}`,
            name: marketName(data),
            what: 'index',
            data,
        })),
        ...[...state.banks.values()].map(({ data }) => ({
            key: `b${data.number}`,
            name: network.tokens.get(data.mint) ?? short(data.mint),
            what: 'collateral',
            data,
        })),
    ];
    return (
        <Panel title="Oracles" flush>
            <table className="table" data-testid="oracles">
                <thead>
                    <tr>
                        <th scope="col">Price of</th>
                        <th scope="col">For</th>
                        <th scope="col">Source</th>
                        <NumberHead unit="USD">Price</NumberHead>
                        <NumberHead unit="of price">Confidence</NumberHead>
                        <NumberHead unit="published">Age</NumberHead>
                        <NumberHead unit="slots ago">Refreshed</NumberHead>
                        <th scope="col">State</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ key, name, what, data }) => {
                        const seconds = Number(now - data.publishTime);
                        const slots = Number(slot - data.refreshedSlot);
                        const isOld = seconds > tradeOracleAge || slots > markAgeSlots;
                        return (
                            <tr key={key}>
                                <td>{name}</td>
                                <td className="muted">{what}</td>
                                <td className="muted">
                                    {SOURCES[data.oracle.kind] ?? 'none'}
                                    {'secondOracle' in data && data.secondOracle.kind !== 0 && ', and a second'}
                                </td>
                                <Cell>
                                    {fixed(data.price, data.priceDecimals, { digits: Math.min(4, data.priceDecimals) })}
                                </Cell>
                                <Cell>± {percentOf(data.confidence, data.price, { digits: 3 })}</Cell>
                                <Cell>{age(seconds)}</Cell>
                                <Cell>{slots}</Cell>
                                <td>
                                    {data.price === 0n ? (
                                        <Chip tone="danger">none yet</Chip>
                                    ) : isOld ? (
                                        <Chip tone="danger">too old</Chip>
                                    ) : (
                                        <Chip tone="ok">fresh</Chip>
                                    )}
                                </td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
        </Panel>
    );
}

/** Open interest and its limits, pools, ranges, surfaces. */
export function Markets({ state }: { state: ExchangeState }) {
    const { now } = state.moment;
    return (
        <Panel title="Markets" flush>
            <table className="table">
                <thead>
                    <tr>
                        <th scope="col">Contract</th>
                        <NumberHead unit="units">Open interest</NumberHead>
                        <NumberHead unit="each contract">Limit</NumberHead>
                        <NumberHead unit="USD">Pool</NumberHead>
                        <NumberHead unit="core">Scan range</NumberHead>
                        <NumberHead unit="posted">Surface age</NumberHead>
                        <NumberHead>Positions</NumberHead>
                    </tr>
                </thead>
                <tbody>
                    {[...state.markets.values()].flatMap(({ data }) => {
                        const name = marketName(data);
                        return [
                            <tr className="group" key={name}>
                                <th scope="rowgroup">{name}-PERP</th>
                                <Cell>{fromLots(data, data.perpetualOpenInterest)}</Cell>
                                <Cell>
                                    {fixed(data.parameters.openInterestLimit, data.quantityDecimals, { digits: 0 })}
                                </Cell>
                                <Cell>{usd(data.perpetualPool)}</Cell>
                                <Cell>± {percent(fraction(data.scanRange))}</Cell>
                                <Cell />
                                <Cell>{data.perpetualPositionCount}</Cell>
                            </tr>,
                            ...listedExpiries(data).map((expiry) => (
                                <tr key={`${name}${expiry.slot}`}>
                                    <td>
                                        {name} {expiryName(expiry.expiresAt)}{' '}
                                        <span className="muted">in {age(Number(expiry.expiresAt - now))}</span>
                                    </td>
                                    <Cell>{fromLots(data, expiry.data.openInterest)}</Cell>
                                    <Cell />
                                    <Cell>{usd(expiry.data.pool)}</Cell>
                                    <Cell />
                                    <Cell>
                                        {expiry.data.postedAt > 0n ? age(Number(now - expiry.data.postedAt)) : 'none'}
                                    </Cell>
                                    <Cell>{expiry.data.positionCount}</Cell>
                                </tr>
                            )),
                        ];
                    })}
                </tbody>
            </table>
        </Panel>
    );
}

/** What makes losses good. */
export function Insurance({ state }: { state: ExchangeState }) {
    const quote = state.banks.get(state.exchange.data.quoteBankNumber)?.data;
    const fees = [...state.markets.values()].reduce((sum, { data }) => sum + data.fees, 0n);
    return (
        <Panel title="Insurance and lending">
            <dl className="facts">
                <dt>Insurance fund, USD</dt>
                <dd>{quote ? usd(quote.insurance) : '–'}</dd>
                <dt>Fees that wait for it, USD</dt>
                <dd>{usd(fees)}</dd>
                <dt>Quote token, USD</dt>
                <dd>{quote ? fixed(quote.price, quote.priceDecimals, { digits: 4 }) : '–'}</dd>
            </dl>
        </Panel>
    );
}

/** The parameters that matter most, and a way to all of them. */
export function Parameters({ state, network }: { state: ExchangeState; network: Network }) {
    const [isOpen, setOpen] = useState(false);
    const it = state.exchange.data.parameters;
    const share = (raw: number) => percent(fraction(raw), { digits: 2 });
    return (
        <Panel
            title="Parameters"
            actions={
                <button type="button" className="button small" onClick={() => setOpen(true)}>
                    All parameters
                </button>
            }
        >
            {isOpen && (
                <Suspense fallback={null}>
                    <ParameterTable state={state} network={network} onClose={() => setOpen(false)} />
                </Suspense>
            )}
            <dl className="facts">
                <dt>Initial factor of the scenario loss</dt>
                <dd>{share(it.initialFactor)}</dd>
                <dt>Maintenance factor</dt>
                <dd>{share(it.maintenanceFactor)}</dd>
                <dt>Oldest price for a trade</dt>
                <dd>{it.tradeOracleAge} s</dd>
                <dt>Oldest price for a liquidation</dt>
                <dd>{it.liquidationOracleAge} s</dd>
                <dt>Oldest surface for a trade</dt>
                <dd>{it.surfaceAge} s</dd>
                <dt>Close factor, least share</dt>
                <dd>
                    {share(it.closeFactor)}, {share(it.closeFactorFloor)}
                </dd>
                <dt>Price of a slice, from – to</dt>
                <dd>
                    {share(it.slicePriceStart)} – {share(it.slicePriceEnd)}
                </dd>
                <dt>Highest liquidation fee</dt>
                <dd>{share(it.liquidationFee)}</dd>
                <dt>Cap of a check, compute units</dt>
                <dd>{it.checkComputeCap.toLocaleString('en')}</dd>
            </dl>
        </Panel>
    );
}
