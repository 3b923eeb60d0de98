// What callers write and read. The documents themselves are in documents.ts, which is generated.

import type {
  CertificateSigner,
  Dangerous,
  ManagedKey,
  Node as SignerNode,
  Options,
  Policy,
  Report,
} from "./documents.js";

/**
 * A policy that says who may sign: `signers`, or `dangerous.anySigner` written out.
 *
 * Text or bytes are a policy file, which the module reads just as strictly.
 */
export type Demand = Policy &
  (
    | { readonly signers: SignerNode }
    | { readonly dangerous: Dangerous & { readonly anySigner: true } }
  );

/** A TrustedRoot (JSON): its text or bytes, with a name for results if you like. */
export type TrustedRoot = string | Uint8Array | NamedRoot;

/** A TrustedRoot that results call by its name. */
export interface NamedRoot {
  /** For people. */
  readonly name: string;
  /** The document, byte for byte as published. */
  readonly json: string | Uint8Array;
}

/** What may be trusted. Nothing in a bundle ever becomes trust. At least one member. */
export interface Trust {
  /** Each root is tried alone; material of two is never mixed. */
  readonly roots?: readonly TrustedRoot[];
  /** The only keys that verify bundles naming a key. */
  readonly keys?: readonly ManagedKey[];
}

/** `algorithm:hex`, such as `sha256:…`. */
export type DigestText = `sha256:${string}` | `sha384:${string}` | `sha512:${string}`;

/** What you have: a digest, digests of one artifact, or its bytes (at most 16 MiB in all). */
export type Artifact =
  | DigestText
  | { readonly digests: Readonly<Record<string, string>> }
  | { readonly bytes: Uint8Array };

/** One bundle, and what is demanded of it. */
export interface Demands {
  /**
   * A Sigstore bundle as it was received: text or bytes, not parsed, since parsing hides what is wrong
   * with it.
   */
  readonly bundle: string | Uint8Array;
  /** What may be trusted: roots and keys, or one root. */
  readonly trust: Trust | TrustedRoot;
  /** What you demand: who may sign, and with which evidence. */
  readonly policy: Demand | string | Uint8Array;
  /** Optional inputs, such as `now` in Unix seconds. */
  readonly options?: Options;
}

/** A verification by digest or bytes. */
export interface VerifyRequest extends Demands {
  /** At least one; left out only if the policy has `dangerous.noArtifact`. */
  readonly artifacts?: readonly Artifact[];
}

/** A verification of a file. */
export interface VerifyFileRequest extends Demands, HashOptions {}

/** What `verifyFile` reads. Paths and `file:` URLs in Node only. */
export type FileSource = Blob | ReadableStream<Uint8Array> | string | URL;

/** How a file is hashed. */
export interface HashOptions {
  /** Called after each part, with bytes read so far and, where it is known, the length of the whole. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** Ends the hashing; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How a file is hashed for its digests alone. */
export interface HashFileOptions extends HashOptions {
  /** SHA-256 alone if left out. */
  readonly algorithms?: readonly ("sha256" | "sha384" | "sha512")[];
}

/** A report that verifies; who signed is known. */
export type VerifiedReport = Report & { readonly verdict: "verified" };

/** A report that does not, with the code of the first failed check. */
export type RefusedReport = Report & { readonly verdict: "refused"; readonly code: string };

/** What a verification came to. */
export type Verification = VerificationFacts &
  (
    | { readonly verified: true; readonly report: VerifiedReport }
    | { readonly verified: false; readonly report: RefusedReport }
  );

/** Beside verdict and report. */
export interface VerificationFacts {
  /** The report byte for byte as the module wrote it (RFC 8785), to keep or to compare. */
  readonly json: string;
  /** Name of the trusted root that was used, if you named it. */
  readonly trustedRoot?: string;
}

/** An **unverified** view of a bundle: what it claims of itself. */
export interface Inspection {
  readonly schema: "cretula/inspect/v1";
  /** Always false: nothing here has been verified. */
  readonly verified: false;
  readonly mediaType: string;
  readonly signer: {
    readonly certificate?: InspectedCertificate;
    readonly keyHint?: string;
  };
  readonly logEntries: readonly InspectedEntry[];
  readonly timestamps: readonly { readonly genTime?: string; readonly error?: string }[];
  readonly envelope?: InspectedEnvelope;
  readonly messageSignature?: { readonly signature: string; readonly messageDigest?: string };
}

/** Claims of a certificate that nobody has verified; `error` if it cannot be read. */
export interface InspectedCertificate {
  readonly sha256?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly san?: string;
  readonly issuer?: string;
  readonly claims?: CertificateSigner["certificate"]["claims"];
  readonly error?: string;
}

/** A log entry that nobody has verified. */
export interface InspectedEntry {
  readonly kind: string;
  readonly logId: string;
  readonly logIndex: string;
  readonly hasPromise: boolean;
  readonly hasProof: boolean;
  readonly integratedTime?: string;
}

/** An envelope that nobody has verified. */
export interface InspectedEnvelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly predicateType?: string;
  readonly subjects?: readonly {
    readonly name?: string;
    readonly digest: Readonly<Record<string, string>>;
  }[];
}

/** Version of the module and of its contract. */
export interface Version {
  readonly schema: "cretula/version/v1";
  readonly version: string;
  readonly contract: string;
}

/** What every entry offers, in this thread or in a worker. */
export interface Verifier {
  /** Verifies a bundle by digests or bytes. Not verified is a result, never an exception. */
  verify(request: VerifyRequest): Promise<Verification>;
  /** Hashes a file as a stream, in flat memory, and verifies its bundle. */
  verifyFile(file: FileSource, request: VerifyFileRequest): Promise<Verification>;
  /** Hashes a file as a stream, in flat memory; lower-case hex by algorithm. */
  hashFile(file: FileSource, options?: HashFileOptions): Promise<Readonly<Record<string, string>>>;
  /** Shows what a bundle claims. Nothing in the answer has been verified. */
  inspect(bundle: string | Uint8Array): Promise<Inspection>;
  /** Returns the policy with its preset written out; throws a CretulaError that says where it is wrong. */
  checkPolicy(policy: Policy | string | Uint8Array): Promise<Policy>;
  /** Version of the module. */
  version(): Promise<Version>;
}
