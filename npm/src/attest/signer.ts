// The keys of one run: opened by grant, and used only after guard and audit. There is no other way to a
// signature.

import { fromBase64, toBase64, toHex } from "../base64.js";
import { COMPONENT_SHA256 } from "../digest.js";
import { readReply } from "../reply.js";
import type { Sandbox } from "../sandbox.js";
import { CretulaError } from "../error.js";
import type { Signed } from "./documents.js";
import { AttestError, HostError } from "./error.js";
import { generateKey } from "./keys.js";
import type { Prepared } from "./order.js";
import type {
  AttestHost,
  AuditEvent,
  Grants,
  JsonObject,
  PublicKey,
  Signature,
  SigningKey,
} from "./types.js";

/** Digests of subjects that an audit event lists. */
const LISTED_SUBJECTS = 16;

/** `cretula/guard/v1`. */
interface Verdict {
  readonly kind: string;
  readonly messageSha256: string;
  readonly key: string;
  readonly payloadSha256?: string;
  readonly predicateType?: string;
  readonly subjects?: readonly string[];
  readonly builderId?: string;
}

/** A key that was opened. */
interface Open {
  readonly key: SigningKey;
  readonly publicKey: PublicKey;
  readonly chain: readonly Uint8Array[];
}

/** The keys of one run. */
export class Signer {
  /** What was signed for the request already. */
  signed: Signed[] = [];
  readonly #sandbox: Sandbox;
  readonly #prepared: Prepared;
  readonly #host: AttestHost;
  readonly #grants: Grants;
  readonly #now: () => number;
  readonly #requestId: string;
  readonly #open = new Map<string, Open>();

  constructor(
    sandbox: Sandbox,
    prepared: Prepared,
    host: AttestHost,
    now: () => number,
    grants: Grants & { readonly predicateTypes: readonly string[] },
    requestId = toHex(crypto.getRandomValues(new Uint8Array(16))),
  ) {
    this.#sandbox = sandbox;
    this.#prepared = prepared;
    this.#host = host;
    this.#grants = grants;
    this.#now = now;
    this.#requestId = requestId;
  }

  /**
   * Opens a key; a new ephemeral one takes the place of the one before.
   *
   * @throws HostError of the key; `denied` for a name that the mode does not have.
   */
  async open(name: string, algorithm: string | undefined): Promise<Open> {
    this.#open.delete(name);
    const key = await this.#openKey(name, algorithm);
    const { spki, ...names } = await key.publicKey();
    const chain = (await key.certificateChain?.()) ?? [];
    const open = { key, publicKey: { ...names, spki: spki.slice() }, chain };
    this.#open.set(name, open);
    return open;
  }

  async #openKey(name: string, algorithm: string | undefined): Promise<SigningKey> {
    const purpose = this.#prepared.purposeOf(name);
    if (purpose === "ephemeral") return (this.#host.ephemeralKey ?? generateKey)(algorithm);
    if (purpose === undefined || this.#host.openKey === undefined) throw new HostError("denied");
    return this.#host.openKey(name);
  }

  /**
   * Guard, audit, signature, in this order.
   *
   * @throws AttestError to end the run: the guard refuses, or the audit log takes no line. HostError of
   * the key, for the module to judge.
   */
  async sign(name: string, message: Uint8Array): Promise<Signature> {
    const open = this.#open.get(name) ?? (await this.#reopen(name));
    const verdict = await this.#judge(name, open, message);
    await this.#audit(open, {
      ...verdict,
      verdict: "allowed",
    });
    // The bytes that the guard has read: nobody else has had this array.
    const signature = await open.key.sign(message);
    this.signed.push({ kind: verdict.kind, sha256: verdict.messageSha256, key: verdict.key });
    return signature;
  }

  /** A key that was made for one bundle did not survive the end of the process: another one is needed. */
  async #reopen(name: string): Promise<Open> {
    if (this.#prepared.purposeOf(name) === "ephemeral") throw new HostError("wrong-version");
    return this.open(name, undefined);
  }

  /** The guard, in an instance that has seen nothing else. */
  async #judge(name: string, open: Open, message: Uint8Array): Promise<Verdict> {
    try {
      const [reply] = this.#sandbox.fresh("guard", 1, this.#authorisation(name, open), message);
      return readReply<Verdict>(reply!, "cretula/guard/v1");
    } catch (error) {
      if (!(error instanceof CretulaError)) throw error;
      const { code, detail, path } = error;
      await this.#audit(open, { kind: "unknown", verdict: "denied", code });
      throw new AttestError(code, detail, path, false, undefined, { cause: error });
    }
  }

  #authorisation(name: string, { publicKey }: Open): Uint8Array {
    const purpose = this.#prepared.purposeOf(name);
    if (purpose === undefined) throw new AttestError("guard/purpose", "the mode names another key");
    const { predicateTypes, maxVsaLevel, vsaProperties, resourcePrefix } = this.#grants;
    return this.#prepared.authorisation({
      predicateTypes,
      maxVsaLevel,
      vsaProperties,
      resourcePrefix,
      key: name,
      spki: toBase64(publicKey.spki),
      purpose,
      ca: purpose === "ca" ? this.#certification(publicKey.spki) : undefined,
      signed: this.signed.map(({ kind, sha256, key }) => ({ kind, sha256, key })),
    });
  }

  /** What a certificate of a private authority is compared with. */
  #certification(authority: Uint8Array): JsonObject {
    const certificate = authorityCertificates(this.#prepared.trust).find((der) =>
      contains(fromBase64(der), authority),
    );
    const ephemeral = [...this.#open].find(
      ([name]) => this.#prepared.purposeOf(name) === "ephemeral",
    );
    if (certificate === undefined || ephemeral === undefined) {
      throw new AttestError(
        "guard/certificate",
        "no certificate of the authority, or no key to certify",
      );
    }
    return { certificate, ephemeral: toBase64(ephemeral[1].publicKey.spki), now: this.#now() };
  }

  async #audit(
    { publicKey }: Open,
    {
      kind,
      payloadSha256,
      predicateType,
      subjects = [],
      builderId,
      verdict,
      code,
    }: Partial<Verdict> & Pick<AuditEvent, "kind" | "verdict" | "code">,
  ): Promise<void> {
    const event: AuditEvent = {
      time: new Date(this.#now() * 1000).toISOString().replace(".000Z", "Z"),
      requestId: this.#requestId,
      mode: this.#prepared.mode,
      keyId: publicKey.id ?? "",
      ...(publicKey.version !== undefined && { keyVersion: publicKey.version }),
      kind,
      ...(payloadSha256 !== undefined && { payloadSha256 }),
      ...(predicateType !== undefined && { predicateType }),
      subjects: { digests: subjects.slice(0, LISTED_SUBJECTS), count: subjects.length },
      ...(builderId !== undefined && { builderId }),
      moduleSha256: COMPONENT_SHA256,
      verdict,
      ...(code !== undefined && { code }),
    };
    try {
      await this.#host.audit(event);
    } catch (cause) {
      throw new AttestError(
        "audit/unavailable",
        "the event was not written",
        undefined,
        false,
        undefined,
        { cause },
      );
    }
  }
}

/** Certificates of all authorities of the trusted root, base64. */
function authorityCertificates(trust: unknown): string[] {
  interface Root {
    trustedRoot?: {
      certificateAuthorities?: { certChain?: { certificates?: { rawBytes: string }[] } }[];
    };
  }
  const authorities = (trust as Root | null)?.trustedRoot?.certificateAuthorities ?? [];
  return authorities
    .flatMap(({ certChain }) => certChain?.certificates ?? [])
    .map(({ rawBytes }) => rawBytes);
}

/**
 * Whether a certificate holds this public key; the guard reads the certificate and makes sure that it
 * does.
 */
function contains(certificate: Uint8Array, spki: Uint8Array): boolean {
  return toHex(certificate).includes(toHex(spki));
}
