import { toBase64, sha256Hex } from "./base64.js";
import type { VerifyRequest as RequestDocument } from "./documents.js";
import { CretulaError } from "./error.js";
import { documentBytes, snapshot, utf8, write } from "./json.js";
import type { Artifact, NamedRoot, Trust, TrustedRoot, VerifyRequest } from "./types.js";

/** Longest request that the module reads; a longer one is not even copied. */
const MAX_REQUEST_BYTES = 48 << 20;

/** The `cretula/verify-request/v1` document. */
export function requestBytes(request: VerifyRequest): Uint8Array {
  const { roots, keys } = trustOf(request.trust);
  const document: RequestDocument = {
    schema: "cretula/verify-request/v1",
    bundle: base64(request.bundle),
    trust: {
      ...(roots && { roots: roots.map((root) => base64(rootJson(root))) }),
      ...(keys && { keys }),
    },
    policy: toBase64(documentBytes(request.policy)),
    ...(request.artifacts && { artifacts: request.artifacts.map(artifactDocument) }),
    ...(request.options && { options: request.options }),
  };
  return utf8(write(document));
}

/** The name of the root with this SHA-256 among those of the caller. */
export async function rootName(
  trust: VerifyRequest["trust"],
  sha256: string | undefined,
): Promise<string | undefined> {
  for (const root of trustOf(trust).roots ?? []) {
    if (isNamed(root) && (await digestOf(root)) === sha256) return root.name;
  }
  return undefined;
}

const digests = new WeakMap<NamedRoot, Promise<string>>();

function digestOf(root: NamedRoot): Promise<string> {
  // Bytes can change after they were hashed, text cannot.
  if (typeof root.json !== "string") return sha256Hex(root.json);
  let digest = digests.get(root);
  if (digest === undefined) digests.set(root, (digest = sha256Hex(utf8(root.json))));
  return digest;
}

const isRoot = (trust: Trust | TrustedRoot): trust is TrustedRoot =>
  typeof trust === "string" || trust instanceof Uint8Array || Object.hasOwn(trust, "json");

const isNamed = (root: TrustedRoot): root is NamedRoot =>
  typeof root === "object" && Object.hasOwn(root, "json");

const rootJson = (root: TrustedRoot): string | Uint8Array => (isNamed(root) ? root.json : root);

function trustOf(trust: Trust | TrustedRoot): Trust {
  if (typeof trust !== "string" && (typeof trust !== "object" || trust === null)) {
    throw new CretulaError("host/object", "expected trusted roots or keys", "/trust");
  }
  return isRoot(trust) ? { roots: [trust] } : snapshot(trust);
}

function artifactDocument(artifact: Artifact) {
  if (typeof artifact === "string") {
    const colon = artifact.indexOf(":");
    return { digests: { [artifact.slice(0, colon)]: artifact.slice(colon + 1) } };
  }
  const { bytes, digests } = snapshot(artifact) as {
    bytes?: Uint8Array;
    digests?: Record<string, string>;
  };
  return bytes === undefined ? { digests: digests! } : { bytes: base64(bytes) };
}

/** Text or bytes only: a bundle that was parsed has lost what is wrong with it. */
function base64(content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? utf8(content) : content;
  if (!(bytes instanceof Uint8Array))
    throw new CretulaError("host/object", "expected text or bytes");
  if (bytes.length > MAX_REQUEST_BYTES) {
    throw new CretulaError("input/too-large", "a verify request has at most 48 MiB");
  }
  return toBase64(bytes);
}
