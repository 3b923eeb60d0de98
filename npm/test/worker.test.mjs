import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Worker as Thread } from "node:worker_threads";
import { CretulaError, hashFile, openInWorker, verify } from "cretula";
import { publicGood } from "cretula/trust";
import { artifact, bundle, policy, thrown, zeros } from "./support.mjs";

/** A web worker, as far as the client uses one. */
class WebWorker {
  #thread;

  constructor(env = {}) {
    this.#thread = new Thread(new URL("web-worker.mjs", import.meta.url), {
      env: { ...process.env, ...env },
    });
  }

  addEventListener(type, listener) {
    this.#thread.on(type, (value) => listener(type === "message" ? { data: value } : value));
  }

  postMessage(message, transfer) {
    this.#thread.postMessage(message, transfer);
  }

  terminate() {
    void this.#thread.terminate();
  }
}

const request = { bundle, trust: publicGood, policy };
const artifacts = [{ bytes: artifact }];

async function inWorker(use, env) {
  const worker = openInWorker(new WebWorker(env));
  try {
    return await use(worker);
  } finally {
    worker.close();
  }
}

test("a worker verifies, with the same report", () =>
  inWorker(async (worker) => {
    const here = await verify({ ...request, artifacts });
    const there = await worker.verify({ ...request, artifacts });
    assert.deepEqual(there, here);
    assert.equal((await worker.inspect(bundle)).verified, false);
    assert.equal((await worker.checkPolicy(policy)).schema, "cretula/policy/v1");
    assert.equal((await worker.version()).contract, "cretula:core@1.0.0");
  }));

test("a worker hashes files with progress", () =>
  inWorker(async (worker) => {
    const told = [];
    const onProgress = (...progress) => told.push(progress);
    const blob = await worker.verifyFile(new Blob([artifact]), { ...request, onProgress });
    assert.equal(blob.verified, true);
    assert.deepEqual(told.at(-1), [artifact.length, artifact.length]);
    const stream = await worker.verifyFile(new Blob([artifact]).stream(), request);
    assert.equal(stream.verified, true);
    const refused = await worker.verifyFile(zeros(3), { ...request, onProgress });
    assert.equal(refused.report.code, "artifact/mismatch");
    assert.deepEqual(told.at(-1), [3 << 20, undefined]);
  }));

test("a worker hashes files for their digests alone", () =>
  inWorker(async (worker) => {
    const algorithms = ["sha256", "sha512"];
    for (const source of [() => new Blob([artifact]), () => new Blob([artifact]).stream()]) {
      const there = await worker.hashFile(source(), { algorithms });
      assert.deepEqual(there, await hashFile(source(), { algorithms }));
      assert.deepEqual(Object.keys(there).sort(), algorithms);
      assert.equal(there.sha256, createHash("sha256").update(artifact).digest("hex"));
    }
    assert.deepEqual(Object.keys(await worker.hashFile(new Blob([artifact]))), ["sha256"]);
    const unknown = await thrown(() => worker.hashFile(new Blob([]), { algorithms: ["md5"] }));
    assert.deepEqual([unknown.code, unknown.path], ["host/object", "/algorithms"]);
  }));

test("an abort reaches the worker, which goes on to work", () =>
  inWorker(async (worker) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => controller.abort(reason);
    const endless = zeros(Number.POSITIVE_INFINITY);
    const hashing = worker.verifyFile(endless, {
      ...request,
      onProgress,
      signal: controller.signal,
    });
    assert.equal(await thrown(() => hashing), reason);
    const before = { ...request, signal: AbortSignal.abort(reason) };
    assert.equal(await thrown(() => worker.verifyFile(new Blob([]), before)), reason);
    assert.equal((await worker.verify({ ...request, artifacts })).verified, true);
  }));

test("errors keep their code and place", () =>
  inWorker(async (worker) => {
    const error = await thrown(() =>
      worker.verify({ ...request, artifacts, policy: { ...policy, x: 1 } }),
    );
    assert.ok(error instanceof CretulaError);
    assert.deepEqual([error.code, error.path], ["policy/unknown-member", "/x"]);
    assert.equal((await thrown(() => worker.verifyFile("a/path", request))).code, "host/source");
  }));

test("calls at once get their own answers", () =>
  inWorker(async (worker) => {
    const wrong = { ...request, artifacts: [`sha256:${"00".repeat(32)}`] };
    const calls = Array.from({ length: 10 }, (_, index) =>
      worker.verify(index % 2 ? wrong : { ...request, artifacts }),
    );
    (await Promise.all(calls)).forEach(({ verified }, index) =>
      assert.equal(verified, index % 2 === 0),
    );
  }));

test("a closed worker rejects what waits and what comes", () =>
  inWorker(async (worker) => {
    const waiting = worker.verifyFile(zeros(1000), request);
    worker.close();
    assert.equal((await thrown(() => waiting)).code, "host/worker");
    assert.equal((await thrown(() => worker.version())).code, "host/worker");
  }));

test("a module that is not there is an error, and no verdict", () =>
  inWorker(
    async (worker) => {
      assert.equal((await thrown(() => worker.version())).code, "host/module");
    },
    { CRETULA_TEST_FETCH: "404" },
  ));

test("on the web, large files are read by a worker of their own accord", async () => {
  const started = [];
  globalThis.Worker = class extends WebWorker {
    constructor(url, options) {
      super();
      started.push([url.href.endsWith("/dist/worker.js"), options.type, this]);
    }
  };
  try {
    const { verifyFile } = await import("../dist/index.js");
    const large = new Blob([new Uint8Array((16 << 20) + 1)]);
    assert.equal((await verifyFile(large, request)).report.code, "artifact/mismatch");
    assert.equal((await verifyFile(new Blob([artifact]).stream(), request)).verified, true);
    assert.deepEqual(
      started.map(([isScript, type]) => [isScript, type]),
      [[true, "module"]],
    );
    started[0][2].terminate();
  } finally {
    delete globalThis.Worker;
  }
});

test("on the web, without a worker the thread reads them", async () => {
  const { read } = await import("./support.mjs");
  const { fetch } = globalThis;
  const module = await read("npm/dist/cretula.core.wasm");
  globalThis.fetch = async () => new Response(module);
  globalThis.Worker = class {
    constructor() {
      throw new Error("worker-src 'none'");
    }
  };
  try {
    const { verifyFile } = await import("../dist/index.js?again");
    assert.equal((await verifyFile(new Blob([artifact]).stream(), request)).verified, true);
  } finally {
    delete globalThis.Worker;
    globalThis.fetch = fetch;
  }
});

test("where there are no web workers, the client says so", () => {
  assert.throws(
    () => openInWorker(),
    (error) => error.code === "host/worker",
  );
});
