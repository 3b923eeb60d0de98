// digest.js is written by scripts/build.mjs from the module that was built.

/** SHA-256 of `cretula.core.wasm`, the only module that is compiled; lower-case hex. */
export declare const CORE_SHA256: string;

/** SHA-256 of `cretula.wasm`, the component that holds this core module; provenance names it. */
export declare const COMPONENT_SHA256: string;
