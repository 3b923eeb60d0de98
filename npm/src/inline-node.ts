// `cretula/inline` in Node: the module is part of the code, for bundlers and for places without files.

import { fromBase64 } from "./base64.js";
import { CORE_BASE64 } from "./bytes.js";
import { Cretula } from "./cretula.js";
import { functions } from "./functions.js";
import { hashInNode } from "./hashing-node.js";
import { compile } from "./sandbox.js";

export * from "./public.js";

export const { open, verify, verifyFile, hashFile, inspect, checkPolicy, version } = functions(
  async () => new Cretula(await compile(fromBase64(CORE_BASE64)), hashInNode),
);
