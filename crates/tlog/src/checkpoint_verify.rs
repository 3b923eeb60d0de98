//! Whether a checkpoint is signed by the log of an entry (L03, L09–L11).
use cretula_crypto::{Checker, SignatureError, VerificationKey};

use crate::note_verify::{line_number, note_scheme, verify_text};
use crate::{Checkpoint, Error, Generation, NoteSignature, c2sp_id, spki_id};

/// One log instance of a trusted root, as far as checkpoints need it.
#[derive(Debug, Clone, Copy)]
pub struct CheckpointLog<'a> {
    /// Name by the trusted root: URL without scheme and trailing slash.
    pub name: &'a str,
    /// Key.
    pub key: &'a VerificationKey,
    /// Ids of the instance in the trusted root: `logId` and `checkpointKeyId`. Ids that are not 32 bytes long bind
    /// nothing.
    pub ids: &'a [&'a [u8]],
}

/// The line by which the log signed a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointSigner<'a> {
    /// Index of the line among the signature lines.
    pub line: usize,
    /// Name on that line.
    pub name: &'a str,
}

/// Demands that `log` signed the checkpoint and that the origin belongs to its name.
///
/// A line belongs to a log if its key id is one of the log's key, and its name is bound to the log: it is the log's
/// name, or the id contains the name and is an id of the log. Lines of nobody in `log` and `others` are skipped. All
/// logs with a colliding id are tried. The order of lines does not matter. `generation` is that of the entry.
/// Source: C2SP signed-note; rekor-tiles `CLIENTS.md`.
///
/// # Errors
/// [`Error::CheckpointSignature`] if the line of a known log does not verify; [`Error::CheckpointLog`] if only other
/// known logs signed, [`Error::CheckpointUnsigned`] if none did; [`Error::Origin`] and [`Error::Generation`] if the
/// origin is not that of the log; [`Error::SignatureTotal`].
pub fn verify_checkpoint<'a>(
    checkpoint: &'a Checkpoint,
    generation: Generation,
    log: &CheckpointLog<'_>,
    others: &[CheckpointLog<'_>],
    checker: &Checker<'_>,
) -> Result<CheckpointSigner<'a>, Error> {
    let lines = LineVerifier { text: checkpoint.note().signed_text(), generation, log, others, checker };
    let mut signer = None;
    let mut refusal = Error::CheckpointUnsigned;
    for (line, signature) in checkpoint.note().signatures().iter().enumerate() {
        match lines.verify(line, signature)? {
            LineSigner::Unknown => {}
            LineSigner::Other => refusal = Error::CheckpointLog,
            LineSigner::Log => {
                let found = CheckpointSigner { line, name: &signature.name };
                signer = Some(prefer_origin(checkpoint, generation, signer, found));
            }
        }
    }
    let signer = signer.ok_or(refusal)?;
    match_origin(generation, checkpoint.body().origin(), signer.name)?;
    Ok(signer)
}

/// Of two lines of the log the first one whose name the origin carries, else the second.
fn prefer_origin<'a>(
    checkpoint: &Checkpoint,
    generation: Generation,
    first: Option<CheckpointSigner<'a>>,
    second: CheckpointSigner<'a>,
) -> CheckpointSigner<'a> {
    let carries = |signer: CheckpointSigner<'_>| {
        match_origin(generation, checkpoint.body().origin(), signer.name).is_ok()
    };
    match first {
        Some(first) if carries(first) => first,
        Some(_) | None => second,
    }
}

/// Who signed a line.
#[derive(Clone, Copy)]
enum LineSigner {
    Log,
    Other,
    Unknown,
}

/// What the lines of one checkpoint are verified with.
struct LineVerifier<'a> {
    text: &'a str,
    generation: Generation,
    log: &'a CheckpointLog<'a>,
    others: &'a [CheckpointLog<'a>],
    checker: &'a Checker<'a>,
}

impl LineVerifier<'_> {
    /// The first known log whose line this is and whose key verifies it.
    fn verify(&self, line: usize, signature: &NoteSignature) -> Result<LineSigner, Error> {
        let log = core::iter::once((self.log, LineSigner::Log));
        let others = self.others.iter().map(|log| (log, LineSigner::Other));
        let mut verdict = Ok(LineSigner::Unknown);
        for (candidate, signer) in log.chain(others) {
            if !candidate.owns(signature, self.generation) {
                continue;
            }
            match verify_text(self.text.as_bytes(), &signature.signature, candidate.key, self.checker) {
                Ok(()) => return Ok(signer),
                Err(SignatureError::Budget) => return Err(Error::SignatureTotal),
                Err(_) => verdict = Err(Error::CheckpointSignature { line: line_number(line) }),
            }
        }
        verdict
    }
}

impl CheckpointLog<'_> {
    /// Whether key id and name of the line are those of this log.
    fn owns(&self, signature: &NoteSignature, generation: Generation) -> bool {
        if note_scheme(self.key).is_none() {
            return false;
        }
        let by_spki = spki_id(self.key);
        let by_type = c2sp_id(&signature.name, self.key);
        let is_candidate = by_type.is_some_and(|id| id.key_id() == signature.key_id)
            || (generation == Generation::V1 && by_spki.key_id() == signature.key_id);
        let is_own_name = signature.name == self.name
            && (self.has_id(by_spki.full_id()) || by_type.is_some_and(|id| self.has_id(id.full_id())));
        let is_proved_name = by_type.is_some_and(|id| id != by_spki && self.has_id(id.full_id()));
        is_candidate && (is_own_name || is_proved_name)
    }

    fn has_id(&self, id: &[u8; 32]) -> bool {
        self.ids.iter().any(|own| *own == id)
    }
}

/// v2: the origin is the name; v1: name, ` - ` and a decimal tree id (L03, L11).
fn match_origin(generation: Generation, origin: &str, name: &str) -> Result<(), Error> {
    let rest = origin.strip_prefix(name).ok_or(Error::Origin)?;
    let tree_id = rest.strip_prefix(" - ");
    let is_v1 = tree_id.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
    match (generation, rest.is_empty(), is_v1) {
        (Generation::V1, _, true) | (Generation::V2, true, _) => Ok(()),
        (Generation::V1, true, _) | (Generation::V2, _, true) => Err(Error::Generation),
        (Generation::V1 | Generation::V2, false, false) => Err(Error::Origin),
    }
}
