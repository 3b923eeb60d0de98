//! Signed notes (C2SP signed-note): a text and signature lines.
use alloc::{string::String, vec::Vec};

use cretula_encoding::{base64, limits::Limits};

use crate::{Error, NoteDefect};

/// What a signature line starts with: em dash, space.
const LINE_START: &str = "\u{2014} ";

/// A text with signature lines, of which none has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line: em dash, name, base64 of key id and signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key: not empty, without Unicode space and `+`.
    pub name: String,
    /// First four bytes of the identity of the key.
    pub key_id: [u8; 4],
    /// Signature, not empty; its form depends on the key.
    pub signature: Vec<u8>,
}

impl SignedNote {
    /// Parses a note: a text, an empty line (the last one of the note) and one or more signature lines (L08).
    ///
    /// # Errors
    /// [`Error::CheckpointBytes`], [`Error::CheckpointLines`] above a limit, [`Error::Note`] for another form.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        demand_bytes(bytes.len(), limits.checkpoint_bytes)?;
        let note = core::str::from_utf8(bytes).map_err(|_| NoteDefect::Utf8)?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteDefect::Control.into());
        }
        let (text, lines) = split_note(note)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteDefect::FinalNewline)?;
        if lines.split('\n').nth(limits.checkpoint_lines).is_some() {
            return Err(Error::CheckpointLines { limit: to_u64(limits.checkpoint_lines) });
        }
        let signatures = lines.split('\n').map(NoteSignature::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: String::from(text), signatures })
    }

    /// The text that is signed, its final newline included and the separating empty line not.
    #[must_use]
    pub fn signed_text(&self) -> &str {
        &self.text
    }

    /// The signature lines in their order; at least one.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The note as text; the inverse of [`Self::parse`].
    #[must_use]
    pub fn encode(&self) -> String {
        let mut note = self.text.clone();
        note.push('\n');
        for signature in &self.signatures {
            note.push_str(&signature.encode());
        }
        note
    }
}

impl NoteSignature {
    /// Parses one line without its newline.
    fn parse(line: &str) -> Result<Self, Error> {
        Self::parse_line(line).ok_or(Error::Note(NoteDefect::SignatureLine))
    }

    fn parse_line(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        let blob = base64::decode(blob).ok()?;
        let (key_id, signature) = blob.split_first_chunk::<4>()?;
        let is_complete = is_key_name(name) && !signature.is_empty();
        is_complete.then(|| Self {
            name: String::from(name),
            key_id: *key_id,
            signature: Vec::from(signature),
        })
    }

    /// The line, newline included.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut blob = Vec::from(self.key_id);
        blob.extend_from_slice(&self.signature);
        let mut line = String::from(LINE_START);
        for part in [self.name.as_str(), " ", &base64::encode(&blob), "\n"] {
            line.push_str(part);
        }
        line
    }
}

/// Splits at the last empty line: the text keeps its newline.
fn split_note(note: &str) -> Result<(&str, &str), Error> {
    let newline = note.rfind("\n\n").ok_or(NoteDefect::Separator)?;
    let after = newline.saturating_add(1);
    let (text, rest) = note.split_at_checked(after).ok_or(NoteDefect::Separator)?;
    match rest.strip_prefix('\n') {
        Some("") => Err(NoteDefect::Unsigned.into()),
        Some(lines) => Ok((text, lines)),
        None => Err(NoteDefect::Separator.into()),
    }
}

/// Whether a text may be the name of a key.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || matches!(c, '\0'..='\u{1f}' | '+'))
}

fn demand_bytes(present: usize, limit: usize) -> Result<(), Error> {
    if present <= limit {
        return Ok(());
    }
    Err(Error::CheckpointBytes { limit: to_u64(limit), present: to_u64(present) })
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
