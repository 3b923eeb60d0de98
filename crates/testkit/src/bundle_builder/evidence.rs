//! Evidence beside the signature: promises of CT logs, log entries, timestamps.

use crate::asn1::generalized_text;
use crate::ct::{Sct, SctInput};
use crate::json::Json;
use crate::note::{CheckpointText, Note};
use crate::token::TokenSpec;

use super::Edit;

/// Which log an entry is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryLog {
    /// Rekor v1 log with this index.
    V1(usize),
    /// Rekor v2 log with this index.
    V2(usize),
}

/// Kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// `dsse` 0.0.1
    DsseV001,
    /// `dsse` 0.0.2, withdrawn
    DsseV002,
    /// `hashedrekord` 0.0.1
    HashedRekordV001,
    /// `hashedrekord` 0.0.2
    HashedRekordV002,
    /// `intoto` 0.0.2
    IntotoV002,
}

impl EntryKind {
    /// Kind and version.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::DsseV001 => ("dsse", "0.0.1"),
            Self::DsseV002 => ("dsse", "0.0.2"),
            Self::HashedRekordV001 => ("hashedrekord", "0.0.1"),
            Self::HashedRekordV002 => ("hashedrekord", "0.0.2"),
            Self::IntotoV002 => ("intoto", "0.0.2"),
        }
    }
}

/// What a log signs to promise inclusion.
#[derive(Debug, Clone)]
pub struct SetInput {
    /// Body of the entry.
    pub body: Vec<u8>,
    /// Seconds since 1970.
    pub integrated_time: u64,
    /// Id of the log.
    pub log_id: Vec<u8>,
    /// Global index.
    pub log_index: u64,
}

/// An entry of a log.
pub struct EntrySpec {
    /// The log.
    pub log: EntryLog,
    /// What it holds.
    pub kind: EntryKind,
    /// When the log says that it saw the entry.
    pub integrated_time: u64,
    /// Whether the log promised inclusion (v1).
    pub promise: bool,
    /// Whether there is an inclusion proof.
    pub proof: bool,
    /// Whether the body stands in the bundle.
    pub body: bool,
    /// Entries of others before and after this one.
    pub others: (u64, u64),
    /// Witnesses that cosigned: index, time.
    pub witnesses: Vec<(usize, u64)>,
    pub(crate) edits: EntryEdits,
}

/// Changes of an entry, in the order in which they are made.
#[derive(Default)]
pub(crate) struct EntryEdits {
    /// Body, before it is logged.
    pub(crate) body: Vec<Edit<Json>>,
    /// Bytes of the body, before they are logged.
    pub(crate) body_bytes: Vec<Edit<Vec<u8>>>,
    /// Text of the checkpoint, before it is signed.
    pub(crate) checkpoint: Vec<Edit<CheckpointText>>,
    /// Note, before witnesses sign: its text is what they see.
    pub(crate) note: Vec<Edit<Note>>,
    /// Note as published.
    pub(crate) published: Vec<Edit<String>>,
    /// Promise, before it is signed.
    pub(crate) promise: Vec<Edit<SetInput>>,
    /// The member of `tlogEntries`.
    pub(crate) entry: Vec<Edit<Json>>,
}

impl core::fmt::Debug for EntrySpec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EntrySpec").field("log", &self.log).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl EntrySpec {
    /// An entry with a proof and, in a v1 log, a promise.
    #[must_use]
    pub fn new(log: EntryLog, kind: EntryKind, time: u64) -> Self {
        let promise = matches!(log, EntryLog::V1(_));
        Self {
            log,
            kind,
            integrated_time: if promise { time } else { 0 },
            promise,
            proof: true,
            body: true,
            others: (6, 4),
            witnesses: Vec::new(),
            edits: EntryEdits::default(),
        }
    }

    /// Changes the body before it is logged.
    pub fn edit_body(&mut self, edit: impl FnOnce(&mut Json) + 'static) -> &mut Self {
        self.edits.body.push(Box::new(edit));
        self
    }

    pub(crate) fn edit_body_bytes(&mut self, edit: impl FnOnce(&mut Vec<u8>) + 'static) -> &mut Self {
        self.edits.body_bytes.push(Box::new(edit));
        self
    }

    /// Changes the checkpoint before it is signed.
    pub fn edit_checkpoint(&mut self, edit: impl FnOnce(&mut CheckpointText) + 'static) -> &mut Self {
        self.edits.checkpoint.push(Box::new(edit));
        self
    }

    /// Changes the signed checkpoint.
    pub fn edit_note(&mut self, edit: impl FnOnce(&mut Note) + 'static) -> &mut Self {
        self.edits.note.push(Box::new(edit));
        self
    }

    pub(crate) fn edit_published(&mut self, edit: impl FnOnce(&mut String) + 'static) -> &mut Self {
        self.edits.published.push(Box::new(edit));
        self
    }

    /// Changes the promise before it is signed.
    pub fn edit_promise(&mut self, edit: impl FnOnce(&mut SetInput) + 'static) -> &mut Self {
        self.edits.promise.push(Box::new(edit));
        self
    }

    /// Changes the entry in the bundle; nobody signs that.
    pub fn edit_entry(&mut self, edit: impl FnOnce(&mut Json) + 'static) -> &mut Self {
        self.edits.entry.push(Box::new(edit));
        self
    }
}

/// An RFC 3161 timestamp.
pub struct TimestampSpec {
    /// Index of the authority.
    pub authority: usize,
    /// `genTime` as it is written.
    pub gen_time: String,
    /// What is dated in place of the signature.
    pub message: Option<Vec<u8>>,
    pub(crate) token: Vec<Edit<TokenSpec>>,
    pub(crate) response: Vec<Edit<Vec<u8>>>,
}

impl core::fmt::Debug for TimestampSpec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TimestampSpec").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl TimestampSpec {
    /// A timestamp over the signature.
    #[must_use]
    pub fn new(authority: usize, time: u64) -> Self {
        let gen_time = generalized_text(time);
        Self { authority, gen_time, message: None, token: Vec::new(), response: Vec::new() }
    }

    /// Another time.
    pub fn at(&mut self, time: u64) -> &mut Self {
        self.gen_time = generalized_text(time);
        self
    }

    /// Changes the token before it is signed.
    pub fn edit_token(&mut self, edit: impl FnOnce(&mut TokenSpec) + 'static) -> &mut Self {
        self.token.push(Box::new(edit));
        self
    }

    /// Changes the response; nobody signs that.
    pub fn edit_response(&mut self, edit: impl FnOnce(&mut Vec<u8>) + 'static) -> &mut Self {
        self.response.push(Box::new(edit));
        self
    }
}

/// A promise of a CT log.
pub struct SctSpec {
    /// Index of the log.
    pub log: usize,
    /// Milliseconds since 1970.
    pub timestamp: u64,
    /// Extensions, opaque.
    pub extensions: Vec<u8>,
    pub(crate) input: Vec<Edit<SctInput>>,
    pub(crate) sct: Vec<Edit<Sct>>,
}

impl core::fmt::Debug for SctSpec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SctSpec").field("log", &self.log).finish_non_exhaustive()
    }
}

impl SctSpec {
    /// A promise made at `time`, in seconds since 1970.
    #[must_use]
    pub fn new(log: usize, time: u64) -> Self {
        Self { log, timestamp: time * 1000 + 7, extensions: Vec::new(), input: Vec::new(), sct: Vec::new() }
    }

    /// Changes what is signed.
    pub fn edit_input(&mut self, edit: impl FnOnce(&mut SctInput) + 'static) -> &mut Self {
        self.input.push(Box::new(edit));
        self
    }

    /// Changes the signed promise.
    pub fn edit(&mut self, edit: impl FnOnce(&mut Sct) + 'static) -> &mut Self {
        self.sct.push(Box::new(edit));
        self
    }
}
