// The Content-Security-Policies of the page. docs/page.md gives them to whoever serves it.

/** Enough for everything but looking up bundles elsewhere. */
export const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/** Part of the page itself: no stricter host policy is needed, and one is never loosened by it. */
export const BUILT_IN =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' https:; " +
  "object-src 'none'; base-uri 'none'; form-action 'none'";
