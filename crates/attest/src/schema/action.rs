//! `cretula/action/v1`.

use cretula_verify::shape::{Choice, Member, ObjectShape, Shape};
use cretula_verify::tables::{ERROR, REPORT};

use super::{HEX, INTEGER, MILLIS, schema};
use crate::machine::ACTION_SCHEMA;

/// `cretula/action/v1`: what `begin` and `resume` want of the host, told apart by `type`.
pub const ACTION: Shape = Shape::Union(&ACTION_CHOICE);

static ACTION_CHOICE: Choice = Choice {
    name: "action",
    doc: "What the host does next: it keeps the state that came with the action, performs it, and resumes.",
    of: &[
        Shape::Object(&NEED_KEY),
        Shape::Object(&NEED_SIGNATURE),
        Shape::Object(&NEED_EXCHANGE),
        Shape::Object(&NEED_CONFIG),
        Shape::Object(&DONE),
        Shape::Object(&FAILED),
    ],
};

const SCHEMA: Member = schema(&[ACTION_SCHEMA]);
const ID: Member = Member::required("id", INTEGER, "Number of the action; the reply repeats it.");
const KEY: Member = Member::required("key", Shape::TEXT, "Name of the key in the mode.");
const DELAY: Member =
    Member::optional("delayMs", MILLIS, "Milliseconds to wait before; the host adds up to half at random.");
const EVIDENCE: Member = Member::optional(
    "evidence",
    Shape::Object(&EVIDENCE_OBJECT),
    "What the run left with services and no bundle holds; absent without any.",
);

const fn action_type(name: &'static [&'static str]) -> Member {
    Member::required("type", Shape::one_of(name), "Kind of the action.")
}

static NEED_KEY: ObjectShape = ObjectShape {
    name: "needKey",
    doc: "Open a signing key and tell its public half.",
    members: &[
        SCHEMA,
        ID,
        action_type(&["need-key"]),
        KEY,
        Member::optional(
            "algorithm",
            Shape::TEXT,
            "Algorithm of a key that is made for this bundle; a configured key has its own.",
        ),
        DELAY,
    ],
};

static NEED_SIGNATURE: ObjectShape = ObjectShape {
    name: "needSignature",
    doc: "Let the guard read a whole message, then sign it.",
    members: &[
        SCHEMA,
        ID,
        action_type(&["need-signature"]),
        KEY,
        Member::required(
            "message",
            Shape::BASE64,
            "Pre-authentication encoding, CertificationRequestInfo or TBSCertificate; never a digest.",
        ),
        DELAY,
    ],
};

static NEED_EXCHANGE: ObjectShape = ObjectShape {
    name: "needExchange",
    doc: "Send requests, in parallel if possible.",
    members: &[
        SCHEMA,
        ID,
        action_type(&["need-exchange"]),
        Member::required("requests", Shape::list(&REQUEST, 1), "The requests; replies come in their order."),
    ],
};

static NEED_CONFIG: ObjectShape = ObjectShape {
    name: "needConfig",
    doc: "Read a fresh trust configuration.",
    members: &[
        SCHEMA,
        ID,
        action_type(&["need-config"]),
        Member::required("reason", Shape::TEXT, "Why: frozen for a log that takes no more entries."),
    ],
};

static DONE: ObjectShape = ObjectShape {
    name: "done",
    doc: "The bundle is finished and passed the verifier.",
    members: &[
        SCHEMA,
        ID,
        action_type(&["done"]),
        Member::required("bundle", Shape::BASE64, "Sigstore bundle v0.3, JSON."),
        Member::required("report", Shape::Object(&REPORT), "What the verifier says about it."),
        EVIDENCE,
    ],
};

static FAILED: ObjectShape = ObjectShape {
    name: "failed",
    doc: "There is no bundle.",
    members: &[
        SCHEMA,
        ID,
        action_type(&["failed"]),
        Member::required("error", Shape::Object(&ERROR), "Why."),
        Member::required("resumable", Shape::BOOL, "Whether a reply of type again takes the run up again."),
        EVIDENCE,
    ],
};

static REQUEST: Shape = Shape::Object(&REQUEST_OBJECT);
static REQUEST_OBJECT: ObjectShape = ObjectShape {
    name: "exchangeRequest",
    doc: "One HTTP request; the host follows no redirect and reads at most 1 MiB.",
    members: &[
        Member::required("service", Shape::one_of(&["fulcio", "rekor", "tsa"]), "Kind of service."),
        Member::required("serviceUrl", Shape::TEXT, "URL of the service, as the configuration writes it."),
        Member::required("majorApiVersion", INTEGER, "Version of its interface, as written there."),
        Member::required("method", Shape::one_of(&["GET", "POST"]), "Method."),
        Member::required("url", Shape::TEXT, "Complete URL."),
        Member::required("headers", Shape::Object(&HEADERS), "Headers."),
        Member::required("body", Shape::BASE64, "The body; empty for GET."),
        Member::required(
            "auth",
            Shape::one_of(&["none", "fulcio-token"]),
            "Whether the host adds the ID token for this authority as Authorization: Bearer.",
        ),
        Member::required("timeoutMs", MILLIS, "Longest time for the reply, in milliseconds."),
        Member::required(
            "delayMs",
            MILLIS,
            "Milliseconds to wait before; the host adds up to half at random.",
        ),
    ],
};
static HEADERS: ObjectShape = ObjectShape {
    name: "exchangeHeaders",
    doc: "Headers of a request.",
    members: &[
        Member::optional("content-type", Shape::TEXT, "Media type of the body; absent without one."),
        Member::required("accept", Shape::TEXT, "Media type of the reply."),
    ],
};

static EVIDENCE_OBJECT: ObjectShape = ObjectShape {
    name: "outsideEvidence",
    doc: "What a run left with services and no bundle holds.",
    members: &[
        Member::optional("certificates", Shape::list(&HEX, 1), "Serial numbers of issued certificates."),
        Member::optional("logEntries", Shape::list(&LOG_ENTRY, 1), "Entries of transparency logs."),
    ],
};
static LOG_ENTRY: Shape = Shape::Object(&LOG_ENTRY_OBJECT);
static LOG_ENTRY_OBJECT: ObjectShape = ObjectShape {
    name: "outsideLogEntry",
    doc: "One entry.",
    members: &[
        Member::required("log", Shape::TEXT, "URL of the log, as the configuration writes it."),
        Member::required("index", Shape::TEXT, "Log index, decimal."),
    ],
};
