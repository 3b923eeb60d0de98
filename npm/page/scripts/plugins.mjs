// What the build adds to the page: its policy, digests of its scripts, and a copy for use offline.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

const DIST = new URL("../dist/", import.meta.url).pathname;

/** The Content-Security-Policy as part of the document, for hosts that set no headers. */
export function contentSecurityPolicy(policy) {
  return {
    name: "cretula-csp",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: policy },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** SHA-384 of each script and style sheet beside its address (Subresource Integrity). */
export function integrity() {
  return {
    name: "cretula-integrity",
    apply: "build",
    closeBundle: {
      order: "pre",
      sequential: true,
      async handler() {
        const path = join(DIST, "index.html");
        const page = await readFile(path, "utf8");
        await writeFile(path, await withIntegrity(page));
      },
    },
  };
}

async function withIntegrity(page) {
  const tag = /<(?:script|link)\b[^>]*?\b(?:src|href)="\.\/([^"]+\.(?:js|css))"/g;
  let made = page;
  for (const [found, path] of page.matchAll(tag)) {
    const digest = createHash("sha384")
      .update(await readFile(join(DIST, path)))
      .digest("base64");
    made = made.replace(found, `${found} integrity="sha384-${digest}"`);
  }
  return made;
}

/** A service worker that keeps all files of this build, named by their common digest. */
export function offline() {
  return {
    name: "cretula-offline",
    apply: "build",
    closeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        const paths = (await files(DIST)).filter((path) => path !== "sw.js").sort();
        const hash = createHash("sha256");
        for (const path of paths) hash.update(path).update(await readFile(join(DIST, path)));
        const template = await readFile(new URL("service-worker.js", import.meta.url), "utf8");
        const script = template
          .replace('"VERSION"', JSON.stringify(hash.digest("hex").slice(0, 16)))
          .replace('["FILES"]', JSON.stringify(["./", ...paths.map((path) => `./${path}`)]));
        await writeFile(join(DIST, "sw.js"), script);
      },
    },
  };
}

async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}
