// Builds dist/ from src/ and from the module that `cargo xtask build` wrote.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";

const here = new URL("../", import.meta.url);
const root = new URL("../", here);
const dist = new URL("dist/", here);
const built = (name) => readFile(new URL(`target/cretula/${name}`, root));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

await rm(dist, { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc"], {
  cwd: here,
  stdio: "inherit",
});

const [core, component] = [await built("cretula.core.wasm"), await built("cretula.wasm")];
await writeFile(new URL("cretula.core.wasm", dist), core);
await writeConstants("digest", { CORE_SHA256: sha256(core), COMPONENT_SHA256: sha256(component) });
await writeConstants("bytes", { CORE_BASE64: core.toString("base64") });
await writeConstants("root", await publicGood());
await cp(new URL("LICENSE", root), new URL("LICENSE", here));

/** A module of constants, whose types lie in src/. */
async function writeConstants(name, constants) {
  const lines = Object.entries(constants).map(
    ([key, value]) => `export const ${key} = ${JSON.stringify(value)};\n`,
  );
  await writeFile(new URL(`${name}.js`, dist), lines.join(""));
  await cp(new URL(`src/${name}.d.ts`, here), new URL(`${name}.d.ts`, dist));
}

/** The root that the command carries, with the day that stands in the folder's README. */
async function publicGood() {
  const data = new URL("host/wasmtime/data/", root);
  const [, date] = /version \S+ of (\d{4}-\d{2}-\d{2})/.exec(
    await readFile(new URL("README.md", data), "utf8"),
  );
  return {
    PUBLIC_GOOD_JSON: await readFile(new URL("trusted_root.json", data), "utf8"),
    PUBLIC_GOOD_DATE: date,
  };
}
