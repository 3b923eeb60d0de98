// Looking bundles up by digest, which is the only request to another place.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { STRICT } from "../csp.mjs";
import {
  artifactPath,
  artifactSha256,
  bundlePath,
  launch,
  repository,
  serve,
  verdictOf,
} from "./support.mjs";

const ADDRESS = "https://bundles.example/of/{digest}";

let served;
let browser;
let context;
let page;
let asked;
let reply;
before(async () => {
  served = await serve({ csp: null });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});
beforeEach(async () => {
  asked = [];
  // What a service worker lets through does not reach the routes of the test.
  context = await browser.newContext({ serviceWorkers: "block" });
  await context.route("https://bundles.example/**", (route) => {
    asked.push(route.request());
    return route.fulfill({ headers: { "access-control-allow-origin": "*" }, ...reply });
  });
  page = await context.newPage();
  await open(served.origin);
});
afterEach(() => context.close());

async function open(origin) {
  await page.goto(`${origin}/`);
  await page.locator("#lookup summary").click();
  await page.locator("#lookup-address").fill(ADDRESS);
  await page.locator("#repository").fill(repository);
}

/** Presses the button and returns what is said in the end. */
async function lookUp() {
  await page.locator("#lookup-start").click();
  const said = page.locator("#lookup-status", { hasText: /\.$/ });
  await said.waitFor();
  return said.innerText();
}

const bundle = await readFile(bundlePath, "utf8");

test("nothing but the digest is sent, after the button was pressed", async () => {
  reply = { body: bundle };
  await page.locator("#artifact").setInputFiles(artifactPath);
  assert.equal(asked.length, 0);
  assert.equal(await lookUp(), "1 bundle was found.");
  assert.deepEqual(
    asked.map((request) => [request.method(), request.url(), request.postData()]),
    [["GET", `https://bundles.example/of/sha256:${artifactSha256}`, null]],
  );
  const headers = await asked[0].allHeaders();
  assert.equal(headers.cookie, undefined);
  assert.equal(headers.referer, undefined);
  assert.equal(await verdictOf(page), "Verified");
});

test("of several bundles one is chosen, as GitHub and as JSON lines send them", async () => {
  await page.locator("#digest").fill(artifactSha256);
  const other = { mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" };
  const attestations = [{ bundle: other }, { bundle: JSON.parse(bundle) }];
  const line = JSON.stringify(JSON.parse(bundle));
  for (const body of [JSON.stringify({ attestations }), `${JSON.stringify(other)}\n${line}\n`]) {
    reply = { body };
    assert.equal(await lookUp(), "2 bundles were found.");
    assert.equal(await verdictOf(page), "Refused");
    await page.locator("#lookup-found").selectOption({ index: 1 });
    assert.equal(await verdictOf(page), "Verified");
  }
});

test("what is wrong is said in words", async () => {
  await page.locator("#digest").fill(artifactSha256);
  const cases = [
    [{ status: 404 }, /^0 bundles were found/],
    [{ status: 500 }, /answered with status 500/],
    [{ body: "<html>" }, /holds no bundle/],
    [{ body: "[]" }, /holds no bundle/],
    [
      { body: "{}", headers: { "access-control-allow-origin": "https://else.example" } },
      /does not allow other sites to ask/,
    ],
  ];
  for (const [answer, expected] of cases) {
    reply = answer;
    assert.match(await lookUp(), expected);
  }
  const addresses = [
    ["https://bundles.example/", /has no \{digest\}/],
    ["http://bundles.example/{digest}", /begin with https:/],
    ["javascript:alert('{digest}')", /begin with https:/],
    ["{digest}", /begin with https:|no address/],
  ];
  for (const [address, expected] of addresses) {
    await page.locator("#lookup-address").fill(address);
    assert.match(await lookUp(), expected);
  }
  assert.equal(asked.length, cases.length);
});

test("the strict header forbids it, and the page says so", async () => {
  const strict = await serve({ csp: STRICT });
  try {
    await open(strict.origin);
    await page.locator("#digest").fill(artifactSha256);
    assert.match(await lookUp(), /blocked by connect-src/);
    assert.equal(asked.length, 0);
  } finally {
    await strict.close();
  }
});
