//! How much is signed for one request (G9).
use super::{Authorisation, MessageKind, Purpose, Signed, Verdict};
use crate::error::{AttestError, ErrorKind};

/// Statements that managed keys sign: the first, and one more after a log answered that it has an equal entry.
const MANAGED: usize = 2;
/// Ephemeral keys of one request: the first, one after each of two certificates that ended too early, and one after a
/// log answered that it has an equal entry.
const EPHEMERAL: usize = 4;

/// One more signature is within what a request needs.
///
/// An ephemeral key signs one certificate request and one statement, and is certified once; a request has at most
/// four of them. A managed key signs at most two statements. All statements of a request are the same one.
///
/// # Errors
/// `guard/count`.
pub(super) fn check_count(authorisation: &Authorisation, verdict: &Verdict) -> Result<(), AttestError> {
    let refuse = |detail: &str| Err(AttestError::new(ErrorKind::GuardCount, detail));
    let next = verdict.signed();
    let of_kind = || authorisation.signed.iter().filter(|signed| signed.kind == next.kind);
    let is_other = |signed: &Signed| signed.sha256 != next.sha256;
    if next.kind == MessageKind::Attestation && of_kind().any(is_other) {
        return refuse("the request has signed another statement");
    }
    let is_managed = matches!(authorisation.handle.purpose, Purpose::Attestation);
    if !is_managed && of_kind().any(|signed| signed.key == next.key) {
        return refuse("the ephemeral key has been used for this");
    }
    if of_kind().count() >= if is_managed { MANAGED } else { EPHEMERAL } {
        return refuse("no more signatures belong to one request");
    }
    Ok(())
}
