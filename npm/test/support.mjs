// What tests share: the real bundle that the command carries, and a host for signing that needs no service.
import { readFile } from "node:fs/promises";

export const root = new URL("../../", import.meta.url);
export const read = (path) => readFile(new URL(path, root));
export const core = await read("target/cretula/cretula.core.wasm");

const data = "host/wasmtime/data/";
export const artifactUrl = new URL(`${data}signed-package-2.1.0-hb0f4dca_0.conda`, root);
export const artifact = await readFile(artifactUrl);
export const bundle = await read(`${data}signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json`);
export const policy = {
  schema: "cretula/policy/v1",
  signers: {
    certificate: {
      issuer: "https://token.actions.githubusercontent.com",
      san: "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main",
    },
  },
};

export const isSlow = process.env["CRETULA_SLOW"] === "1";
export const text = (bytes) => new TextDecoder().decode(bytes);
export const bytes = (value) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** A stream of `count` chunks of zeros. */
export function zeros(count, length = 1 << 20) {
  let left = count;
  const chunk = new Uint8Array(length);
  return new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close();
      left -= 1;
      controller.enqueue(chunk);
    },
  });
}

/** The exception of a call; fails the test if there is none. */
export async function thrown(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("expected an exception");
}
