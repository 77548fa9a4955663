// The frame: masthead, how the account stands, tabs, and the screen that is open.

import * as Tabs from '@radix-ui/react-tabs';
import { Suspense, lazy, useEffect, useState } from 'react';

import { SCREENS, type Screen, type View } from './lib/url.js';
import { useKnown, useView } from './live/hooks.js';
import { show } from './live/store.js';
import { Masthead } from './screens/Masthead.js';
import { Overview } from './screens/Overview.js';
import { Staleness, StatusStrip } from './screens/StatusStrip.js';
import { Welcome } from './screens/Welcome.js';
import { Developer } from './screens/Developer.js';
import { useReport, useSnapshot, type Subject } from './screens/figures.js';

const Risk = lazy(() => import('./screens/Risk.js'));
const Build = lazy(() => import('./screens/Build.js'));
const Trade = lazy(() => import('./screens/Trade.js'));
const Monitor = lazy(() => import('./screens/Monitor.js'));
const Examples = lazy(() => import('./screens/Examples.js'));

const NAMES: Readonly<Record<Screen, string>> = {
    overview: 'Overview',
    risk: 'Risk',
    build: 'Build',
    trade: 'Trade',
    monitor: 'Monitor',
    examples: 'Example books',
};

/** What a screen gets. */
export interface ScreenProps {
    readonly view: View;
    readonly onView: (change: Partial<View>) => void;
    readonly subject: Subject | undefined;
}

/** The whole page. */
export function App() {
    const [view, setView] = useView();
    const { state, account, network } = useKnown();
    const snapshot = useSnapshot(state);
    const here = account.is === 'here' ? account.account : undefined;
    const report = useReport(snapshot, here?.bytes);
    const subject = state && snapshot && here ? { state, snapshot, account: here } : undefined;
    const [isDeveloper, setDeveloper] = useState(false);

    useEffect(() => show(view.account), [view.account]);
    // Whoever brings no account is shown the first of the network's own.
    const first = network?.traders?.[0]?.account;
    useEffect(() => {
        if (!view.account && first) setView({ account: first });
    }, [view.account, first, setView]);
    useEffect(() => {
        document.title = `${NAMES[view.screen]} – Ballast`;
    }, [view.screen]);

    const props = { view, onView: setView, subject };
    return (
        <>
            <a className="skip" href="#content">
                Skip to content
            </a>
            <Masthead view={view} onView={setView} onDeveloper={() => setDeveloper(!isDeveloper)} />
            <Staleness />
            <Tabs.Root
                value={view.screen}
                onValueChange={(screen) => setView({ screen: screen as Screen, liquidation: undefined })}
                activationMode="manual"
            >
                <Tabs.List className="tabs" aria-label="Screens">
                    {SCREENS.map((screen) => (
                        <Tabs.Trigger key={screen} value={screen} className="tab">
                            {NAMES[screen]}
                        </Tabs.Trigger>
                    ))}
                </Tabs.List>
                {subject && report.value && view.screen !== 'examples' && (
                    <StatusStrip report={report.value} state={subject.state} />
                )}
                <main id="content" tabIndex={-1}>
                    <Suspense fallback={<div className="screen skeleton" aria-label="Loading" />}>
                        <Tabs.Content value="overview" className="screen" tabIndex={-1}>
                            {subject && report.value ? (
                                <Overview subject={subject} report={report.value} />
                            ) : (
                                <Welcome onView={setView} {...(report.problem ? { problem: report.problem } : {})} />
                            )}
                        </Tabs.Content>
                        <Tabs.Content value="risk" className="screen" tabIndex={-1}>
                            {subject && report.value ? (
                                <Risk subject={subject} report={report.value} onView={setView} />
                            ) : (
                                <Welcome onView={setView} {...(report.problem ? { problem: report.problem } : {})} />
                            )}
                        </Tabs.Content>
                        <Tabs.Content value="build" className="screen" tabIndex={-1}>
                            <Build {...props} />
                        </Tabs.Content>
                        <Tabs.Content value="trade" className="screen" tabIndex={-1}>
                            <Trade {...props} />
                        </Tabs.Content>
                        <Tabs.Content value="monitor" className="screen" tabIndex={-1}>
                            <Monitor {...props} />
                        </Tabs.Content>
                        <Tabs.Content value="examples" className="screen" tabIndex={-1}>
                            <Examples />
                        </Tabs.Content>
                    </Suspense>
                </main>
            </Tabs.Root>
            {isDeveloper && <Developer subject={subject} milliseconds={report.milliseconds} />}
        </>
    );
}
