// Cold start and warm verification in Chromium, side by side: `node bench/chromium.mjs` after `npm ci` here
// and in npm/bench, and `npm run build` of the package. Each verifier runs in fresh browsers, in turns.
// @sigstore/verify is left out: it needs modules of Node.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import {
  artifactPath,
  bundlePath,
  here,
  issuer,
  launch,
  repository,
  root,
  serve,
} from "../test/support.mjs";

const ROUNDS = 5;
const WARM = 100;
const NAMES = ["cretula", "cretula/inline", "@freedomofpress/sigstore-browser"];

const folder = await mkdtemp(join(tmpdir(), "cretula-bench-"));
await bundled();
const question = {
  bundle: await readFile(bundlePath, "utf8"),
  root: await readFile(new URL("host/wasmtime/data/trusted_root.json", root), "utf8"),
  artifact: [...(await readFile(artifactPath))],
  issuer,
  san: `https://github.com/${repository}/.github/workflows/action.yaml@refs/heads/main`,
};
const served = await serve({ folder: join(folder, "dist") });
const measured = Object.fromEntries(NAMES.map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const name of NAMES) measured[name].push(await measure(name));
}
await served.close();
await rm(folder, { recursive: true });

console.log("| Chromium | cold start, ms | warm verify, ms |\n|---|---|---|");
for (const [name, runs] of Object.entries(measured)) {
  const of = (kind) => median(runs.map((run) => run[kind])).toFixed(1);
  console.log(`| \`${name}\` | ${of("cold")} | ${of("warm")} |`);
}

/** A page with each verifier in a chunk of its own. */
async function bundled() {
  const verifiers = fileURLToPath(new URL("../bench/verifiers.mjs", here));
  await writeFile(
    join(folder, "main.js"),
    `import { verifiers } from ${JSON.stringify(verifiers)}; globalThis.verifiers = verifiers;`,
  );
  const page = '<!doctype html><title>Bench</title><script type="module" src="/main.js"></script>';
  await writeFile(join(folder, "index.html"), page);
  await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    resolve: {
      alias: [{ find: /^\.\.\/dist\/(index|inline)-node\.js$/, replacement: "../dist/$1.js" }],
    },
    build: { modulePreload: false },
  });
}

/** In a browser of its own: milliseconds from nothing to the first verdict, and of a later one. */
async function measure(name) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${served.origin}/`);
    await page.waitForFunction(() => "verifiers" in globalThis);
    const times = await page.evaluate(
      async ([which, asked, count]) => {
        const start = performance.now();
        const artifact = Uint8Array.from(asked.artifact);
        const verify = await globalThis.verifiers[which]({ ...asked, artifact });
        await verify();
        const cold = performance.now() - start;
        const warm = [];
        for (let index = 0; index < count; index += 1) {
          const before = performance.now();
          await verify();
          warm.push(performance.now() - before);
        }
        return { cold, warm };
      },
      [name, question, WARM],
    );
    return { cold: times.cold, warm: median(times.warm) };
  } finally {
    await browser.close();
  }
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}
