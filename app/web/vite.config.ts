import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const DASHBOARD = 'http://127.0.0.1:8080';

/** The generated client drops the program's error messages from production builds. People are to read them. */
const keepErrorMessages: Plugin = {
    name: 'keep-error-messages',
    enforce: 'pre',
    transform: (code, id) =>
        /generated\/errors\/\w+\.[jt]s$/.test(id)
            ? code.replaceAll(/process\.env\[?['.]NODE_ENV'?\]?/g, '"development"')
            : undefined,
};

// Mode `localnet` makes the build for the local network, with a wallet that has everybody's keys; any other mode leaves
// that out (src/main.tsx). The site may stand in any folder of a server.
export default defineConfig(({ mode }) => ({
    base: './',
    plugins: [keepErrorMessages, react()],
    build: {
        outDir: mode === 'localnet' ? 'dist/local' : 'dist/site',
        emptyOutDir: true,
        target: 'es2022',
        // Assets stay files: the engine is fetched, not embedded.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: { checks: { pluginTimings: false } },
    },
    worker: { format: 'es' as const },
    // `npm run dev` in app/web shows changes at once; everything of the network comes from `cargo xtask dashboard`.
    server: { proxy: { '/network.json': DASHBOARD, '/local/': DASHBOARD } },
}));
