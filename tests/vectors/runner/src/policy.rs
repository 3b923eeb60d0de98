//! The policy that an entry of kind `bundle-verify` states, as a `cretula/policy/v1` document.
use cretula_encoding::json::Tree;
use serde::Deserialize;

/// Thresholds of an entry; absent ones keep their default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thresholds {
    pub(crate) tlog_entries: Option<u64>,
    pub(crate) sct: Option<u64>,
    pub(crate) verified_times: Option<u64>,
    pub(crate) signed_timestamps: Option<u64>,
    pub(crate) key_valid_for: Option<KeyWindow>,
}

/// Window of the managed key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyWindow {
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
}

/// Who must have signed.
pub(crate) enum Signer<'a> {
    /// Nobody in particular: the entry is about signature and evidence.
    Any,
    /// The holder of a certificate.
    Certificate {
        identity: &'a str,
        /// `None`: the certificate must carry no issuer.
        issuer: Option<&'a str>,
        source_repository: Option<&'a str>,
        ca_sha256: Option<&'a str>,
    },
    /// The holder of the managed key of the request.
    Key,
}

/// The policy document.
pub(crate) fn encode(signer: &Signer<'_>, thresholds: &Thresholds, has_artifact: bool) -> Vec<u8> {
    let mut policy = Tree::object();
    policy.set("schema", "cretula/policy/v1");
    policy.set("preset", preset(signer, thresholds));
    if let Some(evidence) = evidence(thresholds) {
        policy.set("evidence", evidence);
    }
    if let Some(node) = signers(signer) {
        policy.set("signers", node);
    }
    let mut dangerous = Tree::object();
    if matches!(signer, Signer::Any) {
        dangerous.set("anySigner", true);
    }
    if !has_artifact {
        dangerous.set("noArtifact", true);
    }
    if dangerous != Tree::object() {
        policy.set("dangerous", dangerous);
    }
    policy.encode()
}

/// With a managed key no time is required unless the entry states one; then the time rules of `public-good` hold.
fn preset(signer: &Signer<'_>, thresholds: &Thresholds) -> &'static str {
    let states_time = thresholds.verified_times.or(thresholds.signed_timestamps).is_some();
    if matches!(signer, Signer::Key) && !states_time { "managed-key" } else { "public-good" }
}

fn evidence(thresholds: &Thresholds) -> Option<Tree> {
    let mut evidence = Tree::object();
    evidence.set_some("log", one("threshold", thresholds.tlog_entries));
    evidence.set_some("sct", one("threshold", thresholds.sct));
    let mut time = Tree::object();
    time.set_some("threshold", thresholds.verified_times);
    time.set_some("signedThreshold", thresholds.signed_timestamps);
    if time != Tree::object() {
        evidence.set("time", time);
    }
    (evidence != Tree::object()).then_some(evidence)
}

fn one(name: &str, value: Option<u64>) -> Option<Tree> {
    value.map(|value| {
        let mut object = Tree::object();
        object.set(name, value);
        object
    })
}

fn signers(signer: &Signer<'_>) -> Option<Tree> {
    let mut node = Tree::object();
    match *signer {
        Signer::Any => return None,
        Signer::Key => {
            let mut key = Tree::object();
            key.set("ids", Tree::List(vec![Tree::from("")]));
            node.set("key", key);
        }
        Signer::Certificate { identity, issuer, source_repository, ca_sha256 } => {
            let mut certificate = Tree::object();
            certificate.set("san", identity);
            certificate.set("issuer", issuer.map_or_else(absent, Tree::from));
            certificate.set_some("claims", source_repository.map(|uri| text("sourceRepositoryUri", uri)));
            certificate.set_some("ca", ca_sha256.map(|digest| text("sha256", digest)));
            node.set("certificate", certificate);
        }
    }
    Some(node)
}

fn text(name: &str, value: &str) -> Tree {
    let mut object = Tree::object();
    object.set(name, value);
    object
}

fn absent() -> Tree {
    let mut object = Tree::object();
    object.set("absent", true);
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(signer: &Signer<'_>, thresholds: &Thresholds, has_artifact: bool) -> String {
        String::from_utf8(encode(signer, thresholds, has_artifact)).unwrap()
    }

    #[test]
    fn without_anything_only_signature_and_evidence_are_demanded() {
        assert_eq!(
            policy(&Signer::Any, &Thresholds::default(), false),
            r#"{"dangerous":{"anySigner":true,"noArtifact":true},"preset":"public-good","schema":"cretula/policy/v1"}"#
        );
    }

    #[test]
    fn a_certificate_is_bound_by_every_member_that_the_entry_names() {
        let signer = Signer::Certificate {
            identity: "a",
            issuer: None,
            source_repository: Some("r"),
            ca_sha256: Some("00"),
        };
        let thresholds =
            Thresholds { tlog_entries: Some(0), signed_timestamps: Some(1), ..Thresholds::default() };
        assert_eq!(
            policy(&signer, &thresholds, true),
            concat!(
                r#"{"evidence":{"log":{"threshold":0},"time":{"signedThreshold":1}},"preset":"public-good","#,
                r#""schema":"cretula/policy/v1","signers":{"certificate":{"ca":{"sha256":"00"},"#,
                r#""claims":{"sourceRepositoryUri":"r"},"issuer":{"absent":true},"san":"a"}}}"#
            )
        );
    }

    #[test]
    fn a_key_needs_no_time_unless_the_entry_demands_one() {
        let none = policy(&Signer::Key, &Thresholds::default(), true);
        assert!(none.contains(r#""preset":"managed-key""#), "{none}");
        let thresholds = Thresholds { signed_timestamps: Some(1), ..Thresholds::default() };
        let one = policy(&Signer::Key, &thresholds, true);
        assert!(one.contains(r#""preset":"public-good""#), "{one}");
        assert!(one.contains(r#""signers":{"key":{"ids":[""]}}"#), "{one}");
    }
}
