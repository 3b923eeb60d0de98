// The Content-Security-Policy and integrity of scripts, as docs/page.md states them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CORE_SHA256 } from "cretula";
import { BUILT_IN, STRICT } from "../csp.mjs";
import { chooseExample, dist, here, launch, root, serve, verdictOf } from "./support.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens the page under a policy; `use` gets the page and what the browser complained about. */
async function under(options, use) {
  const served = await serve(options);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${served.origin}/`);
    await use(page, complaints);
  } finally {
    await context.close();
    await served.close();
  }
}

const index = () => readFile(join(dist, "index.html"), "utf8");

test("the documentation gives the policies that are tested here", async () => {
  const documented = await readFile(new URL("docs/page.md", root), "utf8");
  for (const policy of [STRICT, BUILT_IN]) assert.ok(documented.includes(policy), policy);
});

test("the page carries its policy for hosts that set no headers", async () => {
  const written = BUILT_IN.replaceAll("'", "&#39;");
  assert.ok((await index()).includes(`content="${written}"`));
  await under({ csp: null }, async (page, complaints) => {
    await chooseExample(page);
    assert.equal(await verdictOf(page), "Verified");
    assert.deepEqual(complaints, []);
    // An inline script does not run.
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'ran'";
      document.body.append(script);
    });
    assert.notEqual(await page.title(), "ran");
    assert.equal(complaints.length, 1);
  });
});

test("under the documented header everything works without a complaint", () =>
  under({ csp: STRICT }, async (page, complaints) => {
    await chooseExample(page);
    assert.equal(await verdictOf(page), "Verified");
    await page.locator("#tamper").click();
    await page.locator("#tamper-outcome .title").waitFor();
    assert.deepEqual(complaints, []);
  }));

test("without 'wasm-unsafe-eval' the page says what is missing", () =>
  under({ csp: "default-src 'self'; script-src 'self'" }, async (page) => {
    await page.locator("#problem:visible").waitFor();
    const said = await page.locator("#problem").innerText();
    assert.match(said, /cannot verify anything here/);
    assert.match(said, /'wasm-unsafe-eval'/);
    assert.match(said, /host\/compile/);
    await chooseExample(page);
    assert.equal(await verdictOf(page), "Not verified");
  }));

test("only the response with the worker's script needs 'wasm-unsafe-eval'", () => {
  const csp = (path) =>
    /\/worker-[^/]*\.js$/.test(path) ? STRICT : "default-src 'self'; script-src 'self'";
  return under({ csp }, async (page) => {
    await chooseExample(page);
    assert.equal(await verdictOf(page), "Verified");
  });
});

test("every script and style sheet has its digest", async () => {
  const tags = [...(await index()).matchAll(/<(?:script|link)\b[^>]*\.(?:js|css)"[^>]*>/g)];
  assert.ok(tags.length >= 2);
  for (const [tag] of tags) {
    const [, path] = /(?:src|href)="\.\/([^"]+)"/.exec(tag);
    const [, digest] = /integrity="sha384-([^"]+)"/.exec(tag);
    const bytes = await readFile(join(dist, path));
    assert.equal(createHash("sha384").update(bytes).digest("base64"), digest, path);
  }
});

test("a script that was changed does not run", async () => {
  const [, path] = /<script[^>]*src="\.(\/[^"]+)"/.exec(await index());
  const changed = `${await readFile(join(dist, path), "utf8")}\n// changed`;
  await under({ pages: { [path]: changed } }, async (page, complaints) => {
    assert.match(complaints.join("\n"), /integrity/);
    assert.equal(await page.locator("#version").innerText(), "–");
  });
});

test("a module that was changed is not compiled", async () => {
  const name = (await readdir(join(dist, "assets"))).find((file) => file.endsWith(".wasm"));
  const bytes = await readFile(join(dist, "assets", name));
  bytes[bytes.length >> 1] ^= 1;
  await under({ pages: { [`/assets/${name}`]: bytes } }, async (page) => {
    await page.locator("#problem:visible").waitFor();
    assert.match(await page.locator("#problem").innerText(), /host\/module/);
  });
});

test("the module in the page is the one inside the component", async () => {
  const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const name = (await readdir(join(dist, "assets"))).find((file) => file.endsWith(".wasm"));
  const inPage = await readFile(join(dist, "assets", name));
  const inPackage = await readFile(new URL("../dist/cretula.core.wasm", here));
  const component = await readFile(new URL("target/cretula/cretula.wasm", root));
  const digests = { page: sha256(inPage), package: sha256(inPackage), CORE_SHA256 };
  for (const [place, digest] of Object.entries(digests)) console.log(`${digest}  ${place}`);
  assert.equal(new Set(Object.values(digests)).size, 1);
  assert.ok(component.includes(inPage), "the component holds these bytes");
});

test("sources write no HTML and run no text", async () => {
  const banned =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser/;
  for (const folder of [new URL("src/", here), new URL("../src/", here)]) {
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((path) => path.endsWith(".ts"))) {
      assert.doesNotMatch(await readFile(new URL(name, folder), "utf8"), banned, name);
    }
  }
});
