// Cash and deposits: what they are worth, and what margin counts of them.

import { fromNative, type Bank } from '@ballast/client';
import type { MarginReport } from '@ballast/engine';

import { age, fixed, percent, fraction, percentOf, short, usd } from '../lib/format.js';
import { useKnown } from '../live/hooks.js';
import { Cell, Chip, Explain, NumberHead, Panel } from '../ui/parts.js';
import { MintWarnings } from './MintWarnings.js';
import { useBalances, type Subject } from './figures.js';

/** Token-2022, whose mints may have extensions. */
const TOKEN_2022 = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';

/** The table. */
export function CollateralTable({ subject, report }: { subject: Subject; report: MarginReport }) {
    const { state, snapshot, account } = subject;
    const { network } = useKnown();
    const nameOf = (bank: Bank) => network?.tokens.get(bank.mint) ?? short(bank.mint);
    const quote = state.banks.get(state.exchange.data.quoteBankNumber);
    const figures = useBalances(snapshot, account.bytes);
    const held = account.data.balances.flatMap((balance, index) => {
        const bank = state.banks.get(balance.bank);
        return bank && balance.bank !== 0 ? [{ balance, bank: bank.data, figures: figures.value?.[index] }] : [];
    });
    const { initialHaircut, maintenanceHaircut, collateral } = report;
    return (
        <Panel
            title="Cash and collateral"
            actions={
                <Explain about="a weighted value">
                    What maintenance margin counts of a value: less the haircut. Where a deposit is declared a hedge of
                    positions, that part carries the liquidity haircut alone.
                </Explain>
            }
            flush
        >
            <table className="table" data-testid="collateral">
                <thead>
                    <tr>
                        <th scope="col">Token</th>
                        <NumberHead unit="tokens">Amount</NumberHead>
                        <NumberHead unit="USD ± confidence">Price</NumberHead>
                        <NumberHead>Age</NumberHead>
                        <NumberHead unit="USD">Value</NumberHead>
                        <NumberHead unit="maintenance">Haircut</NumberHead>
                        <NumberHead unit="maintenance, USD">Weighted value</NumberHead>
                        <NumberHead unit="tokens">Hedge</NumberHead>
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <td>
                            {quote ? nameOf(quote.data) : 'Cash'} <span className="muted">cash</span>{' '}
                            {network && quote && <MintWarnings network={network} mint={quote.data.mint} />}
                        </td>
                        <Cell>{usd(report.cash)}</Cell>
                        <Cell>
                            {quote ? fixed(quote.data.price, quote.data.priceDecimals, { digits: 4 }) : undefined}
                        </Cell>
                        <Cell>{quote ? age(Number(state.moment.now - quote.data.publishTime)) : undefined}</Cell>
                        <Cell>{usd(report.cash)}</Cell>
                        <Cell>none</Cell>
                        <Cell>{usd(report.cash, { signed: true })}</Cell>
                        <Cell />
                    </tr>
                    {held.map(({ balance, bank, figures: it }) => (
                        <tr key={bank.number}>
                            <td>
                                {nameOf(bank)} {bank.tokenProgram === TOKEN_2022 && <Chip>Token-2022</Chip>}{' '}
                                {bank.closingSince > 0n && <Chip tone="warn">closing</Chip>}{' '}
                                {network && <MintWarnings network={network} mint={bank.mint} />}
                            </td>
                            <Cell>{fromNative(bank, balance.amount)}</Cell>
                            <Cell>
                                {fixed(bank.price, bank.priceDecimals, { digits: 2 })}{' '}
                                <span className="muted">± {percentOf(bank.confidence, bank.price, { digits: 2 })}</span>
                            </Cell>
                            <Cell>{age(Number(state.moment.now - bank.publishTime))}</Cell>
                            <Cell>{it && usd(it.value)}</Cell>
                            <Cell>{percent(fraction(bank.maintenanceHaircut), { digits: 2 })}</Cell>
                            <Cell>{it && usd(it.value - it.maintenanceHaircut, { signed: true })}</Cell>
                            <Cell>{balance.hedge > 0n ? fromNative(bank, balance.hedge) : undefined}</Cell>
                        </tr>
                    ))}
                    {account.data.debt > 0n && (
                        <tr>
                            <td colSpan={4}>Debt to the lending pool</td>
                            <Cell>{usd(-account.data.debt)}</Cell>
                            <td />
                            <Cell>{usd(-account.data.debt)}</Cell>
                            <td />
                        </tr>
                    )}
                    {held.length > 0 && (
                        <tr className="total">
                            <td colSpan={4}>Collateral</td>
                            <Cell>{usd(collateral)}</Cell>
                            <Cell>
                                <span className="muted" style={{ fontWeight: 400 }}>
                                    initial {usd(initialHaircut)} · maintenance {usd(maintenanceHaircut)}
                                </span>
                            </Cell>
                            <Cell>{usd(collateral - maintenanceHaircut, { signed: true })}</Cell>
                            <td />
                        </tr>
                    )}
                </tbody>
            </table>
        </Panel>
    );
}
