// Deposits and withdrawals of the wallet that is connected.

import {
    deposit,
    findMarginAccount,
    findTokenAccount,
    fromNative,
    inOrder,
    openAccount,
    toNative,
    withdraw,
    type Bank,
    type ExchangeState,
    type Listed,
    type MarginAccount,
} from '@ballast/client';
import { useEffect, useState } from 'react';

import { short } from '../lib/format.js';
import type { Network } from '../live/network.js';
import { useSending } from '../live/send.js';
import type { Connected } from '../live/wallet.js';
import { Choice, Panel } from '../ui/parts.js';
import { SendingState } from './SendingState.js';

/** The panel. The account is opened with the first deposit. */
export function Funds(props: {
    network: Network;
    state: ExchangeState;
    wallet: Connected;
    account: Listed<MarginAccount> | undefined;
}) {
    const { network, state, wallet, account } = props;
    const banks = [...state.banks.values()];
    const [way, setWay] = useState<'deposit' | 'withdraw'>('deposit');
    const [mint, setMint] = useState<string>(state.exchange.data.quoteMint);
    const [amount, setAmount] = useState('');
    const [sending, submit] = useSending();
    const bank = banks.find(({ data }) => data.mint === mint) ?? banks[0];
    const inWallet = useWalletBalance(network, wallet.address, bank, sending.is);
    if (!bank) return null;
    const isQuote = bank.data.number === state.exchange.data.quoteBankNumber;
    const held = isQuote
        ? account?.data.cash
        : account?.data.balances.find((it) => it.bank === bank.data.number)?.amount;
    const native = parse(amount, (text) => toNative(bank.data, text));
    const busy = sending.is !== 'idle' && sending.is !== 'confirmed' && sending.is !== 'refused';
    const go = () =>
        submit(network, wallet.signer, async (owner) => {
            const value = native ?? 0n;
            const { exchange } = network;
            if (way === 'withdraw' && account) return withdraw(state, { account, owner }, bank, value);
            const address = account?.address ?? (await findMarginAccount({ exchange, owner: owner.address }));
            const paying = await deposit({ exchange, account: address, owner, bank, amount: value });
            return account ? paying : inOrder(await openAccount({ exchange, owner }), paying);
        }).then((done) => done && setAmount(''));
    return (
        <Panel
            title="Funds"
            actions={
                <Choice
                    label="Which way"
                    value={way}
                    options={[
                        ['deposit', 'deposit'],
                        ['withdraw', 'withdraw'],
                    ]}
                    onChange={setWay}
                />
            }
        >
            <form
                className="stack"
                style={{ gap: 8 }}
                onSubmit={(event) => {
                    event.preventDefault();
                    void go();
                }}
            >
                <div className="row">
                    <label className="field">
                        Token
                        <select className="input" value={mint} onChange={(event) => setMint(event.target.value)}>
                            {banks.map(({ data }) => (
                                <option key={data.mint} value={data.mint}>
                                    {network.tokens.get(data.mint) ?? short(data.mint)}
                                </option>
                            ))}
                        </select>
                    </label>
                    <label className="field">
                        Amount
                        <input
                            className="input number"
                            inputMode="decimal"
                            value={amount}
                            aria-invalid={amount !== '' && native === undefined}
                            onChange={(event) => setAmount(event.target.value)}
                            data-testid="amount"
                        />
                    </label>
                    <button
                        type="submit"
                        className="button primary"
                        disabled={busy || !native}
                        data-testid="move-funds"
                    >
                        {way === 'deposit' ? (account ? 'Deposit' : 'Open account and deposit') : 'Withdraw'}
                    </button>
                </div>
                <p className="note">
                    In the wallet {inWallet === undefined ? '…' : fromNative(bank.data, inWallet)}, in the account{' '}
                    {fromNative(bank.data, held ?? 0n)} {network.tokens.get(bank.data.mint) ?? ''}.
                    {way === 'withdraw' &&
                        ' What can be withdrawn stands above: prices are refreshed and margin is checked.'}
                </p>
                <SendingState sending={sending} />
            </form>
        </Panel>
    );
}

function useWalletBalance(
    network: Network,
    owner: Connected['address'],
    bank: Listed<Bank> | undefined,
    refreshed: string,
): bigint | undefined {
    const [balance, setBalance] = useState<bigint>();
    const address = bank?.address;
    useEffect(() => {
        if (!bank) return;
        let isOver = false;
        const read = async () => {
            const token = await findTokenAccount(owner, bank.data);
            const { value } = await network.rpc.getTokenAccountBalance(token, { commitment: 'confirmed' }).send();
            if (!isOver) setBalance(BigInt(value.amount));
        };
        // Who never held the token has no account for it.
        read().catch(() => isOver || setBalance(0n));
        return () => {
            isOver = true;
        };
    }, [network, owner, address, refreshed]);
    return balance;
}

function parse(text: string, read: (text: string) => bigint): bigint | undefined {
    try {
        return read(text.trim()) || undefined;
    } catch {
        return undefined;
    }
}
