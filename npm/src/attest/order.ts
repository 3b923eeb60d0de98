// The request document, and what this host knows about it: what the guard compares with.

import { toBase64 } from "../base64.js";
import { COMPONENT_SHA256 } from "../digest.js";
import { CretulaError } from "../error.js";
import { documentBytes, textOf, utf8, write, type Document } from "../json.js";
import type { AttestOrder, JsonObject } from "./types.js";

/** Profiles in which a certificate says who signed, and the key lives for one bundle. */
const CERTIFIED = new Set(["public-v1", "public-v2", "tsa", "private-ca"]);

/** Name of a key that is made for one bundle. */
const EPHEMERAL = "ephemeral";

/** What a key may sign. */
export type Purpose = "attestation" | "ca" | "ephemeral";

/**
 * A request as a document for the module, and as this host's own record. Made once; later changes do not
 * reach it.
 */
export class Prepared {
  /** `cretula/attest-request/v1`. */
  readonly document: Uint8Array;
  /** The trust configuration, parsed to find services and certificates. */
  readonly trust: unknown;
  readonly profile: string;
  readonly mode: string;
  readonly #config: string;
  readonly #facts: string;
  readonly #subjects: string;
  readonly #key: unknown;
  readonly #caKey: unknown;

  constructor({ mode, config, trust, facts, tenant, predicate, deadline }: AttestOrder) {
    this.mode = mode;
    const [configText, trustText] = [jsonText(config, "/config"), jsonText(trust, "/trust")];
    this.trust = JSON.parse(trustText);
    this.#config = configText;
    const { origin, claims, event = {}, record = {} } = facts;
    this.#facts = write({
      origin,
      claims,
      event,
      record,
      moduleDigest: { sha256: COMPONENT_SHA256 },
    });
    const { subjects, resolvedDependencies = [], byproducts = [], declared = {} } = tenant;
    this.#subjects = write(subjects.map((subject) => subject.digest));
    const entropy = toBase64(crypto.getRandomValues(new Uint8Array(32)));
    const members = [
      `"schema":"cretula/attest-request/v1"`,
      `"mode":${write(mode)}`,
      `"entropy":"${entropy}"`,
      `"config":${configText}`,
      `"trust":${trustText}`,
      `"facts":${this.#facts}`,
      `"tenant":${write({ subjects, resolvedDependencies, byproducts, declared })}`,
      `"predicate":${write(predicate ?? { kind: "provenance" })}`,
    ];
    if (deadline !== undefined) members.push(`"deadline":${write(deadline)}`);
    this.document = utf8(`{${members.join(",")}}`);
    const chosen = (JSON.parse(configText) as { modes?: Record<string, unknown> }).modes ?? {};
    const found = (Object.hasOwn(chosen, mode) ? chosen[mode] : undefined) as
      Record<string, unknown> | undefined;
    this.profile = String(found?.["profile"]);
    this.#key = found?.["key"];
    this.#caKey = found?.["caKey"];
  }

  /** What a key of this name may sign for the request; `undefined`: it is not granted. */
  purposeOf(name: string): Purpose | undefined {
    if (CERTIFIED.has(this.profile) && name === EPHEMERAL) return "ephemeral";
    if (!CERTIFIED.has(this.profile) && name === this.#key) return "attestation";
    return this.profile === "private-ca" && name === this.#caKey ? "ca" : undefined;
  }

  /** The `cretula/authorisation/v1` document: nothing in it comes from the module. */
  authorisation(members: JsonObject): Uint8Array {
    const own = [
      `"mode":${write(this.mode)}`,
      `"config":${this.#config}`,
      `"facts":${this.#facts}`,
      `"subjects":${this.#subjects}`,
    ];
    const rest = write({ schema: "cretula/authorisation/v1", ...members });
    return utf8(`{${own.join(",")},${rest.slice(1)}`);
  }
}

/**
 * The text of one JSON value. What is passed as text is passed on as written, once it was found to be one
 * value.
 */
export function jsonText(document: Document<JsonObject>, path: string): string {
  const text = textOf(documentBytes(document));
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new CretulaError("input/syntax", "not one JSON value", path, { cause });
  }
  return text;
}
