import type { Portable } from "./cretula.js";
import { toHex } from "./base64.js";
import { CretulaError } from "./error.js";
import { textOf, utf8 } from "./json.js";
import { readReply } from "./reply.js";
import type { FileSource, HashOptions, Inspection } from "./types.js";

/** Digests of one artifact by algorithm. */
export type Digests = Readonly<Record<string, string>>;

/** Hashes a file with these algorithms in one pass and flat memory. */
export type FileHasher = (
  portable: Portable,
  file: FileSource,
  algorithms: readonly Algorithm[],
  options: HashOptions,
) => Promise<Digests>;

/** Names as in digests; the platform writes them in capitals with a hyphen. */
export type Algorithm = "sha256" | "sha384" | "sha512";

/** All of them. */
export const ALGORITHMS: readonly Algorithm[] = ["sha256", "sha384", "sha512"];

/** Bytes that the module gets at once. */
const CHUNK_BYTES = 1 << 20;

/** Bytes after which other work of the thread gets its turn, such as the message that aborts this. */
const TURN_BYTES = 8 << 20;

/** Files up to here are hashed by the platform in one piece. */
export const ONE_SHOT_BYTES = 16 << 20;

/**
 * The algorithms that can matter for a bundle: those of its subjects, or all where a key may choose.
 *
 * Nothing here is verified. A bundle that lies about it gets digests that do not match.
 */
export function algorithmsFor(
  portable: Portable,
  bundle: string | Uint8Array,
): readonly Algorithm[] {
  const bytes = typeof bundle === "string" ? utf8(bundle) : bundle;
  let view: Inspection;
  try {
    view = readReply<Inspection>(portable.inspect(bytes), "cretula/inspect/v1");
  } catch {
    // The verifier says what is wrong with it; one digest is enough for that.
    return ["sha256"];
  }
  const subjects = view.envelope?.subjects;
  if (subjects === undefined) return ALGORITHMS;
  const named = ALGORITHMS.filter((name) =>
    subjects.some((subject) => Object.hasOwn(subject.digest, name)),
  );
  return named.length > 0 ? named : ["sha256"];
}

/** By web standards: the platform for small blobs, the module for everything else. */
export const hashOnTheWeb: FileHasher = async (portable, file, algorithms, options) => {
  if (file instanceof Blob) {
    return file.size <= ONE_SHOT_BYTES
      ? hashAtOnce(file, algorithms, options)
      : hashStream(portable, file.stream(), file.size, algorithms, options);
  }
  if (file instanceof ReadableStream)
    return hashStream(portable, file, undefined, algorithms, options);
  throw new CretulaError(
    "host/source",
    "expected a Blob, a File or a ReadableStream; paths are read in Node only",
  );
};

async function hashAtOnce(
  file: Blob,
  algorithms: readonly Algorithm[],
  options: HashOptions,
): Promise<Digests> {
  const content = await file.arrayBuffer();
  options.signal?.throwIfAborted();
  const hash = async (name: Algorithm) => {
    const digest = await crypto.subtle.digest(name.replace("sha", "SHA-"), content);
    return [name, toHex(new Uint8Array(digest))] as const;
  };
  const digests = Object.fromEntries(await Promise.all(algorithms.map(hash)));
  options.signal?.throwIfAborted();
  options.onProgress?.(file.size, file.size);
  return digests;
}

async function hashStream(
  portable: Portable,
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  algorithms: readonly Algorithm[],
  options: HashOptions,
): Promise<Digests> {
  let state = utf8(JSON.stringify(algorithms));
  // A state begins to be one with the first chunk, even if that is empty.
  state = portable.hash(state, new Uint8Array(0));
  await readAll(stream, total, options, (chunk) => {
    for (let start = 0; start < chunk.length; start += CHUNK_BYTES) {
      state = portable.hash(state, chunk.subarray(start, start + CHUNK_BYTES));
    }
  });
  return readDigests(portable.digests(state), algorithms);
}

/** Hands every chunk on, one at a time; ends the stream on an abort. */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  { signal, onProgress }: HashOptions,
  each: (chunk: Uint8Array) => void,
): Promise<void> {
  const reader = readerOf(stream);
  const abort = () => void reader.cancel(signal?.reason).catch(() => undefined);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    let bytes = 0;
    let turnAt = TURN_BYTES;
    for (;;) {
      if (bytes >= turnAt) {
        // Where data is always there, awaiting it alone never leaves the thread to anything else.
        await new Promise((resolve) => setTimeout(resolve));
        turnAt = bytes + TURN_BYTES;
      }
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      if (!(value instanceof Uint8Array))
        throw new CretulaError("host/source", "expected a stream of Uint8Array");
      each(value);
      bytes += value.length;
      onProgress?.(bytes, total);
    }
  } catch (error) {
    abort();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** What a stream is read with. */
interface ChunkReader {
  read(): Promise<ReadableStreamReadResult<Uint8Array>>;
  cancel(reason?: unknown): Promise<void>;
}

/**
 * A reader that fills one buffer again and again where the stream can do that, as those of blobs mostly
 * can: chunks of their own are collected late, and memory would not be flat.
 */
function readerOf(stream: ReadableStream<Uint8Array>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    return stream.getReader();
  }
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  return {
    read: async () => {
      const result = await reader.read(new Uint8Array(buffer));
      if (result.value !== undefined) buffer = result.value.buffer as ArrayBuffer;
      return result.done ? { done: true, value: undefined } : result;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

function readDigests(reply: Uint8Array, algorithms: readonly Algorithm[]): Digests {
  const digests = JSON.parse(textOf(reply)) as Record<string, unknown>;
  const isWhole = algorithms.every((name) => typeof digests[name] === "string");
  if (!isWhole) throw new CretulaError("host/sandbox", "no digests");
  return digests as Digests;
}
