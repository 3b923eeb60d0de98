import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "cretula";
import {
  attest,
  Attestation,
  AttestError,
  generateKey,
  HostError,
  webCryptoKey,
} from "cretula/attest";
import { publicGood } from "cretula/trust";
import * as signing from "./signing.mjs";
import { text, thrown } from "./support.mjs";

const cretula = await open();
const trustedRoot = JSON.parse(publicGood.json);
const order = (changes) => signing.order(trustedRoot, changes);

/** A host with one key, and what went through it. */
async function host(changes = {}) {
  const key = await generateKey();
  const seen = { events: [], signed: 0 };
  const counted = { ...key, sign: (message) => ((seen.signed += 1), key.sign(message)) };
  return {
    seen,
    key,
    audit: (event) => void seen.events.push(event),
    openKey: () => counted,
    ...changes,
  };
}

/** Verifies by what this test knows, and not by what the run says. */
async function verified(sealed, key) {
  const keys = [await managedKey(key)];
  const artifacts = [{ digests: signing.subject.digest }];
  return cretula.verify({
    bundle: sealed.bundle,
    trust: { keys },
    policy: signing.policy,
    artifacts,
  });
}

async function managedKey(key) {
  const { spki } = await key.publicKey();
  return { id: "", key: Buffer.from(spki).toString("base64"), keyDetails: key.algorithm };
}

test("a WebCrypto key whose private half cannot be exported signs a bundle that verifies", async () => {
  const here = await host();
  const sealed = await attest(cretula, order(), here);
  assert.equal(sealed.report.verdict, "verified");
  assert.equal((await verified(sealed, here.key)).verified, true);
  const [event] = here.seen.events;
  assert.equal(here.seen.events.length, 1);
  assert.deepEqual([event.verdict, event.kind, event.mode], ["allowed", "attestation", "pipeline"]);
  assert.equal(event.predicateType, "https://slsa.dev/provenance/v1");
  assert.equal(event.builderId, "https://ci.example/builders/pipeline/v1");
  assert.deepEqual(event.subjects, { digests: [signing.subject.digest.sha256], count: 1 });
  assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ]);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", pair.privateKey));
  assert.equal(webCryptoKey(pair).algorithm, "PKIX_ECDSA_P256_SHA_256");
});

test("every algorithm of WebCrypto gives a bundle that verifies", async () => {
  const algorithms = ["PKIX_ECDSA_P384_SHA_384", "PKIX_ECDSA_P521_SHA_512", "PKIX_ED25519"];
  for (const algorithm of [...algorithms, "PKIX_RSA_PKCS1V15_3072_SHA256"]) {
    const key = await generateKey(algorithm);
    assert.equal(key.algorithm, algorithm);
    const sealed = await attest(cretula, order(), await host({ openKey: () => key }));
    assert.equal((await verified(sealed, key)).verified, true, algorithm);
  }
  assert.equal((await thrown(() => generateKey("PKIX_RSA_PSS_3072_SHA256"))).kind, "other");
});

test("step by step, and again from the record of a run", async () => {
  const here = await host();
  const run = Attestation.begin(cretula, order(), here);
  assert.deepEqual(run.pending, { type: "need-key", key: "release" });
  assert.equal(await run.next(), undefined);
  assert.deepEqual(run.pending, { type: "need-signature", key: "release" });
  const sealed = await run.next();
  assert.equal(run.pending, undefined);
  assert.equal((await verified(sealed, here.key)).verified, true);
});

test("a run that failed for a while is taken up again, and looked at again", async () => {
  let record;
  let isDown = true;
  const key = await generateKey();
  const openKey = () => {
    if (isDown) throw new HostError("unavailable");
    return key;
  };
  let now = 1_767_225_600;
  const sleep = async (milliseconds) => void (now += Math.ceil(milliseconds / 1000));
  const journal = { keep: (kept) => void (record = kept), forget: () => void (record = undefined) };
  const here = await host({ openKey, journal, sleep, now: () => now });
  const error = await thrown(() => attest(cretula, order(), here));
  assert.ok(error instanceof AttestError);
  assert.deepEqual(
    [error.code, error.resumable, error.cause.kind],
    ["key/unavailable", true, "unavailable"],
  );
  isDown = false;
  const kept = record;
  const resume = async (expected) => {
    const run = Attestation.resume(cretula, order(), here, kept, expected);
    for (;;) {
      const sealed = await run.next();
      if (sealed !== undefined) return sealed;
    }
  };
  const { policy } = signing;
  const other = { policy, keys: [await managedKey(await generateKey())] };
  assert.equal((await thrown(() => resume(other))).code, "bundle/self-verify");
  const sealed = await resume({ policy, keys: [await managedKey(key)] });
  assert.equal((await verified(sealed, key)).verified, true);
  assert.equal(record, undefined);
  const noRecord = () => Attestation.resume(cretula, order(), here, new Uint8Array(3), { policy });
  assert.equal((await thrown(noRecord)).code, "state/format");
});

test("nothing is signed unless the audit log has taken a line", async () => {
  const here = await host({ audit: () => Promise.reject(new Error("disk full")) });
  const error = await thrown(() => attest(cretula, order(), here));
  assert.equal(error.code, "audit/unavailable");
  assert.equal(error.cause.message, "disk full");
  assert.equal(here.seen.signed, 0);
});

test("the guard refuses what was not granted, and says so in the audit log", async () => {
  const here = await host();
  const other = { predicateTypes: ["https://example.com/other"] };
  const error = await thrown(() => attest(cretula, order({ grants: other }), here));
  assert.equal(error.code, "guard/predicate-type");
  assert.equal(here.seen.signed, 0);
  assert.deepEqual(
    here.seen.events.map(({ verdict, code, kind }) => [verdict, code, kind]),
    [["denied", "guard/predicate-type", "unknown"]],
  );
});

test("the guard runs in an instance of its own", async () => {
  const { Instance } = WebAssembly;
  const instances = [];
  const calls = [];
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      const number = instances.push(this);
      const watched = Object.entries(super.exports).map(([name, value]) => {
        const short = name.replace("cretula:core/portable@1.0.0#", "");
        const watch = (...args) => (calls.push([number, short]), value(...args));
        return [
          name,
          typeof value === "function" && name.startsWith("cretula:core/portable") ? watch : value,
        ];
      });
      Object.defineProperty(this, "exports", { value: Object.fromEntries(watched) });
    }
  };
  try {
    await attest(cretula, order(), await host());
  } finally {
    WebAssembly.Instance = Instance;
  }
  const guards = calls.filter(([, name]) => name === "guard");
  assert.equal(guards.length, 1);
  assert.equal(calls.filter(([number]) => number === guards[0][0]).length, 1);
  assert.equal(new Set(calls.map(([number]) => number)).size, calls.length);
});

test("a key that lies is found out", async () => {
  const key = await generateKey();
  const other = await generateKey();
  const lies = {
    "key/self-check": { ...key, sign: (message) => other.sign(message) },
    "key/encoding": { ...key, sign: async () => ({ bytes: new Uint8Array(7), encoding: "p1363" }) },
    "key/public": { ...key, publicKey: () => ({ spki: new Uint8Array(7) }) },
    "key/algorithm": { ...key, algorithm: "PKIX_RSA_2048" },
    "key/denied": { ...key, sign: () => Promise.reject(new HostError("denied")) },
  };
  for (const [code, lying] of Object.entries(lies)) {
    const error = await thrown(async () =>
      attest(cretula, order(), await host({ openKey: () => lying })),
    );
    assert.equal(error.code, code);
  }
});

test("a request that is refused signs nothing", async () => {
  const here = await host();
  const wrong = {
    "mode/unknown": { mode: "another" },
    "subject/none": { tenant: { subjects: [] } },
    "subject/digest-length": { tenant: { subjects: [{ name: "a", digest: { sha256: "00" } }] } },
    "tenant/forbidden-field": { tenant: { subjects: [signing.subject], declared: { builder: 1 } } },
    "facts/missing": { facts: { origin: "control-plane" } },
  };
  for (const [code, changes] of Object.entries(wrong)) {
    const error = await thrown(() => attest(cretula, order(changes), here));
    assert.ok(error instanceof AttestError, String(error));
    assert.equal(error.code, code);
  }
  assert.deepEqual(here.seen, { events: [], signed: 0 });
});

test("documents as text cannot bring members of their own into the request", async () => {
  const text = JSON.stringify(signing.config);
  const here = await host();
  assert.equal((await attest(cretula, order({ config: text }), here)).report.verdict, "verified");
  for (const config of [`${text},"mode":"x"`, `${text}{}`, "", "{"]) {
    const error = await thrown(() => attest(cretula, order({ config }), here));
    assert.deepEqual([error.code, error.path], ["input/syntax", "/config"]);
  }
  const getter = {
    get schema() {
      return "cretula/config/v1";
    },
  };
  assert.equal(
    (await thrown(() => attest(cretula, order({ config: getter }), here))).code,
    "host/object",
  );
});

test("an abort ends a run with its reason", async () => {
  const controller = new AbortController();
  const key = await generateKey();
  const openKey = async () => (controller.abort(new Error("enough")), key);
  const here = await host({ openKey, signal: controller.signal });
  assert.match((await thrown(() => attest(cretula, order(), here))).message, /enough/);
  assert.equal(here.seen.signed, 0);
});

test("no export leads to the steps of signing without the guard", async () => {
  const names = new Set();
  for (let object = cretula; object !== Object.prototype; object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name);
  }
  const known = [
    "portable",
    "constructor",
    "verify",
    "verifyFile",
    "hashFile",
    "inspect",
    "checkPolicy",
    "version",
  ];
  assert.deepEqual([...names].sort(), known.sort());
  const portable = Object.getOwnPropertyNames(Object.getPrototypeOf(cretula.portable));
  const pure = ["constructor", "verify", "inspect", "checkPolicy", "hash", "digests", "version"];
  assert.deepEqual(portable.sort(), pure.sort());
  const signing = Object.keys(await import("cretula/attest")).sort();
  assert.deepEqual(signing, [
    "AttestError",
    "Attestation",
    "HostError",
    "attest",
    "generateKey",
    "webCryptoKey",
  ]);
  await assert.rejects(import("cretula/dist/sandbox.js"), {
    code: "ERR_PACKAGE_PATH_NOT_EXPORTED",
  });
  assert.equal((await thrown(() => attest({ sandbox: {} }, order(), {}))).code, "host/object");
});

test("two steps at once are refused", async () => {
  const run = Attestation.begin(cretula, order(), await host());
  const first = run.next();
  assert.equal((await thrown(() => run.next())).code, "step/stale-reply");
  assert.equal(await first, undefined);
});

test("no secret is in a record", async () => {
  const records = [];
  const here = await host({
    journal: { keep: (record) => void records.push(text(record)) },
    token: () => "canary",
  });
  await attest(cretula, order(), here);
  assert.ok(records.length >= 2);
  for (const record of records)
    assert.ok(!record.includes("canary") && !record.includes("PRIVATE"));
});
