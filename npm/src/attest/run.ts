// One run: steps of the module, and what this host does for each.

import { fromBase64 } from "../base64.js";
import { sandboxOf, type Cretula } from "../cretula.js";
import type { ManagedKey } from "../documents.js";
import { CretulaError } from "../error.js";
import { textOf } from "../json.js";
import { readReply } from "../reply.js";
import type { Sandbox } from "../sandbox.js";
import type { Demand } from "../types.js";
import { AllowList } from "./allow-list.js";
import * as documents from "./documents.js";
import { AttestError, HostError } from "./error.js";
import { jsonText, Prepared } from "./order.js";
import { Services } from "./services.js";
import { Signer } from "./signer.js";
import type { AttestHost, AttestOrder, Sealed } from "./types.js";

/** What is to be done next; `message` of a signature is left out, since only the guarded signer gets it. */
export interface PendingStep {
  readonly type: "need-config" | "need-exchange" | "need-key" | "need-signature";
  /** Of keys: the name in the mode. */
  readonly key?: string;
  /** Of exchanges: where they go. */
  readonly urls?: readonly string[];
}

/** What a bundle must say that was signed from a record. */
export interface Expected {
  /** Who must have signed, and which predicate type. */
  readonly policy: Demand;
  /** Managed keys, where one signs. */
  readonly keys?: readonly ManagedKey[];
}

/**
 * Signing, step by step. `next` performs what `pending` says until it is undefined; then `sealed` is there.
 *
 * Every call of the module runs in an instance of its own. Before every signature the guard reads the
 * message in an instance that has seen nothing else, and `host.audit` takes an event.
 */
export class Attestation {
  readonly #cretula: Cretula;
  readonly #sandbox: Sandbox;
  readonly #order: AttestOrder;
  readonly #host: AttestHost;
  readonly #prepared: Prepared;
  readonly #signer: Signer;
  readonly #expected: Expected | undefined;
  #services: Services;
  #state: Uint8Array;
  #action: documents.Action;
  #isBusy = false;
  /** What a key or a service threw last, for people who look for the reason of a failure. */
  #cause: unknown;

  /**
   * Checks the request, builds the statement, and begins.
   *
   * @throws AttestError if the request is refused; CretulaError for wrong use.
   */
  static begin(cretula: Cretula, order: AttestOrder, host: AttestHost): Attestation {
    return new Attestation(cretula, order, host, undefined);
  }

  /**
   * Takes up a run from the record of its journal, for the same order.
   *
   * A record may have been changed where it lay. So the finished bundle is verified once more: by the
   * trusted root and the subjects of the order, and by what you expect, who must have signed and which
   * predicate type.
   */
  static resume(
    cretula: Cretula,
    order: AttestOrder,
    host: AttestHost,
    record: Uint8Array,
    expected: Expected,
  ): Attestation {
    return new Attestation(cretula, order, host, { ...documents.readRecord(record), expected });
  }

  private constructor(
    cretula: Cretula,
    order: AttestOrder,
    host: AttestHost,
    kept:
      { state: Uint8Array; signed: readonly documents.Signed[]; expected: Expected } | undefined,
  ) {
    this.#cretula = cretula;
    this.#sandbox = sandboxOf(cretula);
    this.#order = order;
    this.#host = host;
    this.#prepared = new Prepared(order);
    const predicateTypes = order.grants?.predicateTypes ?? [this.#predicateType()];
    const grants = { ...order.grants, predicateTypes };
    this.#signer = new Signer(
      this.#sandbox,
      this.#prepared,
      host,
      () => this.#now(),
      grants,
      order.requestId,
    );
    this.#services = this.#servicesOf(this.#prepared.trust);
    this.#expected = kept?.expected;
    if (kept !== undefined) this.#signer.signed = [...kept.signed];
    const again = documents.againReply(order.deadline);
    const step =
      kept === undefined
        ? this.#call("begin", this.#prepared.document)
        : this.#call("resume", kept.state, again);
    [this.#state, this.#action] = step;
  }

  /** What `next` does; undefined at the end. */
  get pending(): PendingStep | undefined {
    const action = this.#action;
    switch (action.type) {
      case "need-key":
      case "need-signature":
        return { type: action.type, key: action.key };
      case "need-exchange":
        return { type: action.type, urls: action.requests.map(({ url }) => url) };
      case "need-config":
        return { type: action.type };
      default:
        return undefined;
    }
  }

  /** The record of the run, for `resume`. It holds no secret; keep it where only this host can write. */
  record(): Uint8Array {
    return documents.writeRecord(this.#state, this.#signer.signed);
  }

  /**
   * Performs the pending step.
   *
   * @returns the sealed bundle once there is one, else undefined.
   * @throws AttestError if there will be no bundle; `resumable` says whether `resume` may still get one.
   */
  async next(): Promise<Sealed | undefined> {
    if (this.#isBusy) throw new CretulaError("step/stale-reply", "the step before has not ended");
    this.#isBusy = true;
    try {
      this.#host.signal?.throwIfAborted();
      if (this.pending !== undefined) {
        await this.#host.journal?.keep(this.record());
        const reply = await this.#perform();
        [this.#state, this.#action] = this.#call("resume", this.#state, reply);
      }
      return await this.#end();
    } finally {
      this.#isBusy = false;
    }
  }

  async #end(): Promise<Sealed | undefined> {
    const action = this.#action;
    if (action.type === "failed") {
      const { error, resumable, evidence } = action;
      if (resumable) await this.#host.journal?.keep(this.record());
      else await this.#host.journal?.forget?.();
      const { code, detail, path } = error;
      throw new AttestError(code, detail, path, resumable, evidence, { cause: this.#cause });
    }
    if (action.type !== "done") return undefined;
    const { report, evidence } = action;
    const sealed = {
      bundle: fromBase64(action.bundle),
      report,
      ...(evidence !== undefined && { evidence }),
    };
    await this.#lookAgain(sealed.bundle);
    await this.#host.journal?.forget?.();
    return sealed;
  }

  async #perform(): Promise<Uint8Array> {
    const action = this.#action;
    const { id } = action;
    try {
      switch (action.type) {
        case "need-key": {
          await this.#wait(action.delayMs);
          const { key, publicKey, chain } = await this.#signer.open(action.key, action.algorithm);
          return documents.keyReply(id, key.algorithm, publicKey, chain);
        }
        case "need-signature": {
          await this.#wait(action.delayMs);
          const signature = await this.#signer.sign(action.key, fromBase64(action.message));
          // What was signed is on record before the signature is used.
          await this.#host.journal?.keep(this.record());
          return documents.signatureReply(id, signature);
        }
        case "need-exchange":
          return await this.#services.perform(id, action.requests);
        case "need-config":
          return await this.#refresh(id);
        default:
          throw new CretulaError("step/stale-reply", "the run has ended");
      }
    } catch (error) {
      this.#host.signal?.throwIfAborted();
      if (error instanceof CretulaError) throw error;
      this.#cause = error;
      return documents.errorReply(id, error);
    }
  }

  async #refresh(id: number): Promise<Uint8Array> {
    if (this.#host.freshTrust === undefined) throw new HostError("unavailable");
    const trust = jsonText(await this.#host.freshTrust(), "/trust");
    this.#services = this.#servicesOf(JSON.parse(trust));
    return documents.configReply(id, trust);
  }

  /** Services of a trust configuration; a profile that needs none may call none. */
  #servicesOf(trust: unknown): Services {
    const isOffline = this.#prepared.profile === "managed-offline";
    const allowed = new AllowList(
      isOffline ? undefined : trust,
      this.#host.dangerousLoopbackHttp === true,
    );
    return new Services(allowed, {
      fetch: this.#host.fetch ?? ((url, init) => fetch(url, init)),
      token: this.#host.token,
      wait: (delayMs) => this.#wait(delayMs),
      signal: this.#host.signal,
    });
  }

  /** A delay, and up to half of it more. */
  async #wait(delayMs = 0): Promise<void> {
    if (delayMs === 0) return;
    const jitter = (crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32) * (delayMs / 2);
    await (this.#host.sleep ?? sleep)(Math.round(delayMs + jitter), this.#host.signal);
  }

  #now(): number {
    return this.#host.now?.() ?? Math.floor(Date.now() / 1000);
  }

  #call(name: "begin" | "resume", ...lists: Uint8Array[]): [Uint8Array, documents.Action] {
    const [state, action] = this.#sandbox.fresh(name, 2, ...lists, BigInt(this.#now()));
    return [state!, documents.readAction(action!)];
  }

  /** The type of the statement that this order makes, from a call of its own. */
  #predicateType(): string {
    const [reply] = this.#sandbox.fresh(
      "statement",
      1,
      this.#prepared.document,
      BigInt(this.#now()),
    );
    try {
      const { statement } = readReply<{ statement: string }>(reply!, "cretula/statement/v1");
      return (JSON.parse(textOf(fromBase64(statement))) as { predicateType: string }).predicateType;
    } catch (error) {
      if (!(error instanceof CretulaError)) throw error;
      throw new AttestError(error.code, error.detail, error.path, false, undefined, {
        cause: error,
      });
    }
  }

  /** A run that was taken up is verified by what this host knows. */
  async #lookAgain(bundle: Uint8Array): Promise<void> {
    if (this.#expected === undefined) return;
    const { policy, keys } = this.#expected;
    const { trustedRoot } = this.#prepared.trust as { trustedRoot: object };
    const result = await this.#cretula.verify({
      bundle,
      trust: { roots: [JSON.stringify(trustedRoot)], ...(keys && { keys }) },
      policy,
      artifacts: this.#order.tenant.subjects.map(({ digest }) => ({ digests: digest })),
      options: { now: this.#now() },
    });
    if (!result.verified) throw new AttestError("bundle/self-verify", result.report.code);
  }
}

/**
 * Signs to the end: a bundle that has passed the verifier.
 *
 * @throws AttestError if there is none; CretulaError for wrong use; the reason of `host.signal`.
 */
export async function attest(
  cretula: Cretula,
  order: AttestOrder,
  host: AttestHost,
): Promise<Sealed> {
  const run = Attestation.begin(cretula, order, host);
  for (;;) {
    const sealed = await run.next();
    if (sealed !== undefined) return sealed;
  }
}

/** Waits, or is rejected with the reason of the signal. */
function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => (clearTimeout(timer), reject(signal?.reason));
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
