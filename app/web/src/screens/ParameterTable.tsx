// Every parameter of the exchange, of its markets and of its tokens: what it is, and what it means.

import { marketName, type ExchangeState } from '@ballast/client';
import { useMemo, useState } from 'react';

import document from '../../../../docs/parameters.md?raw';
import { parameterSections, parameterText, type Owner, type Parameter } from '../lib/parameters.js';
import type { Network } from '../live/network.js';
import Dialog from '../ui/Dialog.js';
import { NumberHead } from '../ui/parts.js';
import { ParameterChanges } from './ParameterChanges.js';
import { nameOfToken } from './names.js';

/** Something that has parameters. */
interface Holder extends Owner {
    readonly name: string;
    readonly section: string;
    readonly values: object;
}

/** The dialog. */
export default function ParameterTable(props: { state: ExchangeState; network: Network; onClose: () => void }) {
    const { state, network } = props;
    const sections = useMemo(() => parameterSections(document), []);
    const holders = holdersOf(state, network);
    const [chosen, setChosen] = useState('Exchange');
    const [sought, setSought] = useState('');
    const holder = holders.find(({ name }) => name === chosen) ?? holders[0];
    const section = sections.find(({ title }) => title === holder?.section);
    const rows = (section?.parameters ?? []).filter((it) => matches(it, sought));
    return (
        <Dialog
            title="Parameters"
            description="As they are now. Changes are proposed on chain, and wait before anyone may carry them out."
            onClose={props.onClose}
            isWide
        >
            <ParameterChanges network={network} state={state} sections={sections} />
            <div className="row">
                <label className="field">
                    Of
                    <select className="input" value={holder?.name} onChange={(event) => setChosen(event.target.value)}>
                        {holders.map(({ name }) => (
                            <option key={name}>{name}</option>
                        ))}
                    </select>
                </label>
                <label className="field">
                    Find
                    <input className="input" value={sought} onChange={(event) => setSought(event.target.value)} />
                </label>
            </div>
            {holder && (
                <div className="scroll">
                    <table className="table tight" data-testid="parameters">
                        <thead>
                            <tr>
                                <th scope="col">Parameter</th>
                                <NumberHead>Now</NumberHead>
                                <NumberHead>Default</NumberHead>
                                <th scope="col">Meaning</th>
                            </tr>
                        </thead>
                        <tbody>
                            {rows.map(({ key, name, unit, standard, bounds, meaning }) => (
                                <tr key={name}>
                                    <td className="mono">{name}</td>
                                    <td className="number" title={`Bounds: ${bounds}`}>
                                        <strong>
                                            {parameterText(
                                                unit,
                                                (holder.values as Record<string, unknown>)[key],
                                                holder,
                                            )}
                                        </strong>
                                    </td>
                                    <td className="number muted">{standard}</td>
                                    <td style={{ whiteSpace: 'normal', minWidth: 260 }}>
                                        {meaning} <span className="muted">{unit}</span>
                                    </td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                    {rows.length === 0 && <p className="empty">No parameter of that name or meaning.</p>}
                </div>
            )}
        </Dialog>
    );
}

function matches({ name, meaning }: Parameter, sought: string): boolean {
    return `${name} ${meaning}`.toLowerCase().includes(sought.trim().toLowerCase());
}

function holdersOf(state: ExchangeState, network: Network): Holder[] {
    const { parameters, governance, groups } = state.exchange.data;
    return [
        { name: 'Exchange', section: 'Exchange', values: parameters },
        { name: 'Governance', section: 'Governance', values: governance },
        ...groups.flatMap(({ parameters: own, correlations, marketCount }, index): Holder[] => {
            if (marketCount === 0) return [];
            const pairs = correlations.slice(0, (marketCount * (marketCount - 1)) / 2);
            const values = { ...own, correlation: pairs };
            return [{ name: `Group ${index + 1} of markets`, section: 'Group of markets', values }];
        }),
        ...[...state.markets.values()].map(({ data }) => ({
            name: `Market ${marketName(data)}`,
            section: 'Market',
            values: { ...data, ...data.parameters },
            market: data,
        })),
        ...[...state.banks.values()].map(({ data }) => ({
            name: `Token ${nameOfToken(network, state, data.number)}`,
            section: 'Bank',
            values: { ...data, ...data.parameters },
            bank: data,
        })),
    ];
}
