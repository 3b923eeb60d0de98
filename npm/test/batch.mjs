// Answers one request a line, both in base64, until its input ends: as tests/sandbox/node/batch.mjs, by
// the package.
import { createInterface } from "node:readline";
import { open } from "cretula";

const { portable } = await open();
for await (const line of createInterface({ input: process.stdin })) {
  const reply = portable.verify(Buffer.from(line, "base64"));
  process.stdout.write(`${Buffer.from(reply).toString("base64")}\n`);
}
