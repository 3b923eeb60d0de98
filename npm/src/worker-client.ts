import { CretulaError } from "./error.js";
import type { FileSource, HashOptions, Verifier } from "./types.js";
import type { Call, FromWorker, PostedError, ToWorker } from "./worker-protocol.js";

/** A verifier whose module, hashing included, runs in a worker. */
export interface WorkerVerifier extends Verifier {
  /** Ends the worker; calls that wait are rejected. */
  close(): void;
}

interface Waiting extends HashOptions {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs the module in a worker, so that the page stays responsive and needs no `'wasm-unsafe-eval'` of its
 * own: the response that carries the worker's script needs it.
 *
 * Without an argument the script `worker.js` beside this file is started; bundlers see that. What is
 * posted is copied, and files are not: a Blob is read in the worker.
 */
export function openInWorker(worker: Worker = startWorker()): WorkerVerifier {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let ended: CretulaError | undefined;
  const end = (error: CretulaError) => {
    ended ??= error;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    const call = waiting.get(data.id);
    if (call === undefined) return;
    if ("bytes" in data) return call.onProgress?.(data.bytes, data.total);
    waiting.delete(data.id);
    if ("value" in data) call.resolve(data.value as never);
    else call.reject(call.signal?.aborted ? call.signal.reason : received(data.error));
  });
  worker.addEventListener("error", (event) => end(new CretulaError("host/worker", event.message)));

  const call = <T>(
    name: Call,
    args: readonly unknown[],
    options: HashOptions = {},
    transfer: Transferable[] = [],
  ) => {
    const id = (last += 1);
    return new Promise<T>((resolve, reject) => {
      const { signal } = options;
      signal?.throwIfAborted();
      if (ended !== undefined) throw ended;
      const post = (message: ToWorker, transferred: Transferable[]) =>
        worker.postMessage(message, transferred);
      const abort = () => post({ id, abort: true }, []);
      const settled = () => signal?.removeEventListener("abort", abort);
      signal?.addEventListener("abort", abort, { once: true });
      post({ id, call: name, args }, transfer);
      waiting.set(id, {
        ...options,
        resolve: (value) => (settled(), resolve(value)),
        reject: (error) => (settled(), reject(error)),
      });
    });
  };
  const callWithFile = <T>(name: Call, file: FileSource, options: HashOptions) => {
    const { onProgress, signal, ...others } = options;
    const hashOptions = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
    const transfer = file instanceof ReadableStream ? [file] : [];
    return call<T>(name, [file, others], hashOptions, transfer);
  };
  return {
    verify: (request) => call("verify", [request]),
    verifyFile: (file, request) => callWithFile("verifyFile", file, request),
    hashFile: (file, options = {}) => callWithFile("hashFile", file, options),
    inspect: (bundle) => call("inspect", [bundle]),
    checkPolicy: (policy) => call("checkPolicy", [policy]),
    version: () => call("version", []),
    close: () => end(new CretulaError("host/worker", "the worker was closed")),
  };
}

function startWorker(): Worker {
  if (typeof Worker === "undefined")
    throw new CretulaError("host/worker", "there are no web workers here");
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}

function received({ code, detail, path }: PostedError): Error {
  return code === undefined ? new Error(detail) : new CretulaError(code, detail, path);
}
