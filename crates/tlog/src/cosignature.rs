//! Cosignatures of witnesses (C2SP tlog-cosignature), type 0x04.
use alloc::{format, vec::Vec};

/// What follows the key id on the line of an Ed25519 witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    time_secs: u64,
    signature: [u8; 64],
}

impl Cosignature {
    /// Parses 8 bytes of time and 64 bytes of signature; `None` for another length or a time above 2^63−1.
    #[must_use]
    pub fn parse(blob: &[u8]) -> Option<Self> {
        let (time, signature) = blob.split_first_chunk::<8>()?;
        let time_secs = u64::from_be_bytes(*time);
        i64::try_from(time_secs).ok()?;
        Some(Self { time_secs, signature: signature.try_into().ok()? })
    }
    /// When the witness signed, in seconds since 1970.
    #[must_use]
    pub const fn time_secs(&self) -> u64 {
        self.time_secs
    }
    /// Ed25519 signature over [`cosigned_message`].
    #[must_use]
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }
}

/// What an Ed25519 witness signs: a header with the time, and the text of the note with its final newline.
///
/// The message does not name the witness.
#[must_use]
pub fn cosigned_message(time_secs: u64, note_text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_secs}\n{note_text}").into_bytes()
}
