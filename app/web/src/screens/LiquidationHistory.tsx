// Liquidations so far: those that the page saw, and those that it looked up.

import type { Listed, LiquidationStep, MarginAccount } from '@ballast/client';
import type { Signature } from '@solana/kit';
import { useState } from 'react';

import { usd } from '../lib/format.js';
import { gainOf, tierOf } from '../lib/liquidation.js';
import { TIERS } from '../lib/margin.js';
import { MOST_TRANSACTIONS, lookBack, useLiquidations } from '../live/liquidations.js';
import type { Network } from '../live/network.js';
import { Cell, Chip, NumberHead, Panel } from '../ui/parts.js';
import { nameOfAccount } from './names.js';

/** Accounts that are looked through at most. */
const MOST_ACCOUNTS = 50;

/** The panel. */
export function LiquidationHistory(props: {
    network: Network;
    accounts: readonly Listed<MarginAccount>[] | undefined;
    onExplain: (signature: Signature) => void;
}) {
    const { network, accounts } = props;
    const seen = useLiquidations();
    const [looking, setLooking] = useState<'idle' | 'busy' | 'done' | { readonly problem: string }>('idle');
    const look = () => {
        setLooking('busy');
        const addresses = (accounts ?? []).slice(0, MOST_ACCOUNTS).map(({ address }) => address);
        lookBack(network, addresses).then(
            () => setLooking('done'),
            (error: unknown) => setLooking({ problem: error instanceof Error ? error.message : String(error) }),
        );
    };
    return (
        <Panel
            title="Liquidations"
            aside={<span className="note">newest first; each can be explained</span>}
            actions={
                <button
                    type="button"
                    className="button small"
                    disabled={!accounts || looking === 'busy'}
                    onClick={look}
                    title={`Looks through the newest ${MOST_TRANSACTIONS} transactions of ${MOST_ACCOUNTS} accounts at most`}
                >
                    {looking === 'busy' ? 'Looking…' : 'Look for earlier ones'}
                </button>
            }
            flush
        >
            {typeof looking === 'object' && (
                <p role="alert" className="loss" style={{ padding: '6px 14px' }}>
                    {looking.problem}
                </p>
            )}
            {seen.length === 0 ? (
                <p className="empty" role="status">
                    {looking === 'done'
                        ? 'None in the newest transactions of these accounts.'
                        : 'None seen since the page was opened.'}
                </p>
            ) : (
                <div className="scroll" style={{ maxHeight: 260, overflowY: 'auto' }}>
                    <table className="table tight" data-testid="liquidations">
                        <thead>
                            <tr>
                                <th scope="col">When, UTC</th>
                                <th scope="col">Account</th>
                                <th scope="col">State then</th>
                                <th scope="col">Liquidator</th>
                                <NumberHead unit="USD">Missing before</NumberHead>
                                <NumberHead unit="USD">Missing after</NumberHead>
                                <NumberHead unit="USD">Cost to the account</NumberHead>
                                <NumberHead unit="at the marks, USD">Liquidator’s gain</NumberHead>
                                <NumberHead unit="USD">Borne by others</NumberHead>
                                <th />
                            </tr>
                        </thead>
                        <tbody>
                            {seen.map(({ signature, at, event }, index) => {
                                const tier = TIERS[tierOf(event)];
                                return (
                                    <tr key={`${signature}${index}`}>
                                        <td>
                                            {at === 0 ? '' : new Date(at).toISOString().slice(0, 19).replace('T', ' ')}
                                        </td>
                                        <td>{nameOfAccount(network, event.account)}</td>
                                        <td>
                                            <Chip tone={tier.tone}>{tier.words}</Chip>
                                        </td>
                                        <td>{nameOfAccount(network, event.liquidator)}</td>
                                        <Cell>{missing(event.maintenanceExcessBefore)}</Cell>
                                        <Cell>{missing(event.maintenanceExcess)}</Cell>
                                        <Cell>{usd(event.equityBefore - event.equity)}</Cell>
                                        <Cell>{usd(gainOf(event))}</Cell>
                                        <Cell>{borneByOthers(event)}</Cell>
                                        <td>
                                            <button
                                                type="button"
                                                className="button small"
                                                onClick={() => props.onExplain(signature)}
                                                data-testid="explain-liquidation"
                                            >
                                                Explain
                                            </button>
                                        </td>
                                    </tr>
                                );
                            })}
                        </tbody>
                    </table>
                </div>
            )}
        </Panel>
    );
}

/** What equity is short of maintenance margin. */
function missing(excess: bigint): string {
    return excess < 0n ? usd(-excess) : 'nothing';
}

/** What a bankruptcy cost the insurance fund, winners and lenders. */
function borneByOthers(event: LiquidationStep['event']): string | undefined {
    return event.name === 'BankruptcyResolved' ? usd(event.deficit + event.bonus) : undefined;
}
