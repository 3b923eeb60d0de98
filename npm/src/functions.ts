import type { Cretula } from "./cretula.js";
import type { Verifier } from "./types.js";

/** Functions over one module, which is opened by the first call and again after an opening that failed. */
export interface Functions extends Verifier {
  /** Opens the module, once. */
  open(): Promise<Cretula>;
}

/** Makes them. */
export function functions(load: () => Promise<Cretula>): Functions {
  let opened: Promise<Cretula> | undefined;
  const open = () => {
    opened ??= load().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    open,
    verify: async (request) => (await open()).verify(request),
    verifyFile: async (file, request) => (await open()).verifyFile(file, request),
    hashFile: async (file, options) => (await open()).hashFile(file, options),
    inspect: async (bundle) => (await open()).inspect(bundle),
    checkPolicy: async (policy) => (await open()).checkPolicy(policy),
    version: async () => (await open()).version(),
  };
}
