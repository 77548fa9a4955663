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
import type { MarginReport } from '@ballast/engine';
import type { TransactionSigner } from '@solana/kit';
import { useEffect, useState } from 'react';

import type { Snapshot } from '../engine/snapshot.js';
import { analyse } from '../engine/client.js';
import { encode } from '../engine/hypothetical.js';
import { largestAllowed, withTokens } from '../engine/moved.js';
import { fraction, percent, short, usd } from '../lib/format.js';
import { useComputed } from '../live/hooks.js';
import type { Network } from '../live/network.js';
import { useSending, type PriorityFee } from '../live/send.js';
import type { Connected } from '../live/wallet.js';
import { Choice, Panel } from '../ui/parts.js';
import { MintWarnings } from './MintWarnings.js';
import { PriorityFeeChoice } from './PriorityFeeChoice.js';
import { SendingState } from './SendingState.js';

/** The panel. The account is opened with the first deposit. */
export function Funds(props: {
    network: Network;
    state: ExchangeState;
    snapshot: Snapshot;
    wallet: Connected;
    account: Listed<MarginAccount> | undefined;
}) {
    const { network, state, snapshot, wallet, account } = props;
    const banks = [...state.banks.values()];
    const [way, setWay] = useState<'deposit' | 'withdraw'>('deposit');
    const [mint, setMint] = useState<string>(state.exchange.data.quoteMint);
    const [amount, setAmount] = useState('');
    const [sending, submit, reset] = useSending();
    const [priorityFee, setPriorityFee] = useState<PriorityFee>(0n);
    const bank = banks.find(({ data }) => data.mint === mint) ?? banks[0];
    const inWallet = useWalletBalance(network, wallet.address, bank, sending.is);
    const isQuote = bank?.data.number === state.exchange.data.quoteBankNumber;
    const native = bank && parse(amount, (text) => toNative(bank.data, text));
    const preview = useMoved(snapshot, account, bank, isQuote, native && (way === 'deposit' ? native : -native));
    const [isSeeking, setSeeking] = useState(false);
    if (!bank) return null;
    const held = isQuote
        ? account?.data.cash
        : account?.data.balances.find((it) => it.bank === bank.data.number)?.amount;
    const fillIn = async () => {
        setSeeking(true);
        try {
            const most =
                way === 'deposit'
                    ? (inWallet ?? 0n)
                    : account
                      ? await largestWithdrawal(snapshot, account, bank, isQuote)
                      : 0n;
            reset();
            setAmount(fromNative(bank.data, most));
        } catch {
            // The engine has no answer: what was typed stays, and sending it says why.
        } finally {
            setSeeking(false);
        }
    };
    const busy = sending.is !== 'idle' && sending.is !== 'confirmed' && sending.is !== 'refused';
    const go = async () => {
        const make = async (owner: TransactionSigner) => {
            const value = native ?? 0n;
            const { exchange } = network;
            if (way === 'withdraw' && account) return withdraw(state, { account, owner }, bank, value);
            const address = account?.address ?? (await findMarginAccount({ exchange, owner: owner.address }));
            const paying = await deposit({ exchange, account: address, owner, bank, amount: value });
            return account ? paying : inOrder(await openAccount({ exchange, owner }), paying);
        };
        const done = await submit(network, wallet.signer, make, priorityFee);
        if (done) setAmount('');
    };
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
                            onChange={(event) => {
                                // What was sent is told until something else is typed.
                                reset();
                                setAmount(event.target.value);
                            }}
                            data-testid="amount"
                        />
                    </label>
                    <button
                        type="button"
                        className="button"
                        disabled={busy || isSeeking || (way === 'deposit' ? !inWallet : !held)}
                        onClick={() => void fillIn()}
                        title={
                            way === 'deposit'
                                ? 'All that the wallet has'
                                : 'The most that margin allows, less a part in two hundred while there are positions, for prices that move'
                        }
                        data-testid="most"
                    >
                        Max
                    </button>
                    <button
                        type="submit"
                        className="button primary"
                        disabled={busy || !native}
                        data-testid="move-funds"
                    >
                        {way === 'deposit' ? (account ? 'Deposit' : 'Open account and deposit') : 'Withdraw'}
                    </button>
                    <PriorityFeeChoice value={priorityFee} onChange={setPriorityFee} />
                </div>
                <p className="note">
                    In the wallet {inWallet === undefined ? '…' : fromNative(bank.data, inWallet)}, in the account{' '}
                    {fromNative(bank.data, held ?? 0n)} {network.tokens.get(bank.data.mint) ?? ''}.{' '}
                    {isQuote
                        ? 'Cash counts in full.'
                        : `Maintenance margin counts ${percent(1 - fraction(bank.data.maintenanceHaircut))} of its value.`}{' '}
                    <MintWarnings network={network} mint={bank.data.mint} />
                </p>
                {preview && <MovedPreview preview={preview} />}
                <SendingState sending={sending} />
            </form>
        </Panel>
    );
}

/** What a deposit or withdrawal would make of the account. */
type Moved = { readonly before: MarginReport; readonly after: MarginReport } | { readonly problem: string };

/** Of the largest withdrawal, what is kept in two hundred while prices can move it. */
const KEPT = { parts: 199n, of: 200n } as const;

function useMoved(
    snapshot: Snapshot,
    account: Listed<MarginAccount> | undefined,
    bank: Listed<Bank> | undefined,
    isQuote: boolean,
    amount: bigint | undefined,
): Moved | undefined {
    const compute = async () => {
        if (!account || !bank || !amount) throw new Error('nothing moves');
        try {
            const moved = encode(withTokens(account.data, bank.data, isQuote, amount));
            const [before, after] = await Promise.all([
                analyse('report', snapshot, account.bytes),
                analyse('report', snapshot, moved),
            ]);
            return { value: { before: before.value, after: after.value }, milliseconds: after.milliseconds };
        } catch (error) {
            const problem = error instanceof Error ? error.message : String(error);
            return { value: { problem }, milliseconds: 0 };
        }
    };
    const { value } = useComputed<Moved>(account && bank && amount ? compute : undefined, [
        snapshot,
        account,
        bank?.address,
        isQuote,
        amount,
    ]);
    return amount ? value : undefined;
}

/** Native units that can be withdrawn, by the engine here. */
async function largestWithdrawal(
    snapshot: Snapshot,
    account: Listed<MarginAccount>,
    bank: Listed<Bank>,
    isQuote: boolean,
): Promise<bigint> {
    const { data } = account;
    const held = isQuote ? data.cash : (data.balances.find((it) => it.bank === bank.data.number)?.amount ?? 0n);
    const isFree = data.positionCount === 0 && data.debt === 0n;
    if (isFree) return held;
    const most = await largestAllowed(held, async (amount) => {
        const bytes = encode(withTokens(data, bank.data, isQuote, -amount));
        const { value } = await analyse('report', snapshot, bytes);
        return value.modes[value.mode].withdrawalExcess >= 0n;
    });
    return most === held ? held : (most * KEPT.parts) / KEPT.of;
}

function MovedPreview({ preview }: { preview: Moved }) {
    if ('problem' in preview) {
        return (
            <p role="alert" className="loss">
                It would be refused: {preview.problem}.
            </p>
        );
    }
    const { before, after } = preview;
    const of = (report: MarginReport) => report.modes[report.mode];
    const isRefused = of(after).withdrawalExcess < 0n && after.equity < before.equity;
    return (
        <p data-testid="moved">
            Equity {usd(before.equity)} → <strong>{usd(after.equity)}</strong>, free for new risk{' '}
            {usd(of(before).initialExcess)} → <strong>{usd(of(after).initialExcess)}</strong> USD.
            {isRefused && (
                <span className="loss">
                    {' '}
                    More than margin lets go: {usd(-of(after).withdrawalExcess)} USD would be missing.
                </span>
            )}
        </p>
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
