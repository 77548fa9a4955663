import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App.js';
import { run, show } from './live/store.js';
import { parseView } from './lib/url.js';
import './ui/theme.css';
import './ui/layout.css';
import './ui/parts.css';
import './charts/charts.css';

const base = new URL('.', location.href).href;

show(parseView(new URL(location.href)).account);
void run(base);

// The comparison is a constant when the site is built, so that a build for any other network has nothing of this.
if (import.meta.env.MODE === 'localnet') {
    void import('./local/index.js').then(({ install }) => install(base));
}

const root = document.getElementById('root');
if (root) {
    createRoot(root).render(
        <StrictMode>
            <App />
        </StrictMode>,
    );
}
