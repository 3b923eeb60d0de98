import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { verifyFile } from "cretula";
import { publicGood } from "cretula/trust";
import { Portable } from "../dist/cretula.js";
import { hashOnTheWeb } from "../dist/hashing.js";
import { compile, Sandbox } from "../dist/sandbox.js";
import { artifact, artifactUrl, bundle, core, isSlow, policy, thrown, zeros } from "./support.mjs";

const request = { bundle, trust: publicGood, policy };
const portable = new Portable(new Sandbox(await compile(core)));
const web = (file, options = {}) =>
  hashOnTheWeb(portable, file, ["sha256", "sha384", "sha512"], options);

test("a path, a URL, a Blob, a File and a stream are the same artifact", async () => {
  const sources = [
    fileURLToPath(artifactUrl),
    artifactUrl,
    new Blob([artifact]),
    new Blob([artifact]).stream(),
  ];
  for (const source of sources) assert.equal((await verifyFile(source, request)).verified, true);
  const refused = await verifyFile(new Blob(["something else"]), request);
  assert.equal(refused.report.code, "artifact/mismatch");
});

test("a file that is not there is the exception of the platform", async () => {
  assert.equal((await thrown(() => verifyFile("not/there", request))).code, "ENOENT");
  assert.equal((await thrown(() => verifyFile(42, request))).code, "host/source");
});

test("the platform's hash, the module's and Node's agree", async () => {
  const { createHash } = await import("node:crypto");
  for (const length of [0, 1, 63, 64, 127, 128, 1 << 20, (1 << 20) + 1, (17 << 20) + 5]) {
    const content = Buffer.alloc(length, "cretula");
    const expected = {};
    for (const name of ["sha256", "sha384", "sha512"])
      expected[name] = createHash(name).update(content).digest("hex");
    assert.deepEqual(await web(new Blob([content])), expected, `blob of ${length}`);
    assert.deepEqual(await web(new Blob([content]).stream()), expected, `stream of ${length}`);
  }
});

test("progress is told", async () => {
  for (const source of [artifactUrl, new Blob([artifact])]) {
    const told = [];
    await verifyFile(source, { ...request, onProgress: (...progress) => told.push(progress) });
    assert.deepEqual(told.at(-1), [artifact.length, artifact.length]);
  }
  const told = [];
  await web(zeros(3), { onProgress: (...progress) => told.push(progress) });
  assert.deepEqual(told, [
    [1 << 20, undefined],
    [2 << 20, undefined],
    [3 << 20, undefined],
  ]);
});

test("an abort ends the hashing with its reason, and the stream", async () => {
  for (const hash of [web, (file, options) => verifyFile(file, { ...request, ...options })]) {
    const controller = new AbortController();
    const reason = new Error("enough");
    let cancelled;
    const endless = new ReadableStream({
      pull: (stream) => stream.enqueue(new Uint8Array(1 << 16)),
      cancel: (given) => void (cancelled = given),
    });
    const hashing = hash(endless, {
      signal: controller.signal,
      onProgress: (count) => count > 1 << 20 && controller.abort(reason),
    });
    assert.equal(await thrown(() => hashing), reason);
    assert.equal(cancelled, reason);
  }
  const aborted = { ...request, signal: AbortSignal.abort(new Error("before")) };
  assert.match((await thrown(() => verifyFile(artifactUrl, aborted))).message, /before/);
});

test("a stream that waits for ever is ended by an abort", async () => {
  const controller = new AbortController();
  const silent = new ReadableStream({ pull: () => new Promise(() => undefined) });
  const hashing = verifyFile(silent, { ...request, signal: controller.signal });
  setImmediate(() => controller.abort(new Error("no answer")));
  assert.match((await thrown(() => hashing)).message, /no answer/);
});

test("an error of a stream is passed on", async () => {
  const failing = new ReadableStream({ pull: (stream) => stream.error(new Error("unplugged")) });
  assert.match((await thrown(() => verifyFile(failing, request))).message, /unplugged/);
  const texts = new ReadableStream({ pull: (stream) => stream.enqueue("text") });
  assert.equal((await thrown(() => verifyFile(texts, request))).code, "host/source");
});

test("memory stays flat for a file of 2 GiB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cretula-"));
  try {
    const path = join(folder, "large");
    const file = await open(path, "w");
    await file.truncate(2 * 1024 ** 3);
    await file.close();
    const script = fileURLToPath(new URL("memory.mjs", import.meta.url));
    const grown = (kind, megabytes) =>
      Number(execFileSync(process.execPath, [script, kind, path, String(megabytes)]));
    const inNode = grown("path", 2048);
    console.log(`a path of 2 GiB: ${inNode} MiB more than before`);
    assert.ok(inNode <= 64);
    const megabytes = isSlow ? 2048 : 256;
    const inModule = grown("module", megabytes);
    console.log(
      `a stream of ${megabytes} MiB through the module: ${inModule} MiB more than before`,
    );
    assert.ok(inModule <= 64);
  } finally {
    await rm(folder, { recursive: true });
  }
});
