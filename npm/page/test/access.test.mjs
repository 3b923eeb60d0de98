// Keyboard, screen readers, contrast and narrow screens.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { chooseExample, launch, serve, verdictOf } from "./support.mjs";

const axe = await readFile(new URL(import.meta.resolve("axe-core")), "utf8");

let served;
let browser;
before(async () => {
  // Without a policy, so that axe-core can be injected; its build forbids nothing that axe needs.
  served = await serve({ csp: null });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

async function opened(options, use) {
  const context = await browser.newContext({ bypassCSP: true, ...options });
  try {
    const page = await context.newPage();
    await page.goto(`${served.origin}/`);
    await page.locator("#version", { hasText: /\d/ }).waitFor();
    await use(page);
  } finally {
    await context.close();
  }
}

/** Violations of every rule of axe-core, best practices included; and how many rules had something to check. */
async function violations(page) {
  await page.evaluate(axe);
  const { violations: found, passes } = await page.evaluate(() => globalThis.axe.run());
  assert.ok(passes.length > 20, `${passes.length} rules were applied`);
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "phone, light": { colorScheme: "light", viewport: { width: 360, height: 740 } },
  "phone, dark": { colorScheme: "dark", viewport: { width: 360, height: 740 } },
};

for (const [look, options] of Object.entries(LOOKS)) {
  test(`axe-core finds nothing: ${look}`, () =>
    opened(options, async (page) => {
      assert.deepEqual(await violations(page), [], "empty");
      await chooseExample(page);
      assert.equal(await verdictOf(page), "Verified");
      await page.locator("#tamper").click();
      await page.locator("#tamper-outcome .title").waitFor();
      for (const summary of await page.locator("summary").all()) await summary.click();
      assert.deepEqual(await violations(page), [], "verified, everything open");
      await page.locator("#repository").fill("another/one");
      assert.equal(await verdictOf(page), "Refused");
      assert.deepEqual(await violations(page), [], "refused");
      await page.locator("#by-anyone").check();
      assert.equal(await verdictOf(page), "Not a verification");
      assert.deepEqual(await violations(page), [], "not a verification");
      await page.locator("#by-policy").check();
      assert.equal(await verdictOf(page), "Not verified");
      assert.deepEqual(await violations(page), [], "not verified");
    }));
}

test("a narrow screen does not scroll sideways", () =>
  opened({ viewport: { width: 320, height: 640 } }, async (page) => {
    await chooseExample(page);
    await verdictOf(page);
    await page.locator("#tamper").click();
    await page.locator("#tamper-outcome .title").waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    const [content, screen] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    assert.ok(content <= screen, `${content} on ${screen}`);
  }));

/** Presses Tab until the element has the focus. */
async function tabTo(page, id) {
  for (let pressed = 0; pressed < 60; pressed += 1) {
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`#${id} cannot be reached by keyboard`);
}

test("by keyboard alone: example, verdict, one byte, report", () =>
  opened({}, async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await tabTo(page, "example");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.id === "start");
    await page.keyboard.press("Enter");
    await page.locator("#verdict .verified").waitFor();
    // The focus moves to the verdict, so that what follows is the report.
    await page.waitForFunction(() => document.activeElement?.id === "verdict");
    await tabTo(page, "tamper");
    await page.keyboard.press("Space");
    await page.locator("#tamper-outcome .refused").waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "tamper");
    const summary = page.locator("#report details.group summary").first();
    for (let pressed = 0; pressed < 20; pressed += 1) {
      if (await summary.evaluate((node) => node === document.activeElement)) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#report details.group[open]").count(), 1);
    const downloading = page.waitForEvent("download");
    await tabTo(page, "save");
    await page.keyboard.press("Enter");
    await downloading;
  }));

test("kinds of expectations are chosen by arrow keys", () =>
  opened({}, async (page) => {
    await tabTo(page, "by-repository");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator("#fields-identity").isVisible(), true);
    await page.keyboard.press("ArrowUp");
    assert.equal(await page.locator("#fields-repository").isVisible(), true);
  }));

test("screen readers hear the verdict, and find headings and names", () =>
  opened({}, async (page) => {
    const live = page.locator("#verdict");
    assert.equal(await live.getAttribute("role"), "status");
    assert.equal(await live.getAttribute("aria-live"), "polite");
    await chooseExample(page);
    await verdictOf(page);
    const headings = await page.getByRole("heading").allInnerTexts();
    const expected = [
      "Verify a signed file",
      "1. What you have",
      "2. Who you expect",
      "3. Verdict",
    ];
    for (const heading of expected) assert.ok(headings.includes(heading), heading);
    for (const name of ["File", "Repository", "Or the digest of the file, instead of the file"]) {
      assert.equal(await page.getByLabel(name, { exact: true }).count(), 1, name);
    }
    const stages = page.getByRole("list", { name: "Stages" }).getByRole("listitem");
    assert.equal(await stages.count(), 12);
    assert.match(await stages.first().textContent(), /Limits: passed/);
  }));
