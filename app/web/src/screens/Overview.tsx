// The first screen: how an account stands, why, and what it holds.

import { marketName, type ExchangeState } from '@ballast/client';
import type { MarginReport, ScenarioMatrix } from '@ballast/engine';

import { MarginBar, ModesBars, PartsBar } from '../charts/bars.js';
import { fraction, percent, usd, usdText } from '../lib/format.js';
import { TIERS, asked, initialParts, scenarioName } from '../lib/margin.js';
import { Chip, Explain, Panel } from '../ui/parts.js';
import { CollateralTable } from './CollateralTable.js';
import { DistancePanel } from './DistancePanel.js';
import { PositionsTable } from './PositionsTable.js';
import { useMatrices, type Subject } from './figures.js';

/** The screen. */
export function Overview({ subject, report }: { subject: Subject; report: MarginReport }) {
    const { snapshot, account, state } = subject;
    const matrices = useMatrices(snapshot, account.bytes);
    return (
        <>
            <div className="columns">
                <div className="span-7 stack">
                    <Panel
                        title="Margin"
                        aside={<Chip tone={TIERS[report.tier].tone}>{TIERS[report.tier].words}</Chip>}
                        actions={<MarginExplanation report={report} />}
                    >
                        <MarginBar report={report} />
                        <MarginWords report={report} />
                    </Panel>
                    <Panel
                        title="The same book in three modes"
                        actions={<span className="note">margined as {report.mode}</span>}
                    >
                        <ModesBars modes={report.modes} current={report.mode} />
                    </Panel>
                </div>
                <div className="span-5 stack">
                    <Panel
                        title="Why"
                        actions={<WhyExplanation report={report} matrices={matrices.value} state={state} />}
                    >
                        <Why report={report} matrices={matrices.value} state={state} />
                    </Panel>
                </div>
            </div>
            <PositionsTable subject={subject} />
            <div className="columns">
                <div className="span-7">
                    <CollateralTable subject={subject} report={report} />
                </div>
                <div className="span-5">
                    <DistancePanel subject={subject} report={report} compact />
                </div>
            </div>
        </>
    );
}

function MarginWords({ report }: { report: MarginReport }) {
    const { maintenanceExcess, initialExcess } = report.modes[report.mode];
    const { maintenance } = asked(report);
    const buffer =
        maintenanceExcess >= 0n
            ? `Equity may fall by ${usdText(maintenanceExcess)} before anyone may liquidate.`
            : `Equity is ${usdText(-maintenanceExcess)} below what maintenance margin asks for.`;
    const room =
        initialExcess >= 0n
            ? `${usdText(initialExcess)} are free for new risk.`
            : `${usdText(-initialExcess)} are missing for new risk.`;
    return (
        <p>
            {TIERS[report.tier].meaning} {maintenance > 0n ? `${buffer} ${room}` : 'Nothing is required.'}
        </p>
    );
}

function MarginExplanation({ report }: { report: MarginReport }) {
    const it = report.modes[report.mode];
    const { initial, maintenance } = asked(report);
    const line = (name: string, amount: bigint) => `${name.padEnd(26)}${usd(amount).padStart(16)}`;
    const formula = [
        line('cash', report.cash),
        line('+ collateral', report.collateral),
        line('+ options at their marks', report.options),
        line('+ unsettled profit', report.linearProfit),
        line('= equity', report.equity),
        '',
        line('initial requirement', it.initialRequirement),
        line('+ haircuts', report.initialHaircut),
        line('+ gains not counted', report.uncountedGain),
        line('= initial margin', initial),
        '',
        line('maintenance requirement', it.maintenanceRequirement),
        line('+ haircuts', report.maintenanceHaircut),
        line('= maintenance margin', maintenance),
    ].join('\n');
    return (
        <Explain about="the margin bar" formula={formula}>
            Equity against what it has to cover, in USD. At or above initial margin everything is allowed; below
            maintenance margin anyone may liquidate. The figures are the program’s own, computed here by the same
            engine.
        </Explain>
    );
}

/** How the scenario loss and the initial requirement come about, with the numbers used. */
function WhyExplanation({ report, matrices, state }: Parameters<typeof Why>[0]) {
    const it = report.modes[report.mode];
    const factor = state.exchange.data.parameters.initialFactor;
    const line = (name: string, amount: bigint) => `${name.padEnd(34)}${usd(amount).padStart(14)}`;
    const markets = report.markets.map(({ market, scanLoss }) => {
        const listed = state.markets.get(market);
        const matrix = matrices?.find((found) => found.market === market);
        const cells = matrix
            ? Object.values(matrix.profits)
                  .flat()
                  .filter((profit) => profit !== null).length
            : 0;
        const name = listed ? marketName(listed.data) : String(market);
        return line(`${name}: worst of ${cells} scenarios`, scanLoss);
    });
    const charges = it.nakedShortCharge + it.linearCharge + it.confidenceCharge + it.concentrationCharge;
    const formula = [
        ...markets,
        line(`scenario loss, ${report.mode}`, it.scanLoss),
        line(`× initial factor ${percent(fraction(factor))}`, it.initialRequirement - charges),
        line('+ charges', charges),
        line('= initial requirement', it.initialRequirement),
    ].join('\n');
    return (
        <Explain about="the scenario loss" formula={formula}>
            The scenarios of each market, and beside them its skew and basis shocks. In portfolio mode markets of one
            group are scanned together, so their losses do not simply add up.
        </Explain>
    );
}

/** What decides the requirement: the binding scenarios, and what initial margin is made of. */
export function Why(props: {
    report: MarginReport;
    matrices: readonly ScenarioMatrix[] | undefined;
    state: ExchangeState;
}) {
    const { report, matrices, state } = props;
    if (report.markets.length === 0) return <p className="empty">No positions, so nothing is at risk.</p>;
    const it = report.modes[report.mode];
    const parts = initialParts(report);
    const nameOf = (market: number) => {
        const listed = state.markets.get(market);
        return listed ? marketName(listed.data) : `market ${market}`;
    };
    const isJoint = report.mode === 'portfolio' && report.markets.length > 1;
    return (
        <div className="stack">
            <div>
                <p className="note">
                    {report.mode === 'isolated'
                        ? 'Every position is scanned alone; net, these would decide:'
                        : isJoint
                          ? 'Markets are scanned together; each by itself, these would decide:'
                          : report.markets.length > 1
                            ? 'Market by market, these scenarios decide:'
                            : 'This scenario decides:'}
                </p>
                <table className="table tight" style={{ marginTop: 4 }}>
                    <tbody>
                        {report.markets.map(({ market, binding, scanLoss }) => (
                            <tr key={market}>
                                <td style={{ paddingLeft: 0, whiteSpace: 'normal' }}>
                                    <strong data-testid="binding">
                                        {scenarioName(
                                            nameOf(market),
                                            binding,
                                            matrices?.find((it) => it.market === market),
                                        )}
                                    </strong>
                                </td>
                                <td className="number loss" style={{ paddingRight: 0 }}>
                                    {usd(-scanLoss)}
                                </td>
                            </tr>
                        ))}
                        <tr className="total">
                            <td style={{ paddingLeft: 0 }}>
                                {isJoint ? 'Together' : 'Scenario loss'}
                                {isJoint && (
                                    <span className="muted" style={{ fontWeight: 400 }}>
                                        {' '}
                                        {jointWords(report)}
                                    </span>
                                )}
                            </td>
                            <td className="number loss" style={{ paddingRight: 0 }}>
                                {usd(-it.scanLoss)}
                            </td>
                        </tr>
                    </tbody>
                </table>
            </div>
            <div>
                <div className="row center" style={{ marginBottom: 6 }}>
                    <h3>Initial margin, USD</h3>
                    <strong className="number" style={{ marginLeft: 'auto' }}>
                        {usd(asked(report).initial)}
                    </strong>
                </div>
                <PartsBar parts={parts} total={asked(report).initial} />
            </div>
        </div>
    );
}

/** The scenario that binds the first group. */
function jointWords(report: MarginReport): string {
    const [joint] = report.jointBindings;
    if (!joint) return '';
    const words = {
        up: 'volatility up',
        flat: 'volatility unchanged',
        down: 'volatility down',
        skew: 'smiles moved',
        basis: 'forwards moved',
    };
    return `(${words[joint.row]})`;
}
