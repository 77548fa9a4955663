// Changes of parameters that were proposed, with the time from which they may be carried out.

import type { ExchangeState, PendingChange } from '@ballast/client';

import { short } from '../lib/format.js';
import { parameterId, parameterText, type Owner, type ParameterSection } from '../lib/parameters.js';
import { useChanges } from '../live/changes.js';
import type { Network } from '../live/network.js';
import { Chip, NumberHead } from '../ui/parts.js';
import { nameOfTarget } from './names.js';

/** The number of a change of a publisher. */
const PUBLISHER = 1;
/** What a change does, by the number that it bears. */
const DIRECTIONS: Readonly<Record<number, { words: string; tone: 'ok' | 'warn' }>> = {
    1: { words: 'tightens', tone: 'ok' },
    2: { words: 'loosens', tone: 'warn' },
};

/** The list. */
export function ParameterChanges(props: {
    network: Network;
    state: ExchangeState;
    sections: readonly ParameterSection[];
}) {
    const { network, state, sections } = props;
    const changes = useChanges(network);
    if (changes.is === 'reading') return <p className="note">Proposed changes are read…</p>;
    if (changes.is === 'failed') return <p className="note">Proposed changes are not known: {changes.why}</p>;
    if (changes.changes.length === 0) {
        return <p className="note">No change is proposed, and none was carried out within the last day.</p>;
    }
    return (
        <table className="table tight" data-testid="changes">
            <thead>
                <tr>
                    <th scope="col">Change of</th>
                    <th scope="col">At</th>
                    <NumberHead>From</NumberHead>
                    <NumberHead>To</NumberHead>
                    <th scope="col">It</th>
                    <th scope="col">Not before, UTC</th>
                </tr>
            </thead>
            <tbody>
                {changes.changes.map((change) => {
                    const { name, before, after } = describe(change, state, sections);
                    const direction = DIRECTIONS[change.direction];
                    return (
                        <tr key={`${change.target} ${change.parameter} ${change.slot}`}>
                            <td className="mono">{name}</td>
                            <td>
                                {change.target === state.exchange.address
                                    ? 'the exchange'
                                    : nameOfTarget(network, state, change.target).name}
                            </td>
                            <td className="number">{before}</td>
                            <td className="number">
                                <strong>{after}</strong>
                            </td>
                            <td>{direction && <Chip tone={direction.tone}>{direction.words}</Chip>}</td>
                            <td>
                                {change.appliedAt > 0n
                                    ? `carried out ${timeText(change.appliedAt)}`
                                    : timeText(change.earliest)}
                            </td>
                        </tr>
                    );
                })}
            </tbody>
        </table>
    );
}

function describe(change: PendingChange, state: ExchangeState, sections: readonly ParameterSection[]) {
    if (change.parameter === PUBLISHER) {
        return { name: `publisher ${change.slot + 1}`, before: short(change.keyBefore), after: short(change.key) };
    }
    const found = sections.flatMap(({ parameters }, scope) =>
        parameters.filter(({ name }) => parameterId(scope, name) === change.parameter),
    )[0];
    const owner = ownerOf(state, change.target);
    const text = (value: bigint) => (found ? parameterText(found.unit, value, owner) : String(value));
    return {
        name: found?.name ?? `parameter ${change.parameter}`,
        before: text(change.valueBefore),
        after: text(change.value),
    };
}

function ownerOf(state: ExchangeState, target: string): Owner {
    const market = [...state.markets.values()].find(({ address }) => address === target)?.data;
    const bank = [...state.banks.values()].find(({ address }) => address === target)?.data;
    return { ...(market ? { market } : {}), ...(bank ? { bank } : {}) };
}

function timeText(seconds: bigint): string {
    return new Date(Number(seconds) * 1_000).toISOString().slice(0, 16).replace('T', ' ');
}
