// bytes.js is written by scripts/build.mjs from the module that was built.

/** `cretula.core.wasm` in standard base64. */
export declare const CORE_BASE64: string;
