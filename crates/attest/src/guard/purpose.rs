//! Whether a handle may sign a kind of message at all (G8).
use super::{Handle, MessageKind, Purpose};
use crate::config::{Mode, Profile};
use crate::error::{AttestError, ErrorKind};

/// Purpose and name of the handle fit kind and mode.
///
/// A statement is signed by a managed or ephemeral key, a certificate request by an ephemeral one in a profile with
/// Fulcio, a certificate by the authority's key in the profile that has one.
///
/// # Errors
/// `guard/purpose`.
pub(super) fn check_purpose(handle: &Handle, mode: &Mode, kind: MessageKind) -> Result<(), AttestError> {
    let fits = match (&handle.purpose, kind) {
        (Purpose::Attestation | Purpose::Ephemeral, MessageKind::Attestation) => true,
        (Purpose::Ephemeral, MessageKind::CertificateRequest) => mode.profile.uses_fulcio(),
        (Purpose::Ca(_), MessageKind::Certificate) => mode.profile == Profile::PrivateCa,
        (Purpose::Attestation | Purpose::Ca(_) | Purpose::Ephemeral, _) => false,
    };
    if !fits {
        let detail = "a key of this purpose signs no such message in this mode";
        return Err(AttestError::new(ErrorKind::GuardPurpose, detail));
    }
    let granted = match handle.purpose {
        Purpose::Attestation | Purpose::Ephemeral => Some(mode.key.as_str()),
        Purpose::Ca(_) => mode.ca_key.as_deref(),
    };
    if granted == Some(handle.key.as_str()) {
        return Ok(());
    }
    Err(AttestError::new(ErrorKind::GuardPurpose, "the mode names another key"))
}
