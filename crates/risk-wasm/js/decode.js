// The margin report and the scenario matrix: from the layouts of crates/risk/src/report.rs to objects.

import { readAll, readVersion, sizeOf } from './layout.js';

// The tests hold these against that file.

const MODE_REPORT = {
    scanLoss: 'i64',
    maintenanceLoss: 'i64',
    nakedShortCharge: 'i64',
    linearCharge: 'i64',
    confidenceCharge: 'i64',
    concentrationCharge: 'i64',
    initialRequirement: 'i64',
    maintenanceRequirement: 'i64',
    initialExcess: 'i64',
    maintenanceExcess: 'i64',
    withdrawalExcess: 'i64',
};

const MARKET_REPORT = {
    market: 'u16',
    bindingRow: 'u8',
    bindingNode: 'u8',
    padding: 'u32',
    scanLoss: 'i64',
    delta: 'i64',
    gamma: 'i64',
    vega: 'i64',
    theta: 'i64',
    rho: 'i64',
};

const MARGIN_REPORT = {
    version: 'u8',
    mode: 'u8',
    tier: 'u8',
    marketCount: 'u8',
    checkComputeUnits: 'u32',
    equity: 'i64',
    cash: 'i64',
    collateral: 'i64',
    options: 'i64',
    linearProfit: 'i64',
    initialHaircut: 'i64',
    maintenanceHaircut: 'i64',
    uncountedGain: 'i64',
    unwithdrawable: 'i64',
    grossNotional: 'i64',
    valueAtRisk: 'i64',
    jointBindings: [['u8', 2], 4],
    modes: [MODE_REPORT, 3],
    markets: [MARKET_REPORT, 8],
};

const SCENARIO_MATRIX = {
    version: 'u8',
    coreNodes: 'u8',
    tailNodes: 'u8',
    bindingRow: 'u8',
    bindingNode: 'u8',
    padding: 'u8',
    market: 'u16',
    cells: ['u32', 3],
    priceFactors: ['u32', 19],
    profits: [['i64', 19], 3],
    skewLosses: ['i64', 2],
    basisLoss: 'i64',
    scanLoss: 'i64',
};

// crates/risk-wasm/src/marks.rs.
const CONTRACT_MARK = {
    number: 'u32',
    kind: 'u8',
    slot: 'u8',
    padding: 'u16',
    price: 'u64',
    band: 'u64',
    vega: 'u64',
    delta: 'i64',
};

/** The layout of each structure, by its name in Rust. */
export const LAYOUTS = {
    MarginReport: MARGIN_REPORT,
    ModeReport: MODE_REPORT,
    MarketReport: MARKET_REPORT,
    ScenarioMatrix: SCENARIO_MATRIX,
};

/** The version of each structure that is described here. */
export const VERSIONS = { MarginReport: 2, ScenarioMatrix: 1 };

// Names of what the layouts number.
const MODES = ['isolated', 'cross', 'portfolio'];
const TIERS = ['healthy', 'closeOnly', 'partial', 'accelerated', 'bankrupt'];
const ROWS = ['up', 'flat', 'down', 'skew', 'basis'];

/** A price factor of one, as the scenario matrix writes it. */
const ONE = 2 ** 28;

function scenario(row, node) {
    return { row: ROWS[row], node };
}

/** Bytes of a whole report. */
export const REPORT_SIZE = sizeOf(MARGIN_REPORT);

/** Reads a margin report. */
export function decodeReport(bytes) {
    const report = readVersion(bytes, MARGIN_REPORT, VERSIONS.MarginReport, 'margin report');
    const { version, mode, tier, marketCount, jointBindings, modes, markets, ...totals } = report;
    return {
        ...totals,
        mode: MODES[mode],
        tier: TIERS[tier],
        jointBindings: jointBindings.map(([row, node]) => scenario(row, node)),
        modes: Object.fromEntries(MODES.map((name, number) => [name, modes[number]])),
        markets: markets.slice(0, marketCount).map(({ bindingRow, bindingNode, padding, ...market }) => ({
            ...market,
            binding: scenario(bindingRow, bindingNode),
        })),
    };
}

/** Reads a scenario matrix. */
export function decodeScenarioMatrix(bytes) {
    const matrix = readVersion(bytes, SCENARIO_MATRIX, VERSIONS.ScenarioMatrix, 'scenario matrix');
    const nodes = matrix.coreNodes + matrix.tailNodes;
    const exists = (row, node) => ((matrix.cells[row] >>> node) & 1) === 1;
    const profits = (row) => matrix.profits[row].slice(0, nodes).map((profit, node) => (exists(row, node) ? profit : null));
    return {
        market: matrix.market,
        coreNodes: matrix.coreNodes,
        tailNodes: matrix.tailNodes,
        moves: matrix.priceFactors.slice(0, nodes).map((factor) => factor / ONE - 1),
        profits: { up: profits(0), flat: profits(1), down: profits(2) },
        skewLosses: { linear: matrix.skewLosses[0], absolute: matrix.skewLosses[1] },
        basisLoss: matrix.basisLoss,
        scanLoss: matrix.scanLoss,
        binding: scenario(matrix.bindingRow, matrix.bindingNode),
    };
}

/** Reads the marks of a market. */
export function decodeMarks(bytes) {
    return readAll(bytes, CONTRACT_MARK).map(({ number, kind, slot, padding, ...mark }) => ({
        contract: { kind, slot, number },
        ...mark,
    }));
}
