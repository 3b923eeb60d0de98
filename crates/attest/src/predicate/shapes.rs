//! Shapes of typed predicates. Resource descriptors and times inside them are read by their own rules afterwards.
use cretula_verify::shape::{Key, Member, ObjectShape, Shape};

use super::Kind;

static ANY: Shape = Shape::ANY;
static TEXT: Shape = Shape::TEXT;

/// The shape of a typed kind.
pub(super) const fn of(kind: Kind) -> Option<&'static ObjectShape> {
    match kind {
        Kind::Ai => Some(&AI),
        Kind::CosignSign => Some(&COSIGN_SIGN),
        Kind::Release => Some(&RELEASE),
        Kind::Scai => Some(&SCAI),
        Kind::Svr => Some(&SVR),
        Kind::TestResult => Some(&TEST_RESULT),
        Kind::Vulns => Some(&VULNS),
        Kind::Cyclonedx | Kind::Provenance | Kind::Raw | Kind::Spdx | Kind::Spdx3 | Kind::Vsa => None,
    }
}

pub(super) static AI: ObjectShape = ObjectShape {
    name: "aiProvenance",
    doc: "What an AI tool did.",
    members: &[
        Member::required("scope", Shape::one_of(&["none", "assisted", "generated"]), "How much."),
        Member::optional("tools", Shape::list(&Shape::Object(&AI_TOOL), 0), "Tools."),
        Member::optional("models", Shape::list(&Shape::Object(&AI_MODEL), 0), "Models."),
        Member::optional("evidence", Shape::list(&ANY, 0), "Resource descriptors."),
    ],
};

static AI_TOOL: ObjectShape = ObjectShape {
    name: "aiTool",
    doc: "A tool.",
    members: &[
        Member::required("name", TEXT, "Name."),
        Member::optional("version", TEXT, "Version."),
        Member::optional("digest", Shape::Map { key: Key::Text, of: &TEXT, min: 1 }, "Digests."),
    ],
};

static AI_MODEL: ObjectShape = ObjectShape {
    name: "aiModel",
    doc: "A model.",
    members: &[Member::required("name", TEXT, "Name."), Member::optional("version", TEXT, "Version.")],
};

static COSIGN_SIGN: ObjectShape = ObjectShape { name: "cosignSign", doc: "Nothing.", members: &[] };

static RELEASE: ObjectShape = ObjectShape {
    name: "release",
    doc: "A release.",
    members: &[
        Member::required("purl", TEXT, "Package with its version."),
        Member::optional("packageId", TEXT, "Id in the registry."),
    ],
};

static SCAI: ObjectShape = ObjectShape {
    name: "scai",
    doc: "Attributes of an artifact.",
    members: &[
        Member::required("attributes", Shape::list(&Shape::Object(&SCAI_ATTRIBUTE), 1), "Attributes."),
        Member::optional("producer", ANY, "Resource descriptor."),
    ],
};

static SCAI_ATTRIBUTE: ObjectShape = ObjectShape {
    name: "scaiAttribute",
    doc: "An attribute.",
    members: &[
        Member::required("attribute", TEXT, "What holds."),
        Member::optional("target", ANY, "Resource descriptor."),
        Member::optional("conditions", Shape::Map { key: Key::Text, of: &ANY, min: 0 }, "When it holds."),
        Member::optional("evidence", ANY, "Resource descriptor."),
    ],
};

static SVR: ObjectShape = ObjectShape {
    name: "svr",
    doc: "A simple verification result.",
    members: &[
        Member::required("verifier", Shape::Object(&SVR_VERIFIER), "Who verified."),
        Member::required("timeCreated", TEXT, "When."),
        Member::required("properties", Shape::list(&TEXT, 0), "What holds."),
    ],
};

static SVR_VERIFIER: ObjectShape = ObjectShape {
    name: "svrVerifier",
    doc: "A verifier.",
    members: &[
        Member::required("id", TEXT, "Its URI."),
        Member::optional("policies", Shape::list(&ANY, 0), "Resource descriptors."),
    ],
};

static TEST_RESULT: ObjectShape = ObjectShape {
    name: "testResult",
    doc: "A test result.",
    members: &[
        Member::required("result", Shape::one_of(&["PASSED", "WARNED", "FAILED"]), "What came out."),
        Member::required("configuration", Shape::list(&ANY, 0), "Resource descriptors."),
        Member::optional("url", TEXT, "Where it is shown."),
        Member::optional("passedTests", Shape::list(&TEXT, 0), "Names."),
        Member::optional("warnedTests", Shape::list(&TEXT, 0), "Names."),
        Member::optional("failedTests", Shape::list(&TEXT, 0), "Names."),
    ],
};

static VULNS: ObjectShape = ObjectShape {
    name: "vulns",
    doc: "A vulnerability scan.",
    members: &[
        Member::required("scanner", Shape::Object(&VULNS_SCANNER), "What scanned, and what it found."),
        Member::required("metadata", Shape::Object(&VULNS_METADATA), "When."),
    ],
};

static VULNS_SCANNER: ObjectShape = ObjectShape {
    name: "vulnsScanner",
    doc: "A scanner.",
    members: &[
        Member::required("uri", TEXT, "Which one."),
        Member::optional("version", TEXT, "Version."),
        Member::required("db", Shape::Object(&VULNS_DB), "What it knew."),
        Member::required("result", Shape::list(&Shape::Object(&VULNS_FINDING), 0), "What it found."),
    ],
};

static VULNS_DB: ObjectShape = ObjectShape {
    name: "vulnsDatabase",
    doc: "A database.",
    members: &[
        Member::optional("uri", TEXT, "Which one."),
        Member::optional("version", TEXT, "Version."),
        Member::required("lastUpdate", TEXT, "When it was brought up to date."),
    ],
};

static VULNS_FINDING: ObjectShape = ObjectShape {
    name: "vulnsFinding",
    doc: "A vulnerability.",
    members: &[
        Member::required("id", TEXT, "Its id."),
        Member::required("severity", Shape::list(&Shape::Object(&VULNS_SEVERITY), 0), "How bad it is."),
        Member::optional("annotations", ANY, "Anything."),
    ],
};

static VULNS_SEVERITY: ObjectShape = ObjectShape {
    name: "vulnsSeverity",
    doc: "A severity.",
    members: &[Member::required("method", TEXT, "Scale."), Member::required("score", TEXT, "Place on it.")],
};

static VULNS_METADATA: ObjectShape = ObjectShape {
    name: "vulnsMetadata",
    doc: "Times of a scan.",
    members: &[
        Member::required("scanStartedOn", TEXT, "Start."),
        Member::required("scanFinishedOn", TEXT, "End."),
    ],
};
