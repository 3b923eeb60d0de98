import type { Policy, Report } from "./documents.js";
import { CretulaError } from "./error.js";
import { documentBytes, snapshot, textOf, utf8 } from "./json.js";
import { ALGORITHMS, algorithmsFor, type Digests, type FileHasher } from "./hashing.js";
import { readReply, verification } from "./reply.js";
import { requestBytes, rootName } from "./request.js";
import { Sandbox } from "./sandbox.js";
import type {
  FileSource,
  HashFileOptions,
  Inspection,
  Verification,
  Verifier,
  VerifyFileRequest,
  VerifyRequest,
  Version,
} from "./types.js";

/** Out of reach of users of the package: whoever has a sandbox can run the steps of signing without the guard. */
const sandboxes = new WeakMap<Cretula, Sandbox>();

/** The sandbox of an opened module, for the parts of this package that guard. */
export function sandboxOf(cretula: Cretula): Sandbox {
  const sandbox = sandboxes.get(cretula);
  if (sandbox === undefined) throw new CretulaError("host/object", "expected what `open` returns");
  return sandbox;
}

/**
 * The module in this thread. Calls run one after the other, so two at once do not disturb each other.
 *
 * Instances are made by `open`.
 */
export class Cretula implements Verifier {
  /** The byte interface: documents of wit/portable.wit in, documents out. No function of it signs. */
  readonly portable: Portable;
  readonly #hashFile: FileHasher;

  /** @internal */
  constructor(module: WebAssembly.Module, hashFile: FileHasher) {
    const sandbox = new Sandbox(module);
    sandboxes.set(this, sandbox);
    this.portable = new Portable(sandbox);
    this.#hashFile = hashFile;
  }

  async verify(request: VerifyRequest): Promise<Verification> {
    const own = snapshot(request);
    const reply = this.portable.verify(requestBytes(own));
    const report = readReply<Report>(reply, "cretula/report/v1");
    return verification(textOf(reply), await rootName(own.trust, report.inputs.trustedRoot));
  }

  async verifyFile(file: FileSource, request: VerifyFileRequest): Promise<Verification> {
    const { onProgress, signal, ...demands } = snapshot(request);
    signal?.throwIfAborted();
    const algorithms = algorithmsFor(this.portable, request.bundle);
    const hashOptions = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
    const digests = await this.#hashFile(this.portable, file, algorithms, hashOptions);
    return this.verify({ ...demands, artifacts: [{ digests }] });
  }

  async hashFile(file: FileSource, options: HashFileOptions = {}): Promise<Digests> {
    const { algorithms = ["sha256"], ...hashOptions } = snapshot(options);
    hashOptions.signal?.throwIfAborted();
    if (!algorithms.every((name) => ALGORITHMS.includes(name))) {
      throw new CretulaError("host/object", "expected sha256, sha384 or sha512", "/algorithms");
    }
    return this.#hashFile(this.portable, file, algorithms, hashOptions);
  }

  async inspect(bundle: string | Uint8Array): Promise<Inspection> {
    const bytes = typeof bundle === "string" ? utf8(bundle) : bundle;
    return readReply<Inspection>(this.portable.inspect(bytes), "cretula/inspect/v1");
  }

  async checkPolicy(policy: Policy | string | Uint8Array): Promise<Policy> {
    return readReply<Policy>(this.portable.checkPolicy(documentBytes(policy)), "cretula/policy/v1");
  }

  async version(): Promise<Version> {
    return readReply<Version>(this.portable.version(), "cretula/version/v1");
  }
}

/**
 * Functions of the interface `portable` that sign nothing. Each throws a CretulaError `host/sandbox` at
 * worst.
 */
export class Portable {
  readonly #sandbox: Sandbox;

  /** @internal */
  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** `cretula/verify-request/v1` in; `cretula/report/v1` or `cretula/error/v1` out. */
  verify(request: Uint8Array): Uint8Array {
    return this.#sandbox.call("verify", request);
  }

  /** A bundle in; `cretula/inspect/v1` or `cretula/error/v1` out. */
  inspect(bundle: Uint8Array): Uint8Array {
    return this.#sandbox.call("inspect", bundle);
  }

  /** `cretula/policy/v1` in; the same with its preset written out, or `cretula/error/v1`, out. */
  checkPolicy(policy: Uint8Array): Uint8Array {
    return this.#sandbox.call("check-policy", policy);
  }

  /** A JSON list of algorithms, later what this returned, and a chunk of any length; the state out. */
  hash(state: Uint8Array, chunk: Uint8Array): Uint8Array {
    return this.#sandbox.call("hash", state, chunk);
  }

  /** A state in; `{"sha256": hex, …}` or `cretula/error/v1` out. */
  digests(state: Uint8Array): Uint8Array {
    return this.#sandbox.call("digests", state);
  }

  /** `cretula/version/v1`. */
  version(): Uint8Array {
    return this.#sandbox.call("version");
  }
}
