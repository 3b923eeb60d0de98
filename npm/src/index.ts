// `cretula` on the web: fetches the module that lies beside this file.

import { Cretula } from "./cretula.js";
import { CretulaError } from "./error.js";
import { functions } from "./functions.js";
import { hashOnTheWeb } from "./hashing.js";
import { compile } from "./sandbox.js";

export * from "./public.js";
export { openInWorker, type WorkerVerifier } from "./worker-client.js";

export const { open, verify, verifyFile, inspect, checkPolicy, version } = functions(async () => {
  const response = await fetch(new URL("./cretula.core.wasm", import.meta.url));
  if (!response.ok)
    throw new CretulaError("host/module", `the module was answered with ${response.status}`);
  return new Cretula(await compile(await response.arrayBuffer()), hashOnTheWeb);
});
