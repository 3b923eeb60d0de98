import { defineConfig } from "vite";
import { BUILT_IN } from "./csp.mjs";
import { contentSecurityPolicy, integrity, offline } from "./scripts/plugins.mjs";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    modulePreload: false,
    // A file that is fetched stays a file: `data:` is not allowed by the Content-Security-Policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  plugins: [contentSecurityPolicy(BUILT_IN), integrity(), offline()],
});
