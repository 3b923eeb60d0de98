// Verification with a deadline. A call of WebAssembly cannot be interrupted from its own thread: it runs in a worker, and
// the worker is ended.
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { Portable, SandboxError } from "./portable.mjs";

/** Verifies with a module of `WebAssembly.compile` in a thread of its own, within this many milliseconds. */
export function verifyWithin(module, request, milliseconds) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { module, request } });
  return new Promise((resolve, reject) => {
    const deny = (reason, cause) => reject(new SandboxError(reason, cause));
    const timer = setTimeout(() => deny("deadline"), milliseconds);
    worker.once("message", ({ reply, reason }) => (reply ? resolve(reply) : deny(reason)));
    worker.once("error", (cause) => deny("trap", cause));
    worker.once("exit", () => deny("trap"));
    worker.once("message", () => clearTimeout(timer));
  }).finally(() => worker.terminate());
}

if (!isMainThread && workerData?.module) {
  try {
    parentPort.postMessage({ reply: new Portable(workerData.module).verify(workerData.request) });
  } catch (error) {
    parentPort.postMessage({ reason: error.reason ?? "trap" });
  }
}
