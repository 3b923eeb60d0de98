// Answers one request a line, both in base64, until its input ends.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { open } from "./portable.mjs";

const module = await open(await readFile(new URL("../../../target/cretula/cretula.core.wasm", import.meta.url)));
for await (const line of createInterface({ input: process.stdin })) {
  const reply = module.verify(Buffer.from(line, "base64"));
  process.stdout.write(Buffer.from(reply).toString("base64") + "\n");
}
