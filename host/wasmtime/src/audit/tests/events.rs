//! Lines and their chain.

use std::io::Write;

use crate::audit::file::{Durable, Log};
use crate::audit::{
    AuditError, AuditEvent, AuditSink as _, AuditVerdict, Caller, ChainBreak, LineDigest, MemoryAudit,
    verify_chain,
};
use crate::runtime::MODULE_SHA256;

pub(super) fn event(request_id: &str) -> AuditEvent {
    AuditEvent {
        time: 1_767_225_600,
        request_id: request_id.into(),
        caller: Some(Caller {
            issuer: "https://issuer.example".into(),
            subject: "repo:acme/app".into(),
            repository_id: Some("1001".into()),
            job_id: None,
        }),
        mode: "hosted".into(),
        key_id: "file:release".into(),
        key_version: Some("3".into()),
        kind: "attestation".into(),
        payload_sha256: Some("00".repeat(32)),
        predicate_type: Some("https://slsa.dev/provenance/v1".into()),
        subjects: vec![format!("sha256:{}", "11".repeat(32))],
        builder_id: Some("https://builder.example".into()),
        verdict: AuditVerdict::Allowed,
    }
}

fn lines(events: &[AuditEvent]) -> Vec<String> {
    let audit = MemoryAudit::new();
    for event in events {
        assert!(audit.append(event).is_ok());
    }
    audit.lines().into_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

#[test]
fn a_line_has_every_member() {
    let zeros = "0".repeat(64);
    let line = lines(&[event("r1")]).remove(0);
    assert_eq!(
        line,
        format!(
            concat!(
                r#"{{"builderId":"https://builder.example","caller":{{"issuer":"https://issuer.example","repositoryId":"1001","#,
                r#""subject":"repo:acme/app"}},"keyId":"file:release","keyVersion":"3","kind":"attestation","mode":"hosted","#,
                r#""moduleSha256":"{}","payloadSha256":"{}","predicateType":"https://slsa.dev/provenance/v1","#,
                r#""previous":"{}","requestId":"r1","subjects":{{"count":1,"digests":["sha256:{}"]}},"#,
                r#""time":"2026-01-01T00:00:00Z","verdict":"allowed"}}"#
            ),
            MODULE_SHA256,
            zeros,
            zeros,
            "11".repeat(32)
        )
    );
}

#[test]
fn a_denial_has_its_code_and_absent_members_are_absent() {
    let denied = AuditEvent {
        caller: None,
        key_version: None,
        payload_sha256: None,
        predicate_type: None,
        builder_id: None,
        subjects: Vec::new(),
        verdict: AuditVerdict::Denied { code: "guard/pae".into() },
        ..event("r1")
    };
    let line = lines(&[denied]).remove(0);
    assert!(line.contains(r#""code":"guard/pae""#) && line.contains(r#""verdict":"denied""#));
    for absent in ["caller", "keyVersion", "payloadSha256", "predicateType", "builderId"] {
        assert!(!line.contains(absent), "{absent}");
    }
}

#[test]
fn foreign_text_is_escaped_and_cut() {
    let mut hostile = event("r1\n{\"verdict\":\"allowed\"}");
    hostile.caller =
        Some(Caller { subject: "s".repeat(5_000), issuer: "\u{202e}".into(), ..Caller::default() });
    hostile.subjects = (0..40).map(|number| format!("sha256:{number}")).collect();
    let line = lines(&[hostile]).remove(0);
    assert!(!line.contains('\n') && !line.contains('\u{202e}') && line.len() < 3_000);
    assert!(line.contains(r#"r1\\u{a}{\\\"verdict"#), "{line}");
    assert!(line.contains(r#""count":40"#) && line.contains("sha256:15") && !line.contains("sha256:16"));
}

#[test]
fn lines_are_chained() {
    let lines = lines(&[event("r1"), event("r2"), event("r3")]);
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let whole = text(&lines);
    let summary = verify_chain(whole.as_bytes()).unwrap();
    assert_eq!((summary.lines, summary.cut_off), (3, 0));
    assert!(lines[1].contains(&LineDigest::of(lines[0].as_bytes()).to_hex()));
    assert_eq!(summary.last, LineDigest::of(lines[2].as_bytes()));
    let broken = |lines: &[&String]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        verify_chain(text.as_bytes()).err().map(|error| error.line)
    };
    assert_eq!(broken(&[&lines[0], &lines[2]]), Some(2), "a line is missing");
    assert_eq!(broken(&[&lines[1], &lines[2]]), Some(1), "the beginning is missing");
    assert_eq!(broken(&[&lines[0], &lines[2], &lines[1]]), Some(2), "another order");
    assert_eq!(broken(&[&lines[0], &lines[0]]), Some(2), "a line twice");
    let changed = lines[0].replace("r1", "r9");
    assert_eq!(broken(&[&changed, &lines[1]]), Some(2), "a changed line");
    assert_eq!(broken(&[&lines[0], &lines[1]]), None, "an end can be taken away: compare the last digest");
    assert_eq!(verify_chain(&b""[..]).map(|summary| summary.last), Ok(LineDigest::START));
    let error = ChainBreak { line: 2 };
    assert_eq!(error.to_string(), "line 2 of the audit log does not follow the line before");
    assert!(verify_chain("x".repeat(70_000).as_bytes()).is_err());
}

#[test]
fn a_sink_that_fails_says_so() {
    let audit = MemoryAudit::new();
    audit.fail(true);
    let error = audit.append(&event("r1")).unwrap_err();
    assert_eq!(error.to_string(), "audit/unavailable: the audit log cannot be written");
    assert_eq!(AuditError::CODE, "audit/unavailable");
    assert!(audit.lines().is_empty());
    audit.fail(false);
    assert!(audit.append(&event("r1")).is_ok());
}

/// Keeps what was written, and whether it was synced; fails at will.
#[derive(Default)]
struct Disk {
    written: Vec<u8>,
    synced: usize,
    room: usize,
    sync_fails: bool,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let fits = bytes.len().min(self.room);
        self.room = self.room.saturating_sub(fits);
        self.written.extend_from_slice(&bytes[..fits]);
        if fits == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(fits) }
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Durable for Disk {
    fn make_durable(&mut self) -> std::io::Result<()> {
        if self.sync_fails {
            return Err(std::io::Error::other("no sync"));
        }
        self.synced = self.written.len();
        Ok(())
    }
}

#[test]
fn a_line_is_durable_when_append_returns() {
    let mut log = Log { out: Disk { room: 1 << 20, ..Disk::default() }, previous: LineDigest::START };
    for number in 1..4 {
        assert!(log.append(&event("r")).is_ok());
        assert_eq!(log.out.synced, log.out.written.len());
        assert_eq!(log.out.written.iter().filter(|byte| **byte == b'\n').count(), number);
    }
    let mut full = Log { out: Disk { room: 100, ..Disk::default() }, previous: LineDigest::START };
    assert!(full.append(&event("r")).is_err());
    let out = Disk { room: 1 << 20, sync_fails: true, ..Disk::default() };
    assert!(Log { out, previous: LineDigest::START }.append(&event("r")).is_err());
}
