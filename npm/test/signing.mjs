// A host for signing without services: the mode of `cretula config init generic`, and what a control
// plane knows.

const BUILD_TYPE = "https://ci.example/build-types/pipeline/v1";
const SOURCE = "git+https://git.example/g/p@refs/heads/main";
const parameter = { type: "string", required: true, class: "C" };

export const subject = {
  name: "app.tar.gz",
  digest: { sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" },
};

export const config = {
  schema: "cretula/config/v1",
  modes: {
    pipeline: {
      buildType: BUILD_TYPE,
      builderId: "https://ci.example/builders/pipeline/v1",
      key: "release",
      predicates: ["provenance"],
      profile: "managed-offline",
      offline: true,
    },
  },
  buildTypes: [
    {
      buildType: BUILD_TYPE,
      complete: true,
      external: { pipeline: parameter, source: parameter },
      internal: {},
      extensions: [],
    },
  ],
  issuers: [],
};

/** An order of that mode, under this trusted root. */
export function order(trustedRoot, changes = {}) {
  return {
    mode: "pipeline",
    config,
    trust: {
      mediaType: "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
      trustedRoot,
      signingConfig: {
        mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        caUrls: [],
        oidcUrls: [],
        rekorTlogUrls: [],
        tsaUrls: [],
        rekorTlogConfig: { selector: "ANY" },
        tsaConfig: { selector: "ANY" },
      },
    },
    facts: {
      origin: "control-plane",
      record: {
        pipeline: "release",
        source: SOURCE,
        invocationId: "https://ci.example/runs/7/attempts/1",
        resolvedDependencies: [
          { uri: SOURCE, digest: { gitCommit: "0123456789abcdef0123456789abcdef01234567" } },
        ],
      },
    },
    tenant: { subjects: [subject] },
    ...changes,
  };
}

/** Who signed: this key, with no evidence of a time. */
export const policy = {
  schema: "cretula/policy/v1",
  preset: "managed-key",
  signers: { key: { ids: [""] } },
  evidence: { log: { threshold: 0 } },
  statement: { predicateTypes: ["https://slsa.dev/provenance/v1"] },
};
