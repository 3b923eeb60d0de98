// Requests to services against a server on this machine that misbehaves.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { AllowList } from "../dist/attest/allow-list.js";
import { Services } from "../dist/attest/services.js";
import { text } from "./support.mjs";

const answers = {
  ok: (_, response) =>
    response.writeHead(201, { "content-type": "Application/JSON; charset=utf-8" }).end("{}"),
  headers: (_, response) =>
    response
      .writeHead(409, {
        location: "/api/v1/log/entries/00ff",
        "retry-after": "7",
        "x-log-index": "12",
      })
      .end(),
  elsewhere: (_, response) =>
    response
      .writeHead(409, {
        location: "https://b.example/x",
        "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT",
        "x-log-index": "-1",
      })
      .end(),
  redirect: (_, response) => response.writeHead(302, { location: "/stolen" }).end(),
  large: (_, response) => response.end(Buffer.alloc((1 << 20) + 1)),
  limit: (_, response) => response.end(Buffer.alloc(1 << 20)),
  endless: (_, response) => {
    const more = () =>
      !response.destroyed && response.write(Buffer.alloc(1 << 16)) && setImmediate(more);
    response.on("drain", more);
    more();
  },
  compressed: (_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("{}")),
  hang: () => undefined,
  drip: (_, response) => response.write("{"),
  closed: (request) => request.socket.destroy(),
  half: (request, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("{", () => request.socket.destroy());
  },
  busy: (_, response) => response.writeHead(503).end(),
};

const seen = [];
const server = createServer((request, response) => {
  request.resume();
  const [, name] = request.url.split("/");
  seen.push({ url: request.url, headers: request.headers });
  answers[name](request, response);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
after(() => {
  server.closeAllConnections();
  server.close();
});
const base = `http://127.0.0.1:${server.address().port}`;

const config = (changes) => ({
  signingConfig: { caUrls: [], rekorTlogUrls: [], tsaUrls: [], ...changes },
});

const request = (changes) => ({
  service: "tsa",
  majorApiVersion: 1,
  method: "POST",
  headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
  body: "AAEC",
  auth: "none",
  timeoutMs: 2000,
  delayMs: 0,
  ...changes,
});

/** Sends to one of the answers and reads the reply. */
async function send(name, changes = {}, options = {}) {
  const url = `${base}/${name}`;
  const allowed = new AllowList(config({ tsaUrls: [{ url, majorApiVersion: 1 }] }), true);
  const services = new Services(allowed, {
    fetch,
    wait: async () => undefined,
    idleMs: 200,
    ...options,
  });
  const reply = await services.perform(5, [request({ serviceUrl: url, url, ...changes })]);
  const document = JSON.parse(text(reply));
  assert.deepEqual(
    [document.schema, document.id, document.replies.length],
    ["cretula/reply/v1", 5, 1],
  );
  return document.replies[0];
}

test("a reply is read as the module wants it", async () => {
  assert.deepEqual(await send("ok"), {
    status: 201,
    contentType: "application/json",
    body: "e30=",
  });
  const headers = await send("headers");
  assert.deepEqual(
    [headers.status, headers.location, headers.retryAfter, headers.logIndex],
    [409, "/api/v1/log/entries/00ff", 7, 12],
  );
  const elsewhere = await send("elsewhere");
  assert.deepEqual(Object.keys(elsewhere).sort(), ["body", "contentType", "status"]);
});

test("what is sent holds no cookie and no referrer", async () => {
  seen.length = 0;
  await send("ok");
  const [{ headers }] = seen;
  assert.equal(headers["content-type"], "application/timestamp-query");
  assert.equal(headers["accept-encoding"], "identity");
  for (const name of ["cookie", "referer", "authorization"])
    assert.equal(headers[name], undefined, name);
});

test("redirects are not followed", async () => {
  seen.length = 0;
  assert.deepEqual(await send("redirect"), { error: { kind: "redirected" } });
  assert.ok(seen.every(({ url }) => url !== "/stolen"));
});

test("a body has at most 1 MiB, and is not compressed", async () => {
  assert.equal((await send("limit")).status, 200);
  for (const name of ["large", "endless", "compressed"]) {
    assert.deepEqual(await send(name), { error: { kind: "too-large" } }, name);
  }
});

test("time is bounded as a whole and between two parts", async () => {
  assert.deepEqual(await send("hang", { timeoutMs: 100 }), { error: { kind: "timed-out" } });
  assert.deepEqual(await send("drip"), { error: { kind: "timed-out" } });
});

test("what is broken off is unavailable", async () => {
  for (const name of ["closed", "half"]) {
    assert.deepEqual(await send(name), { error: { kind: "unavailable" } }, name);
  }
});

test("a delay is waited for before the request", async () => {
  const waited = [];
  await send("ok", { delayMs: 3000 }, { wait: async (delay) => void waited.push(delay) });
  await send("ok", { delayMs: 3_000_000 }, { wait: async (delay) => void waited.push(delay) });
  assert.deepEqual(waited, [3000, 120_000]);
});

test("the token goes to a certificate authority only, and is dropped with its answer", async () => {
  let asked = 0;
  const token = () => `token-${(asked += 1)}`;
  assert.deepEqual(await send("ok", { auth: "fulcio-token" }, { token }), {
    error: { kind: "denied" },
  });
  const allowed = new AllowList(
    config({
      caUrls: [
        { url: `${base}/ok`, majorApiVersion: 1 },
        { url: `${base}/busy`, majorApiVersion: 1 },
      ],
    }),
    true,
  );
  const services = new Services(allowed, { fetch, token, wait: async () => undefined });
  const ask = (name) =>
    services.perform(1, [
      request({
        service: "fulcio",
        serviceUrl: `${base}/${name}`,
        url: `${base}/${name}/api/v2/signingCert`,
        auth: "fulcio-token",
      }),
    ]);
  seen.length = 0;
  for (const name of ["busy", "ok", "ok"]) await ask(name);
  assert.deepEqual(
    seen.map(({ headers }) => headers.authorization),
    ["Bearer token-1", "Bearer token-1", "Bearer token-2"],
  );
  for (const wrong of ["", "a b", "a\r\nx: y"]) {
    const services = new Services(allowed, {
      fetch,
      token: () => wrong,
      wait: async () => undefined,
    });
    const url = `${base}/ok`;
    const asking = request({
      service: "fulcio",
      serviceUrl: url,
      url: `${url}/api/v2/signingCert`,
      auth: "fulcio-token",
    });
    const reply = JSON.parse(text(await services.perform(1, [asking])));
    assert.deepEqual(reply.replies, [{ error: { kind: "denied" } }]);
  }
});

test("only the services of the configuration are called, by their own paths", () => {
  const entry = "ab".repeat(32);
  const allowed = new AllowList(
    config({
      caUrls: [{ url: "https://ca.example", majorApiVersion: 1 }],
      rekorTlogUrls: [
        { url: "https://one.example/", majorApiVersion: 1 },
        { url: "https://two.example/log", majorApiVersion: 2 },
      ],
      tsaUrls: [{ url: "https://tsa.example/api/v1/timestamp", majorApiVersion: 1 }],
    }),
    false,
  );
  const isAllowed = (service, serviceUrl, majorApiVersion, method, url, changes = {}) => {
    try {
      const body = method === "POST" ? "AAEC" : "";
      allowed.check(
        request({ service, serviceUrl, majorApiVersion, method, url, body, ...changes }),
      );
      return true;
    } catch (error) {
      assert.equal(error.kind, "denied");
      return false;
    }
  };
  const [ca, one, two] = ["https://ca.example", "https://one.example/", "https://two.example/log"];
  const tsa = "https://tsa.example/api/v1/timestamp";
  const good = [
    ["fulcio", ca, 1, "POST", `${ca}/api/v2/signingCert`],
    ["rekor", one, 1, "POST", `${one}api/v1/log/entries`],
    ["rekor", one, 1, "GET", `${one}api/v1/log/entries/${entry}`],
    ["rekor", two, 2, "POST", `${two}/api/v2/log/entries`],
    ["rekor", two, 2, "GET", `${two}/api/v2/checkpoint`],
    ["rekor", two, 2, "GET", `${two}/api/v2/tile/0/x001/234.p/255`],
    ["rekor", two, 2, "GET", `${two}/api/v2/tile/entries/000.p/1`],
    ["tsa", tsa, 1, "POST", tsa],
  ];
  for (const call of good) assert.ok(isAllowed(...call), call.join(" "));
  const wrong = [
    ["fulcio", ca, 1, "GET", `${ca}/api/v2/signingCert`],
    ["fulcio", ca, 2, "POST", `${ca}/api/v2/signingCert`],
    ["fulcio", ca, 1, "POST", `${ca}/api/v2/configuration`],
    ["fulcio", ca, 1, "POST", `${ca}.evil.example/api/v2/signingCert`],
    ["rekor", one, 1, "GET", `${one}api/v1/log/entries/../../x`],
    ["rekor", one, 1, "GET", `https://other.example/api/v1/log/entries/${entry}`],
    ["rekor", two, 2, "GET", `${two}/api/v2/tile/64/000`],
    ["rekor", two, 2, "GET", `${two}/api/v2/tile/0/000.p/256`],
    ["rekor", two, 2, "GET", `${two}/api/v2/log/entries`],
    ["tsa", tsa, 1, "POST", `${tsa}?x`],
    ["tsa", "https://other.example", 1, "POST", "https://other.example"],
  ];
  for (const call of wrong) assert.ok(!isAllowed(...call), call.join(" "));
  const withToken = { auth: "fulcio-token" };
  assert.ok(isAllowed(...good[0], withToken));
  for (const call of good.slice(1)) assert.ok(!isAllowed(...call, withToken), call.join(" "));
  assert.ok(!isAllowed(...good[2], { body: "AAEC" }));
});

test("plain HTTP goes to this machine only, and only where that is allowed", () => {
  const isAllowed = (url, loopbackHttp) => {
    const allowed = new AllowList(config({ tsaUrls: [{ url, majorApiVersion: 1 }] }), loopbackHttp);
    try {
      return (allowed.check(request({ serviceUrl: url, url })), true);
    } catch {
      return false;
    }
  };
  for (const url of ["https://a.example", "https://a.example:8443/x/y", "https://[::1]/x"]) {
    assert.ok(isAllowed(url, false), url);
  }
  for (const url of ["http://127.0.0.1:8080", "http://[::1]:8080/x", "http://localhost:1/"]) {
    assert.ok(isAllowed(url, true) && !isAllowed(url, false), url);
  }
  const wrong = [
    "http://a.example",
    "http://127.0.0.1.a.example/",
    "http://10.0.0.1/",
    "http://localhost.a/",
  ];
  const odd = [
    "ftp://a.example",
    "https://u@a.example",
    "https://a.example/x/../y",
    "https://a.example/#x",
  ];
  const spelled = [
    "https://A.example/",
    "https://a.example:443/",
    "https://2130706433/",
    "https://a.example/ x",
    "x",
    "",
  ];
  for (const url of [...wrong, ...odd, ...spelled]) assert.ok(!isAllowed(url, true), url);
});
