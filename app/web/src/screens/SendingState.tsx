// Where a transaction stands, and why it was refused.

import { fixed } from '../lib/format.js';
import type { Sending } from '../live/send.js';

const WORDS = {
    preparing: 'Preparing the transaction…',
    signing: 'The wallet is asked to sign…',
    sent: 'Signed and sent; waiting until the network confirms it…',
} as const;

/** What helps against a refusal. */
const REMEDIES: Readonly<Record<string, string>> = {
    BelowInitialMargin: 'Deposit more, trade less, or add a leg that hedges.',
    BelowWithdrawalExcess: 'Withdraw less, or reduce positions first.',
    HandoverExceedsExcess: 'Take a price nearer to the mark.',
    InsufficientCash: 'Premiums and fees are paid in cash: deposit the quote token.',
    InsufficientBalance: 'The account holds less than that.',
    DepositCap: 'The exchange takes no more of this token for now.',
    OutsideBand: 'Take a price nearer to the mark.',
    StaleMarket: 'Somebody has to refresh the price; try again in a moment.',
    StaleSurface: 'The publishers have to post volatilities; try again in a moment.',
    StaleQuote: 'Somebody has to refresh the price of the quote token; try again in a moment.',
    OpenInterestLimit: 'The market takes no more open interest in this contract.',
    NoFreePosition: 'Close a position first: an account holds 64 at most.',
    CheckTooLarge: 'Close positions first: the account would be too large to be checked in one transaction.',
    ContractExpired: 'The contract is over.',
};

/** The state of a transaction. */
export function SendingState({ sending }: { sending: Sending }) {
    if (sending.is === 'idle') return null;
    if (sending.is === 'confirmed') {
        return (
            <p role="status" data-testid="confirmed">
                <strong className="gain">Confirmed.</strong>{' '}
                <span className="mono muted">{sending.signature.slice(0, 24)}…</span>
            </p>
        );
    }
    if (sending.is === 'refused') return <Refusal name={sending.name} message={sending.message} logs={sending.logs} />;
    return <p role="status">{WORDS[sending.is]}</p>;
}

/** The program writes whole numbers of small units: their thousands are set apart here. */
function grouped(text: string): string {
    return text.replace(/-?\d{5,}/g, (digits) => fixed(BigInt(digits), 0));
}

/** Why the program refused, in its own words, and what helps. */
export function Refusal(props: { name: string | undefined; message: string; logs: readonly string[] }) {
    const remedy = props.name ? REMEDIES[props.name] : undefined;
    return (
        <div role="alert" className="stack" style={{ gap: 4 }} data-testid="refusal">
            <p className="loss">
                <strong>Refused.</strong> {grouped(props.message)}
            </p>
            {remedy && <p>{remedy}</p>}
            {props.logs.length > 0 && (
                <details className="note">
                    <summary>The program’s log</summary>
                    <pre className="mono" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0 }}>
                        {props.logs.join('\n')}
                    </pre>
                </details>
            )}
        </div>
    );
}
