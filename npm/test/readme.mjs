// Examples of the README, which tests run as they stand there.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

/** The code block after a marker. */
export function example(name) {
  const found = new RegExp(`<!-- ${name} -->\n\`\`\`js\n(.*?)\`\`\``, "s").exec(readme);
  if (found === null) throw new Error(`the README has no example ${name}`);
  return found[1];
}

/** Imports an example as a module of this package, so that `cretula` is found. */
export async function importExample(name) {
  const folder = new URL("../dist/examples/", import.meta.url);
  const file = new URL(`${name}-${process.pid}.mjs`, folder);
  await mkdir(folder, { recursive: true });
  await writeFile(file, example(name));
  try {
    return await import(file.href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
