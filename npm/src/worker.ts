// The script of a module worker: the default entry, answering messages. Start it with `openInWorker`.

import { checkPolicy, CretulaError, inspect, open, verify, version } from "./index.js";
import type {
  Called,
  FromWorker,
  PostedError,
  PostedFileArguments,
  PostedHashArguments,
  ToWorker,
} from "./worker-protocol.js";

const calls = { verify, inspect, checkPolicy, version } as Record<
  string,
  (...args: unknown[]) => Promise<unknown>
>;
const running = new Map<number, AbortController>();
const post = (message: FromWorker) => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if ("abort" in data) return running.get(data.id)?.abort();
  const controller = new AbortController();
  running.set(data.id, controller);
  void answer(data, controller.signal).finally(() => running.delete(data.id));
});

async function answer(message: Called, signal: AbortSignal): Promise<void> {
  const { id } = message;
  try {
    post({ id, value: await perform(message, signal) });
  } catch (error) {
    post({ id, error: posted(error) });
  }
}

async function perform({ id, call, args }: Called, signal: AbortSignal): Promise<unknown> {
  const onProgress = (bytes: number, total: number | undefined) => post({ id, bytes, total });
  // Files are read here: this is the worker.
  if (call === "verifyFile") {
    const [file, request] = args as unknown as PostedFileArguments;
    return (await open()).verifyFile(file, { ...request, signal, onProgress });
  }
  if (call === "hashFile") {
    const [file, options] = args as unknown as PostedHashArguments;
    return (await open()).hashFile(file, { ...options, signal, onProgress });
  }
  return calls[call]!(...(args as unknown[]));
}

function posted(error: unknown): PostedError {
  if (!(error instanceof CretulaError))
    return { detail: error instanceof Error ? error.message : String(error) };
  const { code, detail, path } = error;
  return { code, detail: detail ?? "", ...(path !== undefined && { path }) };
}
