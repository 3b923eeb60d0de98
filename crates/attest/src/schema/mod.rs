//! Tables of the documents of generation and signing, for the published JSON Schemas; feature `schema`, not
//! part of the module.
//!
//! The readers of this crate are written by hand and use no table. `tests/schemas` holds both against each
//! other: what a reader takes fits its table, and both refuse unknown and missing members and other types.
//! Rules between members, which no table can say, stand in the sentences.

mod action;
mod authorisation;
mod config;
mod facts;
mod guard;
mod predicate;
mod reply;
mod request;
mod tenant;

use cretula_verify::shape::{Key, Member, ObjectShape, Shape};

use crate::document::MAX_INTEGER;

pub use action::ACTION;
pub use authorisation::AUTHORISATION;
pub use config::CONFIG;
pub use guard::GUARD;
pub use reply::REPLY;
pub use request::ATTEST_REQUEST;

/// Every document by its name: the file is `NAME.schema.json`, the document `cretula/NAME/v1`.
///
/// Errors are the `cretula/error/v1` of the verifier.
pub static DOCUMENTS: [(&str, Shape); 7] = [
    ("action", ACTION),
    ("attest-request", ATTEST_REQUEST),
    ("authorisation", AUTHORISATION),
    ("config", CONFIG),
    ("guard", GUARD),
    ("reply", REPLY),
    ("statement", STATEMENT),
];

/// `cretula/statement/v1`: a statement that was built and not signed.
pub const STATEMENT: Shape = Shape::Object(&STATEMENT_DOCUMENT);
static STATEMENT_DOCUMENT: ObjectShape = ObjectShape {
    name: "statementDocument",
    doc: "A statement that was built and not signed.",
    members: &[
        schema(&["cretula/statement/v1"]),
        Member::required("statement", Shape::BASE64, "An in-toto Statement v1, JSON."),
    ],
};

static ANY: Shape = Shape::ANY;
static BASE64: Shape = Shape::BASE64;
static HEX: Shape = Shape::hex();
const HEX32: Shape = Shape::hex_of(32);
static TEXT: Shape = Shape::TEXT;

/// An integer that every reader of JSON keeps: 0 to 2⁵³−1.
const INTEGER: Shape = Shape::uint(MAX_INTEGER);
/// Milliseconds.
const MILLIS: Shape = Shape::uint(0xffff_ffff);
/// Members that another format or the host decides.
const OPEN: Shape = Shape::Map { key: Key::Text, of: &ANY, min: 0 };
/// Names of digest algorithms (in-toto attestation v1, digest set) and values.
const DIGESTS: Shape = Shape::Map { key: Key::Text, of: &HEX, min: 1 };
/// One text or more.
const TEXTS: Shape = Shape::list(&TEXT, 1);

/// The member that names a format.
const fn schema(name: &'static [&'static str]) -> Member {
    Member::required("schema", Shape::one_of(name), "Name and version of this format.")
}
