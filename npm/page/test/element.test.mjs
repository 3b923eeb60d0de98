// <cretula-verify> in pages of other people, served as files without a bundler.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { STRICT } from "../csp.mjs";
import { artifactPath, bundlePath, here, issuer, launch, repository, serve } from "./support.mjs";

const PACKAGE = fileURLToPath(new URL("../dist/", here));
/** What a page may have that allows no WebAssembly, no inline style and no inline script. */
const STRICTEST =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; worker-src 'self'";

const html = (attributes, content = "") =>
  `<!doctype html><html lang="en"><head><title>Download</title>
<script type="module" src="/listen.js"></script><script type="module" src="/element.js"></script></head>
<body><main><h1>Download</h1><cretula-verify ${attributes}>${content}</cretula-verify></main></body></html>`;
const LISTEN = `globalThis.told = [];
for (const name of ["cretula-verdict", "cretula-error"]) {
  document.addEventListener(name, ({ detail }) =>
    told.push([name, detail.verified, detail.report?.code, detail.code]));
}`;
const policy = {
  schema: "cretula/policy/v1",
  signers: { certificate: { issuer, san: { glob: `https://github.com/${repository}/**` } } },
};

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens a page with one element; the script of the worker comes with a policy of its own. */
async function withElement(attributes, use, { worker = STRICT, pages = {}, content } = {}) {
  const served = await serve({
    folder: PACKAGE,
    csp: (path) => (path === "/worker.js" ? worker : STRICTEST),
    pages: {
      "/index.html": html(attributes, content),
      "/listen.js": LISTEN,
      "/app.conda": await readFile(artifactPath),
      "/app.conda.sigstore.json": await readFile(bundlePath),
      "/policy.json": JSON.stringify(policy),
      "/other.conda": "something else",
      ...pages,
    },
  });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${served.origin}/`);
    const element = page.locator("cretula-verify");
    const press = async () => {
      await element.getByRole("button").click();
      const states = ["verified", "refused", "error"].map(
        (state) => `cretula-verify[state=${state}]`,
      );
      await page.locator(states.join()).waitFor();
      return element.getAttribute("state");
    };
    await use({ page, element, press, served, complaints });
  } finally {
    await context.close();
    await served.close();
  }
}

const told = (page) => page.evaluate(() => globalThis.told);

test("it verifies a download by its repository, in a page that forbids WebAssembly", () =>
  withElement(
    `src="app.conda" expect-repo="${repository}"`,
    async ({ page, element, press, served, complaints }) => {
      await element.getByRole("button", { name: "Verify this download" }).waitFor();
      const early = served.requests.filter((path) => /conda|worker\.js|wasm/.test(path));
      assert.deepEqual(early, [], "nothing is requested before the button is pressed");
      assert.equal(await press(), "verified");
      assert.deepEqual(await told(page), [["cretula-verdict", true, undefined, undefined]]);
      assert.match(
        await element.getByRole("status").innerText(),
        /Verified\s+signed by https:\/\/git/,
      );
      assert.deepEqual(complaints, []);
    },
  ));

test("it refuses another file, another bundle and another repository", async () => {
  const cases = [
    [
      `src="other.conda" bundle="app.conda.sigstore.json" expect-repo="${repository}"`,
      "artifact/mismatch",
    ],
    [`src="app.conda" expect-repo="prefix-dev/another"`, /^identity\//],
    [`src="app.conda" bundle="policy.json" expect-repo="${repository}"`, /^bundle-shape\//],
  ];
  for (const [attributes, code] of cases) {
    await withElement(attributes, async ({ page, element, press }) => {
      assert.equal(await press(), "refused");
      const [[name, isVerified, found]] = await told(page);
      assert.deepEqual([name, isVerified], ["cretula-verdict", false]);
      assert.match(found, typeof code === "string" ? new RegExp(`^${code}$`) : code);
      assert.match(await element.getByRole("status").innerText(), /^Refused: do not use this file/);
    });
  }
});

test("it takes a policy, a bundle and a trusted root by address", async () => {
  const root = await readFile(new URL("../../host/wasmtime/data/trusted_root.json", here));
  const staging = await readFile(
    new URL("../../host/wasmtime/data/trusted_root_staging.json", here),
  );
  const pages = { "/root.json": root, "/staging.json": staging };
  const attributes = `src="app.conda" bundle="app.conda.sigstore.json" policy="policy.json"`;
  for (const [file, state] of [
    ["root.json", "verified"],
    ["staging.json", "refused"],
  ]) {
    await withElement(
      `${attributes} trusted-root="${file}"`,
      async ({ press }) => assert.equal(await press(), state),
      { pages },
    );
  }
});

test("what cannot be verified is an error, and never a success", async () => {
  const cases = [
    [`src="app.conda"`, "host/expectation"],
    [`expect-repo="a/b"`, "host/expectation"],
    [`src="app.conda" expect-repo="${repository}" policy="policy.json"`, "host/expectation"],
    [`src="app.conda" expect-repo="a/*"`, "host/expectation"],
    [`src="missing" bundle="app.conda.sigstore.json" expect-repo="a/b"`, "host/source"],
    [`src="app.conda" bundle="missing" expect-repo="a/b"`, "host/source"],
    [`src="app.conda" policy="app.conda"`, /^policy\//],
  ];
  for (const [attributes, code] of cases) {
    await withElement(attributes, async ({ page, element, press }) => {
      assert.equal(await press(), "error", attributes);
      const [[name, isVerified, , found]] = await told(page);
      assert.deepEqual([name, isVerified], ["cretula-error", undefined]);
      assert.match(found, typeof code === "string" ? new RegExp(`^${code}$`) : code);
      assert.match(await element.getByRole("status").innerText(), /^Not verified/);
    });
  }
});

test("a worker without 'wasm-unsafe-eval' is an error that says so", () =>
  withElement(
    `src="app.conda" expect-repo="${repository}"`,
    async ({ element, press }) => {
      assert.equal(await press(), "error");
      assert.match(await element.getByRole("status").innerText(), /'wasm-unsafe-eval'/);
    },
    { worker: "default-src 'self'; script-src 'self'" },
  ));

test("an answer goes with the attributes that it was about", () =>
  withElement(`src="app.conda" expect-repo="${repository}"`, async ({ page, element, press }) => {
    assert.equal(await press(), "verified");
    await page.evaluate(() =>
      document.querySelector("cretula-verify").setAttribute("src", "other.conda"),
    );
    assert.equal(await element.getAttribute("state"), "idle");
    assert.equal(await element.getByRole("status").innerText(), "");
    await page.evaluate(() =>
      document.querySelector("cretula-verify").setAttribute("bundle", "app.conda.sigstore.json"),
    );
    assert.equal(await press(), "refused");
  }));

test("it is made anew by script, labelled and styled by the page", () =>
  withElement(
    `src="app.conda" expect-repo="${repository}"`,
    async ({ page, element, press }) => {
      await element.getByRole("button", { name: "Check it" }).waitFor();
      await press();
      const colour = await element.evaluate((host) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("cretula-verify::part(verified) { color: rgb(1, 2, 3); }");
        document.adoptedStyleSheets = [sheet];
        return getComputedStyle(host.shadowRoot.querySelector('[role="status"]')).color;
      });
      assert.equal(colour, "rgb(1, 2, 3)");
      const state = await page.evaluate(async () => {
        const made = document.createElement("cretula-verify");
        made.setAttribute("src", "app.conda");
        made.setAttribute("expect-repo", "prefix-dev/sigstore-example");
        document.body.append(made);
        const { verified } = await made.verify();
        return [verified, made.getAttribute("state")];
      });
      assert.deepEqual(state, [true, "verified"]);
    },
    { content: "Check it" },
  ));
