// Signing with certificates, logs and timestamps: the virtual Sigstore of crates/testkit, which `cargo
// xtask test` serves on this machine. Its description stands in CRETULA_TEST_SIGSTORE.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "cretula";
import { attest, Attestation, HostError, webCryptoKey } from "cretula/attest";
import { thrown } from "./support.mjs";

const world = JSON.parse(process.env["CRETULA_TEST_SIGSTORE"] ?? "null");
const skip = world === null && "CRETULA_TEST_SIGSTORE is not set: run `cargo xtask test --hosts`";
const cretula = await open();

const identity = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
const digest = { sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" };

/** An order for provenance of a GitHub workflow in this profile. */
function order(profile, changes = {}) {
  const { issuer, claims, trust } = world;
  const mode = {
    buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
    builderId: "claim",
    key: "ephemeral",
    profile,
    predicates: ["provenance"],
    issuer,
    signers: [{ workflow: identity.split("@")[0], ref: "refs/tags/v1.2.3" }],
    ...(profile === "public-v1" && { maxRekorVersion: 1 }),
    ...(profile === "private-ca" && { caKey: "authority" }),
  };
  const provider = {
    issuer,
    provider: "github",
    server: "https://github.com",
    audience: "cretula",
  };
  const hasLog = profile.startsWith("public");
  const signingConfig = hasLog
    ? trust.signingConfig
    : { ...trust.signingConfig, rekorTlogUrls: [] };
  return {
    mode: "m",
    config: {
      schema: "cretula/config/v1",
      modes: { m: mode },
      buildTypes: [],
      issuers: [provider],
    },
    trust: { ...trust, signingConfig },
    facts: { origin: "verified-token", claims },
    tenant: { subjects: [{ name: "app.tgz", digest }] },
    ...changes,
  };
}

/** A host, and what went through it. The clock is that of the services. */
function host(changes = {}) {
  const seen = { events: [], waited: [] };
  return {
    seen,
    audit: (event) => void seen.events.push(event),
    token: () => world.token,
    now: () => world.now,
    sleep: async (delay) => void seen.waited.push(delay),
    dangerousLoopbackHttp: true,
    ...changes,
  };
}

/** Verifies by what this test knows. */
async function verified({ bundle }, preset) {
  const policy = {
    schema: "cretula/policy/v1",
    preset,
    signers: { certificate: { san: identity, issuer: world.issuer } },
    statement: { predicateTypes: ["https://slsa.dev/provenance/v1"] },
    ...(preset === "private-tsa" && { evidence: { log: { threshold: 0 } } }),
  };
  const trust = { name: "test", json: JSON.stringify(world.trust.trustedRoot) };
  const result = await cretula.verify({ bundle, trust, policy, artifacts: [{ digests: digest }] });
  assert.equal(result.report.code, undefined, result.json);
  return result.verified;
}

for (const [profile, preset] of [
  ["public-v1", "public-good"],
  ["public-v2", "public-good"],
  ["tsa", "private-tsa"],
]) {
  test(`Fulcio and the evidence of ${profile}`, { skip }, async () => {
    const here = host();
    const sealed = await attest(cretula, order(profile), here);
    assert.equal(sealed.report.verdict, "verified");
    assert.equal(await verified(sealed, preset), true);
    assert.deepEqual(
      here.seen.events.map(({ kind, verdict }) => [kind, verdict]),
      [
        ["csr", "allowed"],
        ["attestation", "allowed"],
      ],
    );
  });
}

test("a private authority certifies the key of the bundle", { skip }, async () => {
  const imported = (format, bytes, usages) =>
    crypto.subtle.importKey(
      format,
      Buffer.from(bytes, "base64"),
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      usages,
    );
  const authority = webCryptoKey(
    {
      privateKey: await imported("pkcs8", world.authority.pkcs8, ["sign"]),
      publicKey: await imported("spki", world.authority.spki, ["verify"]),
    },
    { id: "authority" },
  );
  const opened = [];
  const here = host({ openKey: (name) => (opened.push(name), authority) });
  const sealed = await attest(cretula, order("private-ca"), here);
  assert.equal(await verified(sealed, "private-ca"), true);
  assert.deepEqual(opened, ["authority"]);
  assert.deepEqual(
    here.seen.events.map(({ kind, keyId }) => [kind, keyId]),
    [
      ["certificate", "authority"],
      ["attestation", ""],
    ],
  );
});

test("a service that is not reached for a while is asked again", { skip }, async () => {
  let failures = 2;
  const flaky = async (url, init) => {
    if (url.includes("timestamp") && (failures -= 1) >= 0) throw new TypeError("fetch failed");
    return fetch(url, init);
  };
  const here = host({ fetch: flaky });
  const sealed = await attest(cretula, order("public-v2"), here);
  assert.equal(await verified(sealed, "public-good"), true);
  assert.ok(here.seen.waited.length >= 2 && here.seen.waited.every((delay) => delay >= 1000));
});

test("a redirect of a service ends the run", { skip }, async () => {
  const redirecting = async (url, init) =>
    url.includes("signingCert") ? Response.redirect("https://evil.example/") : fetch(url, init);
  const error = await thrown(() =>
    attest(cretula, order("public-v2"), host({ fetch: redirecting })),
  );
  assert.equal(error.code, "service/redirect");
});

test(
  "without a token, or with that of another issuer, there is no certificate",
  { skip },
  async () => {
    const { token: _, ...without } = host();
    assert.equal(
      (await thrown(() => attest(cretula, order("public-v2"), without))).code,
      "fulcio/refused",
    );
    const other = host({ token: () => `${world.token.slice(0, -8)}AAAAAAAA` });
    assert.equal(
      (await thrown(() => attest(cretula, order("public-v2"), other))).code,
      "fulcio/refused",
    );
  },
);

test(
  "the token goes to the certificate authority and into no record, event or error",
  { skip },
  async () => {
    const records = [];
    const urls = [];
    const watching = async (url, init) => {
      if (JSON.stringify(init.headers).includes(world.token)) urls.push(url);
      return fetch(url, init);
    };
    const journal = { keep: (record) => void records.push(Buffer.from(record).toString("latin1")) };
    const here = host({ fetch: watching, journal });
    await attest(cretula, order("public-v2"), here);
    assert.equal(urls.length, 1);
    assert.match(urls[0], /\/api\/v2\/signingCert$/);
    assert.ok(records.length >= 6);
    for (const text of [...records, JSON.stringify(here.seen.events)])
      assert.ok(!text.includes(world.token));
  },
);

test("a run that ended anywhere is taken up from its record", { skip }, async () => {
  const policy = {
    schema: "cretula/policy/v1",
    signers: { certificate: { san: identity, issuer: world.issuer } },
    statement: { predicateTypes: ["https://slsa.dev/provenance/v1"] },
  };
  const finish = async (run) => {
    for (;;) {
      const sealed = await run.next();
      if (sealed !== undefined) return sealed;
    }
  };
  let steps = 0;
  for (; ; steps += 1) {
    const here = host();
    const run = Attestation.begin(cretula, order("public-v2"), here);
    let sealed;
    for (let step = 0; step < steps && sealed === undefined; step += 1) sealed = await run.next();
    if (sealed !== undefined) break;
    const again = Attestation.resume(cretula, order("public-v2"), host(), run.record(), { policy });
    assert.equal(await verified(await finish(again), "public-good"), true, `after ${steps} steps`);
  }
  assert.ok(steps >= 5, String(steps));
});

test("a record that was changed gives no bundle that says something else", { skip }, async () => {
  const run = Attestation.begin(cretula, order("public-v2"), host());
  await run.next();
  const other = order("public-v2", {
    tenant: { subjects: [{ name: "evil", digest: { sha256: "00".repeat(32) } }] },
  });
  const policy = {
    schema: "cretula/policy/v1",
    signers: { certificate: { san: identity, issuer: world.issuer } },
  };
  const here = host();
  const again = Attestation.resume(cretula, other, here, run.record(), { policy });
  const error = await thrown(async () => {
    for (;;) if ((await again.next()) !== undefined) return;
  });
  assert.equal(error.code, "guard/subject");
  assert.equal(here.seen.events.at(-1).verdict, "denied");
});

test("the key of another name is not opened", { skip }, async () => {
  const here = host({ ephemeralKey: () => Promise.reject(new HostError("denied")) });
  const error = await thrown(() => attest(cretula, order("public-v2"), here));
  assert.equal(error.code, "key/denied");
});
