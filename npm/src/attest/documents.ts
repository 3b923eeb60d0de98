// Actions of the module and replies to them, as wit/signing.wit and generation.md §6.1 describe them.

import { fromBase64, toBase64 } from "../base64.js";
import { textOf, utf8, write } from "../json.js";
import type { Report } from "../documents.js";
import { CretulaError } from "../error.js";
import { HostError } from "./error.js";
import type { Evidence, PublicKey, Signature } from "./types.js";

/** What the module asks for. */
export type Action = { readonly id: number } & (
  | { readonly type: "need-config"; readonly reason: string }
  | { readonly type: "need-exchange"; readonly requests: readonly ExchangeRequest[] }
  | {
      readonly type: "need-key";
      readonly key: string;
      readonly algorithm?: string;
      readonly delayMs?: number;
    }
  | {
      readonly type: "need-signature";
      readonly key: string;
      readonly message: string;
      readonly delayMs?: number;
    }
  | {
      readonly type: "done";
      readonly bundle: string;
      readonly report: Report;
      readonly evidence?: Evidence;
    }
  | {
      readonly type: "failed";
      readonly error: { readonly code: string; readonly detail?: string; readonly path?: string };
      readonly resumable: boolean;
      readonly evidence?: Evidence;
    }
);

/** One HTTP request of an action. */
export interface ExchangeRequest {
  readonly service: "fulcio" | "rekor" | "tsa";
  readonly serviceUrl: string;
  readonly majorApiVersion: number;
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: { readonly "content-type"?: string; readonly accept: string };
  readonly body: string;
  readonly auth: "none" | "fulcio-token";
  readonly timeoutMs: number;
  readonly delayMs: number;
}

/** What a service answered. */
export interface ServiceReply {
  readonly status: number;
  readonly contentType: string;
  readonly location?: string;
  readonly retryAfter?: number;
  readonly logIndex?: number;
  readonly body: Uint8Array;
}

/** Reads an action. The module is ours; anything else is a failure of the sandbox. */
export function readAction(bytes: Uint8Array): Action {
  const document = JSON.parse(textOf(bytes)) as Record<string, unknown>;
  if (document["schema"] !== "cretula/action/v1")
    throw new CretulaError("host/sandbox", "no action");
  return document as unknown as Action;
}

const reply = (id: number, members: object): Uint8Array =>
  utf8(write({ schema: "cretula/reply/v1", id, ...members }));

/** The run is taken up again, until a new deadline. */
export const againReply = (deadline: number | undefined): Uint8Array =>
  reply(0, { type: "again", deadline });

/** A fresh trust configuration, as text that is one JSON value. */
export const configReply = (id: number, trust: string): Uint8Array =>
  utf8(`{"schema":"cretula/reply/v1","id":${id},"trust":${trust}}`);

/** An action that could not be performed. */
export const errorReply = (id: number, error: unknown): Uint8Array =>
  reply(id, { error: hostError(error) });

/** A key. */
export function keyReply(
  id: number,
  algorithm: string,
  key: PublicKey,
  chain: readonly Uint8Array[],
): Uint8Array {
  return reply(id, {
    publicKey: toBase64(key.spki),
    algorithm,
    keyId: key.id ?? "",
    version: key.version,
    chain: chain.map(toBase64),
  });
}

/** A signature. */
export const signatureReply = (id: number, { bytes, encoding, version }: Signature): Uint8Array =>
  reply(id, { signature: toBase64(bytes), encoding, version });

/** Replies of services, or why there are none, in the order of the requests. */
export function exchangeReply(
  id: number,
  results: readonly PromiseSettledResult<ServiceReply>[],
): Uint8Array {
  const replies = results.map((result) =>
    result.status === "fulfilled"
      ? { ...result.value, body: toBase64(result.value.body) }
      : { error: hostError(result.reason) },
  );
  return reply(id, { replies });
}

function hostError(error: unknown) {
  if (!(error instanceof HostError)) return { kind: "other" };
  const { kind, retryAfterMs } = error;
  return { kind, ...(kind === "throttled" && { retryAfterMs }) };
}

/** The record of a run: the state of the module, and what was signed already. */
export interface RunRecord {
  readonly schema: "cretula/run/v1";
  readonly signed: readonly Signed[];
  readonly state: string;
}

/** One message that was signed for the request, as the guard wants it. */
export interface Signed {
  readonly kind: string;
  readonly sha256: string;
  readonly key: string;
}

/** A record as bytes. */
export const writeRecord = (state: Uint8Array, signed: readonly Signed[]): Uint8Array =>
  utf8(write({ schema: "cretula/run/v1", signed, state: toBase64(state) }));

/**
 * Reads a record; throws a CretulaError `state/format` for anything else. The guard reads what is inside.
 */
export function readRecord(record: Uint8Array): {
  readonly state: Uint8Array;
  readonly signed: readonly Signed[];
} {
  try {
    const document = JSON.parse(textOf(record)) as RunRecord;
    if (document.schema !== "cretula/run/v1" || !Array.isArray(document.signed))
      throw new TypeError("no record");
    return { state: fromBase64(document.state), signed: document.signed };
  } catch (cause) {
    throw new CretulaError("state/format", "not the record of a run", undefined, { cause });
  }
}
