// `cretula/attest`: signing. Takes the `Cretula` object of any entry.

export { attest, Attestation, type Expected, type PendingStep } from "./attest/run.js";
export { AttestError, HostError, type HostErrorKind } from "./attest/error.js";
export { generateKey, webCryptoKey } from "./attest/keys.js";
export type * from "./attest/types.js";
