//! `cretula/authorisation/v1`.

use cretula_verify::shape::{Choice, Member, ObjectShape, Shape};

use super::{DIGESTS, HEX32, INTEGER, TEXTS, config::CONFIG, facts::FACTS, schema, tenant::MAX_SUBJECTS};
use crate::guard::AUTHORISATION_SCHEMA;

/// `cretula/authorisation/v1`: what `guard` takes besides the message, told apart by `purpose`.
pub const AUTHORISATION: Shape = Shape::Union(&AUTHORISATION_CHOICE);

static AUTHORISATION_CHOICE: Choice = Choice {
    name: "authorisation",
    doc: "What may be signed for one request; all of it is the host's own. At most 8 MiB.",
    of: &[Shape::Object(&OF_A_KEY), Shape::Object(&OF_AN_AUTHORITY)],
};

/// The members that every authorisation has, and those of one purpose.
macro_rules! members {
    ($($of_the_purpose:expr),*) => {
        &[
            schema(&[AUTHORISATION_SCHEMA]),
            Member::required("mode", Shape::TEXT, "Name of the mode that the request was granted."),
            Member::required("config", CONFIG, "The host's configuration."),
            Member::required("facts", FACTS, "The host's facts about the request."),
            Member::required(
                "subjects",
                Shape::List { of: &SUBJECT, min: 1, max: MAX_SUBJECTS },
                "Digests of each subject of the request.",
            ),
            Member::required("predicateTypes", TEXTS, "Predicate types of the caller; none empty."),
            Member::optional(
                "maxVsaLevel",
                Shape::TEXT,
                "Greatest level that a summary may state, such as SLSA_BUILD_LEVEL_3; level 0 without it.",
            ),
            Member::optional(
                "vsaProperties",
                TEXTS,
                "Values without a level that a summary may state; none empty.",
            ),
            Member::optional(
                "resourcePrefix",
                Shape::TEXT,
                "What resourceUri of a summary begins with, not empty; no summary without it.",
            ),
            Member::required("key", Shape::TEXT, "Name under which the key was opened."),
            Member::required(
                "spki",
                Shape::BASE64,
                "SubjectPublicKeyInfo of the key that is about to sign, DER.",
            ),
            Member::required(
                "signed",
                Shape::List { of: &SIGNED, min: 0, max: MAX_SIGNED },
                "What was signed for this request already, by any key.",
            ),
            $($of_the_purpose),*
        ]
    };
}

const PURPOSE: &str = "What the host's configuration lets the key sign.";
/// Most entries of `signed`.
const MAX_SIGNED: usize = 64;

static OF_A_KEY: ObjectShape = ObjectShape {
    name: "keyAuthorisation",
    doc: "A managed key, or a key made for this bundle, is about to sign.",
    members: members![Member::required("purpose", Shape::one_of(&["attestation", "ephemeral"]), PURPOSE)],
};

static OF_AN_AUTHORITY: ObjectShape = ObjectShape {
    name: "authorityAuthorisation",
    doc: "The key of a private authority is about to sign a certificate.",
    members: members![
        Member::required("purpose", Shape::one_of(&["ca"]), PURPOSE),
        Member::required("ca", Shape::Object(&CERTIFICATION), "What the certificate is compared with.")
    ],
};

static SUBJECT: Shape = DIGESTS;

static CERTIFICATION: ObjectShape = ObjectShape {
    name: "certification",
    doc: "What a certificate of a private authority is compared with.",
    members: &[
        Member::required(
            "certificate",
            Shape::BASE64,
            "Certificate of the authority, DER, for the key that is about to sign.",
        ),
        Member::required(
            "ephemeral",
            Shape::BASE64,
            "SubjectPublicKeyInfo of the key that the host made for this request, DER.",
        ),
        Member::required("now", INTEGER, "Present time in Unix seconds, before year 10000."),
    ],
};

static SIGNED: Shape = Shape::Object(&SIGNED_OBJECT);
static SIGNED_OBJECT: ObjectShape = ObjectShape {
    name: "signedMessage",
    doc: "One message that was signed, as the guard's answer named it.",
    members: &[
        Member::required("kind", Shape::one_of(&["attestation", "certificate", "csr"]), "Its kind."),
        Member::required("sha256", HEX32, "SHA-256 of the message."),
        Member::required(
            "key",
            HEX32,
            "SHA-256 of the SubjectPublicKeyInfo that signed; of a certificate, of the one certified.",
        ),
    ],
};
