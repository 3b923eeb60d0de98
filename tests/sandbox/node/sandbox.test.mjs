// The module in Node's WebAssembly. Prints `N passed, N failed`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { hostile } from "./hostile.mjs";
import { Portable, isVerified, open } from "./portable.mjs";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root));
const text = (bytes) => new TextDecoder().decode(bytes);
const json = (bytes) => JSON.parse(text(bytes));
const bytes = (value) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

const core = await read("target/cretula/cretula.core.wasm");
const data = "host/wasmtime/data/";
const demo = {
  schema: "cretula/verify-request/v1",
  bundle: (await read(data + "signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json")).toString("base64"),
  trust: { roots: [(await read(data + "trusted_root.json")).toString("base64")] },
  policy: Buffer.from(
    JSON.stringify({
      schema: "cretula/policy/v1",
      signers: {
        certificate: {
          issuer: "https://token.actions.githubusercontent.com",
          san: "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main",
        },
      },
    }),
  ).toString("base64"),
  artifacts: [{ bytes: (await read(data + "signed-package-2.1.0-hb0f4dca_0.conda")).toString("base64") }],
};

const tests = {
  "the module imports nothing and starts with an empty object": async () => {
    assert.deepEqual((await open(core)).imports, []);
  },
  "a real bundle is verified": async () => {
    const reply = (await open(core)).verify(bytes(demo));
    assert.ok(isVerified(reply), text(reply));
  },
  "another artifact is refused": async () => {
    const request = { ...demo, artifacts: [{ bytes: Buffer.from("other").toString("base64") }] };
    const reply = (await open(core)).verify(bytes(request));
    assert.ok(!isVerified(reply));
    assert.equal(json(reply).verdict, "refused");
  },
  "garbage is answered, and the next call works": async () => {
    const module = await open(core);
    for (const garbage of ["", "{", "null", "[]", "\u0000", "{}".repeat(1000)]) {
      assert.equal(json(module.verify(bytes(garbage))).schema, "cretula/error/v1");
    }
    assert.ok(isVerified(module.verify(bytes(demo))));
  },
  "hashing in pieces": async () => {
    const module = await open(core);
    let state = bytes('["sha256","sha512"]');
    for (const chunk of ["a", "b", "c"]) state = module.hash(state, bytes(chunk));
    const digests = json(module.digests(state));
    assert.equal(digests.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  },
  "inspect says that nothing is verified": async () => {
    const view = json((await open(core)).inspect(Buffer.from(demo.bundle, "base64")));
    assert.equal(view.verified, false);
  },
  "a policy is checked": async () => {
    const module = await open(core);
    assert.equal(json(module.checkPolicy(bytes({}))).schema, "cretula/error/v1");
    assert.equal(json(module.checkPolicy(Buffer.from(demo.policy, "base64"))).schema, "cretula/policy/v1");
  },
  "the version names the contract": async () => {
    assert.equal(json((await open(core)).version()).contract, "cretula:core@1.0.0");
  },
  "a trap is a denial, and the next call gets a new instance": async () => {
    const module = await open(core);
    const broken = module.verify(bytes(demo)).length > 0;
    assert.ok(broken);
    // A length that no memory has makes the copy fail before the call: nothing is verified, nothing stays broken.
    assert.throws(() => module.verify({ length: 0xffff_ffff }), /host\/sandbox/);
    assert.ok(isVerified(module.verify(bytes(demo))));
  },
  "replies that are no report are denials": () => {
    for (const reply of ["", "{}", "verified", '{"schema":"cretula/report/v2","verdict":"verified"}']) {
      assert.equal(isVerified(bytes(reply)), false);
    }
    assert.equal(isVerified(new Uint8Array([0xff])), false);
    assert.equal(typeof Portable, "function");
  },
  ...hostile(core, bytes(demo)),
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
