// The packed tarball, as a new user gets it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { COMPONENT_SHA256, CORE_SHA256 } from "cretula";
import * as esbuild from "esbuild";
import { example } from "./readme.mjs";
import { artifact, bundle, core, policy, read } from "./support.mjs";

const here = fileURLToPath(new URL("../", import.meta.url));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const npm = (cwd, ...args) =>
  execFileSync("npm", ["--loglevel", "error", ...args], { cwd, encoding: "utf8" });
const node = (cwd, ...args) => execFileSync(process.execPath, args, { cwd, encoding: "utf8" });

let folder;
let tarball;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cretula-"));
  tarball = await packed(here);
});
after(() => rm(folder, { recursive: true }));

/** Packs a folder and returns the path of the tarball. */
async function packed(from) {
  const destination = await mkdtemp(join(folder, "packed-"));
  return join(destination, npm(from, "pack", "--silent", "--pack-destination", destination).trim());
}

/** An empty directory with the tarball installed, and an artifact with its bundle. */
async function installed() {
  const place = await mkdtemp(join(folder, "user-"));
  await writeFile(join(place, "package.json"), '{"type":"module","private":true}');
  npm(place, "install", "--offline", "--no-audit", "--no-fund", tarball);
  await writeFile(join(place, "app.tar.gz"), artifact);
  await writeFile(join(place, "app.tar.gz.sigstore.json"), bundle);
  return place;
}

/** The ten lines of the README, for the signer of our bundle. */
function tenLines() {
  const lines = example("ten-lines");
  const { san } = policy.signers.certificate;
  const ours = lines.replace(
    "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3",
    san,
  );
  assert.notEqual(ours, lines);
  assert.ok(lines.trim().split("\n").filter(Boolean).length <= 10);
  return ours;
}

test("the tarball holds what is needed and nothing else", async () => {
  const [{ files }] = JSON.parse(npm(here, "pack", "--dry-run", "--json", "--silent"));
  const paths = files.map(({ path }) => path).sort();
  const others = paths.filter((path) => !/^dist\/(attest\/)?[a-z0-9-]+(\.d\.ts|\.js)$/.test(path));
  assert.deepEqual(others, ["LICENSE", "README.md", "dist/cretula.core.wasm", "package.json"]);
  const { exports, dependencies, scripts } = JSON.parse(
    await readFile(join(here, "package.json"), "utf8"),
  );
  assert.equal(dependencies, undefined);
  for (const name of ["preinstall", "install", "postinstall", "prepare"])
    assert.equal(scripts[name], undefined);
  for (const entry of Object.values(exports)) {
    for (const path of typeof entry === "string" ? [entry] : Object.values(entry)) {
      assert.ok(paths.includes(path.replace("./", "")), path);
    }
  }
});

test("the module in the tarball is the one inside the component", async () => {
  const place = await installed();
  const inside = await readFile(join(place, "node_modules/cretula/dist/cretula.core.wasm"));
  const { CORE_BASE64 } = await import("../dist/bytes.js");
  const component = await read("target/cretula/cretula.wasm");
  const digests = {
    "cretula.core.wasm": sha256(core),
    tarball: sha256(inside),
    inline: sha256(Buffer.from(CORE_BASE64, "base64")),
    CORE_SHA256,
  };
  for (const [name, digest] of Object.entries(digests)) console.log(`${digest}  ${name}`);
  assert.equal(new Set(Object.values(digests)).size, 1);
  assert.ok(component.includes(core), "the component holds these bytes");
  assert.equal(sha256(component), COMPONENT_SHA256);
});

test("packing again, from another folder and at another time, gives the same bytes", async () => {
  const copy = join(folder, "elsewhere", "copy");
  await mkdir(copy, { recursive: true });
  for (const name of ["dist", "LICENSE", "README.md", "package.json"]) {
    await cp(join(here, name), join(copy, name), { recursive: true });
  }
  for (const name of await readdir(join(copy, "dist")))
    await utimes(join(copy, "dist", name), 1, 1);
  const [first, second] = [await readFile(tarball), await readFile(await packed(copy))];
  console.log(`${sha256(first)}  ${first.length} bytes`);
  assert.equal(sha256(second), sha256(first));
});

test("the README's ten lines verify a real bundle from an empty directory", async () => {
  const place = await installed();
  await writeFile(join(place, "verify.js"), tenLines());
  assert.equal(node(place, "verify.js"), "verified\n");
  await writeFile(join(place, "app.tar.gz"), "something else");
  assert.equal(node(place, "verify.js"), "refused: artifact/mismatch\n");
});

test("the same in a worker thread", async () => {
  const place = await installed();
  await writeFile(join(place, "verify.js"), tenLines());
  await writeFile(
    join(place, "main.js"),
    'import { Worker } from "node:worker_threads"; new Worker("./verify.js");',
  );
  assert.equal(node(place, "main.js"), "verified\n");
});

test("a bundler makes one file for the web of the inline entry", async () => {
  const place = await installed();
  const source = tenLines()
    .replace('import { readFile } from "node:fs/promises";', "")
    .replace('"cretula"', '"cretula/inline"')
    .replace('await readFile("app.tar.gz.sigstore.json")', "globalThis.bundle")
    .replace('"app.tar.gz"', "new Blob([globalThis.artifact])");
  await writeFile(join(place, "page.js"), source);
  const { outputFiles, metafile, warnings } = await esbuild.build({
    absWorkingDir: place,
    entryPoints: ["page.js"],
    bundle: true,
    format: "esm",
    platform: "browser",
    minify: true,
    write: false,
    metafile: true,
  });
  assert.deepEqual(warnings, []);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  assert.deepEqual(imports, []);
  await writeFile(join(place, "bundled.mjs"), outputFiles[0].contents);
  const main = [
    'import { readFile } from "node:fs/promises";',
    'globalThis.artifact = await readFile("app.tar.gz");',
    'globalThis.bundle = await readFile("app.tar.gz.sigstore.json");',
    'await import("./bundled.mjs");',
  ].join("\n");
  await writeFile(join(place, "main.js"), main);
  assert.equal(node(place, "main.js"), "verified\n");
});

test("the default entry for the web brings no module of Node", async () => {
  const { metafile } = await esbuild.build({
    absWorkingDir: await installed(),
    stdin: {
      contents:
        'export * from "cretula"; export * from "cretula/attest"; export * from "cretula/trust";',
      resolveDir: ".",
    },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs);
  assert.ok(inputs.some((path) => path.endsWith("dist/index.js")));
  assert.ok(!inputs.some((path) => path.includes("-node") || path.endsWith("bytes.js")));
});

test("wrong use does not compile where types can say so", async () => {
  const place = await installed();
  await cp(join(here, "test/types"), join(place, "types"), { recursive: true });
  const tsc = join(here, "node_modules/typescript/bin/tsc");
  for (const resolution of ["nodenext", "bundler"]) {
    const module = resolution === "bundler" ? "esnext" : "nodenext";
    const options = [
      "-p",
      "types/tsconfig.json",
      "--module",
      module,
      "--moduleResolution",
      resolution,
    ];
    try {
      node(place, tsc, ...options);
    } catch ({ stdout }) {
      assert.fail(`${resolution}:\n${stdout}`);
    }
  }
});

test("sources are formatted", () => {
  node(here, "node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", ".");
});

test("sizes of the entries", async () => {
  const { brotliCompressSync, gzipSync } = await import("node:zlib");
  const tell = (name, bytes) => {
    const packed = [gzipSync(bytes).length, brotliCompressSync(bytes).length];
    console.log(`${name}: ${bytes.length} bytes, gzip ${packed[0]}, brotli ${packed[1]}`);
  };
  for (const entry of ["cretula", "cretula/attest", "cretula/trust", "cretula/inline"]) {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: here,
      stdin: { contents: `export * from "${entry}";`, resolveDir: here },
      bundle: true,
      format: "esm",
      platform: "browser",
      minify: true,
      write: false,
    });
    const [{ contents }] = outputFiles;
    tell(entry, contents);
    assert.ok(
      entry === "cretula/inline" || contents.length < 24_000,
      "without the module it is small",
    );
  }
  tell("cretula.core.wasm", core);
  assert.ok((await stat(tarball)).size < 2_000_000);
});
