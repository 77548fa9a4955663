// Liquidations under way: what a slice of each account costs now, and how that goes on.

import type { ExchangeState, Listed, MarginAccount } from '@ballast/client';

import { percentOf } from '../lib/format.js';
import { auctionOf } from '../lib/liquidation.js';
import type { Network } from '../live/network.js';
import { Cell, Chip, Explain, NumberHead, Panel } from '../ui/parts.js';
import { nameOfAccount } from './names.js';

const ONE = 1n << 30n;

/** The panel; nothing while nobody is being liquidated. */
export function Auctions(props: {
    network: Network;
    state: ExchangeState;
    accounts: readonly Listed<MarginAccount>[] | undefined;
}) {
    const { network, state, accounts = [] } = props;
    const { slicePriceEnd } = state.exchange.data.parameters;
    const rows = accounts.flatMap(({ address, data }) => {
        const auction = auctionOf(data, state);
        return auction ? [{ address, auction }] : [];
    });
    if (rows.length === 0) return null;
    return (
        <Panel
            title="Liquidations under way"
            actions={
                <Explain about="the price of a slice">
                    Whoever buys a share of the account pays this part of what it is worth at the marks. It falls with
                    the slots since the liquidation began, faster in a wild market. Within a cool-down all steps
                    together take the close factor at most, unless the account is accelerated.
                </Explain>
            }
            flush
        >
            <table className="table" data-testid="auctions">
                <thead>
                    <tr>
                        <th scope="col">Account</th>
                        <NumberHead unit="slots ago">Began</NumberHead>
                        <NumberHead unit="of the marks">A slice costs</NumberHead>
                        <NumberHead unit="slots">At its lowest in</NumberHead>
                        <NumberHead unit="of the account, in this cool-down">Taken</NumberHead>
                        <NumberHead unit="slots">Cool-down over in</NumberHead>
                        <th scope="col">Terms</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ address, auction }) => (
                        <tr key={address}>
                            <td>{nameOfAccount(network, address)}</td>
                            <Cell>{String(auction.elapsed)}</Cell>
                            <Cell>
                                {percentOf(auction.price, ONE, { digits: 2 })}{' '}
                                <span className="muted">
                                    down to {percentOf(BigInt(slicePriceEnd), ONE, { digits: 2 })}
                                </span>
                            </Cell>
                            <Cell>{String(auction.toLowest)}</Cell>
                            <Cell>{percentOf(auction.taken, ONE)}</Cell>
                            <Cell>{String(auction.toNextStep)}</Cell>
                            <td>
                                <Chip tone={auction.isLate ? 'danger' : 'warn'}>
                                    {auction.isLate ? 'any part at once' : 'close factor'}
                                </Chip>
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </Panel>
    );
}
