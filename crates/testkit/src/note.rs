//! Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint).

use cretula_encoding::base64;

/// The text of a checkpoint, line by line.
#[derive(Debug, Clone)]
pub struct CheckpointText {
    /// First line.
    pub origin: String,
    /// Second line.
    pub size: String,
    /// Third line.
    pub root: String,
    /// Further lines.
    pub extensions: Vec<String>,
}

impl CheckpointText {
    /// The text of a tree.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: &[u8]) -> Self {
        let (size, root) = (size.to_string(), base64::encode(root));
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// What is signed.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// One signature line.
#[derive(Debug, Clone)]
pub struct NoteLine {
    /// Name of the signer.
    pub name: String,
    /// First bytes of the blob.
    pub key_id: [u8; 4],
    /// The rest of the blob.
    pub signature: Vec<u8>,
}

/// A note: text and signature lines.
#[derive(Debug, Clone)]
pub struct Note {
    /// What is signed, with its last newline.
    pub text: String,
    /// In order.
    pub lines: Vec<NoteLine>,
}

impl Note {
    /// The note as it is published.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut note = format!("{}\n", self.text);
        for line in &self.lines {
            let blob = [line.key_id.as_slice(), &line.signature].concat();
            note.push_str(&format!("\u{2014} {} {}\n", line.name, base64::encode(&blob)));
        }
        note
    }
}
