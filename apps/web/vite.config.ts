import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

const root = import.meta.dirname;

/**
 * The operator’s console, the portal where people sign in, their account page (small: no kit, no router), and the portal once
 * more in the frame where a theme is tried on.
 */
export default defineConfig({
  root,
  plugins: [react()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The content security policy allows neither inline scripts nor data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: {
        console: `${root}/console.html`,
        portal: `${root}/portal.html`,
        account: `${root}/account.html`,
        themePreview: `${root}/theme-preview.html`,
      },
    },
  },
});
