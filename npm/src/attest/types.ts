// What a program that signs writes and reads.

import type { Document } from "../json.js";

/** A JSON object. */
export type JsonObject = { readonly [member: string]: JsonValue | undefined };

/** A JSON value; numbers are integers. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** What is to be signed, and for whom. */
export interface AttestOrder {
  /**
   * Name of the mode: build type, builder, key, profile and predicate types are those of the mode and of
   * no other.
   */
  readonly mode: string;
  /** Configuration of this host, a `cretula/config/v1` document. Never from a caller. */
  readonly config: Document<JsonObject>;
  /** ClientTrustConfig of Sigstore: trusted root and signing configuration. */
  readonly trust: Document<JsonObject>;
  /**
   * What the control plane knows. Only this host fills it, from tokens that it has verified or its own
   * records.
   */
  readonly facts: Facts;
  /** What the tenant says. May be copied from a caller. */
  readonly tenant: TenantClaims;
  /** What is to be stated; SLSA provenance without it. */
  readonly predicate?: { readonly kind: string } & JsonObject;
  /** Unix seconds after which nothing is begun; 10 minutes without it. */
  readonly deadline?: number;
  /** What the caller was granted beyond the mode. */
  readonly grants?: Grants;
  /** Id of the request at this host, for the audit log; random without it. */
  readonly requestId?: string;
}

/** What the control plane says. */
export interface Facts {
  /** `verified-token`: this host has verified the ID token whose claims these are. */
  readonly origin: "verified-token" | "control-plane";
  /** Claims of that token; the token itself never. */
  readonly claims?: JsonObject;
  /** What the control plane read of the event: `name`, `inputs`, `release`, `vars`. */
  readonly event?: JsonObject;
  /** Records, named like the members of the predicate that they fill. */
  readonly record?: JsonObject;
}

/** What the tenant says. */
export interface TenantClaims {
  /** 1 to 1024 subjects. */
  readonly subjects: readonly {
    readonly name?: string;
    readonly digest: Readonly<Record<string, string>>;
  }[];
  /** Dependencies that the control plane does not know. */
  readonly resolvedDependencies?: readonly JsonObject[];
  /** By-products. */
  readonly byproducts?: readonly JsonObject[];
  /** Values of the extensions that the build type declares. */
  readonly declared?: JsonObject;
}

/** What the caller of this host was granted. Nothing here comes from the caller. */
export interface Grants {
  /** Predicate types that may be signed; the one of the order without it, if the mode lists it. */
  readonly predicateTypes?: readonly string[];
  /** Greatest level of a verification summary. */
  readonly maxVsaLevel?: string;
  /** Values without a level that a summary may state. */
  readonly vsaProperties?: readonly string[];
  /** What `resourceUri` of a summary begins with; without it there is no summary. */
  readonly resourcePrefix?: string;
}

/**
 * What this host does for the module: keys, network, time, and a line in the audit log before every
 * signature.
 */
export interface AttestHost {
  /** Takes one event durably, before the signature is made. If it throws, nothing is signed. */
  readonly audit: (event: AuditEvent) => void | Promise<void>;
  /** Opens a managed key or the key of a private authority by its name in the mode. */
  readonly openKey?: (name: string) => SigningKey | Promise<SigningKey>;
  /** Makes the key of one bundle; a non-extractable WebCrypto key without it. */
  readonly ephemeralKey?: (algorithm: string | undefined) => SigningKey | Promise<SigningKey>;
  /** Brings an ID token for the certificate authority; asked again for each further certificate. */
  readonly token?: () => string | Promise<string>;
  /** Sends requests; the platform's `fetch` without it. */
  readonly fetch?: Fetcher;
  /** Brings a trust configuration newer than the one of the order. */
  readonly freshTrust?: () => Document<JsonObject> | Promise<Document<JsonObject>>;
  /** Keeps the record of the run before every action, so that it can be taken up again. */
  readonly journal?: Journal;
  /** The clock, in Unix seconds. */
  readonly now?: () => number;
  /** Waits. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Ends the run; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Allows plain HTTP to this very machine, for tests and demonstrations. */
  readonly dangerousLoopbackHttp?: boolean;
}

/** The part of `fetch` that is used. */
export type Fetcher = (url: string, init: RequestInit) => Promise<Response>;

/** A handle to a signing key. The private half stays where it is. */
export interface SigningKey {
  /** Name of the algorithm, such as `PKIX_ECDSA_P256_SHA_256`. */
  readonly algorithm: string;
  /** The public half. */
  readonly publicKey: () => PublicKey | Promise<PublicKey>;
  /** Its certificates in DER, leaf first. */
  readonly certificateChain?: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /**
   * Signs a message that the guard has read. Hashing is the key's: the message is whole, never a digest.
   */
  readonly sign: (message: Uint8Array) => Promise<Signature>;
}

/** The public half of a key. */
export interface PublicKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Id of the key at this host. */
  readonly id?: string;
  /** Its version. */
  readonly version?: string;
}

/** A signature. */
export interface Signature {
  readonly bytes: Uint8Array;
  /** `der`, `p1363` (both integers in the length of the field) or `raw` (EdDSA, RSA). */
  readonly encoding: "der" | "p1363" | "raw";
  /** Version of the key that signed. */
  readonly version?: string;
}

/** Keeps the record of one run. */
export interface Journal {
  /** Writes it durably in place of the one before. If it throws, the run stops. */
  readonly keep: (record: Uint8Array) => void | Promise<void>;
  /** The run has ended with a bundle or for good. */
  readonly forget?: () => void | Promise<void>;
}

/** A decision about one message. It has no place for a token, a payload or a key. */
export interface AuditEvent {
  /** RFC 3339. */
  readonly time: string;
  readonly requestId: string;
  readonly mode: string;
  readonly keyId: string;
  readonly keyVersion?: string;
  /** `attestation`, `csr`, `certificate`, or `unknown` for a message that the guard refused. */
  readonly kind: string;
  readonly payloadSha256?: string;
  readonly predicateType?: string;
  /** Digests of the subjects, at most 16 of `count`. */
  readonly subjects: { readonly digests: readonly string[]; readonly count: number };
  readonly builderId?: string;
  readonly moduleSha256: string;
  readonly verdict: "allowed" | "denied";
  /** Why not. */
  readonly code?: string;
}

/** A bundle that passed the verifier. */
export interface Sealed {
  /** Sigstore bundle v0.3, JSON. */
  readonly bundle: Uint8Array;
  /** `cretula/report/v1` of its verification. */
  readonly report: import("../documents.js").Report;
  /** What exists outside besides what is in the bundle. */
  readonly evidence?: Evidence;
}

/** What a run left with services. */
export interface Evidence {
  /** Serial numbers of issued certificates, lower-case hex. */
  readonly certificates?: readonly string[];
  /** Entries of transparency logs; indexes are decimal text. */
  readonly logEntries?: readonly { readonly log: string; readonly index: string }[];
}
