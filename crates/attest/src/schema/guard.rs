//! `cretula/guard/v1`.

use cretula_verify::shape::{Choice, Member, ObjectShape, Shape};

use super::{HEX, HEX32, schema};
use crate::guard::GUARD_SCHEMA;

/// `cretula/guard/v1`: the message may be signed; told apart by `kind`.
pub const GUARD: Shape = Shape::Union(&GUARD_CHOICE);

static GUARD_CHOICE: Choice = Choice {
    name: "guard",
    doc: "The message may be signed; an error document says that it may not.",
    of: &[Shape::Object(&OF_A_STATEMENT), Shape::Object(&OF_ANOTHER_MESSAGE)],
};

const SCHEMA: Member = schema(&[GUARD_SCHEMA]);
const MESSAGE_SHA256: Member =
    Member::required("messageSha256", HEX32, "SHA-256 of the message: sha256 of an entry of signed.");
const KEY: Member = Member::required("key", HEX32, "SHA-256 of a SubjectPublicKeyInfo: key of that entry.");

static OF_A_STATEMENT: ObjectShape = ObjectShape {
    name: "guardedStatement",
    doc: "The message is the pre-authentication encoding of a statement.",
    members: &[
        SCHEMA,
        Member::required("kind", Shape::one_of(&["attestation"]), "Kind of the message."),
        MESSAGE_SHA256,
        KEY,
        Member::required("payloadSha256", HEX32, "SHA-256 of the statement."),
        Member::required("predicateType", Shape::TEXT, "predicateType of the statement."),
        Member::required(
            "subjects",
            Shape::list(&HEX, 1),
            "One digest of each subject: SHA-256 where there is one.",
        ),
        Member::optional("builderId", Shape::TEXT, "builder.id of provenance."),
    ],
};

static OF_ANOTHER_MESSAGE: ObjectShape = ObjectShape {
    name: "guardedRequest",
    doc: "The message is a certificate request, or a certificate, to be signed.",
    members: &[
        SCHEMA,
        Member::required("kind", Shape::one_of(&["certificate", "csr"]), "Kind of the message."),
        MESSAGE_SHA256,
        KEY,
    ],
};
