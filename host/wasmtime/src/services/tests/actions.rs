//! Actions and replies as documents.

use cretula_encoding::base64;

use super::bench::{Bench, block_on};
use crate::services::{Auth, ExchangeAction, HostError, Method, Service, ServiceReply, reply_document};

fn action(requests: &str) -> String {
    format!(r#"{{"schema":"cretula/action/v1","type":"need-exchange","id":7,"requests":[{requests}]}}"#)
}

const REQUEST: &str = r#"{"service":"fulcio","serviceUrl":"https://ca.example","majorApiVersion":1,"method":"POST",
    "url":"https://ca.example/api/v2/signingCert","headers":{"content-type":"application/json","accept":"text/plain"},
    "body":"e30=","auth":"fulcio-token","timeoutMs":30000,"delayMs":1000}"#;

#[test]
fn an_action_is_read() {
    let action = ExchangeAction::parse(action(REQUEST).as_bytes()).unwrap();
    let [request] = action.requests.as_slice() else { panic!("one request") };
    assert_eq!(
        (action.id, request.service, request.method, request.auth),
        (7, Service::Fulcio, Method::Post, Auth::FulcioToken)
    );
    assert_eq!((request.service_url.as_str(), request.major_api_version), ("https://ca.example", 1));
    assert_eq!(request.url, "https://ca.example/api/v2/signingCert");
    assert_eq!((request.content_type.as_str(), request.accept.as_str()), ("application/json", "text/plain"));
    assert_eq!((request.body.as_slice(), request.timeout_ms, request.delay_ms), (&b"{}"[..], 30_000, 1_000));
}

#[test]
fn members_that_may_be_absent() {
    let short = REQUEST.replace(r#""body":"e30=","#, "").replace(r#","delayMs":1000"#, "");
    let short = short.replace(r#""content-type":"application/json","#, "");
    let action = ExchangeAction::parse(action(&short).as_bytes()).unwrap();
    let request = &action.requests[0];
    assert!(request.body.is_empty() && request.content_type.is_empty() && request.delay_ms == 0);
}

#[test]
fn other_documents_are_refused() {
    let good = action(REQUEST);
    for (from, to) in [
        ("cretula/action/v1", "cretula/action/v2"),
        ("need-exchange", "need-key"),
        (r#""id":7"#, r#""id":-1"#),
        (r#""id":7"#, r#""id":9007199254740992"#),
        (r#""id":7"#, r#""id":7,"extra":1"#),
        ("fulcio\"", "oidc\""),
        ("POST", "PUT"),
        ("POST", "post"),
        ("fulcio-token", "basic"),
        ("e30=", "e30"),
        (r#""timeoutMs":30000"#, r#""timeoutMs":4294967296"#),
        (r#""timeoutMs":30000,"#, ""),
        (r#""majorApiVersion":1,"#, ""),
        (r#""accept":"text/plain""#, r#""accept":"text/plain","authorization":"x""#),
        (r#""delayMs":1000"#, r#""delayMs":1000,"delayMs":0"#),
        (r#""delayMs":1000"#, r#""delayMs":1.5"#),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        let error = ExchangeAction::parse(text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("not an action need-exchange: "), "{from} to {to}");
    }
    let many =
        |count: usize| ExchangeAction::parse(action(&vec![REQUEST; count].join(",")).as_bytes()).is_ok();
    assert!(many(64) && !many(65));
    assert!(ExchangeAction::parse(b"").is_err());
}

#[test]
fn replies_are_written() {
    let full = ServiceReply {
        status: 409,
        content_type: "application/json".into(),
        location: Some("/x".into()),
        retry_after: Some(2),
        log_index: Some(3),
        body: b"{}".to_vec(),
    };
    let plain = ServiceReply { status: 201, ..ServiceReply::default() };
    let text = reply_document(7, &[Ok(full), Ok(plain), Err(HostError::TimedOut)]);
    assert_eq!(
        String::from_utf8(text).unwrap(),
        concat!(
            r#"{"id":7,"replies":[{"body":"e30=","contentType":"application/json","location":"/x","logIndex":3,"#,
            r#""retryAfter":2,"status":409},{"body":"","contentType":"","status":201},{"error":{"kind":"timed-out"}}],"#,
            r#""schema":"cretula/reply/v1"}"#
        )
    );
    for (error, kind) in [
        (HostError::Denied, "denied"),
        (HostError::Other, "other"),
        (HostError::Redirected, "redirected"),
        (HostError::TimedOut, "timed-out"),
        (HostError::TooLarge, "too-large"),
        (HostError::Unavailable, "unavailable"),
    ] {
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, kind));
    }
}

#[test]
fn from_action_to_reply() {
    let bench = Bench::new();
    let request = bench.timestamp();
    let text = action(&format!(
        r#"{{"service":"tsa","serviceUrl":"{0}","majorApiVersion":1,"method":"POST","url":"{0}",
        "headers":{{"content-type":"application/timestamp-query","accept":"application/timestamp-reply"}},
        "body":"{1}","auth":"none","timeoutMs":15000,"delayMs":0}}"#,
        request.url,
        base64::encode(&request.body)
    ));
    let reply = block_on(bench.services.perform_json(text.as_bytes())).unwrap();
    let reply = String::from_utf8(reply).unwrap();
    assert!(reply.starts_with(r#"{"id":7,"replies":[{"body":"MI"#), "{reply}");
    assert!(reply.contains(r#""contentType":"application/timestamp-reply","status":200"#));
    assert!(block_on(bench.services.perform_json(b"{}")).is_err());
}
