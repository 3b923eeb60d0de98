// The page, as a visitor uses it.
import assert from "node:assert/strict";
import { readFile, writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { verify } from "cretula";
import { publicGood } from "cretula/trust";
import {
  artifactPath,
  artifactSha256,
  bundlePath,
  chooseExample,
  issuer,
  launch,
  repository,
  serve,
  verdictOf,
} from "./support.mjs";

const SAN = `https://github.com/${repository}/.github/workflows/action.yaml@refs/heads/main`;

let served;
let browser;
let context;
let page;
let problems;
let folder;
before(async () => {
  served = await serve();
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "cretula-page-"));
});
after(async () => {
  await browser?.close();
  await served?.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(`${served.origin}/`);
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(problems, []);
});

const text = (selector) => page.locator(selector).innerText();
const written = async (name, content) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

test("a file and its bundle are verified, and every check is shown with its clause", async () => {
  await chooseExample(page);
  assert.equal(await verdictOf(page), "Verified");
  assert.match(await text("#verdict"), new RegExp(`signed by ${SAN.replaceAll(".", "\\.")}`));
  const rows = page.locator("#report tbody tr");
  assert.ok((await rows.count()) > 60);
  const row = page.locator("#report tbody tr", { hasText: "the entry is included in the log" });
  assert.match(await row.textContent(), /L14.*passed.*RFC 9162 §2\.1\.3\.2/);
  const facts = await text("#report .facts >> nth=0");
  for (const fact of [issuer, "193b5bd7d3985809503963ae400594ea16df31cf", "index 456119071"]) {
    assert.ok(facts.includes(fact), fact);
  }
  assert.match(await text("section[aria-labelledby=times-heading]"), /2025-09-01T12:13:59Z/);
  assert.equal(await page.locator("svg.timeline .window").count(), 1);
});

test("links go to https only, in a tab of their own that knows nothing of this one", async () => {
  await chooseExample(page);
  await verdictOf(page);
  const links = page.locator("#report a");
  assert.ok((await links.count()) >= 6);
  for (const link of await links.all()) {
    assert.match(await link.getAttribute("href"), /^https:\/\//);
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
    assert.equal(await link.getAttribute("target"), "_blank");
  }
});

test("dropped files find their place", async () => {
  const files = [
    { name: "signed-package.conda", content: (await readFile(artifactPath)).toString("base64") },
    { name: "signed-package.conda.json", content: (await readFile(bundlePath)).toString("base64") },
  ];
  const transfer = await page.evaluateHandle((dropped) => {
    const made = new DataTransfer();
    for (const { name, content } of dropped) {
      const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      made.items.add(new File([bytes], name));
    }
    return made;
  }, files);
  await page.dispatchEvent("h1", "drop", { dataTransfer: transfer });
  await page.locator("#bundle-name", { hasText: "signed-package.conda.json" }).waitFor();
  assert.match(await text("#artifact-name"), /^signed-package\.conda, 1\.6 KiB$/);
  await page.locator("#repository").fill(repository);
  assert.equal(await verdictOf(page), "Verified");
});

test("the example needs no files of one's own", async () => {
  await page.locator("#example").click();
  await page.locator("#bundle-name", { hasText: ".sigstore.json" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.id === "start");
  assert.equal(await verdictOf(page), "Verified");
});

test("a changed byte is refused, at its stage", async () => {
  await chooseExample(page);
  await verdictOf(page);
  const expected = {
    artifact: /“Artifact”.*A06/,
    payload: /“Log binding”|“Signature”/,
    signature: /“Log binding”|“Signature”/,
    certificate: /“Chain”|“SCT”|“Bundle shape”/,
    log: /“Log inclusion”/,
  };
  for (const [place, stage] of Object.entries(expected)) {
    await page.locator("#tamper-place").selectOption(place);
    await page.locator("#tamper").click();
    const title = page.locator("#tamper-outcome .title", {
      hasText: await page.locator(`#tamper-place option[value=${place}]`).textContent(),
    });
    await title.waitFor();
    assert.match(await title.textContent(), /^Refused, with one byte changed/);
    assert.match(await text("#tamper-outcome"), stage, place);
    assert.ok((await page.locator("#tamper-outcome .stage.failed").count()) > 0);
  }
  assert.equal(await text("#verdict .title"), "Verified", "the verdict is still that of the file");
});

test("another file, another signer and another repository are refused", async () => {
  await chooseExample(page);
  await page.locator("#artifact").setInputFiles(await written("other.conda", "something else"));
  assert.equal(await verdictOf(page), "Refused");
  assert.match(await text("#verdict"), /artifact\/mismatch/);
  assert.equal(await page.locator("details.group.failed").first().getAttribute("open"), "");
  await chooseExample(page);
  await page.locator("#repository").fill("prefix-dev/another");
  assert.equal(await verdictOf(page), "Refused");
  assert.match(await text("#verdict"), /identity\//);
  await page.locator("#by-identity").check();
  await page.locator("#identity").fill(`${SAN}x`);
  assert.equal(await verdictOf(page), "Refused");
  await page.locator("#identity").fill(SAN);
  assert.equal(await verdictOf(page), "Verified");
  await page.locator("#issuer").fill("https://issuer.example");
  assert.equal(await verdictOf(page), "Refused");
});

test("a policy file says whom it allows, or where it is wrong", async () => {
  const policy = {
    schema: "cretula/policy/v1",
    signers: { certificate: { issuer, san: SAN } },
  };
  await chooseExample(page);
  await page.locator("#by-policy").check();
  await page.locator("#policy").setInputFiles(await written("policy.json", JSON.stringify(policy)));
  assert.equal(await verdictOf(page), "Verified");
  const wrong = JSON.stringify({ ...policy, "<img src=x onerror=alert(1)>": 1 });
  await page.locator("#policy").setInputFiles(await written("wrong.json", wrong));
  assert.equal(await verdictOf(page), "Not verified");
  assert.match(await text("#verdict"), /<img src=x onerror=alert\(1\)> .*policy\/unknown-member/);
});

test("without an expectation it is marked as no verification", async () => {
  await page.locator("#bundle").setInputFiles(bundlePath);
  await page.locator("#by-anyone").check();
  assert.equal(await verdictOf(page), "Not a verification");
  assert.match(await text("#verdict"), /have not said whom you expect/);
  assert.equal(await page.locator(".verdict.verified").count(), 0);
  await page.locator("#artifact").setInputFiles(artifactPath);
  assert.equal(await verdictOf(page), "Not a verification");
  await page.locator("#artifact").setInputFiles(await written("other", "something else"));
  assert.equal(await verdictOf(page), "Refused");
  // A policy file cannot talk its way around that either.
  const anyone = { schema: "cretula/policy/v1", dangerous: { anySigner: true } };
  await page.locator("#artifact").setInputFiles(artifactPath);
  await page.locator("#by-policy").check();
  await page.locator("#policy").setInputFiles(await written("any.json", JSON.stringify(anyone)));
  assert.equal(await verdictOf(page), "Not a verification");
});

test("a policy that needs no file is said to have seen none", async () => {
  const policy = {
    schema: "cretula/policy/v1",
    signers: { certificate: { issuer, san: SAN } },
    dangerous: { noArtifact: true },
  };
  await page.locator("#bundle").setInputFiles(bundlePath);
  await page.locator("#by-policy").check();
  await page.locator("#policy").setInputFiles(await written("none.json", JSON.stringify(policy)));
  assert.equal(await verdictOf(page), "Not verified", "the page wants a file or its digest");
  await page.locator("#artifact").setInputFiles(artifactPath);
  assert.equal(await verdictOf(page), "Verified");
  assert.ok(!(await text("#verdict")).includes("No file was compared"));
  assert.match(await text("#report .note"), /switches a check off: noArtifact/);
  await page.locator("#artifact").setInputFiles(await written("another", "something else"));
  assert.equal(await verdictOf(page), "Refused");
});

test("a digest stands for the file", async () => {
  await page.locator("#bundle").setInputFiles(bundlePath);
  await page.locator("#repository").fill(repository);
  await page.locator("#digest").fill(artifactSha256.toUpperCase());
  assert.equal(await verdictOf(page), "Verified");
  await page.locator("#digest").fill(`sha256:${"0".repeat(64)}`);
  assert.equal(await verdictOf(page), "Refused");
  await page.locator("#digest").fill("sha256:12");
  assert.equal(await verdictOf(page), "Not verified");
});

test("what is missing is said, and the field gets the focus", async () => {
  assert.equal(await verdictOf(page), "Not verified");
  assert.equal(await page.evaluate(() => document.activeElement.id), "artifact");
  assert.equal(await page.locator("#artifact").getAttribute("aria-invalid"), "true");
  await page.locator("#artifact").setInputFiles(artifactPath);
  assert.equal(await verdictOf(page), "Not verified");
  assert.equal(await page.evaluate(() => document.activeElement.id), "bundle");
  await page.locator("#bundle").setInputFiles(bundlePath);
  assert.equal(await verdictOf(page), "Not verified");
  assert.equal(await page.evaluate(() => document.activeElement.id), "repository");
  await page.locator("#repository").fill("https://forge.example/a/b");
  assert.equal(await verdictOf(page), "Not verified");
  assert.match(await text("#verdict"), /the issuer of forge\.example is not known/);
});

test("a verdict goes when what it was about is changed", async () => {
  await chooseExample(page);
  assert.equal(await verdictOf(page), "Verified");
  await page.locator("#repository").press("End");
  await page.locator("#repository").press("x");
  assert.equal(await page.locator("#verdict .title").count(), 0);
  assert.equal(await page.locator("#report").isHidden(), true);
  assert.equal(await verdictOf(page), "Refused");
  await page.evaluate(() => (location.hash = "repo=a/b"));
  await page.locator("#verdict .title").waitFor({ state: "detached" });
  assert.equal(await page.locator("#repository").inputValue(), "a/b");
});

test("names of files are text", async () => {
  const name = "<img src=x onerror=document.title=1>.conda";
  await page.locator("#artifact").setInputFiles({
    name,
    mimeType: "application/octet-stream",
    buffer: await readFile(artifactPath),
  });
  await page.locator("#bundle").setInputFiles(bundlePath);
  await page.locator("#repository").fill(repository);
  assert.equal(await verdictOf(page), "Verified");
  assert.ok((await text("#verdict")).includes(name));
  assert.equal(await page.locator("main img").count(), 0);
});

test("the saved report is the module's, byte for byte", async () => {
  await chooseExample(page);
  await verdictOf(page);
  const downloading = page.waitForEvent("download");
  await page.locator("#save").click();
  const download = await downloading;
  assert.equal(
    download.suggestedFilename(),
    "signed-package-2.1.0-hb0f4dca_0.conda.cretula-report.json",
  );
  const saved = await readFile(await download.path(), "utf8");
  const { policy } = JSON.parse(saved);
  const { json } = await verify({
    bundle: await readFile(bundlePath),
    trust: publicGood,
    policy: { schema: policy.schema, signers: policy.signers },
    artifacts: [`sha256:${artifactSha256}`],
  });
  const { inputs: here, ...rest } = JSON.parse(json);
  const { inputs: there, ...same } = JSON.parse(saved);
  assert.deepEqual(same, rest);
  // The digest of the policy is of its bytes, which the page writes in its own order.
  assert.deepEqual({ ...there, policy: "" }, { ...here, policy: "" });
});

test("on paper every check is open", async () => {
  await chooseExample(page);
  await verdictOf(page);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#report details:not([open])").count(), 0);
  assert.equal(await page.locator("#form").isVisible(), false);
  assert.equal(await page.locator("#verdict").isVisible(), true);
});

test("opening a link fills the form and requests nothing but the page itself", async () => {
  const requests = [];
  const linked = await context.newPage();
  linked.on("request", (request) => requests.push(request.url()));
  const link = new URLSearchParams({
    digest: `sha256:${artifactSha256}`,
    repo: repository,
    lookup: "https://bundles.example/{digest}",
  });
  await linked.goto(`${served.origin}/#${link}`);
  await linked.locator("#version", { hasText: /\d/ }).waitFor();
  assert.equal(await linked.locator("#digest").inputValue(), `sha256:${artifactSha256}`);
  assert.equal(await linked.locator("#repository").inputValue(), repository);
  assert.match(await linked.locator("#link-note").innerText(), /filled this in/);
  assert.equal(await page.locator("#link-note").isHidden(), true);
  assert.equal(
    await linked.locator("#lookup-address").inputValue(),
    "https://bundles.example/{digest}",
  );
  assert.ok(requests.length > 0);
  for (const url of requests) assert.ok(url.startsWith(served.origin), url);
  assert.ok(served.requests.every((path) => !path.includes("digest")));
});

test("it works without a network once it was loaded", async () => {
  await page.locator("#offline", { hasText: "offline" }).waitFor();
  await context.setOffline(true);
  const before = served.requests.length;
  await page.reload();
  await chooseExample(page);
  assert.equal(await verdictOf(page), "Verified");
  await page.locator("#example").click();
  await page.waitForFunction(() => document.activeElement?.id === "start");
  assert.equal(await verdictOf(page), "Verified");
  assert.equal(served.requests.length, before);
});
