// A complete client of the core module: no packages, no generated code.
//
// `open(bytes)` compiles `cretula.core.wasm`; `instance.verify(request)` takes and gives bytes of JSON. The module imports
// nothing, so the second argument of `WebAssembly.Instance` is an empty object.

const INTERFACE = "cretula:core/portable@1.0.0#";

/** Above this an instance is not used again: memory never shrinks. */
const WARM_MEMORY_BYTES = 8 << 20;

/** Why there is no reply. Always a denial: the instance is thrown away. */
export class SandboxError extends Error {
  /** `deadline`, `memory`, `reply` or `trap`. WebAssembly in Node counts no fuel, and says `trap` where the module itself gave up without memory. */
  constructor(reason, cause) {
    super(`host/sandbox: ${reason}`, { cause });
    this.code = "host/sandbox";
    this.reason = reason;
  }
}

/** Compiles the module once. */
export async function open(bytes) {
  return new Portable(await WebAssembly.compile(bytes));
}

export class Portable {
  #module;
  #instance;

  constructor(module) {
    this.#module = module;
  }

  get imports() {
    return WebAssembly.Module.imports(this.#module);
  }

  verify(request) {
    return this.#call("verify", request);
  }

  inspect(bundle) {
    return this.#call("inspect", bundle);
  }

  checkPolicy(policy) {
    return this.#call("check-policy", policy);
  }

  hash(state, chunk) {
    return this.#call("hash", state, chunk);
  }

  digests(state) {
    return this.#call("digests", state);
  }

  version() {
    return this.#call("version");
  }

  /** One call by the canonical ABI. After an error the instance is thrown away; the error is a denial. */
  #call(name, ...lists) {
    let reason = "trap";
    try {
      this.#instance ??= new WebAssembly.Instance(this.#module, {});
      const { exports } = this.#instance;
      reason = "memory";
      const flat = lists.flatMap((list) => [this.#write(exports, list), list.length]);
      reason = "trap";
      const place = exports[INTERFACE + name](...flat) >>> 0;
      reason = "reply";
      const reply = this.#read(exports, place);
      reason = "trap";
      exports["cabi_post_" + INTERFACE + name](place);
      if (exports.memory.buffer.byteLength > WARM_MEMORY_BYTES) this.#instance = undefined;
      return reply;
    } catch (cause) {
      this.#instance = undefined;
      throw new SandboxError(cause instanceof WebAssembly.RuntimeError ? "trap" : reason, cause);
    }
  }

  /** A list is a place and a length; a view that reaches beyond the memory is a RangeError. */
  #read(exports, place) {
    const view = new DataView(exports.memory.buffer);
    const [start, length] = [view.getUint32(place, true), view.getUint32(place + 4, true)];
    return new Uint8Array(exports.memory.buffer, start, length).slice();
  }

  #write(exports, list) {
    const pointer = exports.cabi_realloc(0, 0, 1, list.length) >>> 0;
    new Uint8Array(exports.memory.buffer).set(list, pointer);
    return pointer;
  }
}

/** True only for a report that says so; everything else is a denial. */
export function isVerified(reply) {
  try {
    const document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(reply));
    return document.schema === "cretula/report/v1" && document.verdict === "verified";
  } catch {
    return false;
  }
}
