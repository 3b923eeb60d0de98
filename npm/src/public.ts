// What every entry exports besides its functions.

export { CretulaError } from "./error.js";
export { expectRepository } from "./expect.js";
export { CORE_SHA256, COMPONENT_SHA256 } from "./digest.js";
export type { Cretula, Portable } from "./cretula.js";
export type * from "./types.js";
export type {
  CertificateRule,
  CertificateSigner,
  Check,
  ManagedKey,
  Match,
  Options,
  Party,
  Policy,
  Report,
  Statement,
  Threshold,
  Time,
  Warning,
} from "./documents.js";
export type * as documents from "./documents.js";
