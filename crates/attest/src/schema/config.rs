//! `cretula/config/v1`.

use cretula_verify::policy::POLICY;
use cretula_verify::shape::{Choice, Key, Member, ObjectShape, Shape};

use super::{ANY, BASE64, INTEGER, TEXT, TEXTS, schema};
use crate::config::{CONFIG_SCHEMA, Profile};

/// `cretula/config/v1`: what a host has decided.
pub const CONFIG: Shape = Shape::Object(&CONFIG_OBJECT);

static CONFIG_OBJECT: ObjectShape = ObjectShape {
    name: "config",
    doc: "What a host has decided for all its modes; at most 4 MiB.",
    members: &[
        schema(&[CONFIG_SCHEMA]),
        Member::required("modes", Shape::Map { key: Key::Text, of: &MODE, min: 0 }, "Modes by name."),
        Member::required(
            "buildTypes",
            Shape::list(&BUILD_TYPE, 0),
            "Build types of the host, each once and none that is built in.",
        ),
        Member::required("issuers", Shape::list(&ISSUER, 0), "Issuers whose ID tokens the host verifies."),
        Member::optional(
            "keys",
            Shape::Map { key: Key::Text, of: &KEY_SOURCE, min: 0 },
            "Where the host finds its keys, by name; only the host reads it.",
        ),
    ],
};

static MODE: Shape = Shape::Object(&MODE_OBJECT);
static MODE_OBJECT: ObjectShape = ObjectShape {
    name: "mode",
    doc: "One set of choices; a request names one mode.",
    members: &[
        Member::optional("buildType", Shape::TEXT, "URI of the build type; provenance needs it."),
        Member::optional(
            "builderId",
            Shape::TEXT,
            "URI of the builder, or claim: the signing workflow of the token; provenance needs it.",
        ),
        Member::required("key", Shape::TEXT, "Name of the signing key; ephemeral: one made for the bundle."),
        Member::required("profile", Shape::one_of(&Profile::NAMES), "Which evidence a bundle has."),
        Member::required("predicates", TEXTS, "Kinds of predicates, or URIs of their types."),
        Member::optional("issuer", Shape::TEXT, "The only issuer of ID tokens."),
        Member::optional(
            "signers",
            Shape::list(&SIGNER, 0),
            "Signing workflows that may ask; an entry with neither ref nor digests admits nothing.",
        ),
        Member::optional("caKey", Shape::TEXT, "Name of the key of the private authority."),
        Member::optional("requireHosted", Shape::BOOL, "Whether self-hosted runners are refused."),
        Member::optional(
            "origins",
            Shape::BOOL,
            "Whether provenance of a foreign build type says whose word a parameter is.",
        ),
        Member::optional("allowNames", TEXTS, "Parameters that are only named like a secret."),
        Member::optional(
            "ai",
            Shape::one_of(&["statement", "parameter"]),
            "Where the work of an AI tool is said; statement by default.",
        ),
        Member::optional("maxRekorVersion", Shape::uint(2), "Greatest version of the log, 1 or 2."),
        Member::optional("keyId", Shape::TEXT, "Id of a managed key: 1 to 256 printable ASCII characters."),
        Member::optional(
            "offline",
            Shape::BOOL,
            "Whether bundles may lack all evidence of time; profile managed-offline needs true.",
        ),
        Member::optional(
            "publishPrivate",
            Shape::BOOL,
            "Whether a public log may disclose a project that is not public.",
        ),
        Member::optional("identity", Shape::Object(&IDENTITY), "The service's own identity at Fulcio."),
        Member::optional("vsa", Shape::Object(&VSA), "What the bundles of a summary are judged by."),
        Member::optional("verifier", Shape::TEXT, "URI of the verifier; summaries need it."),
        Member::optional("maxLevel", Shape::TEXT, "Greatest level of summaries, such as SLSA_BUILD_LEVEL_3."),
        Member::optional(
            "leafSeconds",
            Shape::uint(86_400),
            "Life of leaf certificates of a private authority, in seconds.",
        ),
        Member::optional("allowChain", Shape::BOOL, "Whether intermediates go into the bundle."),
        Member::optional(
            "includeChildren",
            Shape::BOOL,
            "Whether the manifests of each platform of an image are subjects too.",
        ),
    ],
};

static SIGNER: Shape = Shape::Object(&SIGNER_OBJECT);
static SIGNER_OBJECT: ObjectShape = ObjectShape {
    name: "allowedSigner",
    doc: "One signing workflow.",
    members: &[
        Member::required("workflow", Shape::TEXT, "Server, repository and path as a URI, without ref."),
        Member::optional("ref", Shape::TEXT, "The only git ref."),
        Member::optional("digests", Shape::list(&COMMIT, 1), "The only commits, 40 or 64 digits each."),
    ],
};
static COMMIT: Shape = Shape::hex();

static IDENTITY: ObjectShape = ObjectShape {
    name: "serviceIdentity",
    doc: "The service's own identity at Fulcio, where it signs with its own token.",
    members: &[
        Member::required("san", Shape::TEXT, "Subject alternative name of its certificates."),
        Member::required("issuer", Shape::TEXT, "Issuer of its token."),
    ],
};

static VSA: ObjectShape = ObjectShape {
    name: "summaryRules",
    doc: "What the bundles of a summary are judged by.",
    members: &[
        Member::required("policy", Shape::Object(&POLICY), "A cretula/policy/v1 document."),
        Member::optional(
            "roots",
            Shape::list(&BASE64, 0),
            "Sigstore trusted roots, JSON; that of the request without any.",
        ),
    ],
};

static ISSUER: Shape = Shape::Object(&ISSUER_OBJECT);
static ISSUER_OBJECT: ObjectShape = ObjectShape {
    name: "issuer",
    doc: "An issuer of ID tokens.",
    members: &[
        Member::required("issuer", Shape::TEXT, "Compared exactly with the claim iss."),
        Member::required(
            "provider",
            Shape::one_of(&["github", "gitlab", "other"]),
            "Which claims its tokens have.",
        ),
        Member::required(
            "server",
            Shape::TEXT,
            "URL that repositories and projects are relative to, without a slash at the end.",
        ),
        Member::required("audience", Shape::TEXT, "Audience that tokens for this host have."),
        Member::optional("maxLifetimeSeconds", INTEGER, "Longest life of a token, in seconds."),
        Member::optional("attestationsPerToken", INTEGER, "How many attestations one token may ask for."),
    ],
};

static BUILD_TYPE: Shape = Shape::Object(&BUILD_TYPE_OBJECT);
static BUILD_TYPE_OBJECT: ObjectShape = ObjectShape {
    name: "buildType",
    doc: "A build type of the host; at most 64 KiB. No name stands for two things.",
    members: &[
        Member::required("buildType", Shape::TEXT, "Its URI."),
        Member::required("complete", Shape::BOOL, "Whether provenance holds every parameter of a build."),
        Member::required("external", PARAMETERS, "External parameters by name."),
        Member::required("internal", PARAMETERS, "Internal parameters by name."),
        Member::required("extensions", Shape::list(&TEXT, 0), "Declared extensions, vendor_name each."),
    ],
};
const PARAMETERS: Shape = Shape::Map { key: Key::Text, of: &PARAMETER, min: 0 };
static PARAMETER: Shape = Shape::Object(&PARAMETER_OBJECT);
static PARAMETER_OBJECT: ObjectShape = ObjectShape {
    name: "parameter",
    doc: "One parameter.",
    members: &[
        Member::required(
            "type",
            Shape::one_of(&["array", "boolean", "integer", "object", "string"]),
            "JSON type of its value.",
        ),
        Member::required("required", Shape::BOOL, "Whether it must be there; never of class T."),
        Member::required(
            "class",
            Shape::one_of(&["C", "R", "T"]),
            "Whose word it is: C the control plane's, R the tenant's as recorded by it, T the tenant's.",
        ),
        Member::optional("maxBytes", Shape::uint(65_536), "Longest value, in bytes."),
        Member::optional("enum", Shape::list(&ANY, 1), "The only values."),
    ],
};

static KEY_SOURCE: Shape = Shape::Choice(&KEY_SOURCE_CHOICE);
static KEY_SOURCE_CHOICE: Choice = Choice {
    name: "keySource",
    doc: "Where a key is.",
    of: &[Shape::Object(&KEY_FILE), Shape::Object(&KEY_TRANSIT)],
};
static KEY_FILE: ObjectShape = ObjectShape {
    name: "keyFile",
    doc: "A file of the host.",
    members: &[Member::required("file", Shape::TEXT, "Path of the file.")],
};
static KEY_TRANSIT: ObjectShape = ObjectShape {
    name: "keyTransit",
    doc: "A transit engine of OpenBao or Vault.",
    members: &[Member::required("transit", Shape::Object(&TRANSIT), "Which key.")],
};
static TRANSIT: ObjectShape = ObjectShape {
    name: "transit",
    doc: "A key of a transit engine.",
    members: &[
        Member::required("mount", Shape::TEXT, "Path under which the engine is mounted."),
        Member::required("key", Shape::TEXT, "Name of the key there."),
        Member::optional("namespace", Shape::TEXT, "Namespace of the engine."),
    ],
};
