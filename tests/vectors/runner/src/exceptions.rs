//! `exceptions.json`: entries that may go either way and differ here, each with its reason.
use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::folder::read_json;

/// Reasons by entry.
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    reasons: BTreeMap<String, String>,
}

impl Exceptions {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or a reason is empty.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&bytes).with_context(|| path.display().to_string())
    }

    /// Reads a JSON object `{"entry": "reason"}`.
    ///
    /// # Errors
    /// Another shape, or an empty reason.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let reasons: BTreeMap<String, String> = read_json(json)?;
        if let Some((id, _)) = reasons.iter().find(|(_, reason)| reason.trim().is_empty()) {
            bail!("the exception {id} has no reason");
        }
        Ok(Self { reasons })
    }

    /// Whether an entry is named.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        self.reasons.contains_key(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_has_a_reason() {
        assert!(Exceptions::parse(br#"{"a": "because"}"#).unwrap().names("a"));
        assert!(Exceptions::parse(br#"{"a": " "}"#).is_err());
        assert!(Exceptions::parse(br#"["a"]"#).is_err());
    }
}
