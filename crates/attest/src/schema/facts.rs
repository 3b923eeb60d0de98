//! The member `facts` of requests and authorisations.

use cretula_verify::shape::{Choice, Member, ObjectShape, Shape};

use super::OPEN;

/// Facts of the control plane, told apart by where they come from.
pub(super) const FACTS: Shape = Shape::Union(&FACTS_CHOICE);

static FACTS_CHOICE: Choice = Choice {
    name: "facts",
    doc: "What the control plane says about a build.",
    of: &[Shape::Object(&OF_A_TOKEN), Shape::Object(&OF_RECORDS)],
};

const CLAIMS: &str = "Payload of the token, at most 64 KiB; each claim that is read is a string or \
                      an integer, all others are dropped.";
const EVENT: Member = Member::required("event", Shape::Object(&EVENT_OBJECT), "What started the build.");
const RECORD: Member = Member::required(
    "record",
    OPEN,
    "Records by the names of the predicate members that they fill; besides subjectsVerified, a boolean, and \
     maskedValueDigests, a list of SHA-256 in lower-case hex.",
);
const MODULE_DIGEST: Member =
    Member::required("moduleDigest", Shape::Object(&MODULE_DIGEST_OBJECT), "Digest of the module.");

static OF_A_TOKEN: ObjectShape = ObjectShape {
    name: "tokenFacts",
    doc: "An ID token says so, and the host has verified it.",
    members: &[
        Member::required("origin", Shape::one_of(&["verified-token"]), "Where the facts come from."),
        Member::required("claims", OPEN, CLAIMS),
        EVENT,
        RECORD,
        MODULE_DIGEST,
    ],
};

static OF_RECORDS: ObjectShape = ObjectShape {
    name: "recordFacts",
    doc: "The control plane's own records say so.",
    members: &[
        Member::required("origin", Shape::one_of(&["control-plane"]), "Where the facts come from."),
        Member::optional("claims", OPEN, CLAIMS),
        EVENT,
        RECORD,
        MODULE_DIGEST,
    ],
};

static EVENT_OBJECT: ObjectShape = ObjectShape {
    name: "event",
    doc: "What the control plane read of the event that started the build; empty members count as absent.",
    members: &[
        Member::optional("name", Shape::TEXT, "Name of the event."),
        Member::optional("inputs", OPEN, "Inputs by name."),
        Member::optional("release", OPEN, "Values of a release that are not the default ones."),
        Member::optional("vars", OPEN, "Configuration variables by name."),
    ],
};

static MODULE_DIGEST_OBJECT: ObjectShape = ObjectShape {
    name: "moduleDigest",
    doc: "Digest of the module that runs: the module cannot know its own.",
    members: &[Member::required("sha256", Shape::hex_of(32), "SHA-256, lower-case hex.")],
};
