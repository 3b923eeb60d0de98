// Keys of WebCrypto as signing keys.

import { HostError } from "./error.js";
import type { SigningKey } from "./types.js";

interface Row {
  readonly algorithm: string;
  readonly generate: EcKeyGenParams | RsaHashedKeyGenParams | Algorithm;
  readonly sign: AlgorithmIdentifier | EcdsaParams;
  readonly encoding: "p1363" | "raw";
}

const ecdsa = (algorithm: string, namedCurve: string, hash: string): Row => ({
  algorithm,
  generate: { name: "ECDSA", namedCurve },
  sign: { name: "ECDSA", hash },
  encoding: "p1363",
});

const rsa = (algorithm: string, modulusLength: number): Row => ({
  algorithm,
  generate: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
  sign: "RSASSA-PKCS1-v1_5",
  encoding: "raw",
});

/** Algorithms of generation.md §5.3 that WebCrypto has. */
const ROWS: readonly Row[] = [
  ecdsa("PKIX_ECDSA_P256_SHA_256", "P-256", "SHA-256"),
  ecdsa("PKIX_ECDSA_P384_SHA_384", "P-384", "SHA-384"),
  ecdsa("PKIX_ECDSA_P521_SHA_512", "P-521", "SHA-512"),
  { algorithm: "PKIX_ED25519", generate: { name: "Ed25519" }, sign: "Ed25519", encoding: "raw" },
  rsa("PKIX_RSA_PKCS1V15_3072_SHA256", 3072),
  rsa("PKIX_RSA_PKCS1V15_4096_SHA256", 4096),
];

/**
 * A new key of WebCrypto whose private half cannot be exported, not even by this page or program.
 *
 * `algorithm` is a name such as `PKIX_ECDSA_P256_SHA_256`, the default.
 *
 * @throws HostError `other` for an algorithm that WebCrypto does not have.
 */
export async function generateKey(algorithm = "PKIX_ECDSA_P256_SHA_256"): Promise<SigningKey> {
  const row = ROWS.find((known) => known.algorithm === algorithm);
  if (row === undefined) throw new HostError("other");
  const pair = (await crypto.subtle.generateKey(row.generate, false, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  return webCryptoKey(pair);
}

/**
 * A key pair of WebCrypto, for example one that is kept in IndexedDB. The private half needs the usage
 * `sign` only.
 */
export function webCryptoKey(
  pair: CryptoKeyPair,
  names: { id?: string; version?: string } = {},
): SigningKey {
  const row = ROWS.find((known) => describes(known, pair.privateKey));
  if (row === undefined) throw new HostError("other");
  return {
    algorithm: row.algorithm,
    publicKey: async () => ({
      ...names,
      spki: new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey)),
    }),
    sign: async (message) => {
      const signature = await crypto.subtle.sign(
        row.sign,
        pair.privateKey,
        message as Uint8Array<ArrayBuffer>,
      );
      return {
        bytes: new Uint8Array(signature),
        encoding: row.encoding,
        ...(names.version && { version: names.version }),
      };
    },
  };
}

function describes(row: Row, { algorithm }: CryptoKey): boolean {
  const found = algorithm as Partial<EcKeyAlgorithm & RsaHashedKeyAlgorithm>;
  const wanted = row.generate as Partial<EcKeyGenParams & RsaHashedKeyGenParams>;
  const isHash = wanted.hash === undefined || found.hash?.name === wanted.hash;
  return (
    found.name === wanted.name &&
    found.namedCurve === wanted.namedCurve &&
    found.modulusLength === wanted.modulusLength &&
    isHash
  );
}
