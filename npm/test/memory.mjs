// Hashes a large file, or a stream by the module, in a process of its own, and prints by how many MiB it
// grew.
import { verifyFile } from "cretula";
import { publicGood } from "cretula/trust";
import { Portable } from "../dist/cretula.js";
import { hashOnTheWeb } from "../dist/hashing.js";
import { compile, Sandbox } from "../dist/sandbox.js";
import { artifactUrl, bundle, core, policy, zeros } from "./support.mjs";

const [kind, path, megabytes] = process.argv.slice(2);
const request = { bundle, trust: publicGood, policy };
// Module, code and heap are there before the measurement begins.
const portable = new Portable(new Sandbox(await compile(core)));
await verifyFile(artifactUrl, request);
await hashOnTheWeb(portable, zeros(4), ["sha256"], {});

const before = process.memoryUsage().rss;
let most = before;
const onProgress = () => void (most = Math.max(most, process.memoryUsage().rss));
if (kind === "path") {
  const { report } = await verifyFile(path, { ...request, onProgress });
  if (report.code !== "artifact/mismatch") throw new Error("another verdict");
} else {
  await hashOnTheWeb(portable, zeros(Number(megabytes)), ["sha256"], { onProgress });
}
console.log(Math.ceil((most - before) / 2 ** 20));
