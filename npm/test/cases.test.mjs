// Every case of every check (tests/vectors/checks), by the functions of the package; and the recorded
// replies, which the other engines give, byte for byte.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { inspect, verify } from "cretula";
import { read, root, text, thrown } from "./support.mjs";

const cases = [];
const names = await readdir(new URL("tests/vectors/checks/", root));
for (const name of names.filter((name) => name.endsWith(".json")).sort()) {
  cases.push(...JSON.parse(await read(`tests/vectors/checks/${name}`)).cases);
}

/** Text as it is, or the bytes of `{"base64": …}`. */
const content = (value) =>
  typeof value === "string" ? value : Buffer.from(value.base64, "base64");

/** Trusted roots lie in files of their own, by the names that cases give. */
const folder = "tests/vectors/checks/roots/";
const roots = new Map();
for (const name of await readdir(new URL(folder, root))) roots.set(name, await read(folder + name));

/** The request of a case, as a caller of the package writes it. */
function request({ bundle, trust, policy, artifacts, options }) {
  return {
    bundle: content(bundle),
    trust: {
      ...trust,
      ...(trust.roots && { roots: trust.roots.map((name) => roots.get(name)) }),
    },
    policy: content(policy),
    ...(artifacts && {
      artifacts: artifacts.map(({ bytes, digests }) =>
        bytes === undefined ? { digests } : { bytes: Buffer.from(bytes, "base64") },
      ),
    }),
    ...(options && { options }),
  };
}

/** A recorded reply without its line feed; undefined if there is none. */
const recorded = (kind, name) =>
  read(`tests/vectors/replies/${kind}/${name}.json`).then(
    (bytes) => text(bytes).trimEnd(),
    () => undefined,
  );

test("every case of every check comes to what it must", async () => {
  const count = { verified: 0, refused: 0, failed: 0 };
  for (const one of cases) {
    const { outcome, code, stage, checkId } = one.expected;
    count[outcome] += 1;
    if (outcome === "failed") {
      assert.equal((await thrown(() => verify(request(one.request)))).code, code, one.name);
      continue;
    }
    const { verified, report } = await verify(request(one.request));
    assert.equal(verified, outcome === "verified", one.name);
    assert.deepEqual([report.code, report.stage, report.checkId], [code, stage, checkId], one.name);
  }
  console.log(`${count.verified} verified, ${count.refused} refused, ${count.failed} failed`);
  assert.ok(count.verified > 200 && count.refused > 400 && count.failed > 10);
});

test("reports are those of every other engine, byte for byte", async () => {
  let compared = 0;
  for (const one of cases) {
    const full = await recorded("full", one.name);
    if (full === undefined || one.expected.outcome === "failed") continue;
    assert.equal((await verify(request(one.request))).json, full, one.name);
    const options = { ...one.request.options, report: "short" };
    const short = await verify({ ...request(one.request), options });
    assert.equal(short.json, await recorded("short", one.name), one.name);
    compared += 2;
  }
  console.log(`${compared} reports compared`);
  assert.ok(compared > 200);
});

test("what is inspected is that of every other engine", async () => {
  let compared = 0;
  for (const one of cases) {
    const inspected = await recorded("inspected", one.name);
    if (inspected === undefined) continue;
    const expected = JSON.parse(inspected);
    const bundle = content(one.request.bundle);
    if (expected.error) {
      assert.equal((await thrown(() => inspect(bundle))).code, expected.error.code, one.name);
    } else {
      assert.deepEqual(await inspect(bundle), expected, one.name);
    }
    compared += 1;
  }
  assert.ok(compared > 100);
});
