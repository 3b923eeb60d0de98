// Cold start, warm verification and sizes in Node, side by side: `npm ci && node node.mjs` after `npm run
// build`. Each verifier runs in fresh processes, in turns, so that a busy machine is busy for all of
// them.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { sources, verifiers } from "./verifiers.mjs";

const ROUNDS = 5;
const WARM = 100;

const data = new URL("../../host/wasmtime/data/", import.meta.url);
const read = (name, encoding) => readFileSync(new URL(name, data), encoding);
const question = {
  bundle: read("signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json", "utf8"),
  root: read("trusted_root.json", "utf8"),
  artifact: read("signed-package-2.1.0-hb0f4dca_0.conda"),
  issuer: "https://token.actions.githubusercontent.com",
  san: "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main",
};

if (process.argv[2] === undefined) await compare();
else await measure(process.argv[2]);

/** In a process of its own: milliseconds from nothing to the first verdict, and of a later one. */
async function measure(name) {
  const start = performance.now();
  const verify = await verifiers[name](question);
  await verify();
  const cold = performance.now() - start;
  const times = [];
  for (let index = 0; index < WARM; index += 1) {
    const before = performance.now();
    await verify();
    times.push(performance.now() - before);
  }
  console.log(JSON.stringify({ cold, warm: median(times) }));
}

async function compare() {
  const { build } = await import("esbuild");
  const measured = Object.fromEntries(Object.keys(verifiers).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, runs] of Object.entries(measured)) {
      const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), name], {
        encoding: "utf8",
      });
      runs.push(JSON.parse(output));
    }
  }
  const module = readFileSync(new URL("../dist/cretula.core.wasm", import.meta.url));
  const rows = [
    "| | raw, bytes | gzip | brotli | cold start, ms | warm verify, ms |",
    "|---|---|---|---|---|---|",
  ];
  for (const [name, runs] of Object.entries(measured)) {
    const { outputFiles } = await build({
      stdin: { contents: sources[name], resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true,
      format: "esm",
      // The other verifier for Node needs its modules; they are not counted.
      platform: name === "@sigstore/verify" ? "node" : "browser",
      minify: true,
      write: false,
      logLevel: "error",
    });
    const files = [outputFiles[0].contents, ...(name === "cretula" ? [module] : [])];
    const sum = (size) =>
      files.reduce((total, bytes) => total + size(bytes), 0).toLocaleString("en");
    const sizes = [
      sum((b) => b.length),
      sum((b) => gzipSync(b).length),
      sum((b) => brotliCompressSync(b).length),
    ];
    const times = [median(runs.map(({ cold }) => cold)), median(runs.map(({ warm }) => warm))];
    rows.push(
      `| \`${name}\` | ${[...sizes, ...times.map((time) => time.toFixed(1))].join(" | ")} |`,
    );
  }
  console.log(rows.join("\n"));
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}
