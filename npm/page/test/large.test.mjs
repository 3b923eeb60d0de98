// Large files: progress, abort, flat memory.
import assert from "node:assert/strict";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bundlePath, launch, repository, serve } from "./support.mjs";

const MIB = 1 << 20;
const SIZE = (process.env["CRETULA_SLOW"] === "1" ? 2048 : 256) * MIB;
const ENDLESS = 64 * 1024 * MIB;
/** What the renderer may grow by while it reads. */
const MAX_GROWTH = 64 * MIB;

let served;
let browser;
let folder;
let large;
before(async () => {
  served = await serve();
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "cretula-large-"));
  large = join(folder, "large.bin");
  const file = await open(large, "w");
  await file.truncate(SIZE);
  await file.close();
});
after(async () => {
  await browser?.close();
  await served?.close();
  await rm(folder, { recursive: true });
});

/** The page with the large file chosen, and every progress it showed. */
async function opened(path = large) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${served.origin}/`);
  await page.locator("#version", { hasText: /\d/ }).waitFor();
  await page.locator("#artifact").setInputFiles(path);
  await page.locator("#bundle").setInputFiles(bundlePath);
  await page.locator("#repository").fill(repository);
  await page.evaluate(() => {
    globalThis.told = [];
    const progress = document.getElementById("progress");
    const text = document.getElementById("progress-text");
    new MutationObserver(() => {
      if (progress.hasAttribute("value")) globalThis.told.push([progress.value, progress.max]);
    }).observe(text, { childList: true, characterData: true, subtree: true });
  });
  return page;
}

/** Private memory of all renderers of the browser. */
async function rendererBytes() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let bytes = 0;
  for (const { id, type } of processInfo.filter(({ type }) => type === "renderer")) {
    const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => undefined);
    const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(status ?? "") ?? [];
    assert.ok(kib !== undefined || status === undefined, `memory of the ${type} is known`);
    bytes += Number(kib ?? 0) * 1024;
  }
  return bytes;
}

test("a large file is read with progress, in flat memory", async () => {
  const page = await opened();
  const before = await rendererBytes();
  let most = before;
  let isDone = false;
  await page.locator("#start").click();
  const watching = (async () => {
    while (!isDone) most = Math.max(most, await rendererBytes());
  })();
  await page.locator("#verdict .title").waitFor({ timeout: 300_000 });
  isDone = true;
  await watching;
  assert.equal(await page.locator("#verdict .title").innerText(), "Refused");
  assert.match(await page.locator("#verdict").innerText(), /artifact\/mismatch/);
  const told = await page.evaluate(() => globalThis.told);
  assert.ok(told.length > 20, `progress was shown ${told.length} times`);
  assert.ok(
    told.every(([bytes, total], at) => total === SIZE && bytes >= (told[at - 1]?.[0] ?? 0)),
  );
  const growth = most - before;
  console.log(`${SIZE / MIB} MiB: renderers grew by ${(growth / MIB).toFixed(1)} MiB at most`);
  assert.ok(growth <= MAX_GROWTH, `${growth} bytes`);
  await page.context().close();
});

test("reading is cancelled, and the next verification works", async () => {
  // So large that it is not read to its end while a slow machine finds the button.
  const endless = join(folder, "endless.bin");
  const file = await open(endless, "w");
  await file.truncate(ENDLESS);
  await file.close();
  const page = await opened(endless);
  await page.locator("#start").click();
  await page.locator("#progress-text", { hasText: "MiB of" }).waitFor();
  await page.locator("#cancel").click();
  await page.locator("#verdict .title", { hasText: "Cancelled" }).waitFor();
  assert.equal(await page.locator("#cancel").isHidden(), true);
  const { length } = await page.evaluate(() => globalThis.told);
  assert.ok(length > 0);
  await page.locator("#artifact").setInputFiles({
    name: "small",
    mimeType: "application/octet-stream",
    buffer: Buffer.from("small"),
  });
  await page.locator("#start").click();
  await page.locator("#verdict .title", { hasText: "Refused" }).waitFor();
  assert.ok((await page.evaluate(() => globalThis.told)).every(([bytes]) => bytes < ENDLESS));
  await page.context().close();
});

test("a byte in the middle of a large file is changed without reading the file into memory", async () => {
  const page = await opened();
  const before = await rendererBytes();
  await page.locator("#start").click();
  await page.locator("#verdict .title").waitFor({ timeout: 300_000 });
  await page.locator("#tamper").click();
  await page.locator("#tamper-outcome .title").waitFor({ timeout: 300_000 });
  const growth = (await rendererBytes()) - before;
  assert.ok(growth <= MAX_GROWTH, `${growth} bytes`);
  await page.context().close();
});
