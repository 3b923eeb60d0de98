//! The documents of the module as far as the command shows them.

use serde::Deserialize;
use std::collections::BTreeMap;

/// `cretula/report/v1`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) verdict: String,
    pub(crate) code: Option<String>,
    pub(crate) check_id: Option<String>,
    pub(crate) checks: Vec<Check>,
    pub(crate) signer: Option<Signer>,
    pub(crate) times: Vec<Time>,
    pub(crate) logs: Vec<Party>,
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) statement: Option<Statement>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) dangerous: Vec<String>,
    pub(crate) inputs: Inputs,
}

/// What was verified, by digest.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inputs {
    pub(crate) trusted_root: Option<String>,
}

/// The codes of a report, full or short.
#[derive(Debug, Deserialize)]
pub(crate) struct Codes {
    code: Option<String>,
    #[serde(default)]
    checks: Vec<Check>,
}

impl Codes {
    /// Whether a check failed with this code.
    pub(crate) fn refused_with(&self, code: &str) -> bool {
        let failed = self.checks.iter().filter(|check| check.outcome == "fail");
        self.code.iter().chain(failed.filter_map(|check| check.code.as_ref())).any(|found| found == code)
    }
}

/// One row.
#[derive(Debug, Deserialize)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) outcome: String,
    pub(crate) code: Option<String>,
    pub(crate) index: Option<u32>,
    pub(crate) detail: Option<String>,
}

/// Who signed.
#[derive(Debug, Deserialize)]
pub(crate) struct Signer {
    pub(crate) certificate: Option<Certificate>,
    pub(crate) key: Option<Key>,
}

/// The signing certificate.
#[derive(Debug, Deserialize)]
pub(crate) struct Certificate {
    pub(crate) san: San,
    pub(crate) issuer: String,
    pub(crate) claims: BTreeMap<String, String>,
}

/// Its name.
#[derive(Debug, Deserialize)]
pub(crate) struct San {
    pub(crate) value: String,
}

/// A managed key.
#[derive(Debug, Deserialize)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) sha256: String,
}

/// A verified time.
#[derive(Debug, Deserialize)]
pub(crate) struct Time {
    pub(crate) time: String,
    pub(crate) source: String,
    pub(crate) authority: String,
}

/// A log.
#[derive(Debug, Deserialize)]
pub(crate) struct Party {
    pub(crate) instance: String,
    pub(crate) outcome: String,
    pub(crate) index: Option<String>,
}

/// An artifact of the caller.
#[derive(Debug, Deserialize)]
pub(crate) struct Artifact {
    pub(crate) digests: BTreeMap<String, String>,
    pub(crate) subject: Option<usize>,
    pub(crate) algorithm: Option<String>,
}

/// The statement.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    pub(crate) predicate_type: String,
    pub(crate) subjects: Vec<Subject>,
}

/// One subject.
#[derive(Debug, Deserialize)]
pub(crate) struct Subject {
    pub(crate) name: Option<String>,
    pub(crate) digest: BTreeMap<String, String>,
}

/// A remark.
#[derive(Debug, Deserialize)]
pub(crate) struct Warning {
    pub(crate) code: String,
    pub(crate) detail: Option<String>,
}

/// `cretula/error/v1`.
#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) error: FailureBody,
}

/// What was wrong.
#[derive(Debug, Deserialize)]
pub(crate) struct FailureBody {
    pub(crate) code: String,
    pub(crate) path: Option<String>,
    pub(crate) detail: Option<String>,
}

/// `cretula/inspect/v1`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    pub(crate) media_type: String,
    pub(crate) signer: ClaimedSigner,
    pub(crate) log_entries: Vec<ClaimedEntry>,
    pub(crate) timestamps: Vec<ClaimedTimestamp>,
    pub(crate) envelope: Option<ClaimedEnvelope>,
    pub(crate) message_signature: Option<ClaimedMessage>,
}

/// Who a bundle claims to be signed by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimedSigner {
    pub(crate) certificate: Option<ClaimedCertificate>,
    pub(crate) key_hint: Option<String>,
}

/// A certificate that nobody checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimedCertificate {
    pub(crate) san: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) not_before: Option<String>,
    pub(crate) not_after: Option<String>,
}

/// A log entry that nobody checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimedEntry {
    pub(crate) kind: String,
    pub(crate) log_index: String,
    pub(crate) integrated_time: Option<String>,
}

/// A timestamp that nobody checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimedTimestamp {
    pub(crate) gen_time: Option<String>,
}

/// An envelope that nobody checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimedEnvelope {
    pub(crate) payload_type: String,
    pub(crate) predicate_type: Option<String>,
    #[serde(default)]
    pub(crate) subjects: Vec<ClaimedSubject>,
}

/// A message signature that nobody checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimedMessage {
    pub(crate) message_digest: Option<String>,
}

/// A subject that nobody checked.
#[derive(Debug, Deserialize)]
pub(crate) struct ClaimedSubject {
    pub(crate) name: Option<String>,
    pub(crate) digest: BTreeMap<String, String>,
}

/// Reads a document that the module wrote; `None` if it is another one.
pub(crate) fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "canonical output of the module, read into closed types")]
    serde_json::from_slice(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_failed_checks_only() {
        let refused = |json: &str| read::<Codes>(json.as_bytes()).unwrap().refused_with("a/b");
        assert!(refused(r#"{"code":"a/b"}"#));
        assert!(refused(r#"{"code":"c/d","checks":[{"id":"A02","outcome":"fail","code":"a/b"}]}"#));
        assert!(!refused(r#"{"checks":[{"id":"A02","outcome":"ignored","code":"a/b"}]}"#));
        assert!(!refused(r#"{"checks":[{"id":"A02","outcome":"pass","detail":"a/b"}],"ignored":["a/b"]}"#));
    }
}
