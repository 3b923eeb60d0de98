//! The member `predicate` of requests.

use cretula_verify::shape::{Choice, Key, Member, ObjectShape, Shape};

use super::{DIGESTS, INTEGER, OPEN, TEXT, tenant::DESCRIPTOR};

/// Greatest number of bundles of one summary.
const MAX_VERIFY: usize = 256;

/// What is to be stated, told apart by `kind` and, of summaries, by `source`.
pub(super) const PREDICATE: Shape = Shape::Union(&PREDICATE_CHOICE);

static PREDICATE_CHOICE: Choice = Choice {
    name: "predicate",
    doc: "What is to be stated.",
    of: &[
        Shape::Object(&PROVENANCE),
        Shape::Object(&TYPED),
        Shape::Object(&RAW),
        Shape::Object(&CHECKED),
        Shape::Object(&SPDX3),
        Shape::Object(&FROM_REPORT),
        Shape::Object(&ASSERTED),
    ],
};

const KIND: &str = "Kind of predicate, as the mode lists it.";

static PROVENANCE: ObjectShape = ObjectShape {
    name: "provenancePredicate",
    doc: "SLSA provenance: everything comes from facts, configuration and the tenant's claims.",
    members: &[Member::required("kind", Shape::one_of(&["provenance"]), KIND)],
};

static TYPED: ObjectShape = ObjectShape {
    name: "typedPredicate",
    doc: "A document that is checked and written again.",
    members: &[
        Member::required("kind", Shape::one_of(TYPED_KINDS), KIND),
        Member::required("content", OPEN, "The predicate; its members are checked when it is built."),
    ],
};
const TYPED_KINDS: &[&str] = &["ai", "cosign-sign", "release", "scai", "svr", "test-result", "vulns"];

static RAW: ObjectShape = ObjectShape {
    name: "rawPredicate",
    doc: "A document of a type of the caller, embedded byte for byte.",
    members: &[
        Member::required("kind", Shape::one_of(&["raw"]), KIND),
        Member::required("type", Shape::TEXT, "URI of the predicate type; none that another kind writes."),
        Member::required("content", Shape::BASE64, "The document, a JSON object nested at most 64 deep."),
    ],
};

static CHECKED: ObjectShape = ObjectShape {
    name: "checkedPredicate",
    doc: "A bill of materials, embedded byte for byte after a look at a few members.",
    members: &[
        Member::required("kind", Shape::one_of(&["cyclonedx", "spdx"]), KIND),
        Member::optional("type", Shape::TEXT, "The versioned predicate type, instead of that of the kind."),
        Member::required("content", Shape::BASE64, "The document, a JSON object."),
    ],
};

static SPDX3: ObjectShape = ObjectShape {
    name: "spdx3Predicate",
    doc: "SPDX 3, embedded byte for byte after a look at a few members.",
    members: &[
        Member::required("kind", Shape::one_of(&["spdx3"]), KIND),
        Member::required("content", Shape::BASE64, "The document, a JSON object."),
    ],
};

const RESOURCE_URI: Member =
    Member::required("resourceUri", Shape::TEXT, "Where consumers fetch the artifact: a URL or package URL.");

static FROM_REPORT: ObjectShape = ObjectShape {
    name: "reportedSummary",
    doc: "A verification summary whose bundles are verified in the same call, by the mode's policy.",
    members: &[
        Member::required("kind", Shape::one_of(&["vsa"]), KIND),
        Member::optional("source", Shape::one_of(&["from-report"]), "Where the levels come from."),
        RESOURCE_URI,
        Member::required(
            "verify",
            Shape::List { of: &VERIFY, min: 1, max: MAX_VERIFY },
            "Bundles; together they are about exactly the subjects.",
        ),
    ],
};

static VERIFY: Shape = Shape::Object(&VERIFY_OBJECT);
static VERIFY_OBJECT: ObjectShape = ObjectShape {
    name: "summarisedBundle",
    doc: "A cretula/verify-request/v1 without what the mode decides: policy, trust and options.",
    members: &[
        Member::optional("schema", Shape::one_of(&["cretula/verify-request/v1"]), "Name of that format."),
        Member::required("bundle", Shape::BASE64, "One Sigstore bundle, JSON."),
        Member::optional(
            "artifacts",
            Shape::list(&ARTIFACT, 1),
            "Which subjects the bundle is about; all of them without this member.",
        ),
    ],
};
static ARTIFACT: Shape = Shape::Object(&ARTIFACT_OBJECT);
static ARTIFACT_OBJECT: ObjectShape = ObjectShape {
    name: "summarisedArtifact",
    doc: "One subject.",
    members: &[Member::required("digests", DIGESTS, "All digests of the subject.")],
};

static ASSERTED: ObjectShape = ObjectShape {
    name: "assertedSummary",
    doc: "A verification summary of which the control plane says everything.",
    members: &[
        Member::required("kind", Shape::one_of(&["vsa"]), KIND),
        Member::required("source", Shape::one_of(&["asserted"]), "Where the levels come from."),
        RESOURCE_URI,
        Member::required("policy", Shape::Object(&POLICY), "What the artifact was judged by."),
        Member::required("verificationResult", Shape::one_of(&["FAILED", "PASSED"]), "What it came to."),
        Member::required(
            "verifiedLevels",
            Shape::list(&TEXT, 1),
            "Levels (SLSA v1.2), one of each track; FAILED alone if the result is FAILED.",
        ),
        Member::optional(
            "inputAttestations",
            Shape::list(&DESCRIPTOR, 0),
            "Bundles that were read, each with a digest.",
        ),
        Member::optional(
            "dependencyLevels",
            Shape::Map { key: Key::Text, of: &COUNT, min: 0 },
            "Levels, and how many dependencies have each; empty: there are none.",
        ),
    ],
};
static COUNT: Shape = INTEGER;
static POLICY: ObjectShape = ObjectShape {
    name: "summaryPolicy",
    doc: "A policy by name.",
    members: &[
        Member::required("uri", Shape::TEXT, "URI with lower-case scheme and authority."),
        Member::required("digest", DIGESTS, "Digests by algorithm, in lower-case hex."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::Kind;
    use alloc::vec::Vec;
    use cretula_verify::shape::Scalar;

    #[test]
    fn each_kind_has_an_alternative() {
        let kinds = |shape: &Shape| {
            let Shape::Object(object) = shape else { return Vec::new() };
            let Shape::Scalar(Scalar::Enum(kinds)) = object.members[0].shape else { return Vec::new() };
            kinds.to_vec()
        };
        let mut named: Vec<&str> = PREDICATE_CHOICE.of.iter().flat_map(kinds).collect();
        named.sort_unstable();
        named.dedup();
        assert!(named.iter().copied().eq(Kind::ALL.iter().map(|(_, name, _)| *name)), "{named:?}");
    }
}
