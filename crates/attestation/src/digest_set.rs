//! Digests of a subject, and how an artifact is compared with them (A06; in-toto attestation v1, digest set).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::{Digest, HashAlgorithm};

/// Names that never count, however they are spelled: collisions are cheap.
const NEVER: [&str; 3] = ["md5", "sha1", "sha-1"];

/// Which algorithms may identify an artifact: sha256, sha384, sha512, and those named by the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AcceptedAlgorithms {
    more: Vec<String>,
}

impl AcceptedAlgorithms {
    /// The standard ones and `more`. Values of the latter are opaque text; `sha1` and `md5` among them stay refused.
    #[must_use]
    pub fn with(more: &[String]) -> Self {
        let counts = |name: &&String| !NEVER.iter().any(|never| name.eq_ignore_ascii_case(never));
        Self { more: more.iter().filter(counts).cloned().collect() }
    }

    /// Whether digests under this name count. Names are compared exactly.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        HashAlgorithm::from_name(name).is_some() || self.more.iter().any(|more| more == name)
    }
}

/// The digests of one subject in the order written; names are unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestSet {
    entries: Vec<(String, String)>,
}

/// How an artifact compares with one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectMatch {
    /// A digest under this name differs, or is not lower-case hex of the algorithm's length.
    Differs {
        /// The name.
        algorithm: String,
    },
    /// At least one digest is equal and none differs.
    Matched {
        /// The first name in the order of the subject under which they are equal.
        algorithm: String,
    },
    /// No accepted algorithm is on both sides.
    NoCommonAlgorithm,
}

impl DigestSet {
    /// From entries whose names are unique: members of a JSON object that was read strictly.
    pub(crate) const fn new(entries: Vec<(String, String)>) -> Self {
        Self { entries }
    }

    /// Names and values as written.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value under a name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.entries().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Compares with the digests of an artifact, pairs of name and value: at least one accepted algorithm is on both
    /// sides and equal, and none differs (A06).
    #[must_use]
    pub fn match_artifact(&self, artifact: &[(&str, &str)], accepted: &AcceptedAlgorithms) -> SubjectMatch {
        let mut matched = None;
        for (name, value) in self.entries().filter(|(name, _)| accepted.contains(name)) {
            for (_, wanted) in artifact.iter().filter(|(other, _)| *other == name) {
                if value != *wanted || !is_well_formed(name, value) {
                    return SubjectMatch::Differs { algorithm: String::from(name) };
                }
                matched = matched.or(Some(name));
            }
        }
        match matched {
            Some(name) => SubjectMatch::Matched { algorithm: String::from(name) },
            None => SubjectMatch::NoCommonAlgorithm,
        }
    }
}

/// Lower-case hex of the right length; under other names any text that is not empty.
fn is_well_formed(name: &str, value: &str) -> bool {
    match HashAlgorithm::from_name(name) {
        Some(algorithm) => Digest::from_hex(algorithm, value).is_ok(),
        None => !value.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn set(entries: &[(&str, &str)]) -> DigestSet {
        DigestSet::new(entries.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    fn compare(subject: &[(&str, &str)], artifact: &[(&str, &str)]) -> SubjectMatch {
        set(subject).match_artifact(artifact, &AcceptedAlgorithms::default())
    }

    fn matched(algorithm: &str) -> SubjectMatch {
        SubjectMatch::Matched { algorithm: algorithm.to_string() }
    }

    fn differs(algorithm: &str) -> SubjectMatch {
        SubjectMatch::Differs { algorithm: algorithm.to_string() }
    }

    #[test]
    fn one_equal_and_none_different() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let (long, other) = ("a".repeat(128), "b".repeat(128));
        assert_eq!(compare(&[("sha256", &a)], &[("sha256", &a)]), matched("sha256"));
        assert_eq!(compare(&[("sha256", &a)], &[("sha256", &b)]), differs("sha256"));
        assert_eq!(compare(&[("sha512", &long)], &[("sha256", &a), ("sha512", &long)]), matched("sha512"));
        let both = [("sha256", a.as_str()), ("sha512", long.as_str())];
        assert_eq!(compare(&both, &both), matched("sha256"));
        assert_eq!(compare(&both, &[("sha256", &a), ("sha512", &other)]), differs("sha512"));
        assert_eq!(compare(&both, &[("sha256", &a), ("sha256", &b)]), differs("sha256"));
        assert_eq!(compare(&both, &[("sha384", &a)]), SubjectMatch::NoCommonAlgorithm);
        assert_eq!(compare(&both, &[]), SubjectMatch::NoCommonAlgorithm);
        assert_eq!(compare(&[], &both), SubjectMatch::NoCommonAlgorithm);
    }

    #[test]
    fn weak_algorithms_never_count() {
        let (sha1, sha256) = ("a".repeat(40), "a".repeat(64));
        assert_eq!(compare(&[("sha1", &sha1)], &[("sha1", &sha1)]), SubjectMatch::NoCommonAlgorithm);
        let artifact = [("sha1", "b"), ("sha256", sha256.as_str())];
        assert_eq!(compare(&[("sha1", &sha1), ("sha256", &sha256)], &artifact), matched("sha256"));
        let more = ["sha1", "SHA1", "md5", "SHA-1"].map(String::from);
        let accepted = AcceptedAlgorithms::with(&more);
        assert_eq!(accepted, AcceptedAlgorithms::default());
        assert!(more.iter().all(|name| !accepted.contains(name)));
    }

    #[test]
    fn values_are_lower_case_hex_of_the_right_length() {
        for wrong in ["a".repeat(40), "A".repeat(64), "g".repeat(64), "a".repeat(65), String::new()] {
            assert_eq!(compare(&[("sha256", &wrong)], &[("sha256", &wrong)]), differs("sha256"), "{wrong}");
        }
    }

    #[test]
    fn opaque_algorithms() {
        let accepted = AcceptedAlgorithms::with(&["gitCommit".to_string()]);
        let subject = set(&[("gitCommit", "C0FFEE"), ("dirHash", "h1:x")]);
        assert_eq!(subject.match_artifact(&[("gitCommit", "C0FFEE")], &accepted), matched("gitCommit"));
        assert_eq!(subject.match_artifact(&[("gitCommit", "c0ffee")], &accepted), differs("gitCommit"));
        assert_eq!(
            subject.match_artifact(&[("gitcommit", "C0FFEE")], &accepted),
            SubjectMatch::NoCommonAlgorithm
        );
        assert_eq!(
            subject.match_artifact(&[("dirHash", "h1:x")], &accepted),
            SubjectMatch::NoCommonAlgorithm
        );
        let empty = set(&[("gitCommit", "")]);
        assert_eq!(empty.match_artifact(&[("gitCommit", "")], &accepted), differs("gitCommit"));
        assert_eq!(subject.value("dirHash"), Some("h1:x"));
    }
}
