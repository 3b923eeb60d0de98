//! Everything that can go wrong on the way.

use std::time::Duration;

use cretula_testkit::serve::{Place, TransportLie};

use super::bench::{Bench, OPTIONS, block_on};
use crate::services::{
    BoundedHttp, ExchangeOptions, ExchangeRequest, HostError, HttpRequest, Insecure, Method, Roots,
    Transport as _, Waiting,
};

const TSA: Place = Place::Tsa(0);

/// What becomes of a request for a timestamp under a lie.
fn under(lie: TransportLie, timeout_ms: u32) -> Result<u16, HostError> {
    let bench = Bench::new();
    bench.served.lie(TSA, lie, 1);
    let request = ExchangeRequest { timeout_ms, ..bench.timestamp() };
    let outcome = bench.send(&request).map(|reply| reply.status);
    bench.served.honest(TSA);
    assert_eq!(bench.send(&bench.timestamp()).map(|reply| reply.status), Ok(200), "after {lie:?}");
    outcome
}

#[test]
fn lies_about_http() {
    for (lie, outcome) in [
        (TransportLie::Status { status: 503, retry_after: None }, Ok(503)),
        (TransportLie::Status { status: 304, retry_after: None }, Err(HostError::Redirected)),
        (TransportLie::Redirect { port: 9 }, Err(HostError::Redirected)),
        (TransportLie::Closed, Err(HostError::Unavailable)),
        (TransportLie::LostReply, Err(HostError::Unavailable)),
        (TransportLie::Truncated, Err(HostError::Unavailable)),
        (TransportLie::Oversize, Err(HostError::TooLarge)),
        (TransportLie::Compressed, Err(HostError::TooLarge)),
        (TransportLie::Malformed, Ok(200)),
    ] {
        assert_eq!(under(lie, 20_000), outcome, "{lie:?}");
    }
}

#[test]
fn another_content_type_is_told_to_the_module() {
    let bench = Bench::new();
    bench.served.lie(TSA, TransportLie::OtherContentType, 1);
    assert_eq!(bench.send(&bench.timestamp()).unwrap().content_type, "text/html");
}

#[test]
fn a_reply_that_never_comes_is_given_up() {
    assert_eq!(under(TransportLie::Hang, 300), Err(HostError::TimedOut));
}

#[test]
fn a_body_that_stops_is_given_up_before_the_whole_time() {
    // With the whole time of two minutes the test would be cut off long before.
    assert_eq!(under(TransportLie::Drip { millis: 100_000 }, 120_000), Err(HostError::TimedOut));
}

#[test]
fn a_body_that_drips_is_given_up_after_the_whole_time() {
    assert_eq!(under(TransportLie::Drip { millis: 50 }, 1_000), Err(HostError::TimedOut));
    assert_eq!(under(TransportLie::Drip { millis: 0 }, 20_000), Ok(200));
}

/// The first byte may take longer than the idle time: logs answer after their next checkpoint.
#[test]
fn a_slow_reply_is_waited_for() {
    let slow = OPTIONS.idle.saturating_mul(3);
    let millis = u64::try_from(slow.as_millis()).unwrap();
    assert_eq!(under(TransportLie::Slow { millis }, 20_000), Ok(200));
}

#[test]
fn the_hosts_own_limits_hold_whatever_the_module_says() {
    let bench = Bench::new();
    let options = ExchangeOptions { max_total: Duration::from_millis(300), max_body_bytes: 16, ..OPTIONS };
    let services = bench.services.clone().with_options(options);
    bench.served.lie(TSA, TransportLie::Hang, 1);
    assert_eq!(block_on(services.perform(&[bench.timestamp()])), [Err(HostError::TimedOut)]);
    assert_eq!(block_on(services.perform(&[bench.timestamp()])), [Err(HostError::TooLarge)]);
}

#[test]
fn a_closed_port_is_unavailable() {
    let mut bench = Bench::new();
    bench.served.refuse(TSA);
    assert_eq!(bench.send(&bench.timestamp()), Err(HostError::Unavailable));
    bench.served.resume(TSA);
    assert!(bench.send(&bench.timestamp()).is_ok());
}

/// A body of exactly the limit passes, one byte more does not.
#[test]
fn the_body_at_its_limit() {
    let bench = Bench::new();
    let whole = bench.send(&bench.timestamp()).unwrap().body.len();
    for (most, fits) in [(whole, true), (whole - 1, false)] {
        let services =
            bench.services.clone().with_options(ExchangeOptions { max_body_bytes: most, ..OPTIONS });
        let reply = block_on(services.perform(&[bench.timestamp()])).remove(0);
        assert_eq!(reply.is_ok(), fits, "{most}");
    }
}

fn plain(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: url.into(),
        content_type: String::new(),
        accept: String::new(),
        body: Vec::new(),
        bearer: None,
        waiting: Waiting { total: Duration::from_secs(5), idle: Duration::from_secs(5) },
        max_body_bytes: 1024,
    }
}

#[test]
fn http_without_tls_is_for_loopback_only() {
    let strict = BoundedHttp::new(&Roots::Only(Vec::new()), Insecure::Never).unwrap();
    let loopback = BoundedHttp::new(&Roots::Only(Vec::new()), Insecure::LoopbackHttp).unwrap();
    let bench = Bench::new();
    let url = format!("{}/healthz", bench.served.fulcio_url);
    assert_eq!(block_on(strict.send(plain(&url))).err(), Some(HostError::Denied));
    assert_eq!(block_on(loopback.send(plain(&url))).unwrap().status, 200);
    for url in ["http://service.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "nothing", ""] {
        assert_eq!(block_on(loopback.send(plain(url))).err(), Some(HostError::Denied), "{url}");
    }
}

/// A server that does not speak TLS is no server.
#[test]
fn https_is_not_given_up_for_http() {
    let bench = Bench::new();
    let http = BoundedHttp::new(&Roots::Only(Vec::new()), Insecure::LoopbackHttp).unwrap();
    let url = bench.served.fulcio_url.replace("http://", "https://");
    assert_eq!(block_on(http.send(plain(&url))).err(), Some(HostError::Unavailable));
}

#[test]
fn headers_cannot_be_split() {
    let bench = Bench::new();
    let request = ExchangeRequest { accept: "a\r\nx: y".into(), ..bench.timestamp() };
    assert_eq!(bench.send(&request), Err(HostError::Denied));
    assert!(bench.served.exchanges(TSA).is_empty());
}

#[test]
fn a_root_that_is_none_is_refused() {
    let error = BoundedHttp::new(&Roots::Only(vec![vec![1, 2, 3]]), Insecure::Never).unwrap_err();
    assert!(error.to_string().starts_with("the HTTP client cannot start: "));
}
