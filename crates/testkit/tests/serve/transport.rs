//! Lies about HTTP itself, and ports that are closed.

use std::time::Duration;

use cretula_testkit::serve::{Place, Served, TransportLie};

use crate::client::{Answer, Failure, get, get_within};
use crate::signing::{Log, Signing, certificates, document, instance};

const LOG: Place = Place::RekorV2(0);

/// What a client gets of a write, and whether the log grew.
fn write(lie: TransportLie) -> (Result<Answer, Failure>, bool) {
    let served = Served::start(instance());
    let signing = Signing::new(&served);
    let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
    let before = served.services().log_size(LOG);
    served.lie(LOG, lie, 1);
    let answer = signing.post_entry(Log::V2, &leaf);
    let grew = served.services().log_size(LOG) > before;
    (answer, grew)
}

/// The client has compared the length.
fn is_whole(answer: &Answer) -> bool {
    let entry = document(&answer.body);
    answer.status == 201 && entry.member("canonicalizedBody").is_some()
}

#[test]
fn each_lie_about_http_is_the_one_that_it_says() {
    for lie in TransportLie::ALL {
        // They have tests of their own, with a client that does not wait.
        if matches!(lie, TransportLie::Hang | TransportLie::Drip { .. }) {
            continue;
        }
        let (answer, grew) = write(*lie);
        let (seen, carried_out) = match lie {
            TransportLie::Status { .. } => (
                answer
                    .as_ref()
                    .is_ok_and(|answer| answer.status == 503 && answer.header("retry-after") == Some("7")),
                false,
            ),
            TransportLie::Redirect { .. } => (
                answer.as_ref().is_ok_and(|answer| {
                    let location = answer.header("location");
                    answer.status == 307 && location == Some("http://127.0.0.1:9/api/v2/log/entries")
                }),
                false,
            ),
            TransportLie::Closed => (answer == Err(Failure::Closed), false),
            TransportLie::LostReply => (answer == Err(Failure::Closed), true),
            TransportLie::Truncated => (answer == Err(Failure::Truncated), true),
            TransportLie::Slow { .. } => (answer.as_ref().is_ok_and(is_whole), true),
            TransportLie::Hang | TransportLie::Drip { .. } => continue,
            TransportLie::Oversize => {
                (answer.as_ref().is_ok_and(|answer| answer.body.len() == (1 << 20) + 1), true)
            }
            TransportLie::Compressed => (
                answer.as_ref().is_ok_and(|answer| {
                    answer.header("content-encoding") == Some("gzip") && answer.body[..3] == [0x1f, 0x8b, 8]
                }),
                true,
            ),
            TransportLie::OtherContentType => {
                (answer.as_ref().is_ok_and(|answer| answer.header("content-type") == Some("text/html")), true)
            }
            TransportLie::Malformed => {
                (answer.as_ref().is_ok_and(|answer| !answer.text().ends_with('}')), true)
            }
            TransportLie::DuplicateMember => (
                answer
                    .as_ref()
                    .is_ok_and(|answer| answer.text().starts_with(r#"{"logIndex":0,"logIndex":"6","#)),
                true,
            ),
        };
        assert!(seen, "{lie:?}: {:?}", answer.map(|answer| (answer.status, answer.headers)));
        assert_eq!(grew, carried_out, "{lie:?}");
    }
}

#[test]
fn a_reply_that_hangs_never_comes() {
    let served = Served::start(instance());
    served.lie(LOG, TransportLie::Hang, 1);
    let url = served.url(LOG);
    assert_eq!(get_within(Duration::from_millis(500), &url, "/healthz"), Err(Failure::TimedOut));
    assert_eq!(get(&url, "/healthz").unwrap().status, 200);
}

#[test]
fn a_body_drips_byte_by_byte() {
    let served = Served::start(instance());
    let url = served.url(LOG);
    served.lie(LOG, TransportLie::Drip { millis: 20 }, 1);
    assert_eq!(get(&url, "/healthz").unwrap().status, 200);
    served.lie(LOG, TransportLie::Drip { millis: 60_000 }, 1);
    assert_eq!(get_within(Duration::from_millis(500), &url, "/healthz"), Err(Failure::TimedOut));
}

#[test]
fn a_lost_reply_is_found_again_as_a_conflict() {
    let served = Served::start(instance());
    let signing = Signing::new(&served);
    let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
    for (place, log) in [(Place::RekorV1(0), Log::V1), (LOG, Log::V2)] {
        served.lie(place, TransportLie::LostReply, 1);
        assert_eq!(signing.post_entry(log, &leaf), Err(Failure::Closed));
        assert_eq!(signing.post_entry(log, &leaf).unwrap().status, 409);
    }
}

#[test]
fn requests_are_kept_as_they_came() {
    let served = Served::start(instance());
    let signing = Signing::new(&served);
    served.lie(Place::Fulcio(0), TransportLie::Status { status: 503, retry_after: None }, 1);
    for status in [503, 200] {
        assert_eq!(signing.post_certificate().unwrap().status, status);
    }
    let exchanges = served.exchanges(Place::Fulcio(0));
    let [first, second] = exchanges.as_slice() else { panic!("two exchanges") };
    assert_eq!(first.request, second.request, "a retry sends identical bytes");
    let bearer = format!("Bearer {}", signing.token.encode());
    assert_eq!(first.request.header("authorization"), Some(bearer.as_str()));
    signing.post_timestamp().unwrap();
    assert_eq!(served.exchanges(Place::Tsa(0))[0].request.header("authorization"), None);
    assert!(served.exchanges(Place::Tsa(1)).is_empty());
}

#[test]
fn a_refused_port_is_refused_until_it_is_opened_again() {
    let mut served = Served::start(instance());
    let url = served.url(LOG);
    served.refuse(LOG);
    served.refuse(LOG);
    assert_eq!(get(&url, "/healthz"), Err(Failure::Refused));
    assert_eq!(get(&served.url(Place::RekorV2(1)), "/healthz").unwrap().status, 200);
    served.resume(LOG);
    assert_eq!(get(&url, "/healthz").unwrap().status, 200);
}

#[test]
fn nothing_listens_when_it_is_dropped() {
    let served = Served::start(instance());
    let url = served.fulcio_url.clone();
    assert_eq!(get(&url, "/healthz").unwrap().status, 200);
    drop(served);
    assert!(get(&url, "/healthz").is_err());
}

#[test]
fn replies_show_no_time_of_the_machine() {
    let served = Served::start(instance());
    assert_eq!(get(&served.fulcio_url, "/healthz").unwrap().header("date"), None);
}
