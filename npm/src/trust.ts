// `cretula/trust`: trusted roots that this package carries. Nothing is trusted unless you pass it.

import { PUBLIC_GOOD_DATE, PUBLIC_GOOD_JSON } from "./root.js";
import type { NamedRoot } from "./types.js";

/** The trusted root of the public-good Sigstore instance, as of the date in its name. */
export const publicGood: NamedRoot & { readonly json: string; readonly date: string } =
  Object.freeze({
    name: `public-good Sigstore instance, ${PUBLIC_GOOD_DATE}`,
    date: PUBLIC_GOOD_DATE,
    json: PUBLIC_GOOD_JSON,
  });
