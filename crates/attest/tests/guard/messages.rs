//! Kinds, encoding, payload, predicate type, subjects, purpose (G1 to G5, G8, G10, G12), and the verdict.

use cretula_attest::guard::{MessageKind, guard};
use serde_json::{Value, json};

use crate::requests::{SHA256, github, set};
use crate::support::{
    PROVENANCE, authorisation, code, encode, key, key_sha256, message, pae, reviewed, run, sha256, statement,
};

/// Bends the subjects of a statement.
type Bend = fn(&mut Vec<Value>);

/// CertificationRequestInfo of a key: version, empty subject, key, no attributes.
pub(crate) fn request_info(spki: &[u8]) -> Vec<u8> {
    let content = [&[0x02, 0x01, 0x00, 0x30, 0x00], spki, &[0xa0, 0x00]].concat();
    [&[0x30, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
}

#[test]
fn the_verdict_says_what_is_signed() {
    let request = github();
    let (granted, message) = (authorisation(&request, PROVENANCE), message(&request));
    let verdict = run(&granted, &message).unwrap();
    assert_eq!(verdict.kind(), MessageKind::Attestation);
    let content = verdict.content().unwrap();
    assert_eq!(
        (content.predicate_type(), content.subjects().collect::<Vec<_>>()),
        (PROVENANCE, vec![SHA256])
    );
    let document: Value =
        serde_json::from_slice(&guard(&serde_json::to_vec(&granted).unwrap(), &message)).unwrap();
    let payload = &message[message.len() - serde_json::to_vec(&statement(&message)).unwrap().len()..];
    let builder = "https://github.com/acme/signing/.github/workflows/slsa-sign.yml@89abcdef0123456789abcdef0123456789abcdef";
    assert_eq!(
        document,
        json!({
            "schema": "cretula/guard/v1", "kind": "attestation", "messageSha256": sha256(&message),
            "key": key_sha256(&key("signer")), "payloadSha256": sha256(payload), "predicateType": PROVENANCE,
            "subjects": [SHA256], "builderId": builder
        })
    );
    assert_eq!(content.builder_id(), Some(builder));
    let refused: Value =
        serde_json::from_slice(&guard(&serde_json::to_vec(&granted).unwrap(), b"x")).unwrap();
    assert_eq!(refused["schema"], "cretula/error/v1");
    assert_eq!(refused["error"]["code"], "guard/unknown-message");
    let refused: Value = serde_json::from_slice(&guard(b"{", &message)).unwrap();
    assert_eq!(refused["error"]["code"], "input/syntax");
}

#[test]
fn only_three_kinds_exist() {
    let (_, granted) = reviewed();
    for other in [
        &b""[..],
        b"DSSEv1",
        b"DSSEv2 1 a 1 b",
        b"\x30",
        b"\x30\x00",
        b"\x30\x02\x05\x00",
        b"\x30\x80\0\0",
        b"{}",
    ] {
        assert_eq!(code(&granted, other), "guard/unknown-message", "{other:?}");
    }
    let trailing = [request_info(&key("signer").spki()).as_slice(), b"\0"].concat();
    assert_eq!(code(&granted, &trailing), "guard/unknown-message");
}

#[test]
fn encodings_are_exact() {
    let (request, granted) = reviewed();
    let good = message(&request);
    assert_eq!(code(&granted, &good), "");
    let text = String::from_utf8(good.clone()).unwrap();
    let payload = text.split_once('{').unwrap().1.len() + 1;
    let bent = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();
    for (message, what) in [
        (bent("DSSEv1 28 ", "DSSEv1 028 "), "a leading zero"),
        (bent("DSSEv1 28 ", "DSSEv1 +28 "), "a sign"),
        (bent("DSSEv1 28 ", "DSSEv1 29 "), "another length"),
        (bent("DSSEv1 28 ", "DSSEv1  28 "), "two spaces"),
        (bent("DSSEv1 28 ", "DSSEv1 99999999999999999999999 "), "a great length"),
        (bent(&format!(" {payload} "), &format!(" {} ", payload + 1)), "a longer payload"),
        (bent(&format!(" {payload} "), &format!(" {} ", payload - 1)), "a shorter payload"),
        (bent(&format!(" {payload} "), &format!(" {payload}\t")), "a tab"),
        ([good.as_slice(), b" "].concat(), "a trailing byte"),
        (good[..good.len() - 1].to_vec(), "a byte less"),
        (b"DSSEv1 ".to_vec(), "nothing"),
        (b"DSSEv1 0  0".to_vec(), "no last space"),
        (b"DSSEv1 1 \xff 0 ".to_vec(), "a type that is no text"),
    ] {
        assert_eq!(code(&granted, &message), "guard/pae", "{what}");
    }
}

#[test]
fn payload_types() {
    let (request, granted) = reviewed();
    let payload = serde_json::to_vec(&statement(&message(&request))).unwrap();
    for other in ["", "application/json", "application/vnd.in-toto+json;x=1", "application/vnd.in-totO+json"]
    {
        assert_eq!(code(&granted, &pae(other, &payload)), "guard/payload-type", "{other}");
    }
}

#[test]
fn payloads_are_statements_as_written_here() {
    let (request, granted) = reviewed();
    let good = message(&request);
    let start = good.iter().position(|byte| *byte == b'{').unwrap();
    let text = String::from_utf8(good[start..].to_vec()).unwrap();
    let check = |payload: &str| code(&granted, &pae("application/vnd.in-toto+json", payload.as_bytes()));
    assert_eq!(check(&text), "");
    for (from, to) in [
        ("{\"_type\"", " {\"_type\""),
        ("{\"_type\"", "{\"x\":1,\"_type\""),
        ("{\"_type\"", "{\"_type\":\"https://in-toto.io/Statement/v1\",\"_type\""),
        ("/Statement/v1", "/Statement/v0.1"),
        ("\"predicateType\":", "\"predicateType\": "),
        ("\"predicate\":{\"b\": 1.50, \"a\": []}", "\"predicate\":[]"),
        ("\"predicate\":{\"b\": 1.50, \"a\": []}", "\"predicate\":null"),
        ("\"predicate\":{\"b\": 1.50, \"a\": []},", ""),
        ("\"b\": 1.50", "\"a\": 1.50"),
        ("\"name\":\"app\"", "\"name\":\"\\u0061pp\""),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(check(&text.replacen(from, to, 1)), "guard/statement", "{from} -> {to}");
    }
    assert_eq!(check("[]"), "guard/statement");
    assert_eq!(check(""), "guard/statement");
    let deep = format!("{{\"b\":{}{}}}", "[".repeat(63), "]".repeat(63));
    assert_eq!(check(&text.replacen("{\"b\": 1.50, \"a\": []}", &deep, 1)), "guard/statement");
}

#[test]
fn predicate_types_of_caller_and_mode() {
    let (request, granted) = reviewed();
    let good = message(&request);
    let refused = "guard/predicate-type";
    let with = |edits: &[(&str, &str)]| {
        let mut granted = granted.clone();
        edits.iter().for_each(|(pointer, text)| set(&mut granted, pointer, text));
        granted
    };
    assert_eq!(code(&with(&[("/predicateTypes", r#"["https://example.com/other/v1"]"#)]), &good), refused);
    assert_eq!(
        code(
            &with(&[(
                "/predicateTypes",
                r#"["https://example.com/reviewed/v10","https://example.com/reviewed/"]"#
            )]),
            &good
        ),
        refused
    );
    assert_eq!(code(&with(&[("/config/modes/m/predicates", r#"["spdx"]"#)]), &good), refused);
    assert_eq!(
        code(&with(&[("/config/modes/m/predicates", r#"["https://example.com/reviewed/v1"]"#)]), &good),
        ""
    );
    for (listed, predicate_type, expected) in [
        ("raw", "https://slsa.dev/provenance/v0.2", refused),
        ("spdx", "https://spdx.dev/Document", ""),
        ("spdx", "https://spdx.dev/Document/v2.3", ""),
        ("spdx", "https://spdx.dev/Document/v3", refused),
        ("spdx3", "https://spdx.dev/Document/v3", ""),
        ("cyclonedx", "https://cyclonedx.org/bom/v1.6", ""),
        ("cyclonedx", "https://cyclonedx.org/bomb", refused),
        ("release", "https://in-toto.io/attestation/release/v0.1", ""),
        ("release", "https://in-toto.io/attestation/release/v0.2", refused),
        ("ai", "https://cretula.example/predicates/ai-provenance/v1", ""),
    ] {
        let mut statement = statement(&good);
        statement["predicateType"] = json!(predicate_type);
        let listed = format!("[{listed:?}]");
        let types = format!("[{predicate_type:?}]");
        let granted = with(&[("/config/modes/m/predicates", &listed), ("/predicateTypes", &types)]);
        assert_eq!(code(&granted, &encode(&statement)), expected, "{listed} {predicate_type}");
    }
    let mut ai = statement(&good);
    ai["predicateType"] = json!("https://cretula.example/predicates/ai-provenance/v1");
    let edits = [
        ("/config/modes/m/predicates", r#"["ai"]"#),
        ("/predicateTypes", r#"["https://cretula.example/predicates/ai-provenance/v1"]"#),
        ("/config/modes/m/ai", r#""parameter""#),
    ];
    assert_eq!(code(&with(&edits), &encode(&ai)), refused);
}

#[test]
fn subjects_are_those_of_the_request() {
    let (mut request, _) = reviewed();
    let (b, c) = ("b".repeat(64), "c".repeat(128));
    request["tenant"]["subjects"] = json!([
        {"name": "a", "digest": {"sha256": SHA256}}, {"name": "b", "digest": {"sha256": b, "sha512": c}},
        {"digest": {"sha256": SHA256}}
    ]);
    let granted = authorisation(&request, "https://example.com/reviewed/v1");
    let good = message(&request);
    assert_eq!(code(&granted, &good), "");
    let with = |edit: fn(&mut Vec<Value>)| {
        let mut statement = statement(&good);
        edit(statement["subject"].as_array_mut().unwrap());
        encode(&statement)
    };
    let edits: [(Bend, &str); 10] = [
        (|list| drop(list.remove(1)), "one less"),
        (|list| list.push(json!({"digest": {"sha256": "d".repeat(64)}, "name": "z"})), "one more"),
        (|list| list.push(json!({"digest": {"sha256": SHA256}, "name": "z"})), "one twice"),
        (|list| list[1]["digest"]["sha256"] = json!("d".repeat(64)), "another"),
        (|list| list[2] = json!({"digest": {"sha256": "b".repeat(64)}, "name": "b"}), "a digest less"),
        (|list| list[1]["digest"] = json!({"gitCommit": "c".repeat(40)}), "a commit"),
        (|list| list[1]["digest"]["sha1"] = json!("c".repeat(40)), "a weak digest besides"),
        (|list| list[1]["annotations"] = json!({"sourceRefs": ["refs/heads/main"]}), "annotations"),
        (|list| list[1]["uri"] = json!("u:x"), "another member"),
        (|list| list.clear(), "none"),
    ];
    for (edit, what) in edits {
        assert_eq!(code(&granted, &with(edit)), "guard/subject", "{what}");
    }
    assert_eq!(code(&granted, &with(|list| list.reverse())), "guard/statement", "another order");
    let mut test_result = statement(&message(&reviewed().0));
    test_result["predicateType"] = json!("https://in-toto.io/attestation/test-result/v0.1");
    test_result["subject"] = json!([{"digest": {"gitCommit": "c".repeat(40)}}]);
    let (_, mut granted) = reviewed();
    set(&mut granted, "/predicateTypes", r#"["https://in-toto.io/attestation/test-result/v0.1"]"#);
    set(&mut granted, "/subjects", &format!(r#"[{{"gitCommit":"{}"}}]"#, "c".repeat(40)));
    assert_eq!(code(&granted, &encode(&test_result)), "");
}

#[test]
fn certificate_requests_are_of_the_ephemeral_key() {
    let mut granted = authorisation(&github(), PROVENANCE);
    let good = request_info(&key("signer").spki());
    let verdict = run(&granted, &good).unwrap();
    assert_eq!((verdict.kind(), verdict.content()), (MessageKind::CertificateRequest, None));
    let spki = key("signer").spki();
    let wrap = |parts: &[&[u8]]| {
        let content = parts.concat();
        [&[0x30, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
    };
    let subject = b"\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02\x61\x62";
    for (other, what) in [
        (request_info(&key("other").spki()), "another key"),
        (wrap(&[b"\x02\x01\x01\x30\x00", &spki, b"\xa0\x00"]), "another version"),
        (wrap(&[b"\x02\x01\x00", subject, &spki, b"\xa0\x00"]), "a subject"),
        (wrap(&[b"\x02\x01\x00\x30\x00", &spki, b"\xa0\x02\x30\x00"]), "an attribute"),
        (wrap(&[b"\x02\x01\x00\x30\x00", &spki]), "no member for attributes"),
        (wrap(&[b"\x02\x01\x00\x30\x00", &spki, b"\xa0\x00\x05\x00"]), "one more member"),
    ] {
        assert_eq!(code(&granted, &other), "guard/csr", "{what}");
    }
    set(&mut granted, "/config/modes/m/profile", r#""managed""#);
    assert_eq!(code(&granted, &good), "guard/purpose", "a profile without Fulcio");
}

#[test]
fn purposes_fit_kinds() {
    let request = github();
    let (mut granted, statement) = (authorisation(&request, PROVENANCE), message(&request));
    let csr = request_info(&key("signer").spki());
    let certificate = [0x30, 0x04, 0xa0, 0x02, 0x05, 0x00];
    assert_eq!((code(&granted, &statement), code(&granted, &csr)), ("", ""));
    assert_eq!(code(&granted, &certificate), "guard/purpose");
    set(&mut granted, "/purpose", r#""attestation""#);
    assert_eq!((code(&granted, &statement), code(&granted, &csr)), ("", "guard/purpose"));
    set(&mut granted, "/key", r#""other""#);
    assert_eq!(code(&granted, &statement), "guard/purpose", "a key of another name");
}

#[test]
fn nothing_is_signed_for_facts_that_the_mode_does_not_admit() {
    let request = github();
    let (good, message) = (authorisation(&request, PROVENANCE), message(&request));
    let csr = request_info(&key("signer").spki());
    for (pointer, text, expected) in [
        ("/mode", r#""n""#, "mode/unknown"),
        (
            "/config/modes/m/signers/0/digests/0",
            r#""0000000000000000000000000000000000000000""#,
            "builder/not-allowed",
        ),
        ("/facts/claims/iss", r#""https://gitlab.example""#, "facts/origin"),
        ("/facts/claims/sub", "null", "claims/missing"),
    ] {
        let mut granted = good.clone();
        set(&mut granted, pointer, text);
        assert_eq!((code(&granted, &message), code(&granted, &csr)), (expected, expected), "{pointer}");
    }
    let mut granted = good.clone();
    set(&mut granted, "/config/modes/m/requireHosted", "true");
    assert_eq!(code(&granted, &message), "");
    set(&mut granted, "/facts/claims/runner_environment", r#""self-hosted""#);
    assert_eq!(code(&granted, &csr), "claims/runner-environment");
}
