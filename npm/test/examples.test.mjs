import assert from "node:assert/strict";
import { generateKeyPairSync, privateEncrypt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { open } from "cretula";
import { attest } from "cretula/attest";
import { publicGood } from "cretula/trust";
import { importExample } from "./readme.mjs";
import * as signing from "./signing.mjs";
import { thrown } from "./support.mjs";

const cretula = await open();
const order = signing.order(JSON.parse(publicGood.json));

/** A KMS on this machine: it takes digests, and answers with what it is told. */
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 3072 });
const spki = publicKey.export({ type: "spki", format: "der" });
const rsa = { algorithm: "PKIX_RSA_PKCS1V15_3072_SHA256", encoding: "raw" };
const statuses = [];
const requests = [];
const kms = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await request.toArray()));
  requests.push({ body, authorization: request.headers.authorization });
  const status = statuses.shift() ?? 200;
  if (status !== 200) return response.writeHead(status).end();
  response.end(
    JSON.stringify({ signature: signDigest(Buffer.from(body.digest, "base64")), version: "3" }),
  );
});
kms.listen(0, "127.0.0.1");
await once(kms, "listening");
after(() => kms.close());
const url = `http://127.0.0.1:${kms.address().port}/keys/release:sign`;

/** RSASSA-PKCS1-v1_5 of a SHA-256 digest (RFC 8017 §9.2): its DigestInfo, padded. */
function signDigest(digest) {
  const info = Buffer.concat([
    Buffer.from("3031300d060960864801650304020105000420", "hex"),
    digest,
  ]);
  return privateEncrypt(privateKey, info).toString("base64");
}

test("the example with WebCrypto", async () => {
  const { seal, key } = await importExample("webcrypto");
  const { bundle, report } = await seal(order);
  assert.equal(report.verdict, "verified");
  assert.equal(await verifies(bundle, (await key.publicKey()).spki), true);
});

test("the example with a KMS signs by digest", async () => {
  const { kmsKey } = await importExample("kms");
  const key = kmsKey({ url, token: "canary", spki, version: "3", ...rsa });
  const events = [];
  const host = { openKey: () => key, audit: (event) => void events.push(event) };
  const sealed = await attest(cretula, order, host);
  assert.equal(await verifies(sealed.bundle, spki), true);
  assert.deepEqual(
    [requests.length, requests[0].body.version, requests[0].authorization],
    [1, "3", "Bearer canary"],
  );
  assert.equal(Buffer.from(requests[0].body.digest, "base64").length, 32);
  assert.deepEqual([events[0].keyId, events[0].keyVersion], [url, "3"]);
  assert.ok(!JSON.stringify(events).includes("canary"));
});

test("a KMS that is busy is asked again, one that refuses is not", async () => {
  const { kmsKey } = await importExample("kms");
  const key = kmsKey({ url, token: "canary", spki, version: "3", ...rsa });
  const waited = [];
  const host = {
    openKey: () => key,
    audit: () => undefined,
    sleep: async (delay) => void waited.push(delay),
  };
  requests.length = 0;
  statuses.push(503, 429);
  assert.equal((await attest(cretula, order, host)).report.verdict, "verified");
  assert.equal(requests.length, 3);
  assert.equal(waited.length, 2);
  assert.ok(
    waited.every((delay) => delay >= 1000 && delay <= 3000),
    String(waited),
  );
  requests.length = 0;
  statuses.push(403);
  assert.equal((await thrown(() => attest(cretula, order, host))).code, "key/denied");
  assert.equal(requests.length, 1);
});

async function verifies(bundle, spki) {
  const keys = [{ id: "", key: Buffer.from(spki).toString("base64") }];
  const artifacts = [{ digests: signing.subject.digest }];
  return (await cretula.verify({ bundle, trust: { keys }, policy: signing.policy, artifacts }))
    .verified;
}
