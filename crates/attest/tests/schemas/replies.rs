//! Replies of a host.

use cretula_attest::machine::{HostError, KeyReply, Reply, ServiceReply, SignatureReply, parse_reply};
use cretula_attest::schema::REPLY;
use cretula_encoding::base64;
use serde_json::{Value, json};

use crate::tables::{Walk, fits, members};

/// The document of a reply, as a host writes it.
pub(crate) fn document(id: u64, reply: &Reply) -> Value {
    let mut document = match reply {
        Reply::Again { deadline } => filled(json!({"type": "again", "deadline": deadline})),
        Reply::Config(trust) => json!({"trust": serde_json::from_slice::<Value>(trust).unwrap()}),
        Reply::Error(error) => json!({"error": host_error(*error)}),
        Reply::Exchange(replies) => json!({"replies": replies.iter().map(service).collect::<Vec<_>>()}),
        Reply::Key(key) => filled(json!({
            "publicKey": base64::encode(&key.public_key), "algorithm": key.algorithm,
            "keyId": key.key_id, "version": key.version,
            "chain": key.chain.iter().map(|der| base64::encode(der)).collect::<Vec<_>>()
        })),
        Reply::Signature(signature) => filled(json!({
            "signature": base64::encode(&signature.signature), "encoding": signature.encoding,
            "version": signature.version
        })),
    };
    document["schema"] = json!("cretula/reply/v1");
    document["id"] = json!(id);
    document
}

fn service(reply: &Result<ServiceReply, HostError>) -> Value {
    match reply {
        Ok(reply) => filled(json!({
            "status": reply.status, "contentType": reply.content_type, "location": reply.location,
            "retryAfter": reply.retry_after, "logIndex": reply.log_index, "body": base64::encode(&reply.body)
        })),
        Err(error) => json!({"error": host_error(*error)}),
    }
}

fn host_error(error: HostError) -> Value {
    let kind = match error {
        HostError::Denied => "denied",
        HostError::Other => "other",
        HostError::Redirected => "redirected",
        HostError::Throttled { .. } => "throttled",
        HostError::TimedOut => "timed-out",
        HostError::TooLarge => "too-large",
        HostError::Unavailable => "unavailable",
        HostError::WrongVersion => "wrong-version",
    };
    let retry_after_ms = match error {
        HostError::Throttled { retry_after_ms } => retry_after_ms,
        _ => None,
    };
    filled(json!({"kind": kind, "retryAfterMs": retry_after_ms}))
}

/// Without members that hold nothing.
fn filled(mut document: Value) -> Value {
    document.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    document
}

/// Replies that together have every member of the table.
fn complete() -> Vec<Reply> {
    let throttled = HostError::Throttled { retry_after_ms: Some(250) };
    vec![
        Reply::Again { deadline: Some(1_787_393_000) },
        Reply::Config(b"{}".to_vec()),
        Reply::Error(throttled),
        Reply::Exchange(vec![
            Err(HostError::TimedOut),
            Ok(ServiceReply {
                status: 201,
                content_type: "application/json".into(),
                location: Some("/api/v1/log/entries/0".into()),
                retry_after: Some(1),
                log_index: Some(7),
                body: b"{}".to_vec(),
            }),
        ]),
        Reply::Key(KeyReply {
            public_key: vec![0x30, 0],
            algorithm: "PKIX_ED25519".into(),
            key_id: "k".into(),
            version: Some("1".into()),
            chain: vec![vec![0x30, 0]],
        }),
        Reply::Signature(SignatureReply {
            signature: vec![1, 2],
            encoding: "p1363".into(),
            version: Some("1".into()),
        }),
    ]
}

#[test]
fn replies() {
    let mut walk = Walk::default();
    for reply in complete() {
        let document = document(3, &reply);
        assert_eq!(parse_reply(document.to_string().as_bytes()), Ok((3, reply)));
        assert!(fits(&document, REPLY), "{document}");
        walk.follow(&document, REPLY);
    }
    assert_eq!(walk.seen, members(REPLY));
    for (what, document) in &walk.wrong {
        assert!(!fits(document, REPLY), "the table takes {what}");
        // The machine refuses another algorithm as key/algorithm, another encoding as key/encoding, and
        // what is no trust configuration as config/format.
        let is_any = |value: &str| !value.contains("None") && !value.contains("Null");
        let is_read_later = match what.split_once(": ") {
            Some(("/algorithm" | "/encoding", value)) => value.contains("No such text."),
            Some(("/trust", value)) => is_any(value),
            _ => false,
        };
        assert_eq!(parse_reply(document.to_string().as_bytes()).is_ok(), is_read_later, "{what}");
    }
    for document in &walk.right {
        assert!(fits(document, REPLY), "{document}");
        assert!(parse_reply(document.to_string().as_bytes()).is_ok(), "{document}");
    }
}
