// Messages between a page and its worker.

import type { FileSource, HashFileOptions, HashOptions, VerifyFileRequest } from "./types.js";

/** Functions of a Verifier that a worker runs. */
export type Call = "verify" | "verifyFile" | "hashFile" | "inspect" | "checkPolicy" | "version";

/** To the worker. `abort` ends the call of the same id. */
export type ToWorker = Called | { readonly id: number; readonly abort: true };

/** A call with its arguments. */
export interface Called {
  readonly id: number;
  readonly call: Call;
  readonly args: readonly unknown[];
}

/** A request without what cannot be posted. */
export type PostedFileRequest = Omit<VerifyFileRequest, keyof HashOptions>;

/** Arguments of a posted `verifyFile`. */
export type PostedFileArguments = readonly [FileSource, PostedFileRequest];

/** Arguments of a posted `hashFile`. */
export type PostedHashArguments = readonly [FileSource, Omit<HashFileOptions, keyof HashOptions>];

/** From the worker. A reply with neither value nor error tells how far a file was read. */
export type FromWorker =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PostedError }
  | { readonly id: number; readonly bytes: number; readonly total: number | undefined };

/** An error as data; `code` only for a CretulaError. */
export interface PostedError {
  readonly code?: string;
  readonly detail: string;
  readonly path?: string;
}
