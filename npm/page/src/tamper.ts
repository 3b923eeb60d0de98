// Changes one byte, to show that it is noticed and where.

import type { Evidence } from "./evidence.js";

/** Where a byte can be changed, with a name for people. */
export const PLACES = {
  artifact: "in the file",
  payload: "in the signed statement",
  signature: "in the signature",
  certificate: "in the certificate",
  log: "in the log’s proof",
} as const;

/** One of them. */
export type Place = keyof typeof PLACES;

/** Members of a bundle whose base64 holds the byte, the first that is there. */
const MEMBERS: Readonly<Record<Exclude<Place, "artifact">, readonly (readonly string[])[]>> = {
  payload: [["dsseEnvelope", "payload"]],
  signature: [
    ["dsseEnvelope", "signatures", "0", "sig"],
    ["messageSignature", "signature"],
  ],
  certificate: [
    ["verificationMaterial", "certificate", "rawBytes"],
    ["verificationMaterial", "x509CertificateChain", "certificates", "0", "rawBytes"],
  ],
  log: [
    ["verificationMaterial", "tlogEntries", "0", "inclusionProof", "hashes", "0"],
    ["verificationMaterial", "tlogEntries", "0", "inclusionPromise", "signedEntryTimestamp"],
  ],
};

/** Evidence that differs in one byte at that place; `undefined` if there is no such place in it. */
export async function tamper(evidence: Evidence, place: Place): Promise<Evidence | undefined> {
  if (place === "artifact") return tamperArtifact(evidence);
  const text = new TextDecoder().decode(evidence.bundle);
  const document: unknown = parse(text);
  for (const path of MEMBERS[place]) {
    const value = path.reduce<unknown>(member, document);
    if (typeof value !== "string" || value === "") continue;
    const changed = flipBase64(value);
    // The text around it stays as it is.
    const quoted = JSON.stringify(value);
    if (changed === undefined || !text.includes(quoted)) continue;
    const bundle = new TextEncoder().encode(text.replace(quoted, () => JSON.stringify(changed)));
    return { ...evidence, bundle };
  }
  return undefined;
}

async function tamperArtifact(evidence: Evidence): Promise<Evidence | undefined> {
  const { file, digest } = evidence;
  if (file !== undefined) return { ...evidence, file: await flipBlob(file) };
  if (digest === undefined) return undefined;
  const last = digest.endsWith("0") ? "1" : "0";
  return { ...evidence, digest: `${digest.slice(0, -1)}${last}` as typeof digest };
}

/** The same content but for one bit in its middle; only that byte is read. An empty blob gets a byte. */
async function flipBlob(file: Blob): Promise<Blob> {
  const middle = Math.floor(file.size / 2);
  const [byte = 0] = new Uint8Array(await file.slice(middle, middle + 1).arrayBuffer());
  return new Blob([file.slice(0, middle), Uint8Array.of(byte ^ 1), file.slice(middle + 1)]);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function flipBase64(value: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
