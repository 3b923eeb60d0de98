// Answers one request a line, both in base64, until its input ends: as npm/test/batch.mjs, in Chromium.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { STRICT } from "../csp.mjs";
import { here, launch, serve } from "./support.mjs";

const pages = {
  "/index.html":
    '<!doctype html><title>Batch</title><script type="module" src="/batch.js"></script>',
  "/batch.js": `import { open } from "./index.js";
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const { portable } = await open();
globalThis.answer = (request) => text(portable.verify(bytes(request)));`,
};

const served = await serve({
  folder: fileURLToPath(new URL("../dist/", here)),
  csp: STRICT,
  pages,
});
const browser = await launch();
const page = await browser.newPage();
await page.goto(`${served.origin}/`);
await page.waitForFunction(() => "answer" in globalThis);
for await (const line of createInterface({ input: process.stdin })) {
  const reply = await page.evaluate((request) => globalThis.answer(request), line);
  process.stdout.write(`${reply}\n`);
}
await browser.close();
await served.close();
