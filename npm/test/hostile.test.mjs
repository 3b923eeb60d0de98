import assert from "node:assert/strict";
import { test } from "node:test";
import { CORE_SHA256, CretulaError, verify } from "cretula";
import { dangerousOpenCompiled, open } from "cretula/slim";
import { publicGood } from "cretula/trust";
import { WARM_MEMORY_BYTES } from "../dist/sandbox.js";
import { artifact, bundle, bytes, core, policy, text, thrown } from "./support.mjs";

const request = { bundle, trust: publicGood, policy, artifacts: [{ bytes: artifact }] };
const code = async (changed) => {
  const error = await thrown(() => verify({ ...request, ...changed }));
  assert.ok(error instanceof CretulaError, String(error));
  return error.code;
};

test("wrong module bytes are not compiled", async () => {
  const bent = Uint8Array.from(core);
  bent[bent.length - 1] ^= 1;
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  for (const wrong of [bent, empty, new Uint8Array(0), core.subarray(1)]) {
    const error = await thrown(() => open(wrong));
    assert.equal(error.code, "host/module");
    assert.ok(error.detail.includes(CORE_SHA256));
  }
});

test("where WebAssembly is not allowed, the error says what is missing", async () => {
  const { compile } = WebAssembly;
  WebAssembly.compile = () => Promise.reject(new EvalError("refused by the policy"));
  try {
    const error = await thrown(() => open(core));
    assert.equal(error.code, "host/compile");
    assert.match(error.detail, /'wasm-unsafe-eval'/);
  } finally {
    WebAssembly.compile = compile;
  }
});

test("bytes that are changed while they are checked are not what is compiled", async () => {
  const bent = Uint8Array.from(core);
  const opening = open(bent);
  bent.fill(0);
  assert.equal((await (await opening).verify(request)).verified, true);
});

test("a compiled module that wants imports, or is another one, verifies nothing", async () => {
  // (module (import "a" "b" (func)))
  const imports = Uint8Array.of(
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    1,
    4,
    1,
    96,
    0,
    0,
    2,
    7,
    1,
    1,
    97,
    1,
    98,
    0,
    0,
  );
  const error = await thrown(async () => dangerousOpenCompiled(await WebAssembly.compile(imports)));
  assert.equal(error.code, "host/module");
  const other = dangerousOpenCompiled(
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
  );
  assert.equal((await thrown(() => other.verify(request))).code, "host/sandbox");
});

test("a bundle of 100 MB is refused with the module's own code, and the next call works", async () => {
  const large = new Uint8Array(100_000_000).fill(0x20);
  assert.equal(await code({ bundle: large }), "input/too-large");
  assert.equal(await code({ bundle: text(large) }), "input/too-large");
  const cretula = await open(core);
  const raw = bytes(`{"bundle":"${"A".repeat(60_000_000)}"}`);
  assert.equal(JSON.parse(text(cretula.portable.verify(raw))).error.code, "input/too-large");
  assert.equal((await cretula.verify(request)).verified, true);
});

test("an artifact that is too large for bytes is a refusal or a denial", async () => {
  const refused = await verify({
    ...request,
    artifacts: [{ bytes: new Uint8Array(17 << 20) }],
  }).catch((error) => error);
  assert.ok(
    refused.verified === false ||
      refused.code === "host/sandbox" ||
      /^(limits|input)\//.test(refused.code),
  );
});

test("garbage in place of a bundle is a refusal", async () => {
  for (const garbage of [
    "",
    "{",
    "null",
    "[]",
    "\u0000",
    "{}".repeat(1000),
    new Uint8Array([0xff, 0xfe]),
  ]) {
    const result = await verify({ ...request, bundle: garbage });
    assert.equal(result.verified, false);
    assert.match(result.report.code, /^bundle-shape\//);
  }
});

test("a bundle that was parsed is not taken", async () => {
  assert.equal(await code({ bundle: JSON.parse(text(bundle)) }), "host/object");
  assert.equal(await code({ bundle: undefined }), "host/object");
});

test("getters do not run, and what a prototype says does not count", async () => {
  let runs = 0;
  const getter = {
    schema: "cretula/policy/v1",
    get signers() {
      return ((runs += 1), policy.signers);
    },
  };
  assert.equal(await code({ policy: getter }), "host/object");
  assert.equal(runs, 0);
  const inherited = { schema: "cretula/policy/v1", __proto__: { signers: policy.signers } };
  assert.equal(await code({ policy: inherited }), "host/object");
  const own = JSON.parse(`{"__proto__":{"signers":{}},"schema":"cretula/policy/v1"}`);
  assert.equal(await code({ policy: own }), "policy/unknown-member");
  const byJson = { schema: "cretula/policy/v1", toJSON: () => policy };
  assert.equal(await code({ policy: byJson }), "host/object");
  class Signers {
    certificate = policy.signers.certificate;
  }
  assert.equal(await code({ policy: { ...policy, signers: new Signers() } }), "host/object");
});

test("the request itself is read like that too", async () => {
  const inherited = Object.assign(Object.create({ policy }), { ...request, policy: undefined });
  assert.match((await thrown(() => verify(inherited))).code, /^(policy|host)\//);
  let runs = 0;
  const getter = {
    ...request,
    get policy() {
      return ((runs += 1), policy);
    },
  };
  assert.equal((await thrown(() => verify(getter))).code, "host/object");
  assert.equal(runs, 0);
  for (const wrong of [undefined, null, "request", 7]) {
    assert.equal((await thrown(() => verify(wrong))).code, "host/object");
  }
});

test("a prototype that somebody else changed changes no verdict", async () => {
  Object.prototype.dangerous = { anySigner: true };
  Object.prototype.verified = true;
  try {
    assert.equal(await code({ policy: { schema: "cretula/policy/v1" } }), "policy/unbound");
    assert.equal((await verify({ ...request, bundle: "{}" })).verified, false);
  } finally {
    delete Object.prototype.dangerous;
    delete Object.prototype.verified;
  }
});

test("values that JSON does not have are refused with their place", async () => {
  const cyclic = { schema: "cretula/policy/v1" };
  cyclic.signers = { all: [cyclic] };
  assert.equal(await code({ policy: cyclic }), "host/object");
  for (const value of [
    1n,
    () => 1,
    Symbol("x"),
    Number.NaN,
    1.5,
    2 ** 60,
    new Date(0),
    new Map(),
  ]) {
    const error = await thrown(() => verify({ ...request, options: { now: value } }));
    assert.deepEqual([error.code, error.path], ["host/object", "/options/now"], String(value));
  }
  assert.equal(await code({ policy: { ...policy, [Symbol("x")]: 1 } }), "host/object");
  for (const artifacts of [[undefined], [null], [7], [{}], [{ digests: undefined }]]) {
    assert.match(await code({ artifacts }), /^(host\/object|input\/type)$/);
  }
});

test("half a surrogate pair is refused by the module", async () => {
  assert.match(await code({ policy: { ...policy, preset: "\ud800" } }), /^policy\//);
});

test("two verifications at once do not disturb each other", async () => {
  const wrong = { ...request, artifacts: [`sha256:${"00".repeat(32)}`] };
  const calls = Array.from({ length: 20 }, (_, index) => verify(index % 2 === 0 ? request : wrong));
  const results = await Promise.all(calls);
  results.forEach((result, index) => assert.equal(result.verified, index % 2 === 0));
});

test("an instance that has trapped is replaced", async () => {
  const cretula = await open(core);
  // No memory has this length: the copy fails, and nothing stays broken.
  const error = await thrown(() => cretula.portable.verify({ length: 0xffff_ffff }));
  assert.equal(error.code, "host/sandbox");
  assert.equal((await cretula.verify(request)).verified, true);
});

test("an instance that has grown is replaced", async () => {
  const cretula = await open(core);
  const instances = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      instances.push(this);
    }
  };
  try {
    await cretula.verify(request);
    await cretula.verify(request);
    assert.equal(instances.length, 1);
    cretula.portable.hash(bytes('["sha256"]'), new Uint8Array(WARM_MEMORY_BYTES));
    await cretula.verify(request);
    assert.equal(instances.length, 2);
    assert.ok(instances[0].exports.memory.buffer.byteLength > WARM_MEMORY_BYTES);
  } finally {
    WebAssembly.Instance = Instance;
  }
});
