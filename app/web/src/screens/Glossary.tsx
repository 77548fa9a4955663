// What words mean here, in the order in which one needs them.

import { useState } from 'react';

import Dialog from '../ui/Dialog.js';

const TERMS: readonly (readonly [string, string])[] = [
    [
        'Equity',
        'Cash, collateral at its prices, options at their marks and unsettled profit, less debts: what the account is worth now. USD.',
    ],
    [
        'Initial margin',
        'What equity has to be for new risk: the loss in the worst scenario, charges, and what haircuts and unsettled gains do not count.',
    ],
    [
        'Maintenance margin',
        'The same with smaller factors and haircuts. Below it anyone may liquidate a part of the account.',
    ],
    [
        'Free for new risk',
        'Equity less initial margin: the initial excess. A trade may not leave it below zero, unless it lowers neither excess.',
    ],
    ['Can be withdrawn', 'The withdrawal excess: what is free without relying on gains that are not settled.'],
    ['Margin used', 'Initial margin as a share of equity.'],
    ['Health', 'Equity less maintenance margin, as a share of equity. Zero is where liquidation may begin.'],
    ['Leverage', 'Gross notional over equity.'],
    [
        'Scenario',
        'Index and volatility moved together: each step of the scan range, with volatility up, unchanged or down; and extreme moves that count by their weight.',
    ],
    [
        'Scan range',
        'How far the index moves in the scenarios. It follows realised and implied volatility, rises at once and falls slowly.',
    ],
    [
        'Worst scenario',
        'The one in which a market’s positions, revalued together, lose most. It decides the scan loss.',
    ],
    [
        'Skew and basis shocks',
        'Smiles tilted and bent, and forwards moved against the index: further scenarios that decide if they lose more.',
    ],
    [
        'Charge',
        'What is added to the scenario loss: for short options that nothing covers, linear notional, uncertain prices, large net delta or vega.',
    ],
    [
        'Haircut',
        'The part of a deposit’s value that margin does not count: more for volatile, uncertain and crowded tokens.',
    ],
    [
        'Isolated, cross, portfolio',
        'Every position by itself; positions of one market together; markets of one group together. The requirement falls in this order.',
    ],
    [
        'Mark',
        'The price that positions are valued at: index and basis of a future or perpetual, the posted surface for an option.',
    ],
    [
        'Surface',
        'Implied volatility by strike and expiry, as publishers posted it: eSSVI with θ (level), ρ (tilt) and ψ (slope of the wings).',
    ],
    [
        'Delta',
        'Change of value for a rise of the index by 100 %, to first order: the position as an amount of the underlying. USD.',
    ],
    ['Gamma', 'Change of delta per 1 % rise of the index. USD.'],
    ['Vega', 'Change of value per volatility point. USD.'],
    ['Theta', 'Change of value per day that passes. USD.'],
    ['Rho', 'Change of value per percentage point of all rates. USD.'],
    ['Settlement price', 'The average index over the window before an expiry, at which its contracts pay.'],
    ['Claim', 'What an account is owed, or owes, of an expiry that was settled, until it is paid in cash.'],
    [
        'Unsettled gain',
        'Profit of perpetuals and futures that losers have not paid in yet. Initial margin counts it in part, as it vests.',
    ],
    [
        'Close factor',
        'The share of an account that a liquidation may take within a cool-down. It grows with the shortfall and with the volatility regime.',
    ],
    [
        'Volatility regime',
        'Root of fast over slow realised variance, between ½ and 3: how wild the market is against its own month.',
    ],
    [
        'Slice',
        'A share of every position, every deposit and the cash, bought by a liquidator below the marks. Its price falls with time.',
    ],
    ['Target', 'How far above maintenance margin a liquidation brings an account: the buffer, of maintenance margin.'],
    [
        'Bankruptcy',
        'Equity below zero. The deficit is borne by the insurance fund, claims, unsettled gains and the lending pool, in this order.',
    ],
    ['Confidence', 'How uncertain the oracle calls its own price. Wide prices cost margin, and refuse trades.'],
];

/** The dialog. */
export default function Glossary({ onClose }: { onClose: () => void }) {
    const [sought, setSought] = useState('');
    const wanted = sought.trim().toLowerCase();
    const shown = TERMS.filter((term) => term.join(' ').toLowerCase().includes(wanted));
    return (
        <Dialog
            title="Glossary"
            description="The formulas are in docs/margin-model.md of the repository; question marks beside figures print the numbers used."
            onClose={onClose}
        >
            <label className="field">
                Find
                <input className="input" value={sought} onChange={(event) => setSought(event.target.value)} />
            </label>
            <dl className="glossary" data-testid="glossary">
                {shown.map(([word, meaning]) => (
                    <div key={word}>
                        <dt>{word}</dt>
                        <dd>{meaning}</dd>
                    </div>
                ))}
            </dl>
            {shown.length === 0 && <p className="empty">No such word here.</p>}
        </Dialog>
    );
}
