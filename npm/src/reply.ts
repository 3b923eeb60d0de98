import type { Error as ErrorDocument, Report } from "./documents.js";
import { CretulaError } from "./error.js";
import { textOf } from "./json.js";
import type { Verification } from "./types.js";

/**
 * Reads a reply of the module.
 *
 * @throws CretulaError for an error document, with its code; `host/sandbox` for anything but `schema`.
 */
export function readReply<T extends object>(reply: Uint8Array, schema: string | undefined): T {
  const document = parse(textOf(reply));
  if (document["schema"] === schema) return document as T;
  if (document["schema"] === "cretula/error/v1") {
    const { code, detail, path } = (document as unknown as ErrorDocument).error;
    throw new CretulaError(code, detail, path);
  }
  throw new CretulaError("host/sandbox", "a reply of another kind");
}

/** A report as a result. Only a report whose verdict is `verified` is a success. */
export function verification(json: string, trustedRoot: string | undefined): Verification {
  const report = parse(json) as unknown as Report;
  const isVerified = report.schema === "cretula/report/v1" && report.verdict === "verified";
  return Object.freeze({
    verified: isVerified,
    report,
    json,
    ...(trustedRoot !== undefined && { trustedRoot }),
  }) as Verification;
}

function parse(text: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === "object" && document !== null)
      return document as Record<string, unknown>;
  } catch (cause) {
    throw new CretulaError("host/sandbox", "a reply that is no JSON", undefined, { cause });
  }
  throw new CretulaError("host/sandbox", "a reply that is no document");
}
