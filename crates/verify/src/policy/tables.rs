//! The shape of a policy, object by object.

use crate::shape::{Choice, Key, Member, ObjectShape, Shape};

use super::presets::PRESET_NAMES;

/// The `schema` member of a policy.
pub const SCHEMA: &str = "cretula/policy/v1";

/// Members of a policy that other versions of this software support.
pub(super) const UNSUPPORTED: [&str; 5] = ["provenance", "vsa", "package", "require", "others"];

/// Greatest threshold; what the limits of a bundle can reach is far below.
const MAX_THRESHOLD: u64 = 255;
/// Greatest integer of every JSON reader: 2⁵³−1.
const MAX_INTEGER: u64 = 9_007_199_254_740_991;

static TEXT: Shape = Shape::TEXT;
static BASE64: Shape = Shape::BASE64;
static OID: Shape = Shape::OID;
static TEXTS: Shape = Shape::list(&TEXT, 1);
static LOG_IDS: Shape = Shape::list(&BASE64, 1);

/// The whole document.
pub static POLICY: ObjectShape = ObjectShape {
    name: "policy",
    doc: "What a caller demands of a bundle.",
    members: &[
        Member::required("schema", Shape::one_of(&[SCHEMA]), "Name and version of this format."),
        Member::optional(
            "preset",
            Shape::one_of(PRESET_NAMES),
            "Evidence defaults by name; members written here win.",
        ),
        Member::optional("bundle", Shape::Object(&BUNDLE), "What the bundle may look like."),
        Member::optional("evidence", Shape::Object(&EVIDENCE), "What must prove time and publication."),
        Member::optional(
            "signers",
            Shape::Choice(&NODE),
            "Who may sign; must be bound unless dangerous.anySigner is true.",
        ),
        Member::optional(
            "deny",
            Shape::list(&Shape::Choice(&DENIED), 1),
            "Any entry that matches refuses, after signers.",
        ),
        Member::optional("subject", Shape::Object(&SUBJECT), "How subjects of a statement are compared."),
        Member::optional("statement", Shape::Object(&STATEMENT), "Which statements are accepted."),
        Member::optional(
            "dangerous",
            Shape::Object(&DANGEROUS),
            "Checks that are switched off; each true member is reported.",
        ),
    ],
};

static BUNDLE: ObjectShape = ObjectShape {
    name: "bundleRules",
    doc: "What the bundle may look like.",
    members: &[
        Member::optional(
            "versions",
            Shape::list(&Shape::one_of(&["0.1", "0.2", "0.3"]), 1),
            "Accepted versions; all without this member.",
        ),
        Member::optional(
            "allowChainInV03",
            Shape::BOOL,
            "Whether a 0.3 bundle may hold a certificate chain.",
        ),
        Member::optional(
            "useIntermediates",
            Shape::BOOL,
            "Whether chain elements after the leaf may be path candidates; they are never anchors.",
        ),
        Member::optional(
            "refuseRootInChain",
            Shape::BOOL,
            "Whether a self-signed certificate at the end of an old chain refuses.",
        ),
        Member::optional("requireKeyid", Shape::BOOL, "Whether an envelope must name the managed key."),
        Member::optional(
            "unknownMembers",
            Shape::one_of(&["refuse", "ignore"]),
            "Members of the bundle that the format does not know; refuse by default.",
        ),
    ],
};

static EVIDENCE: ObjectShape = ObjectShape {
    name: "evidence",
    doc: "What must prove time and publication.",
    members: &[
        Member::optional("log", Shape::Object(&LOG), "Transparency logs."),
        Member::optional("sct", Shape::Object(&SCT), "Signed certificate timestamps; certificates only."),
        Member::optional("time", Shape::Object(&TIME), "Times of signing."),
        Member::optional("witness", Shape::Object(&WITNESS), "Witnesses of checkpoints."),
        Member::optional("trust", Shape::Object(&TRUST), "Trust material."),
        Member::optional("algorithms", Shape::Object(&ALGORITHMS), "Signature algorithms."),
        Member::optional("certificate", Shape::Object(&CERTIFICATE), "Signing certificates."),
    ],
};

static LOG: ObjectShape = ObjectShape {
    name: "logRules",
    doc: "Transparency logs.",
    members: &[
        Member::optional("threshold", Shape::uint(MAX_THRESHOLD), "Distinct log operators; 1 by default."),
        Member::optional("requireProof", Shape::BOOL, "Refuse 0.1 entries with only a promise."),
        Member::optional("legacyDsseV2", Shape::BOOL, "Accept the withdrawn dsse 0.0.2 body."),
        Member::optional("only", LOG_IDS, "Allow-list of log ids; other logs count as unknown."),
    ],
};

static SCT: ObjectShape = ObjectShape {
    name: "sctRules",
    doc: "Signed certificate timestamps; certificates only.",
    members: &[
        Member::optional("threshold", Shape::uint(MAX_THRESHOLD), "Distinct CT log operators; 1 by default."),
        Member::optional("detached", Shape::BOOL, "Whether a detached SCT counts."),
    ],
};

static TIME: ObjectShape = ObjectShape {
    name: "timeRules",
    doc: "Times of signing. Mode and thresholds concern managed keys only when they are written.",
    members: &[
        Member::optional(
            "mode",
            Shape::one_of(&["observer", "tsa", "log", "both", "current", "none"]),
            "Which sources count; observer by default.",
        ),
        Member::optional("threshold", Shape::uint(MAX_THRESHOLD), "Distinct sources; 1 by default."),
        Member::optional(
            "signedThreshold",
            Shape::uint(MAX_THRESHOLD),
            "Distinct operators of timestamp authorities; 0 by default.",
        ),
        Member::optional(
            "onInvalidToken",
            Shape::one_of(&["ignore", "refuse"]),
            "A token of a known authority that does not verify; ignore by default.",
        ),
        Member::optional(
            "outsideCertificate",
            Shape::one_of(&["fail", "skip"]),
            "A verified time outside the leaf's validity; fail by default.",
        ),
        Member::optional(
            "certId",
            Shape::one_of(&["pinned", "strict"]),
            "Whether the trusted root is enough to name the authority's certificate; pinned by default.",
        ),
        Member::optional("policyOids", Shape::list(&OID, 1), "Allow-list of TSTInfo policies."),
        Member::optional("names", TEXTS, "Allow-list of names in TSTInfo."),
        Member::optional(
            "only",
            TEXTS,
            "Allow-list of authorities, by SHA-256 of the certificate or operator; others count as unknown.",
        ),
    ],
};

static WITNESS: ObjectShape = ObjectShape {
    name: "witnessRules",
    doc: "Witnesses of checkpoints.",
    members: &[
        Member::required(
            "threshold",
            Shape::uint(MAX_THRESHOLD),
            "Distinct witness operators per checkpoint.",
        ),
        Member::required("witnesses", Shape::list(&Shape::Object(&WITNESS_ENTRY), 1), "Known witnesses."),
        Member::optional("logs", LOG_IDS, "Logs that are witnessed; every log without this member."),
        Member::optional("asTime", Shape::BOOL, "Whether a cosignature time counts as a log time."),
    ],
};

static WITNESS_ENTRY: ObjectShape = ObjectShape {
    name: "witness",
    doc: "A known witness.",
    members: &[
        Member::required("vkey", Shape::TEXT, "Verifier key, type 0x04 (C2SP tlog-cosignature)."),
        Member::required("operator", Shape::TEXT, "Who runs it; the unit of counting."),
    ],
};

static TRUST: ObjectShape = ObjectShape {
    name: "trustRules",
    doc: "Trust material.",
    members: &[Member::optional(
        "requireWindows",
        Shape::BOOL,
        "Whether authorities without a window refuse the trusted root.",
    )],
};

static ALGORITHMS: ObjectShape = ObjectShape {
    name: "algorithmRules",
    doc: "Signature algorithms.",
    members: &[
        Member::optional(
            "allow",
            Shape::list(&Shape::one_of(KEY_DETAILS), 1),
            "Allow-list; every supported algorithm without this member.",
        ),
        Member::optional(
            "compat",
            Shape::one_of(&["warn", "refuse"]),
            "Deprecated pairs of curve and hash; warn by default.",
        ),
    ],
};

/// Names of the key details that can be verified, in registry order.
const KEY_DETAILS: &[&str] = &[
    "PKCS1_RSA_PKCS1V5",
    "PKIX_RSA_PKCS1V5",
    "PKIX_ECDSA_P256_SHA_256",
    "PKIX_ED25519",
    "PKIX_ED25519_PH",
    "PKIX_RSA_PKCS1V15_2048_SHA256",
    "PKIX_RSA_PKCS1V15_3072_SHA256",
    "PKIX_RSA_PKCS1V15_4096_SHA256",
    "PKIX_ECDSA_P384_SHA_384",
    "PKIX_ECDSA_P521_SHA_512",
    "PKIX_RSA_PSS_2048_SHA256",
    "PKIX_RSA_PSS_3072_SHA256",
    "PKIX_RSA_PSS_4096_SHA256",
    "PKIX_ECDSA_P384_SHA_256",
    "PKIX_ECDSA_P521_SHA_256",
];

static CERTIFICATE: ObjectShape = ObjectShape {
    name: "certificateRules",
    doc: "Signing certificates.",
    members: &[
        Member::optional("maxLifetimeSeconds", Shape::uint(MAX_INTEGER), "Longest validity of the leaf."),
        Member::optional("allowMissingKeyIds", Shape::BOOL, "Whether key identifiers may be missing."),
    ],
};

/// A node of the signers tree.
static NODE: Choice = Choice {
    name: "node",
    doc: "any, all, not, certificate or key",
    of: &[
        Shape::Object(&ANY),
        Shape::Object(&ALL),
        Shape::Object(&NOT),
        Shape::Object(&CERTIFICATE_LEAF),
        Shape::Object(&KEY_LEAF),
    ],
};

static NODES: Shape = Shape::list(&Shape::Choice(&NODE), 1);

static ANY: ObjectShape = ObjectShape {
    name: "any",
    doc: "One of the nodes holds.",
    members: &[Member::required("any", NODES, "The nodes.")],
};

static ALL: ObjectShape = ObjectShape {
    name: "all",
    doc: "All of the nodes hold.",
    members: &[Member::required("all", NODES, "The nodes.")],
};

static NOT: ObjectShape = ObjectShape {
    name: "not",
    doc: "The node does not hold.",
    members: &[Member::required("not", Shape::Choice(&NODE), "The node.")],
};

static CERTIFICATE_LEAF: ObjectShape = ObjectShape {
    name: "certificateLeaf",
    doc: "The signer has a certificate of which all members hold.",
    members: &[Member::required(
        "certificate",
        Shape::Object(&CERTIFICATE_RULE),
        "What the certificate says.",
    )],
};

static KEY_LEAF: ObjectShape = ObjectShape {
    name: "keyLeaf",
    doc: "The signer is a managed key.",
    members: &[Member::required("key", Shape::Object(&KEY_RULE), "Which key.")],
};

static KEY_RULE: ObjectShape = ObjectShape {
    name: "keyRule",
    doc: "A managed key.",
    members: &[
        Member::required("ids", TEXTS, "Ids given with the key that verified; one of them."),
        Member::optional("usage", Shape::TEXT, "Usage given with that key."),
    ],
};

static CERTIFICATE_RULE: ObjectShape = ObjectShape {
    name: "certificateRule",
    doc: "What a certificate says; at least one member.",
    members: &[
        Member::optional("san", Shape::Choice(&SAN), "Subject alternative name."),
        Member::optional("issuer", Shape::Choice(&ISSUER), "OIDC issuer."),
        Member::optional("claims", Shape::Object(&CLAIMS), "Fulcio claims by name."),
        Member::optional(
            "extensions",
            Shape::Map { key: Key::Oid, of: &Shape::Choice(&EXTENSION), min: 1 },
            "Extensions by dotted object identifier.",
        ),
        Member::optional("ca", Shape::Object(&CA), "The CA instance of the trusted root."),
    ],
};

static SAN: Choice = Choice {
    name: "sanRule",
    doc: "a match, or a match with the type of the name",
    of: &[
        Shape::TEXT,
        Shape::Object(&SAN_OF_TYPE),
        Shape::Object(&EXACT),
        Shape::Object(&ANY_OF),
        Shape::Object(&GLOB),
        Shape::Object(&REGEX),
    ],
};

static SAN_OF_TYPE: ObjectShape = ObjectShape {
    name: "sanOfType",
    doc: "A subject alternative name of one type.",
    members: &[
        Member::required("type", Shape::one_of(&["uri", "email", "other"]), "Type of the name."),
        Member::required("match", Shape::Choice(&MATCH), "Its value."),
    ],
};

static ISSUER: Choice = Choice {
    name: "issuerRule",
    doc: "a match, or absent",
    of: &[
        Shape::TEXT,
        Shape::Object(&EXACT),
        Shape::Object(&ANY_OF),
        Shape::Object(&GLOB),
        Shape::Object(&REGEX),
        Shape::Object(&ABSENT),
    ],
};

static MATCH: Choice = Choice {
    name: "match",
    doc: "a text, or exact, anyOf, glob or regex",
    of: &[
        Shape::TEXT,
        Shape::Object(&EXACT),
        Shape::Object(&ANY_OF),
        Shape::Object(&GLOB),
        Shape::Object(&REGEX),
    ],
};

static CLAIM: Choice = Choice {
    name: "claim",
    doc: "a match, or present, or absent",
    of: &[
        Shape::TEXT,
        Shape::Object(&EXACT),
        Shape::Object(&ANY_OF),
        Shape::Object(&GLOB),
        Shape::Object(&REGEX),
        Shape::Object(&PRESENT),
        Shape::Object(&ABSENT),
    ],
};

const IGNORE_CASE: Member =
    Member::optional("ignoreCase", Shape::BOOL, "Whether ASCII letters match in either case.");

static EXACT: ObjectShape = ObjectShape {
    name: "exact",
    doc: "Byte equality.",
    members: &[Member::required("exact", Shape::TEXT, "The text."), IGNORE_CASE],
};

static ANY_OF: ObjectShape = ObjectShape {
    name: "anyOf",
    doc: "Byte equality with one of the texts.",
    members: &[
        Member::required("anyOf", Shape::List { of: &TEXT, min: 1, max: 64 }, "The texts."),
        IGNORE_CASE,
    ],
};

static GLOB: ObjectShape = ObjectShape {
    name: "glob",
    doc: "Whole text: * is characters except /, ** is anything and stands at the end or before /.",
    members: &[Member::required("glob", Shape::TEXT, "The glob."), IGNORE_CASE],
};

static REGEX: ObjectShape = ObjectShape {
    name: "regex",
    doc: "Whole text, linear-time engine.",
    members: &[Member::required("regex", Shape::TEXT, "The regular expression.")],
};

static PRESENT: ObjectShape = ObjectShape {
    name: "present",
    doc: "There, whatever it says.",
    members: &[Member::required("present", Shape::TRUE, "Always true.")],
};

static ABSENT: ObjectShape = ObjectShape {
    name: "absent",
    doc: "Not there.",
    members: &[Member::required("absent", Shape::TRUE, "Always true.")],
};

static EXTENSION: Choice = Choice {
    name: "extensionRule",
    doc: "utf8, raw or der",
    of: &[Shape::Object(&UTF8), Shape::Object(&RAW), Shape::Object(&DER)],
};

static UTF8: ObjectShape = ObjectShape {
    name: "utf8",
    doc: "The value is a DER UTF8String; of the Fulcio extensions 1 to 6 it is the text itself.",
    members: &[Member::required("utf8", Shape::Choice(&MATCH), "Its text.")],
};

static RAW: ObjectShape = ObjectShape {
    name: "raw",
    doc: "The bytes of the value.",
    members: &[Member::required("raw", Shape::BASE64, "All bytes inside the OCTET STRING.")],
};

static DER: ObjectShape = ObjectShape {
    name: "der",
    doc: "The value as one DER element.",
    members: &[Member::required("der", Shape::BASE64, "The element: tag, length and content.")],
};

static CA: ObjectShape = ObjectShape {
    name: "ca",
    doc: "The CA instance of the trusted root; at least one member.",
    members: &[
        Member::optional("uri", Shape::TEXT, "Its URI in the trusted root."),
        Member::optional("sha256", Shape::hex_of(32), "SHA-256 of the anchor certificate."),
    ],
};

const fn claim(name: &'static str, doc: &'static str) -> Member {
    Member::optional(name, Shape::Choice(&CLAIM), doc)
}

/// Fulcio claims by name (Fulcio OID information, 1.3.6.1.4.1.57264.1.n).
pub(super) static CLAIMS: ObjectShape = ObjectShape {
    name: "claims",
    doc: "Fulcio claims by name; at least one member.",
    members: &[
        claim("buildTrigger", "Event that started the build (20)."),
        claim("githubWorkflowTrigger", "Event that started the build, deprecated form (2)."),
        claim("sourceRepositoryDigest", "Commit (13)."),
        claim("githubWorkflowSha", "Commit, deprecated form (3)."),
        claim("githubWorkflowName", "Workflow name (4)."),
        claim("sourceRepositoryUri", "Repository (12)."),
        claim("githubWorkflowRepository", "Owner and name of the repository, deprecated form (5)."),
        claim("sourceRepositoryRef", "Full git ref (14)."),
        claim("githubWorkflowRef", "Full git ref, deprecated form (6)."),
        claim("buildSignerUri", "Build instructions that signed (9)."),
        claim("buildSignerDigest", "Immutable digest of the build instructions that signed (10)."),
        claim("runnerEnvironment", "Platform-hosted or self-hosted (11)."),
        claim("sourceRepositoryId", "Immutable repository id (15)."),
        claim("sourceRepositoryOwnerUri", "Owner of the repository (16)."),
        claim("sourceRepositoryOwnerId", "Immutable owner id (17)."),
        claim("buildConfigUri", "Top-level build instructions (18)."),
        claim("buildConfigDigest", "Immutable digest of the top-level build instructions (19)."),
        claim("runInvocationUri", "Run, with attempt or job id (21)."),
        claim("sourceRepositoryVisibility", "Visibility of the repository at signing time (22)."),
        claim("deploymentEnvironment", "Environment with protection rules (23)."),
        claim("tokenSubject", "Subject of the ID token as is (24)."),
    ],
};

static DENIED: Choice = Choice {
    name: "denied",
    doc: "certificate, key, certificateSha256, sourceCommit or keyId",
    of: &[
        Shape::Object(&CERTIFICATE_LEAF),
        Shape::Object(&KEY_LEAF),
        Shape::Object(&DENIED_CERTIFICATE),
        Shape::Object(&DENIED_COMMIT),
        Shape::Object(&DENIED_KEY),
    ],
};

static DENIED_CERTIFICATE: ObjectShape = ObjectShape {
    name: "deniedCertificate",
    doc: "A signing certificate.",
    members: &[Member::required("certificateSha256", Shape::hex_of(32), "SHA-256 of the certificate.")],
};

static DENIED_COMMIT: ObjectShape = ObjectShape {
    name: "deniedCommit",
    doc: "A source commit.",
    members: &[Member::required("sourceCommit", Shape::hex(), "40 or 64 hex digits.")],
};

static DENIED_KEY: ObjectShape = ObjectShape {
    name: "deniedKey",
    doc: "A managed key.",
    members: &[Member::required("keyId", Shape::TEXT, "Any id under which the verifying key is given.")],
};

static SUBJECT: ObjectShape = ObjectShape {
    name: "subjectRules",
    doc: "How subjects of a statement are compared with the caller's artifacts.",
    members: &[
        Member::optional(
            "algorithms",
            TEXTS,
            "Digest names besides sha256, sha384 and sha512, compared as opaque text.",
        ),
        Member::optional(
            "match",
            Shape::one_of(&["any", "all"]),
            "all: every subject is one of the artifacts; any by default.",
        ),
        Member::optional(
            "name",
            Shape::Choice(&MATCH),
            "Name of the matching subject; never replaces the digest.",
        ),
        Member::optional("max", Shape::uint(MAX_INTEGER), "Most subjects."),
    ],
};

static STATEMENT: ObjectShape = ObjectShape {
    name: "statementRules",
    doc: "Which statements are accepted; exact lists.",
    members: &[
        Member::required("predicateTypes", TEXTS, "Accepted predicate types."),
        Member::optional(
            "types",
            TEXTS,
            "Accepted statement types; in-toto Statement v0.1 and v1 by default.",
        ),
        Member::optional(
            "payloadTypes",
            TEXTS,
            "Accepted payload types; application/vnd.in-toto+json by default.",
        ),
    ],
};

static DANGEROUS: ObjectShape = ObjectShape {
    name: "dangerous",
    doc: "Checks that are switched off; each true member is reported.",
    members: &[
        Member::optional("anySigner", Shape::BOOL, "Accept whoever signed."),
        Member::optional("noArtifact", Shape::BOOL, "Accept an envelope without an artifact."),
        Member::optional("noCrossCheck", Shape::BOOL, "Do not compare provenance with certificate claims."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use cretula_crypto::KeyDetails;

    #[test]
    fn key_details_are_those_of_the_registry() {
        let names: Vec<&str> = KeyDetails::ALL.iter().map(|details| details.name()).collect();
        assert_eq!(names, KEY_DETAILS);
    }
}
