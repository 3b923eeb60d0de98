// `cretula/slim` in Node: you bring the module.

import { Cretula } from "./cretula.js";
import { hashInNode } from "./hashing-node.js";
import { compile } from "./sandbox.js";

export * from "./public.js";

/**
 * Compiles `cretula.core.wasm` after its SHA-256 was checked.
 *
 * @throws CretulaError `host/module` for any other bytes.
 */
export async function open(bytes: Uint8Array | ArrayBuffer): Promise<Cretula> {
  return new Cretula(await compile(bytes), hashInNode);
}

/**
 * Takes a compiled module, for places that compile for you or to pass one between threads.
 *
 * Its bytes cannot be read any more, so **you** vouch for them: compare their SHA-256 with `CORE_SHA256`
 * first.
 */
export function dangerousOpenCompiled(module: WebAssembly.Module): Cretula {
  return new Cretula(module, hashInNode);
}
