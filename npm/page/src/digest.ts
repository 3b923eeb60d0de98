/** Hex digits of each algorithm. */
const LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** A digest that the module reads. */
export type Digest = `sha256:${string}` | `sha384:${string}` | `sha512:${string}`;

/** Reads `algorithm:hex` or bare hex of a known length, letters in either case; `undefined` for all else. */
export function readDigest(text: string): Digest | undefined {
  const [, named, hex = ""] =
    /^(?:(sha256|sha384|sha512):)?([0-9a-f]+)$/.exec(text.trim().toLowerCase()) ?? [];
  const found = Object.entries(LENGTHS).find(([, length]) => length === hex.length)?.[0];
  if (found === undefined || (named !== undefined && named !== found)) return undefined;
  return `${found}:${hex}` as Digest;
}
