import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { hashOnTheWeb, readAll, type Algorithm, type Digests, type FileHasher } from "./hashing.js";
import type { HashOptions } from "./types.js";

/** Bytes that are read from a file at once. */
const CHUNK_BYTES = 1 << 20;

/** Node's own hash, which is faster than any module. */
export const hashInNode: FileHasher = async (portable, file, algorithms, options) => {
  if (typeof file === "string" || file instanceof URL) return hashPath(file, algorithms, options);
  if (!(file instanceof Blob || file instanceof ReadableStream)) {
    return hashOnTheWeb(portable, file, algorithms, options);
  }
  const hasher = new Hasher(algorithms);
  const isBlob = file instanceof Blob;
  const stream = isBlob ? file.stream() : file;
  await readAll(stream, isBlob ? file.size : undefined, options, (chunk) => hasher.update(chunk));
  return hasher.digests();
};

async function hashPath(
  path: string | URL,
  algorithms: readonly Algorithm[],
  { signal, onProgress }: HashOptions,
): Promise<Digests> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const hasher = new Hasher(algorithms);
    const chunk = new Uint8Array(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      hasher.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
      onProgress?.(bytes, size);
    }
    return hasher.digests();
  } finally {
    await file.close();
  }
}

class Hasher {
  readonly #hashes;

  constructor(algorithms: readonly Algorithm[]) {
    this.#hashes = algorithms.map((name) => [name, createHash(name)] as const);
  }

  update(chunk: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(chunk);
  }

  digests(): Digests {
    return Object.fromEntries(this.#hashes.map(([name, hash]) => [name, hash.digest("hex")]));
  }
}
