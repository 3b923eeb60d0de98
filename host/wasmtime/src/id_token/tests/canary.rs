//! A token is in nothing that people or logs see.

use cretula_testkit::Json;

use super::world::{NOW, World};
use crate::id_token::{
    AcquireError, AuthorityExpectation, IdToken, pre_check, unverified_selector, verify_id_token,
};

type Edit = Box<dyn Fn(&mut cretula_testkit::serve::IdToken)>;

/// Every part of the token, and the canaries in its claims.
fn secrets(text: &str) -> Vec<String> {
    let mut secrets: Vec<String> = text.split('.').map(String::from).collect();
    secrets.push("canary".into());
    secrets
}

#[test]
fn errors_and_debug_output_hold_nothing_of_it() {
    let world = World::new();
    let edits: Vec<Edit> = vec![
        Box::new(|_| {}),
        Box::new(|token| {
            token.header.set("/kid", Json::text("canary"));
        }),
        Box::new(|token| {
            token.header.set("/alg", Json::text("canary"));
        }),
        Box::new(|token| {
            token.header.set("/typ", Json::text("canary"));
        }),
        Box::new(|token| {
            token.header.set("/crit", Json::text("canary"));
        }),
        Box::new(|token| {
            token.claims.set("/iss", Json::text("canary"));
        }),
        Box::new(|token| {
            token.claims.set("/aud", Json::text("canary"));
        }),
        Box::new(|token| {
            token.claims.set("/exp", Json::text("canary"));
        }),
        Box::new(|token| {
            token.claims.set("/jti", Json::text("canary\n"));
        }),
        Box::new(|token| {
            token.claims.set("/sub", Json::text("canary\n"));
        }),
        Box::new(|token| {
            token.claims.set("/sha", Json::List(vec![Json::text("canary")]));
        }),
        Box::new(|token| {
            token.claims.set("/project_path", Json::text("canary"));
        }),
    ];
    for edit in edits {
        let mut draft = world.github();
        draft.claims.set("/actor", Json::text("canary"));
        edit(&mut draft);
        let text = draft.encode();
        let token = IdToken::new(text.clone().into_bytes()).unwrap();
        let expected = AuthorityExpectation { audience: "sigstore".into(), issuers: vec!["x".into()] };
        let verdict = verify_id_token(&token, &world.issuers, &world.keys, NOW);
        let mut shown = format!("{token:?} {:?} {verdict:?}", token.bearer());
        if let Err(error) = verdict {
            shown.push_str(&format!("{error} {} {}", error.detail(), AcquireError::from(error)));
        }
        if let Err(error) = pre_check(&token, &expected, NOW) {
            shown.push_str(&format!("{error} {error:?}"));
        }
        if let Err(error) = unverified_selector(&token, &world.issuers) {
            shown.push_str(&format!("{error} {error:?}"));
        }
        for secret in secrets(&text) {
            assert!(!shown.contains(&secret), "{shown}");
        }
    }
}

#[test]
fn audit_lines_hold_nothing_of_it() {
    use crate::audit::{AuditEvent, AuditSink as _, AuditVerdict, MemoryAudit};
    let world = World::new();
    let text = world.github().encode();
    let verified = world.verify(&text).unwrap();
    let audit = MemoryAudit::new();
    audit
        .append(&AuditEvent {
            time: NOW,
            request_id: "r1".into(),
            caller: Some(verified.caller()),
            mode: "m".into(),
            key_id: "k".into(),
            key_version: None,
            kind: "attestation".into(),
            payload_sha256: None,
            predicate_type: None,
            subjects: Vec::new(),
            builder_id: None,
            verdict: AuditVerdict::Allowed,
        })
        .unwrap();
    let line = String::from_utf8(audit.lines().remove(0)).unwrap();
    assert!(line.contains("repo:acme/app:environment:release"));
    for secret in secrets(&text) {
        assert!(!line.contains(&secret), "{line}");
    }
}
