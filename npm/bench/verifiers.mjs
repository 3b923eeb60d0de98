// The same question to three verifiers: is this bundle of the artifact, signed by this workflow, under
// this root? Each returns a function that throws unless the answer is yes.
/** Cretula, by the entry that is named. */
const cretula = (load) => async (question) => {
  const { verify } = await load();
  const { bundle, root, issuer, san, artifact } = question;
  const policy = { schema: "cretula/policy/v1", signers: { certificate: { issuer, san } } };
  return async () => {
    const { verified } = await verify({
      bundle,
      trust: root,
      policy,
      artifacts: [{ bytes: artifact }],
    });
    if (!verified) throw new Error("refused");
  };
};

/** A subject of the statement is the artifact: the other two leave that to their caller. */
async function compare(payload, artifact) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", artifact));
  const digest = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const { subject } = JSON.parse(payload);
  if (!subject.some((one) => one.digest.sha256 === digest)) throw new Error("refused");
}

export const verifiers = {
  cretula: cretula(() => import("../dist/index-node.js")),
  "cretula/inline": cretula(() => import("../dist/inline-node.js")),
  "@sigstore/verify": async ({ bundle, root, issuer, san, artifact }) => {
    const { bundleFromJSON } = (await import("@sigstore/bundle")).default;
    const { TrustedRoot } = (await import("@sigstore/protobuf-specs")).default;
    const { toSignedEntity, toTrustMaterial, Verifier } = (await import("@sigstore/verify"))
      .default;
    const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root))));
    const subjectAlternativeName = `^${san.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}$`;
    return async () => {
      const read = bundleFromJSON(JSON.parse(bundle));
      verifier.verify(toSignedEntity(read), { subjectAlternativeName, extensions: { issuer } });
      await compare(read.content.dsseEnvelope.payload, artifact);
    };
  },
  "@freedomofpress/sigstore-browser": async ({ bundle, root, issuer, san, artifact }) => {
    const { Identity, SigstoreVerifier } = await import("@freedomofpress/sigstore-browser");
    const verifier = new SigstoreVerifier();
    await verifier.loadSigstoreRoot(JSON.parse(root));
    const policy = new Identity({ identity: san, issuer });
    return async () => {
      const { payload } = await verifier.verifyDsse(JSON.parse(bundle), policy);
      await compare(new TextDecoder().decode(payload), artifact);
    };
  },
};

/** Entry points whose size is compared. */
export const sources = {
  cretula: 'export { verify } from "../dist/index.js";',
  "cretula/inline": 'export { verify } from "../dist/inline.js";',
  "@sigstore/verify":
    'export * from "@sigstore/bundle"; export { TrustedRoot } from "@sigstore/protobuf-specs";' +
    'export * from "@sigstore/verify";',
  "@freedomofpress/sigstore-browser":
    'export { Identity, SigstoreVerifier } from "@freedomofpress/sigstore-browser";',
};
