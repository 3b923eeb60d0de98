import type { Verification, VerifyRequest, WorkerVerifier } from "cretula";
import type { Digest } from "./digest.js";

/** What the visitor has. */
export interface Evidence {
  /** Name of the file, for people. */
  readonly name: string;
  /** The file itself; it wins over a digest. */
  readonly file?: Blob;
  readonly digest?: Digest;
  /** The bundle as it was received. */
  readonly bundle: Uint8Array;
}

/** What the visitor expects. */
export type Expectation = Pick<VerifyRequest, "policy" | "trust">;

/** How a large file is read. */
export interface Reading {
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number, total: number | undefined) => void;
}

/** Verifies in the worker; a file is read there, as a stream. */
export function verify(
  verifier: WorkerVerifier,
  evidence: Evidence,
  expectation: Expectation,
  reading: Reading,
): Promise<Verification> {
  const { file, digest, bundle } = evidence;
  const demands = { bundle, ...expectation };
  if (file !== undefined) return verifier.verifyFile(file, { ...demands, ...reading });
  return verifier.verify({ ...demands, ...(digest !== undefined && { artifacts: [digest] }) });
}
