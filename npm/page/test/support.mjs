// What tests share: the built page on loopback, real data, and the browsers.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { STRICT } from "../csp.mjs";

export const root = new URL("../../../", import.meta.url);
export const here = new URL("../", import.meta.url);
export const dist = fileURLToPath(new URL("dist/", here));

const data = new URL("host/wasmtime/data/", root);
export const artifactPath = fileURLToPath(new URL("signed-package-2.1.0-hb0f4dca_0.conda", data));
export const bundlePath = `${artifactPath}.sigstore.json`;
export const artifactSha256 = "54303491a8418fbed24344b513546182c29b43bf282ceb433af65e2299f9271f";
export const repository = "prefix-dev/sigstore-example";
export const issuer = "https://token.actions.githubusercontent.com";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Serves a folder on loopback. `csp` is the Content-Security-Policy of every response (null: none), or a function of
 * the path; `pages` are documents by path, before the folder.
 */
export async function serve({ folder = dist, csp = STRICT, pages = {} } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    requests.push(path);
    const name = path.endsWith("/") ? `${path}index.html` : path;
    const policy = typeof csp === "function" ? csp(name) : csp;
    const headers = { "content-type": TYPES[extname(name)] ?? "application/octet-stream" };
    if (policy !== null) headers["content-security-policy"] = policy;
    try {
      const body = pages[name] ?? (await readFile(join(folder, normalize(name))));
      response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Debian's Chromium. */
export const launch = (options = {}) =>
  chromium.launch({
    executablePath: process.env["CRETULA_TEST_CHROMIUM"] || "/usr/bin/chromium",
    // A container has no user namespaces to build the sandbox from.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    ...options,
  });

/** Puts the real package and its bundle into the form. */
export async function chooseExample(page) {
  await page.locator("#artifact").setInputFiles(artifactPath);
  await page.locator("#bundle").setInputFiles(bundlePath);
  await page.locator("#repository").fill(repository);
}

/** Presses the button and returns the verdict's title. */
export async function verdictOf(page) {
  await page.locator("#start").click();
  const title = page.locator("#verdict .title");
  await title.waitFor();
  return title.textContent();
}
