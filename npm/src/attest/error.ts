import { CretulaError } from "../error.js";
import type { Evidence } from "./types.js";

/** Why there is no bundle: a code of generation, guard, keys or services. */
export class AttestError extends CretulaError {
  constructor(
    code: string,
    detail?: string,
    path?: string,
    /** Whether the run can be taken up again from its journal. */
    readonly resumable = false,
    /** What exists outside already. */
    readonly evidence?: Evidence,
    options?: ErrorOptions,
  ) {
    super(code, detail, path, options);
  }
}

/** Kinds of errors of a host, as replies name them. */
export type HostErrorKind =
  | "denied"
  | "expired"
  | "other"
  | "redirected"
  | "throttled"
  | "timed-out"
  | "too-large"
  | "unavailable"
  | "wrong-version";

/**
 * What a key or a service throws to say why it did not do what was asked. Any other error of a key is
 * `other`.
 */
export class HostError extends Error {
  override readonly name = "HostError";

  constructor(
    /** `throttled`, `unavailable` and `timed-out` are tried again, everything else is final. */
    readonly kind: HostErrorKind,
    /** Of `throttled`: when it may be tried again. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(kind, options);
  }
}
