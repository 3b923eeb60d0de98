import { sha256Hex } from "./base64.js";
import { CORE_SHA256 } from "./digest.js";
import { CretulaError } from "./error.js";

const INTERFACE = "cretula:core/portable@1.0.0#";

/** Above this an instance is not used again: memory never shrinks. 128 pages of 64 KiB. */
export const WARM_MEMORY_BYTES = 128 * 0x10000;

type Exports = Record<string, (...args: (number | bigint)[]) => number> & {
  memory: WebAssembly.Memory;
};

/**
 * Compiles the module after its SHA-256 was compared with the one that this package was built for.
 *
 * @throws CretulaError `host/module` for any other bytes; `host/compile` where WebAssembly is not allowed.
 */
export async function compile(bytes: Uint8Array | ArrayBuffer): Promise<WebAssembly.Module> {
  // A copy, so that nobody changes between check and compilation what was checked.
  const copy = new Uint8Array(bytes).slice();
  const found = await sha256Hex(copy);
  if (found !== CORE_SHA256) {
    throw new CretulaError("host/module", `expected SHA-256 ${CORE_SHA256}, found ${found}`);
  }
  try {
    return await WebAssembly.compile(copy);
  } catch (cause) {
    const detail = "a Content-Security-Policy has to allow 'wasm-unsafe-eval' in script-src";
    throw new CretulaError("host/compile", detail, undefined, { cause });
  }
}

/** Calls the interface `portable` of the core module by the canonical ABI. */
export class Sandbox {
  readonly #module: WebAssembly.Module;
  #warm: WebAssembly.Instance | undefined;

  constructor(module: WebAssembly.Module) {
    if (WebAssembly.Module.imports(module).length > 0) {
      throw new CretulaError("host/module", "expected a module without imports");
    }
    this.#module = module;
  }

  /** The compiled module, which can be posted to a worker. */
  get module(): WebAssembly.Module {
    return this.#module;
  }

  /** A call that may meet an instance of an earlier call; nothing of that one is visible in its answer. */
  call(name: string, ...args: (Uint8Array | bigint)[]): Uint8Array {
    const instance = (this.#warm ??= this.#start());
    this.#warm = undefined;
    const [reply] = run(instance, name, 1, args);
    // Reached only without a trap.
    if (memoryOf(instance).buffer.byteLength <= WARM_MEMORY_BYTES) this.#warm = instance;
    return reply as Uint8Array;
  }

  /** A call in an instance that has seen nothing else; returns one list, or the two of a step. */
  fresh(name: string, lists: 1 | 2, ...args: (Uint8Array | bigint)[]): Uint8Array[] {
    return run(this.#start(), name, lists, args);
  }

  #start(): WebAssembly.Instance {
    try {
      return new WebAssembly.Instance(this.#module, {});
    } catch (cause) {
      throw sandboxError("the module does not start", cause);
    }
  }
}

const memoryOf = (instance: WebAssembly.Instance) => (instance.exports as Exports).memory;

function run(
  instance: WebAssembly.Instance,
  name: string,
  lists: 1 | 2,
  args: (Uint8Array | bigint)[],
): Uint8Array[] {
  try {
    const exports = instance.exports as Exports;
    const flat: (number | bigint)[] = [];
    for (const arg of args)
      flat.push(...(typeof arg === "bigint" ? [arg] : [place(exports, arg), arg.length]));
    const result = exports[INTERFACE + name]!(...flat) >>> 0;
    const view = new DataView(exports.memory.buffer);
    const read = (at: number) =>
      new Uint8Array(
        exports.memory.buffer,
        view.getUint32(at, true),
        view.getUint32(at + 4, true),
      ).slice();
    const replies = lists === 1 ? [read(result)] : [read(result), read(result + 8)];
    exports[`cabi_post_${INTERFACE}${name}`]!(result);
    return replies;
  } catch (cause) {
    throw sandboxError("the module trapped, ran out of memory, or gave no reply", cause);
  }
}

/** Copies a list into the memory of the instance. */
function place(exports: Exports, list: Uint8Array): number {
  const pointer = exports["cabi_realloc"]!(0, 0, 1, list.length) >>> 0;
  new Uint8Array(exports.memory.buffer).set(list, pointer);
  return pointer;
}

function sandboxError(detail: string, cause: unknown): CretulaError {
  return new CretulaError("host/sandbox", detail, undefined, { cause });
}
