//! What the module answered: a document, and the verdict that it states.

use serde::Deserialize;

use crate::error::{SandboxCause, SandboxError};

/// The verdict of a reply. Everything but `Verified` is a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every required check passed.
    Verified,
    /// At least one check failed.
    Refused,
    /// The call itself was wrong: `cretula/error/v1`.
    Failure,
}

/// A reply of `verify` that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    json: Vec<u8>,
    verdict: Verdict,
}

/// The members that decide.
#[derive(Deserialize)]
struct Head<'a> {
    schema: &'a str,
    #[serde(default)]
    verdict: Option<&'a str>,
}

impl Reply {
    /// Reads the members that decide; anything unexpected is a denial by the sandbox.
    pub(crate) fn read(json: Vec<u8>) -> Result<Self, SandboxError> {
        if !json.starts_with(b"{") {
            // A derived reader takes an array for an object as well.
            return Err(SandboxError::new(SandboxCause::Reply, "not an object"));
        }
        let verdict = {
            #[expect(
                clippy::disallowed_methods,
                reason = "canonical output of the module, read into two fields"
            )]
            let head: Head<'_> = serde_json::from_slice(&json)
                .map_err(|_| SandboxError::new(SandboxCause::Reply, "not a document of the contract"))?;
            match (head.schema, head.verdict) {
                ("cretula/report/v1", Some("verified")) => Verdict::Verified,
                ("cretula/report/v1", Some("refused")) => Verdict::Refused,
                ("cretula/error/v1", None) => Verdict::Failure,
                _ => return Err(SandboxError::new(SandboxCause::Reply, "neither a report nor an error")),
            }
        };
        Ok(Self { json, verdict })
    }

    /// The verdict.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether the bundle was verified.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self.verdict, Verdict::Verified)
    }

    /// The document: `cretula/report/v1`, or `cretula/error/v1`.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The document, owned.
    #[must_use]
    pub fn into_json(self) -> Vec<u8> {
        self.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documents_of_the_contract_have_a_verdict() {
        let verdict = |text: &str| Reply::read(text.as_bytes().to_vec()).map(|reply| reply.verdict());
        assert_eq!(verdict(r#"{"schema":"cretula/report/v1","verdict":"verified"}"#), Ok(Verdict::Verified));
        assert_eq!(verdict(r#"{"schema":"cretula/report/v1","verdict":"refused"}"#), Ok(Verdict::Refused));
        assert_eq!(
            verdict(r#"{"schema":"cretula/error/v1","error":{"code":"input/syntax"}}"#),
            Ok(Verdict::Failure)
        );
        for text in [
            "",
            "{}",
            "null",
            "verified",
            r#"["cretula/report/v1","verified"]"#,
            r#" {"schema":"cretula/report/v1","verdict":"verified"}"#,
            r#"{"schema":"cretula/report/v2","verdict":"verified"}"#,
            r#"{"schema":"cretula/error/v1","verdict":"verified"}"#,
            r#"{"schema":"cretula/report/v1","verdict":"Verified"}"#,
            r#"{"schema":"cretula/report/v1"}"#,
            r#"{"schema":"cretula/report/v1","verdict":"verified"}x"#,
            r#"{"schema":"cretula/report/v1","verdict":"refused","verdict":"verified"}"#,
        ] {
            assert_eq!(verdict(text).map_err(|error| error.cause), Err(SandboxCause::Reply), "{text}");
        }
    }
}
