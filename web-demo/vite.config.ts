import { defineConfig } from "vite";

/** The gateway that `npm run dev` works with: `WHARF_ORIGIN=http://... npm run dev -w web-demo` for another. */
const gateway = process.env["WHARF_ORIGIN"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  // Relative: a proxy may serve the page below a path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    // Nothing inline: the page must work under `script-src 'self'; style-src 'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/api": gateway,
      "/client": gateway,
      "/ws": { target: gateway, ws: true },
    },
  },
});
