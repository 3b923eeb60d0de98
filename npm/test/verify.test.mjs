import assert from "node:assert/strict";
import { test } from "node:test";
import * as cretula from "cretula";
import * as inline from "cretula/inline";
import { dangerousOpenCompiled, open as openSlim } from "cretula/slim";
import { publicGood } from "cretula/trust";
import { artifact, bundle, core, policy, text, thrown } from "./support.mjs";

const request = { bundle, trust: publicGood, policy, artifacts: [{ bytes: artifact }] };
const zeroDigest = `sha256:${"00".repeat(32)}`;

test("a real bundle is verified by every entry, with the same report", async () => {
  const slim = await openSlim(core);
  const compiled = dangerousOpenCompiled(await WebAssembly.compile(core));
  const reports = new Set();
  for (const entry of [cretula, inline, slim, compiled]) {
    const result = await entry.verify(request);
    assert.equal(result.verified, true);
    assert.equal(result.report.verdict, "verified");
    reports.add(result.json);
  }
  assert.equal(reports.size, 1);
});

test("not verified is a result", async () => {
  const result = await cretula.verify({ ...request, artifacts: [zeroDigest] });
  assert.equal(result.verified, false);
  assert.equal(result.report.verdict, "refused");
  assert.equal(result.report.code, "artifact/mismatch");
  assert.equal(JSON.parse(result.json).code, "artifact/mismatch");
});

test("without an artifact nothing is verified", async () => {
  const { artifacts: _, ...rest } = request;
  const result = await cretula.verify(rest);
  assert.equal(result.verified, false);
});

test("a digest, digests and bytes are the same artifact", async () => {
  const hex = "54303491a8418fbed24344b513546182c29b43bf282ceb433af65e2299f9271f";
  for (const one of [`sha256:${hex}`, { digests: { sha256: hex } }, { bytes: artifact }]) {
    assert.equal((await cretula.verify({ ...request, artifacts: [one] })).verified, true);
  }
});

test("text and bytes are the same document", async () => {
  const first = await cretula.verify(request);
  const asText = {
    ...request,
    bundle: text(bundle),
    policy: JSON.stringify(policy),
    trust: publicGood.json,
  };
  const second = await cretula.verify(asText);
  assert.equal(second.json, first.json);
  const third = await cretula.verify({
    ...request,
    policy: new TextEncoder().encode(JSON.stringify(policy)),
  });
  assert.equal(third.json, first.json);
});

test("the trusted root that was used has its name and date", async () => {
  const result = await cretula.verify(request);
  assert.match(result.trustedRoot, /^public-good Sigstore instance, \d{4}-\d{2}-\d{2}$/);
  assert.equal(result.report.inputs.trustedRoot, await sha256(publicGood.json));
  const unnamed = await cretula.verify({ ...request, trust: { roots: [publicGood.json] } });
  assert.equal(unnamed.trustedRoot, undefined);
  const own = { name: "mine", json: new TextEncoder().encode(publicGood.json) };
  assert.equal((await cretula.verify({ ...request, trust: { roots: [own] } })).trustedRoot, "mine");
});

test("several roots are tried, and the one that fits is named", async () => {
  const { read } = await import("./support.mjs");
  const staging = {
    name: "staging",
    json: text(await read("host/wasmtime/data/trusted_root_staging.json")),
  };
  const both = await cretula.verify({ ...request, trust: { roots: [staging, publicGood] } });
  assert.equal(both.verified, true);
  assert.match(both.trustedRoot, /^public-good/);
  const wrong = await cretula.verify({ ...request, trust: { roots: [staging] } });
  assert.equal(wrong.verified, false);
});

test("a policy with a typo, or without signers, is an exception that says where", async () => {
  const typo = { ...policy, signer: policy.signers };
  const first = await thrown(() => cretula.verify({ ...request, policy: typo }));
  assert.ok(first instanceof cretula.CretulaError);
  assert.deepEqual([first.code, first.path], ["policy/unknown-member", "/signer"]);
  const unbound = { schema: "cretula/policy/v1" };
  const second = await thrown(() => cretula.verify({ ...request, policy: unbound }));
  assert.equal(second.code, "policy/unbound");
});

test("checkPolicy writes the preset out", async () => {
  const applied = await cretula.checkPolicy({ ...policy, preset: "public-good" });
  assert.equal(applied.evidence.log.threshold, 1);
  assert.equal((await thrown(() => cretula.checkPolicy("{"))).code, "policy/malformed");
});

test("inspect says that nothing is verified", async () => {
  const view = await cretula.inspect(bundle);
  assert.equal(view.verified, false);
  assert.equal(view.signer.certificate.issuer, policy.signers.certificate.issuer);
  assert.equal((await thrown(() => cretula.inspect("{}"))).code, "bundle-shape/media-type");
});

test("the version names the contract", async () => {
  const { contract, version } = await cretula.version();
  assert.equal(contract, "cretula:core@1.0.0");
  const { read } = await import("./support.mjs");
  assert.equal(JSON.parse(await read("npm/package.json")).version, version);
});

async function sha256(json) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(json));
  return Buffer.from(digest).toString("hex");
}
