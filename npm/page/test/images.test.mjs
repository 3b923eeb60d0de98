// The pictures of the documentation. `CRETULA_BLESS=1` writes them anew.
import assert from "node:assert/strict";
import { mkdir, readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { chooseExample, launch, root, serve, verdictOf } from "./support.mjs";

const PICTURES = new URL("docs/images/", root);
/** Where a run that does not bless leaves its pictures. */
const SCRATCH = new URL("target/page-images/", root);
const folder = process.env["CRETULA_BLESS"] === "1" ? PICTURES : SCRATCH;
const MAX_BYTES = 200_000;

let served;
let browser;
before(async () => {
  served = await serve();
  browser = await launch();
  await mkdir(folder, { recursive: true });
});
after(async () => {
  await browser?.close();
  await served?.close();
});

/** Takes a picture of what `prepare` leaves on the screen. */
async function picture(name, options, prepare) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    await page.goto(`${served.origin}/`);
    await page.locator("#offline", { hasText: "offline" }).waitFor();
    await chooseExample(page);
    await prepare(page);
    const path = fileURLToPath(new URL(`${name}.png`, folder));
    await page.screenshot({ path, animations: "disabled", caret: "hide" });
    assert.ok((await stat(path)).size < MAX_BYTES);
  } finally {
    await context.close();
  }
  // The documentation has this picture, and shows it.
  const kept = await readFile(new URL(`${name}.png`, PICTURES));
  assert.ok(kept.length > 10_000 && kept.length < MAX_BYTES);
  const documentation = await readFile(new URL("docs/page.md", root), "utf8");
  assert.ok(documentation.includes(`(images/${name}.png)`));
}

/** Scrolls so that an element stands a little below the top. */
const showFrom = (page, selector) =>
  page.locator(selector).evaluate((node) => {
    scrollTo(0, node.getBoundingClientRect().top + scrollY - 16);
    document.activeElement?.blur();
  });

const SCREEN = { viewport: { width: 960, height: 1000 }, colorScheme: "light" };

test("a picture of a verified file", () =>
  picture("page-verified", SCREEN, async (page) => {
    assert.equal(await verdictOf(page), "Verified");
    await showFrom(page, "#result");
  }));

test("a picture of a refusal", () =>
  picture("page-refused", { ...SCREEN, colorScheme: "dark" }, async (page) => {
    await page.locator("#artifact").setInputFiles({
      name: "signed-package-2.1.0-hb0f4dca_0.conda",
      mimeType: "application/octet-stream",
      buffer: Buffer.from("something else"),
    });
    assert.equal(await verdictOf(page), "Refused");
    await page.locator("details.group.failed").evaluate((node) => node.scrollIntoView());
    await showFrom(page, "#result");
  }));

test("a picture of the page on a phone", () =>
  picture(
    "page-phone",
    { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true },
    async (page) => {
      assert.equal(await verdictOf(page), "Verified");
      await showFrom(page, "#result");
    },
  ));
