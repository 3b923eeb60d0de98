// `cretula` on the web: fetches the module that lies beside this file.

import { Cretula } from "./cretula.js";
import { CretulaError } from "./error.js";
import { functions } from "./functions.js";
import { hashOnTheWeb, ONE_SHOT_BYTES } from "./hashing.js";
import { compile } from "./sandbox.js";
import type {
  FileSource,
  HashFileOptions,
  Verification,
  Verifier,
  VerifyFileRequest,
} from "./types.js";
import { openInWorker, type WorkerVerifier } from "./worker-client.js";

export * from "./public.js";
export { openInWorker, type WorkerVerifier } from "./worker-client.js";

const here = functions(async () => {
  const response = await fetch(new URL("./cretula.core.wasm", import.meta.url));
  if (!response.ok) {
    throw new CretulaError("host/module", `the module was answered with ${response.status}`);
  }
  return new Cretula(await compile(await response.arrayBuffer()), hashOnTheWeb);
});

export const { open, verify, inspect, checkPolicy, version } = here;

let started: Promise<WorkerVerifier | undefined> | undefined;

/**
 * Hashes a file as a stream, in flat memory, and verifies its bundle. What is large or of unknown length
 * is read by a worker; where none starts, by this thread in small parts.
 */
export function verifyFile(file: FileSource, request: VerifyFileRequest): Promise<Verification> {
  return readFile(file, (verifier) => verifier.verifyFile(file, request));
}

/** Hashes a file as a stream, in flat memory; a large one is read by a worker. */
export function hashFile(
  file: FileSource,
  options?: HashFileOptions,
): Promise<Readonly<Record<string, string>>> {
  return readFile(file, (verifier) => verifier.hashFile(file, options));
}

async function readFile<T>(file: FileSource, read: (verifier: Verifier) => Promise<T>): Promise<T> {
  const isLarge =
    file instanceof ReadableStream || (file instanceof Blob && file.size > ONE_SHOT_BYTES);
  const worker = isLarge ? await (started ??= startWorker()) : undefined;
  if (worker === undefined) return read(here);
  try {
    return await read(worker);
  } catch (error) {
    if (error instanceof CretulaError && error.code === "host/worker") started = undefined;
    // Not every browser can hand a stream over.
    const isRefused = error instanceof DOMException && error.name === "DataCloneError";
    if (isRefused && file instanceof ReadableStream) return read(here);
    throw error;
  }
}

/** A worker that has answered, or none. */
async function startWorker(): Promise<WorkerVerifier | undefined> {
  let worker: WorkerVerifier | undefined;
  try {
    worker = openInWorker();
    await worker.version();
    return worker;
  } catch {
    worker?.close();
    return undefined;
  }
}
