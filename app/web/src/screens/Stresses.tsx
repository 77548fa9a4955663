// What becomes of the account if something happens at once that desks are afraid of.

import type { MarginReport } from '@ballast/engine';

import type { Stress } from '../engine/analysis.js';
import { analyse } from '../engine/client.js';
import { usd } from '../lib/format.js';
import { TIERS } from '../lib/margin.js';
import { useComputed } from '../live/hooks.js';
import { Cell, Chip, Explain, NumberHead, Panel } from '../ui/parts.js';
import type { Subject } from './figures.js';

/** The panel. */
export function Stresses({ subject, report }: { subject: Subject; report: MarginReport }) {
    const { state, snapshot, account } = subject;
    const all = stressesOf(
        [...state.markets.keys()],
        [...state.banks.values()].map(({ data }) => data),
        state.exchange.data.quoteBankNumber,
    );
    const outcomes = useComputed(() => analyse('stresses', snapshot, account.bytes, all), [snapshot, account]);
    return (
        <Panel
            title="Stresses"
            actions={
                <Explain about="a stress">
                    Prices are moved at once, by more than the scenarios of the margin where the market is calm, and
                    implied volatilities are multiplied where a line says so; otherwise they stay. The account is
                    assessed as the program would there.
                </Explain>
            }
            flush
        >
            <table className="table tight" data-testid="stresses">
                <thead>
                    <tr>
                        <th scope="col">If</th>
                        <NumberHead unit="USD">Change of equity</NumberHead>
                        <NumberHead unit="USD">Above maintenance</NumberHead>
                        <th scope="col">State</th>
                    </tr>
                </thead>
                <tbody>
                    {all.map(({ name }, index) => {
                        const outcome = outcomes.value?.[index];
                        const after = outcome && 'report' in outcome ? outcome.report : undefined;
                        const change = after && after.equity - report.equity;
                        return (
                            <tr key={name}>
                                <td style={{ whiteSpace: 'normal', minWidth: 130 }}>{name}</td>
                                <Cell>{change === undefined ? undefined : usd(change, { signed: true })}</Cell>
                                <Cell>
                                    {after
                                        ? usd(after.modes[after.mode].maintenanceExcess, { signed: true })
                                        : undefined}
                                </Cell>
                                <td>
                                    {after && <Chip tone={TIERS[after.tier].tone}>{TIERS[after.tier].words}</Chip>}
                                    {outcome && 'problem' in outcome && (
                                        <span className="muted">{outcome.problem}</span>
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

function stressesOf(
    markets: readonly number[],
    banks: readonly { readonly number: number; readonly hedgeMarket: number }[],
    quote: number,
): Stress[] {
    const alike = (move: number) => new Map(markets.map((market) => [market, move]));
    const none = new Map<number, number>();
    // Tokens that are no market's underlying are meant to be worth a dollar.
    const stable = banks.filter(({ number, hedgeMarket }) => number === quote || hedgeMarket === 0);
    return [
        { name: 'all markets −30 %', markets: alike(-0.3), banks: none },
        { name: 'all markets −15 %', markets: alike(-0.15), banks: none },
        { name: 'all markets −30 %, volatilities ×1.5', markets: alike(-0.3), banks: none, volatility: 1.5 },
        { name: 'weekend gap: −12 %, volatilities ×1.25', markets: alike(-0.12), banks: none, volatility: 1.25 },
        { name: 'volatilities ×0.7, prices unchanged', markets: none, banks: none, volatility: 0.7 },
        { name: 'all markets +30 %', markets: alike(0.3), banks: none },
        { name: 'all markets +100 %', markets: alike(1), banks: none },
        { name: 'stablecoins −5 %', markets: none, banks: new Map(stable.map(({ number }) => [number, -0.05])) },
        {
            name: 'all −30 %, stablecoins −5 %',
            markets: alike(-0.3),
            banks: new Map(stable.map(({ number }) => [number, -0.05])),
        },
    ];
}
