import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Mode `localnet` makes the build for the local network, with a wallet that has everybody's keys; any other mode leaves
// that out (src/main.tsx). The site may stand in any folder of a server.
export default defineConfig(({ mode }) => ({
    base: './',
    plugins: [react()],
    build: {
        outDir: mode === 'localnet' ? 'dist/local' : 'dist/site',
        emptyOutDir: true,
        target: 'es2022',
        // Assets stay files: the engine is fetched, not embedded.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
    },
    worker: { format: 'es' as const },
}));
