// `cretula` in Node: reads the module that lies beside this file.

import { readFile } from "node:fs/promises";
import { Cretula } from "./cretula.js";
import { functions } from "./functions.js";
import { hashInNode } from "./hashing-node.js";
import { compile } from "./sandbox.js";

export * from "./public.js";
export { openInWorker, type WorkerVerifier } from "./worker-client.js";

export const { open, verify, verifyFile, hashFile, inspect, checkPolicy, version } = functions(
  async () => {
    const bytes = await readFile(new URL("./cretula.core.wasm", import.meta.url));
    return new Cretula(await compile(bytes), hashInNode);
  },
);
