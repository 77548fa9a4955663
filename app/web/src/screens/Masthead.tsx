// Brand, network, whose account is shown, wallet, theme.

import { Suspense, lazy, useState, type FormEvent } from 'react';

import { short } from '../lib/format.js';
import type { View } from '../lib/url.js';
import { useKnown } from '../live/hooks.js';
import { Chip } from '../ui/parts.js';
import { useTheme, type Theme } from '../ui/useTheme.js';
import { WalletButton } from './WalletButton.js';

const Glossary = lazy(() => import('./Glossary.js'));

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

/** The masthead. */
export function Masthead(props: { view: View; onView: (change: Partial<View>) => void; onDeveloper: () => void }) {
    const { network } = useKnown();
    const [theme, setTheme] = useTheme();
    const [isGlossary, setGlossary] = useState(false);
    return (
        <header className="masthead">
            <h1 className="brand">
                <img src="./icon.svg" alt="" />
                Ballast
            </h1>
            {network && <Chip>{network.chain.replace('solana:', '')}</Chip>}
            <AccountPicker {...props} />
            <div className="push row center">
                <button
                    type="button"
                    className="button quiet small"
                    onClick={() => setTheme(NEXT[theme])}
                    aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}.`}
                >
                    {theme === 'system' ? 'Auto' : theme === 'light' ? 'Light' : 'Dark'}
                </button>
                <button type="button" className="button quiet small" onClick={() => setGlossary(true)}>
                    Glossary
                </button>
                <button type="button" className="button quiet small" onClick={props.onDeveloper}>
                    Timing
                </button>
                <WalletButton onView={props.onView} />
            </div>
            {isGlossary && (
                <Suspense fallback={null}>
                    <Glossary onClose={() => setGlossary(false)} />
                </Suspense>
            )}
        </header>
    );
}

function AccountPicker({ view, onView }: { view: View; onView: (change: Partial<View>) => void }) {
    const { network, account } = useKnown();
    const traders = network?.traders ?? [];
    const isSample = traders.some((trader) => trader.account === view.account);
    const [typed, setTyped] = useState<string>();
    const submit = (event: FormEvent) => {
        event.preventDefault();
        if (typed?.trim()) onView({ account: typed.trim() });
        setTyped(undefined);
    };
    return (
        <form className="row center" onSubmit={submit} role="search" aria-label="Account">
            {traders.length > 0 && (
                <select
                    className="input"
                    aria-label="Sample account"
                    value={isSample ? view.account : ''}
                    onChange={(event) => event.target.value && onView({ account: event.target.value })}
                >
                    {!isSample && <option value="">other account</option>}
                    {traders.map(({ name, account: address }) => (
                        <option key={address} value={address}>
                            {name}
                        </option>
                    ))}
                </select>
            )}
            <input
                className="input mono"
                aria-label="Address of a margin account or of its owner"
                placeholder="address of an account or owner"
                spellCheck={false}
                autoComplete="off"
                size={26}
                value={typed ?? (view.account && !isSample ? view.account : '')}
                onChange={(event) => setTyped(event.target.value)}
                aria-invalid={account.is === 'missing'}
            />
            {typed !== undefined && (
                <button type="submit" className="button small">
                    Show
                </button>
            )}
            {account.is === 'here' && (
                <span className="note mono" title={account.account.address}>
                    {short(account.account.address)}
                </span>
            )}
        </form>
    );
}
