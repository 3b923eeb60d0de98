// What a web worker has, in a worker thread of Node, and then the script of the worker: the entry for the
// web.
import { readFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";

globalThis.postMessage = (message) => parentPort.postMessage(message);
globalThis.addEventListener = (type, listener) =>
  type === "message" && parentPort.on("message", (data) => listener({ data }));
globalThis.fetch = async (url) =>
  url.href.endsWith("cretula.core.wasm") && process.env["CRETULA_TEST_FETCH"] !== "404"
    ? new Response(await readFile(url))
    : new Response("", { status: 404 });

await import("../dist/worker.js");
