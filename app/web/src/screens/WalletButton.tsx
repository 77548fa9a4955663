// Connecting a wallet, and forgetting it.

import { findMarginAccount } from '@ballast/client';
import type { Wallet, WalletAccount } from '@wallet-standard/base';
import { Suspense, lazy, useState } from 'react';

import { short } from '../lib/format.js';
import type { View } from '../lib/url.js';
import { useKnown } from '../live/hooks.js';
import { accountsOf, connect, disconnect, useWallet } from '../live/wallet.js';

const Dialog = lazy(() => import('../ui/Dialog.js'));

/** The button, and the dialog that it opens. */
export function WalletButton({ onView }: { onView: (change: Partial<View>) => void }) {
    const { wallets, connected } = useWallet();
    const { network } = useKnown();
    const [isOpen, setOpen] = useState(false);
    const [offered, setOffered] = useState<{ wallet: Wallet; accounts: readonly WalletAccount[] }>();
    const [problem, setProblem] = useState<string>();

    const take = async (wallet: Wallet, account: WalletAccount) => {
        if (!network) return;
        const { address } = connect(wallet, account, network.chain);
        setOpen(false);
        setOffered(undefined);
        onView({ account: await findMarginAccount({ exchange: network.exchange, owner: address }) });
    };
    const choose = async (wallet: Wallet) => {
        setProblem(undefined);
        try {
            const accounts = await accountsOf(wallet);
            if (accounts.length === 1 && accounts[0]) await take(wallet, accounts[0]);
            else setOffered({ wallet, accounts });
        } catch (error) {
            setProblem(error instanceof Error ? error.message : String(error));
        }
    };
    if (connected) {
        return (
            <button type="button" className="button" onClick={disconnect} title="Disconnect" data-testid="wallet">
                {connected.account.label ?? short(connected.address)} · disconnect
            </button>
        );
    }
    return (
        <>
            <button type="button" className="button primary" onClick={() => setOpen(true)} data-testid="wallet">
                Connect wallet
            </button>
            {isOpen && (
                <Suspense fallback={null}>
                    <Dialog
                        title="Connect a wallet"
                        onClose={() => {
                            setOpen(false);
                            setOffered(undefined);
                        }}
                        description="Looking at accounts and building books needs none. Depositing and trading do."
                    >
                        {!network && <p>There is no network yet.</p>}
                        {network && !offered && wallets.length === 0 && (
                            <p>This browser has no wallet that signs Solana transactions.</p>
                        )}
                        {network && !offered && (
                            <div className="stack" style={{ gap: 8 }}>
                                {wallets.map((wallet) => (
                                    <button
                                        key={wallet.name}
                                        type="button"
                                        className="button"
                                        style={{ justifyContent: 'flex-start', padding: '8px 12px' }}
                                        onClick={() => void choose(wallet)}
                                    >
                                        <img src={wallet.icon} alt="" width={20} height={20} />
                                        {wallet.name}
                                    </button>
                                ))}
                            </div>
                        )}
                        {offered && (
                            <div className="stack" style={{ gap: 8 }}>
                                <p className="note">{offered.wallet.name} has several accounts:</p>
                                {offered.accounts.map((account) => (
                                    <button
                                        key={account.address}
                                        type="button"
                                        className="button"
                                        style={{ justifyContent: 'space-between', padding: '6px 12px' }}
                                        onClick={() => void take(offered.wallet, account)}
                                    >
                                        {account.label ?? 'account'}
                                        <span className="mono muted">{short(account.address)}</span>
                                    </button>
                                ))}
                            </div>
                        )}
                        {problem && (
                            <p className="loss" role="alert">
                                {problem}
                            </p>
                        )}
                    </Dialog>
                </Suspense>
            )}
        </>
    );
}
