import { createRequire } from 'node:module';

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

const KIT = createRequire(import.meta.url).resolve('@solana/kit');

/**
 * npm puts copies of the packages that Kit is made of beside many of each other, where a tool of the workspace needs
 * other versions. Those that Kit itself uses are enough.
 */
const oneOfEachPackage: Plugin = {
    name: 'one-of-each-package',
    enforce: 'pre',
    resolveId(id, importer) {
        const isPart = /^@solana\/(codecs|errors|fixed-points|options)/.test(id);
        return isPart && importer?.includes('/@solana/') && importer !== KIT
            ? this.resolve(id, KIT, { skipSelf: true })
            : undefined;
    },
};

// Mode `localnet` makes the build for the local network, with a wallet that has everybody's keys; any other mode leaves
// that out (src/main.tsx). The site may stand in any folder of a server.
export default defineConfig(({ mode }) => ({
    base: './',
    plugins: [keepErrorMessages, oneOfEachPackage, react()],
    build: {
        outDir: mode === 'localnet' ? 'dist/local' : 'dist/site',
        emptyOutDir: true,
        target: 'es2022',
        // Assets stay files: the engine is fetched, not embedded.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: { checks: { pluginTimings: false } },
    },
    worker: { format: 'es' as const, plugins: () => [oneOfEachPackage] },
    // `npm run dev` in app/web shows changes at once; everything of the network comes from `cargo xtask dashboard`.
    server: { proxy: { '/network.json': DASHBOARD, '/local/': DASHBOARD } },
}));
