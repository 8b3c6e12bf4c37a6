import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // Nothing inline: the page must work under `script-src 'self'; style-src 'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The gateway serves the client itself, so that the page uses it as any other page would.
    rolldownOptions: { external: ["/client/index.js"] },
  },
});
