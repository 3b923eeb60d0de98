import type { Digest } from "./digest.js";

/** Longest reply that is read. */
const MAX_REPLY_BYTES = 16 << 20;
/** Time for a reply. */
const TIMEOUT_MS = 20_000;

/**
 * Asks an address for the bundles of a digest. The only request to another place that this page makes.
 *
 * The reply is one bundle, bundles as JSON lines, or `{"attestations": [{"bundle": …}]}` as GitHub sends
 * it. What comes back is judged like any other bundle; nothing is believed because of where it is from.
 *
 * @throws Error in plain words for people.
 */
export async function lookUp(address: string, digest: Digest): Promise<readonly string[]> {
  const url = lookupUrl(address, digest);
  let response: Response;
  try {
    response = await fetch(url, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Error(
      `no reply from ${url.host}: it cannot be reached, does not allow other sites to ask (CORS), or is ` +
        "blocked by connect-src in the Content-Security-Policy of this page",
    );
  }
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(`${url.host} answered with status ${response.status}`);
  return bundlesOf(await readText(response));
}

function lookupUrl(address: string, digest: Digest): URL {
  if (!address.includes("{digest}")) throw new Error("the address has no {digest}");
  const text = address.replaceAll("{digest}", digest);
  if (!URL.canParse(text)) throw new Error("that is no address");
  const url = new URL(text);
  const isHere = url.origin === location.origin;
  if (url.protocol !== "https:" && !isHere) throw new Error("the address has to begin with https:");
  return url;
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_REPLY_BYTES) {
      await reader.cancel();
      throw new Error("the reply is too long");
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Bundles of a reply. Only for GitHub's form they are written anew, since they lie inside a document. */
export function bundlesOf(reply: string): readonly string[] {
  const whole = parse(reply);
  if (whole === undefined) {
    const lines = reply.split("\n").filter((line) => line.trim() !== "");
    if (lines.every((line) => isObject(parse(line)))) return lines;
    throw new Error("the reply holds no bundle");
  }
  if (!isObject(whole)) throw new Error("the reply holds no bundle");
  const { attestations } = whole;
  if (!Array.isArray(attestations)) return [reply];
  return attestations.flatMap((item: unknown) =>
    isObject(item) && isObject(item["bundle"]) ? [JSON.stringify(item["bundle"])] : [],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
