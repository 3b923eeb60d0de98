//! One audit event and its line.

use cretula_encoding::json::Tree;
use cretula_encoding::time::Time;

use super::sink::LineDigest;
use crate::foreign::foreign;
use crate::runtime::MODULE_SHA256;

/// Digests of subjects that a line lists; the count tells of the others.
const LISTED_SUBJECTS: usize = 16;

/// Who asked, from a verified token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// Issuer of the token.
    pub issuer: String,
    /// Its subject.
    pub subject: String,
    /// Stable id of the repository or project.
    pub repository_id: Option<String>,
    /// Id of the job; on GitHub that of the run and its attempt.
    pub job_id: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerdict {
    /// The signature may leave.
    Allowed,
    /// It may not.
    Denied {
        /// Stable code of the refusal, or the id of a token rule.
        code: String,
    },
}

/// A decision about one message.
///
/// It has no place for a token, a payload or a key. Texts of others are escaped and cut to 256 bytes in the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Unix seconds.
    pub time: u64,
    /// Id of the request at the host.
    pub request_id: String,
    /// Who asked; `None` for a host that signs for itself.
    pub caller: Option<Caller>,
    /// Name of the mode.
    pub mode: String,
    /// Id of the key.
    pub key_id: String,
    /// Version of the key.
    pub key_version: Option<String>,
    /// Kind of the message: `attestation`, `csr`, `certificate`, or what the guard calls it.
    pub kind: String,
    /// SHA-256 of the payload, lower-case hex.
    pub payload_sha256: Option<String>,
    /// Predicate type.
    pub predicate_type: Option<String>,
    /// Digests of the subjects, `algorithm:hex`.
    pub subjects: Vec<String>,
    /// `builder.id` of the predicate.
    pub builder_id: Option<String>,
    /// What was decided.
    pub verdict: AuditVerdict,
}

impl AuditEvent {
    /// The line, without a line feed: canonical JSON, so that it never holds one.
    pub(super) fn line(&self, previous: LineDigest) -> Vec<u8> {
        let optional = |text: &Option<String>| text.as_deref().map(foreign);
        let time = Time::from_secs(self.time).map_or_else(|| self.time.to_string(), |time| time.to_rfc3339());
        let mut line = Tree::object();
        line.set("time", time)
            .set("requestId", foreign(&self.request_id))
            .set_some("caller", self.caller.as_ref().map(caller_tree))
            .set("mode", foreign(&self.mode))
            .set("keyId", foreign(&self.key_id))
            .set_some("keyVersion", optional(&self.key_version))
            .set("kind", foreign(&self.kind))
            .set_some("payloadSha256", optional(&self.payload_sha256))
            .set_some("predicateType", optional(&self.predicate_type))
            .set("subjects", self.subjects_tree())
            .set_some("builderId", optional(&self.builder_id))
            .set("moduleSha256", MODULE_SHA256)
            .set("previous", previous.to_hex());
        match &self.verdict {
            AuditVerdict::Allowed => line.set("verdict", "allowed"),
            AuditVerdict::Denied { code } => line.set("verdict", "denied").set("code", foreign(code)),
        };
        line.encode()
    }

    fn subjects_tree(&self) -> Tree {
        let listed = self.subjects.iter().take(LISTED_SUBJECTS).map(|digest| Tree::Text(foreign(digest)));
        let count = u64::try_from(self.subjects.len()).unwrap_or(u64::MAX);
        let mut tree = Tree::object();
        tree.set("digests", Tree::List(listed.collect())).set("count", Tree::UInt(count));
        tree
    }
}

fn caller_tree(caller: &Caller) -> Tree {
    let mut tree = Tree::object();
    tree.set("issuer", foreign(&caller.issuer))
        .set("subject", foreign(&caller.subject))
        .set_some("repositoryId", caller.repository_id.as_deref().map(foreign))
        .set_some("jobId", caller.job_id.as_deref().map(foreign));
    tree
}
