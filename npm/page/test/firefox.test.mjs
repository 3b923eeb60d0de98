// Once through everything in Debian's Firefox, by WebDriver BiDi.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { artifactPath, bundlePath, repository, serve } from "./support.mjs";

let served;
let browser;
let page;
const problems = [];
before(async () => {
  served = await serve();
  browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env["CRETULA_TEST_FIREFOX"] || "/usr/bin/firefox-esr",
  });
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(`${served.origin}/`);
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const text = (selector) => page.$eval(selector, (node) => node.textContent);

async function verdict() {
  await page.click("#start");
  await page.waitForSelector("#verdict .title");
  return text("#verdict .title");
}

test("Firefox verifies, notices a changed byte, and refuses another signer", async () => {
  await (await page.$("#artifact")).uploadFile(artifactPath);
  await (await page.$("#bundle")).uploadFile(bundlePath);
  await page.type("#repository", repository);
  assert.equal(await verdict(), "Verified");
  assert.ok((await page.$$("#report tbody tr")).length > 60);
  for (const place of ["artifact", "signature", "log"]) {
    await page.select("#tamper-place", place);
    await page.click("#tamper");
    await page.waitForFunction(
      (name) => document.querySelector("#tamper-outcome .title")?.textContent.endsWith(name),
      {},
      await text(`#tamper-place option[value=${place}]`),
    );
    assert.match(await text("#tamper-outcome"), /^✗Refused/);
  }
  await page.type("#repository", "x");
  assert.equal(await verdict(), "Refused");
  assert.deepEqual(problems, []);
});

test("Firefox hashes a file of 256 MiB as a stream", async () => {
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    const zeros = new Uint8Array(1 << 20);
    transfer.items.add(new File(Array(256).fill(zeros), "large"));
    const field = document.getElementById("artifact");
    field.files = transfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await page.click("#start");
  await page.waitForSelector("#verdict .title", { timeout: 120_000 });
  assert.match(await text("#verdict"), /artifact\/mismatch/);
});

test("Firefox keeps the page for use offline", async () => {
  await page.waitForFunction(() =>
    document.querySelector("#offline").textContent.includes("offline"),
  );
  const { origin } = served;
  await served.close();
  await page.goto(`${origin}/`);
  await page.waitForFunction(() => /\d/.test(document.querySelector("#version").textContent));
  await page.click("#example");
  await page.waitForFunction(() => document.activeElement?.id === "start");
  assert.equal(await verdict(), "Verified");
});
