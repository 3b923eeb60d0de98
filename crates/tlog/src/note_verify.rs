//! Which of some known keys signed a note (C2SP signed-note, "Verification"; C2SP tlog-cosignature).
use alloc::vec::Vec;

use cretula_crypto::{
    Checker, HashAlgorithm, KeyKind, Message, SignatureCheck, SignatureEncoding, SignatureError,
    SignatureScheme, VerificationKey,
};

use crate::{Cosignature, Error, NoteSignature, SignatureType, SignedNote, VerifierKey, cosigned_message};

/// A line that verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteSigner {
    /// Index of the line among the signature lines.
    pub line: usize,
    /// Index of the key among the keys that were given.
    pub key: usize,
    /// Time of a cosignature, in seconds since 1970.
    pub time_secs: Option<u64>,
}

/// Finds the lines of known keys and verifies each of them (L20).
///
/// The signer of a line is name and key id together; lines of other signers are skipped. Keys that share both are
/// tried in their order. One key may have several lines, so that counting is left to the caller.
///
/// # Errors
/// [`Error::CheckpointSignature`], or [`Error::Cosignature`] for a witness, if the line of a known key does not verify;
/// [`Error::SignatureTotal`].
pub fn verify_note(
    note: &SignedNote,
    keys: &[VerifierKey],
    checker: &Checker<'_>,
) -> Result<Vec<NoteSigner>, Error> {
    let mut signers = Vec::new();
    for (line, signature) in note.signatures().iter().enumerate() {
        signers.extend(verify_line(note, line, signature, keys, checker)?);
    }
    Ok(signers)
}

/// `None` if the signer of the line is unknown.
fn verify_line(
    note: &SignedNote,
    line: usize,
    signature: &NoteSignature,
    keys: &[VerifierKey],
    checker: &Checker<'_>,
) -> Result<Option<NoteSigner>, Error> {
    let mut verdict = Ok(None);
    for (index, key) in keys.iter().enumerate() {
        if key.name() != signature.name || key.key_id() != signature.key_id {
            continue;
        }
        match verify_by(note.signed_text(), &signature.signature, key, checker) {
            Ok(time_secs) => return Ok(Some(NoteSigner { line, key: index, time_secs })),
            Err(SignatureError::Budget) => return Err(Error::SignatureTotal),
            Err(_) => verdict = Err(line_refusal(line, key.signature_type())),
        }
    }
    verdict
}

fn line_refusal(line: usize, signature_type: SignatureType) -> Error {
    let line = line_number(line);
    match signature_type {
        SignatureType::CosignatureEd25519 => Error::Cosignature { line },
        SignatureType::Ecdsa | SignatureType::Ed25519 => Error::CheckpointSignature { line },
    }
}

/// The time of a cosignature, if it is one.
fn verify_by(
    text: &str,
    blob: &[u8],
    key: &VerifierKey,
    checker: &Checker<'_>,
) -> Result<Option<u64>, SignatureError> {
    match key.signature_type() {
        SignatureType::CosignatureEd25519 => {
            let cosignature = Cosignature::parse(blob).ok_or(SignatureError::Invalid)?;
            let message = cosigned_message(cosignature.time_secs(), text);
            verify_text(&message, cosignature.signature(), key.key(), checker)?;
            Ok(Some(cosignature.time_secs()))
        }
        SignatureType::Ecdsa | SignatureType::Ed25519 => {
            verify_text(text.as_bytes(), blob, key.key(), checker)?;
            Ok(None)
        }
    }
}

/// How a key signs the text of a note; `None` for RSASSA-PSS keys.
///
/// The hash is SHA-256 for every curve and modulus, other than in certificates.
#[must_use]
pub const fn note_scheme(key: &VerificationKey) -> Option<SignatureScheme> {
    match key.kind() {
        KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => Some(SignatureScheme::Ecdsa(HashAlgorithm::Sha256)),
        KeyKind::Ed25519 => Some(SignatureScheme::Ed25519),
        KeyKind::Rsa { pss: false, .. } => Some(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256)),
        KeyKind::Rsa { pss: true, .. } => None,
    }
}

/// Verifies a signature over bytes by the note scheme of the key.
pub(crate) fn verify_text(
    text: &[u8],
    signature: &[u8],
    key: &VerificationKey,
    checker: &Checker<'_>,
) -> Result<(), SignatureError> {
    let scheme = note_scheme(key).ok_or(SignatureError::SchemeKey)?;
    let message = Message::Parts(&[text]);
    checker.verify(&SignatureCheck { key, scheme, encoding: SignatureEncoding::Der, message, signature })
}

/// Line index for an error.
pub(crate) fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
