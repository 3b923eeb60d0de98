//! Lessons of a review, on a real bundle with a managed key: what one entry lacks, another does not lend.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use cretula_encoding::{base64, pem};
use cretula_sandbox_tests::{Engine, Native, shared_vectors};

/// The parts of requests about `private/attest-key-p256`.
struct Lesson {
    bundle: Vec<u8>,
    root: Vec<u8>,
    key: String,
    hint: String,
}

impl Lesson {
    fn open() -> Option<Self> {
        let folder = shared_vectors().unwrap()?;
        let bundle = folder.read("private/attest-key-p256/bundle.sigstore.json").unwrap();
        let text = String::from_utf8(bundle.clone()).unwrap();
        let after = text.split("\"hint\":").nth(1).unwrap();
        let hint = after.split('"').nth(1).unwrap().to_owned();
        let key = folder.read("private/attest-key-p256/key.pub.pem").unwrap();
        let key = base64::encode(&pem::parse_block(&key, &["PUBLIC KEY"]).unwrap().der);
        Some(Self { bundle, root: folder.read("private/trusted_root.json").unwrap(), key, hint })
    }

    /// One managed key under an id, with further members.
    fn key(&self, id: &str, more: &str) -> String {
        format!(r#"{{"id":"{id}","key":"{}"{more}}}"#, self.key)
    }

    /// `verified`, or the code of the refusal or failure.
    fn verify(&self, keys: &[String], policy: &str) -> String {
        let policy = format!(r#"{{"schema":"cretula/policy/v1",{policy}}}"#);
        let request = format!(
            r#"{{"schema":"cretula/verify-request/v1","bundle":"{}","trust":{{"roots":["{}"],"keys":[{}]}},"policy":"{}"}}"#,
            base64::encode(&self.bundle),
            base64::encode(&self.root),
            keys.join(","),
            base64::encode(policy.as_bytes())
        );
        let reply = String::from_utf8(Native::default().verify(request.as_bytes()).unwrap()).unwrap();
        if reply.contains(r#""verdict":"verified""#) {
            return "verified".to_owned();
        }
        // The primary code is the one at the top of the document, before the inputs and the policy.
        let top = reply.split(r#","dangerous""#).next().unwrap();
        let code = top.rsplit(r#""code":""#).next().unwrap();
        code.split('"').next().unwrap().to_owned()
    }
}

const ANYWAY: &str = r#""dangerous":{"noArtifact":true}"#;

#[test]
fn a_denied_key_stays_denied_under_another_id() {
    let Some(lesson) = Lesson::open() else { return };
    let both = [lesson.key(&lesson.hint, ""), lesson.key("old", "")];
    let admitted = format!(r#""signers":{{"key":{{"ids":["{}"]}}}}"#, lesson.hint);
    assert_eq!(lesson.verify(&both, &format!("{admitted},{ANYWAY}")), "verified");
    for deny in [r#"{"keyId":"old"}"#, r#"{"key":{"ids":["old"]}}"#] {
        let policy = format!(r#"{admitted},"deny":[{deny}],{ANYWAY}"#);
        assert_eq!(lesson.verify(&both, &policy), "identity/denied", "{deny}");
    }
    // The policy may know the key by the id that the bundle does not name.
    let other = format!(r#""signers":{{"key":{{"ids":["old"]}}}},{ANYWAY}"#);
    assert_eq!(lesson.verify(&both, &other), "verified");
    let unknown = format!(r#""signers":{{"key":{{"ids":["new"]}}}},{ANYWAY}"#);
    assert_eq!(lesson.verify(&both, &unknown), "identity/key");
}

#[test]
fn a_window_belongs_to_its_entry() {
    let Some(lesson) = Lesson::open() else { return };
    let past =
        r#","usage":"release","validFor":{"start":"2020-01-01T00:00:00Z","end":"2021-01-01T00:00:00Z"}"#;
    let policy = format!(r#""signers":{{"key":{{"ids":["{}"],"usage":"release"}}}},{ANYWAY}"#, lesson.hint);
    let expired = lesson.key(&lesson.hint, past);
    assert_eq!(lesson.verify(std::slice::from_ref(&expired), &policy), "time/key-window");
    // Neither another usage of the same key nor an entry for any hint lends its open window.
    for lender in [lesson.key(&lesson.hint, r#","usage":"test""#), lesson.key("", "")] {
        assert_eq!(lesson.verify(&[expired.clone(), lender.clone()], &policy), "identity/key", "{lender}");
    }
    let current = lesson.key(&lesson.hint, r#","usage":"release""#);
    assert_eq!(lesson.verify(&[expired, current], &policy), "verified");
}

#[test]
fn a_time_mode_holds_at_threshold_zero() {
    let Some(lesson) = Lesson::open() else { return };
    let keys = [lesson.key(&lesson.hint, "")];
    let policy = |mode: &str| {
        format!(
            r#""signers":{{"key":{{"ids":["{}"]}}}},"evidence":{{"time":{{"mode":"{mode}","threshold":0}}}},{ANYWAY}"#,
            lesson.hint
        )
    };
    // The bundle has an RFC 3161 token and, being of generation 2, no time of the log.
    assert_eq!(lesson.verify(&keys, &policy("tsa")), "verified");
    assert_eq!(lesson.verify(&keys, &policy("log")), "time/mode");
    assert_eq!(lesson.verify(&keys, &policy("both")), "time/mode");
}

#[test]
fn members_about_subjects_need_a_subject() {
    let Some(lesson) = Lesson::open() else { return };
    let keys = [lesson.key(&lesson.hint, "")];
    let signers = format!(r#""signers":{{"key":{{"ids":["{}"]}}}}"#, lesson.hint);
    for subject in [r#"{"match":"all"}"#, r#"{"name":"zz"}"#] {
        let policy = format!(r#"{signers},"subject":{subject},{ANYWAY}"#);
        assert_ne!(lesson.verify(&keys, &policy), "verified", "{subject}");
    }
}

#[test]
fn one_algorithm_has_one_value() {
    let twice = [("sha256", "0".repeat(64)), ("sha256", "1".repeat(64))];
    let pairs = twice.iter().map(|(name, value)| (*name, value.as_str()));
    let refused = cretula_verify::request::Artifact::from_entries(pairs).unwrap_err();
    assert_eq!(refused.code, "input/digest");
}
