// The packed tarball in browsers, as a new user gets it: a bundler, a plain page, a worker.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { build } from "vite";
import { STRICT } from "../csp.mjs";
import { example } from "../../test/readme.mjs";
import { artifactPath, bundlePath, here, launch, repository, serve } from "./support.mjs";

const SAN = `https://github.com/${repository}/.github/workflows/action.yaml@refs/heads/main`;

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "cretula-users-"));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

/** An empty directory with the tarball installed. */
async function installed() {
  const place = await mkdtemp(join(folder, "user-"));
  const npm = (cwd, ...args) =>
    execFileSync("npm", ["--loglevel", "error", ...args], { cwd, encoding: "utf8" }).trim();
  const package_ = fileURLToPath(new URL("..", here));
  const tarball = join(place, npm(package_, "pack", "--silent", "--pack-destination", place));
  await writeFile(join(place, "package.json"), '{"type":"module","private":true}');
  npm(place, "install", "--offline", "--no-audit", "--no-fund", tarball);
  return place;
}

/** The ten lines of the README for our bundle, in a browser: files come by fetch. */
function tenLines() {
  const lines = example("ten-lines")
    .replace('import { readFile } from "node:fs/promises";', "")
    .replace("https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3", SAN)
    .replace(
      'await readFile("app.tar.gz.sigstore.json")',
      'await (await fetch("/app.tar.gz.sigstore.json")).text()',
    )
    .replace('"app.tar.gz"', '(await fetch("/app.tar.gz")).body');
  assert.ok(!lines.includes("readFile") && lines.includes(SAN) && lines.includes(".body"));
  return lines;
}

/** What a page served from this folder writes to the console. */
async function said(place, pages) {
  const served = await serve({
    folder: place,
    csp: STRICT,
    pages: {
      "/app.tar.gz": await readFile(artifactPath),
      "/app.tar.gz.sigstore.json": await readFile(bundlePath),
      ...pages,
    },
  });
  const page = await browser.newPage();
  try {
    const first = page.waitForEvent("console", (message) => message.type() === "log");
    await page.goto(`${served.origin}/`);
    return (await first).text();
  } finally {
    await page.close();
    await served.close();
  }
}

const html = (script) => `<!doctype html><html lang="en"><title>User</title>${script}</html>`;

test("the ten lines in an app that Vite builds", async () => {
  const place = await installed();
  await writeFile(join(place, "main.js"), tenLines());
  await writeFile(
    join(place, "index.html"),
    html('<script type="module" src="/main.js"></script>'),
  );
  await build({ root: place, configFile: false, logLevel: "error" });
  assert.equal(await said(join(place, "dist")), "verified");
});

test("the ten lines in a page without a bundler", async () => {
  const place = await installed();
  // A bare page names files instead of packages.
  const script = tenLines()
    .replace('"cretula"', '"/node_modules/cretula/dist/index.js"')
    .replace('"cretula/trust"', '"/node_modules/cretula/dist/trust.js"');
  const pages = {
    "/index.html": html('<script type="module" src="/main.js"></script>'),
    "/main.js": script,
  };
  assert.equal(await said(place, pages), "verified");
});

test("the ten lines in a module worker", async () => {
  const place = await installed();
  const script = tenLines()
    .replace('"cretula"', '"/node_modules/cretula/dist/index.js"')
    .replace('"cretula/trust"', '"/node_modules/cretula/dist/trust.js"');
  const pages = {
    "/index.html": html('<script type="module" src="/main.js"></script>'),
    "/main.js": 'new Worker("/worker.js", { type: "module" });',
    "/worker.js": script,
  };
  assert.equal(await said(place, pages), "verified");
});
