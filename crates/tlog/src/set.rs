//! Signed entry timestamps: a Rekor v1 log promises to include an entry, and says when it saw it (L05).
use alloc::{format, vec::Vec};

use cretula_crypto::{Checker, Message, SignatureCheck, SignatureEncoding, SignatureScheme, VerificationKey};
use cretula_encoding::{base64, hex, time::Time};

use crate::Error;
use crate::error::signature_refusal;

/// What a log signs.
#[derive(Debug, Clone, Copy)]
pub struct SignedEntryTimestamp<'a> {
    /// Body of the entry, decoded.
    pub canonicalized_body: &'a [u8],
    /// Seconds since 1970.
    pub integrated_time: u64,
    /// `logId.keyId`, decoded.
    pub log_id: &'a [u8],
    /// Global index of the entry.
    pub log_index: u64,
}

/// The signed bytes: RFC 8785 JSON of `body`, `integratedTime`, `logID`, `logIndex`.
///
/// Source: Sigstore client spec, "Verify the inclusion promise".
#[must_use]
pub fn signed_entry_timestamp_payload(entry: &SignedEntryTimestamp<'_>) -> Vec<u8> {
    format!(
        r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}}"#,
        base64::encode(entry.canonicalized_body),
        entry.integrated_time,
        hex::encode(entry.log_id),
        entry.log_index,
    )
    .into_bytes()
}

/// Verifies the promise of a log and returns the time that thereby is known; key and scheme are those of the log.
///
/// The window of the key is the caller's to compare.
///
/// # Errors
/// [`Error::Set`] if the signature does not verify or the time is after the year 9999; [`Error::SignatureTotal`].
pub fn verify_signed_entry_timestamp(
    entry: &SignedEntryTimestamp<'_>,
    signature: &[u8],
    key: &VerificationKey,
    scheme: SignatureScheme,
    checker: &Checker<'_>,
) -> Result<Time, Error> {
    let time = Time::from_secs(entry.integrated_time).ok_or(Error::Set)?;
    let payload = signed_entry_timestamp_payload(entry);
    let message = Message::Parts(&[&payload]);
    checker
        .verify(&SignatureCheck { key, scheme, encoding: SignatureEncoding::Der, message, signature })
        .map_err(|error| signature_refusal(error, Error::Set))?;
    Ok(time)
}
