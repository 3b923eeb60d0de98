//! The guard of a host: may this message be signed, with this key, for this request?
//!
//! It runs before every signature, on the bytes to be signed, and believes nothing that the signing instance says. What
//! a statement of provenance must say is built again from the host's own configuration and facts, with the code that
//! built it the first time. Of the message it takes what a tenant may say anyway (subjects, which are compared with
//! those of the request; dependencies and by-products that are marked as the tenant's; declared extensions and
//! parameters of class T), and the rebuilt predicate must equal the signed one byte for byte. In the same way a
//! certificate is encoded again from the request's ephemeral key, identity and claims; only serial number, start and
//! signature algorithm are read from the message, and each has a rule of its own.
//!
//! The kind of a message is found by parsing, never by a flag. The rows and their codes, in the order of the checks:
//!
//! | row | what is demanded | code |
//! |---|---|---|
//! | G12 | one of the three kinds | `guard/unknown-message` |
//! | G8 | the purpose of the handle fits the kind, and its name is that of the mode | `guard/purpose` |
//! | – | the mode admits the facts | those of generation |
//! | G1 | exact pre-authentication encoding | `guard/pae` |
//! | G2 | payload type of in-toto | `guard/payload-type` |
//! | G3 | a statement, as it is written here | `guard/statement` |
//! | G4 | predicate type in the lists of caller and mode | `guard/predicate-type` |
//! | G5 | the subjects of the request, and no others | `guard/subject` |
//! | G6 | provenance: the predicate that the facts give | `guard/claims` |
//! | G7 | summary: verifier, levels and resource that are granted | `guard/level` |
//! | G10 | certificate request: that of the ephemeral key | `guard/csr` |
//! | G11 | certificate: the one that belongs to the request | `guard/certificate` |
//! | G9 | not more signatures than the request needs | `guard/count` |
use alloc::vec::Vec;

use crate::admission::admit;
use crate::error::{AttestError, ErrorKind};
use crate::portable::encode_error;

mod attestation;
mod authorisation;
mod certificate;
mod count;
mod message;
mod provenance;
mod purpose;
mod summary;
mod verdict;

pub use authorisation::{
    AUTHORISATION_SCHEMA, Authorisation, Certification, DigestSet, Handle, Purpose, Signed,
};
pub use message::MessageKind;
pub use verdict::{AttestedContent, GUARD_SCHEMA, Verdict};

use message::Message;

/// Whether a message may be signed; the verdict says what it is.
///
/// # Errors
/// `guard/…` for a message that may not be signed; `mode/unknown`, and the codes by which a mode refuses facts
/// (`facts/…`, `claims/…`, `builder/not-allowed`, `github/workflow-ref`, `gitlab/ref-type`), for an authorisation under
/// which nothing may be signed.
pub fn check(authorisation: &Authorisation, message: &[u8]) -> Result<Verdict, AttestError> {
    let parsed = Message::parse(message)?;
    let mode = authorisation.config.mode(&authorisation.mode)?;
    purpose::check_purpose(&authorisation.handle, mode, parsed.kind())?;
    let admitted = admit(&authorisation.config, &authorisation.mode, &authorisation.facts)?;
    let spki = authorisation.handle.spki.as_slice();
    let verdict = match parsed {
        Message::Attestation(bytes) => {
            let content = attestation::check_attestation(authorisation, &admitted, bytes)?;
            Verdict::attestation(message, spki, content)
        }
        Message::CertificateRequest(bytes) => {
            certificate::check_request(spki, bytes)?;
            Verdict::new(MessageKind::CertificateRequest, message, spki)
        }
        Message::Certificate(bytes) => {
            let certified = certificate::check_certificate(authorisation, &admitted, bytes)?;
            Verdict::new(MessageKind::Certificate, message, certified)
        }
    };
    count::check_count(authorisation, &verdict)?;
    Ok(verdict)
}

/// [`check`] for hosts without types: `cretula/authorisation/v1` and the message in; `cretula/guard/v1`, or
/// `cretula/error/v1`, out. Only the first means that the message may be signed.
#[must_use]
pub fn guard(authorisation: &[u8], message: &[u8]) -> Vec<u8> {
    let verdict =
        Authorisation::parse(authorisation).and_then(|authorisation| check(&authorisation, message));
    verdict.map_or_else(|error| encode_error(&error), |verdict| verdict.to_document())
}

/// A refusal by the guard for a reason that another part of generation found.
fn under(kind: ErrorKind) -> impl Fn(AttestError) -> AttestError {
    move |error| AttestError { kind, ..error }
}
