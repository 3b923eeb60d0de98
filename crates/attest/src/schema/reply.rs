//! `cretula/reply/v1`.

use cretula_verify::shape::{Choice, Member, ObjectShape, Shape};

use super::{BASE64, INTEGER, MILLIS, OPEN, schema};
use crate::machine::REPLY_SCHEMA;

/// `cretula/reply/v1`: what the host did, and what `resume` takes.
pub const REPLY: Shape = Shape::Choice(&REPLY_CHOICE);

static REPLY_CHOICE: Choice = Choice {
    name: "reply",
    doc: "What the host did about the action with this number; at most 16 MiB.",
    of: &[
        Shape::Object(&AGAIN),
        Shape::Object(&ERROR_REPLY),
        Shape::Object(&CONFIG_REPLY),
        Shape::Object(&EXCHANGE_REPLY),
        Shape::Object(&SIGNATURE_REPLY),
        Shape::Object(&KEY_REPLY),
    ],
};

const SCHEMA: Member = schema(&[REPLY_SCHEMA]);
const ID: Member = Member::required("id", INTEGER, "Number of the action.");
/// Names of the algorithms that sign, in the order of [`crate::config::ALGORITHMS`].
const ALGORITHM_NAMES: &[&str] = &[
    "PKIX_ECDSA_P256_SHA_256",
    "PKIX_ECDSA_P384_SHA_384",
    "PKIX_ECDSA_P521_SHA_512",
    "PKIX_ED25519",
    "PKIX_ED25519_PH",
    "PKIX_RSA_PKCS1V15_3072_SHA256",
    "PKIX_RSA_PKCS1V15_4096_SHA256",
    "PKIX_RSA_PSS_3072_SHA256",
    "PKIX_RSA_PSS_4096_SHA256",
];
/// Names of what can go wrong at a host.
const ERROR_KINDS: &[&str] = &[
    "denied",
    "expired",
    "other",
    "redirected",
    "throttled",
    "timed-out",
    "too-large",
    "unavailable",
    "wrong-version",
];

static AGAIN: ObjectShape = ObjectShape {
    name: "again",
    doc: "A run that failed for a while is taken up again.",
    members: &[
        SCHEMA,
        ID,
        Member::required("type", Shape::one_of(&["again"]), "Kind of the reply."),
        Member::optional(
            "deadline",
            INTEGER,
            "Unix seconds after which nothing is begun; as long as the first time without this member.",
        ),
    ],
};

static ERROR_REPLY: ObjectShape = ObjectShape {
    name: "errorReply",
    doc: "The action could not be performed.",
    members: &[SCHEMA, ID, Member::required("error", Shape::Object(&HOST_ERROR), "Why.")],
};

static CONFIG_REPLY: ObjectShape = ObjectShape {
    name: "configReply",
    doc: "Answers need-config.",
    members: &[SCHEMA, ID, Member::required("trust", OPEN, "A fresh Sigstore ClientTrustConfig.")],
};

static EXCHANGE_REPLY: ObjectShape = ObjectShape {
    name: "exchangeReply",
    doc: "Answers need-exchange.",
    members: &[
        SCHEMA,
        ID,
        Member::required("replies", Shape::list(&SERVICE, 0), "One for each request, in their order."),
    ],
};

static SIGNATURE_REPLY: ObjectShape = ObjectShape {
    name: "signatureReply",
    doc: "Answers need-signature.",
    members: &[
        SCHEMA,
        ID,
        Member::required("signature", Shape::BASE64, "The signature."),
        Member::required(
            "encoding",
            Shape::one_of(&["der", "p1363", "raw"]),
            "Form of the signature: der or p1363 (r and s) of ECDSA, raw of EdDSA and RSA.",
        ),
        Member::optional("version", Shape::TEXT, "Version of the key that signed."),
    ],
};

static KEY_REPLY: ObjectShape = ObjectShape {
    name: "keyReply",
    doc: "Answers need-key.",
    members: &[
        SCHEMA,
        ID,
        Member::required("publicKey", Shape::BASE64, "SubjectPublicKeyInfo, DER."),
        Member::required("algorithm", Shape::one_of(ALGORITHM_NAMES), "Name of the Sigstore registry."),
        Member::optional("keyId", Shape::TEXT, "Id of the key at the host."),
        Member::optional("version", Shape::TEXT, "Version of the key at the host."),
        Member::optional("chain", Shape::list(&BASE64, 0), "Certificates of the key, DER, leaf first."),
    ],
};

static HOST_ERROR: ObjectShape = ObjectShape {
    name: "hostError",
    doc: "Why the host could not do it.",
    members: &[
        Member::required("kind", Shape::one_of(ERROR_KINDS), "What happened."),
        Member::optional("retryAfterMs", MILLIS, "Milliseconds to wait; read of throttled alone."),
    ],
};

static SERVICE: Shape = Shape::Choice(&SERVICE_CHOICE);
static SERVICE_CHOICE: Choice = Choice {
    name: "serviceAnswer",
    doc: "What one request came to.",
    of: &[Shape::Object(&SERVICE_ERROR), Shape::Object(&SERVICE_REPLY)],
};
static SERVICE_ERROR: ObjectShape = ObjectShape {
    name: "serviceError",
    doc: "There is no answer.",
    members: &[Member::required("error", Shape::Object(&HOST_ERROR), "Why.")],
};
static SERVICE_REPLY: ObjectShape = ObjectShape {
    name: "serviceReply",
    doc: "What the service answered.",
    members: &[
        Member::required("status", Shape::uint(999), "Status code."),
        Member::optional("contentType", Shape::TEXT, "Content-Type in lower case, without parameters."),
        Member::optional("location", Shape::TEXT, "Location."),
        Member::optional("retryAfter", Shape::uint(0xffff_ffff), "Retry-After, in seconds."),
        Member::optional("logIndex", INTEGER, "X-Log-Index."),
        Member::required("body", Shape::BASE64, "The body, at most 1 MiB."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ALGORITHMS;

    #[test]
    fn algorithms_are_those_that_sign() {
        assert!(ALGORITHM_NAMES.iter().copied().eq(ALGORITHMS.iter().map(|row| row.name)));
    }

    #[test]
    fn every_kind_of_error_is_read() {
        assert!(crate::machine::error_kinds().eq(ERROR_KINDS.iter().copied()));
    }
}
