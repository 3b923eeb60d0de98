//! What comes back, and where the token goes.

use cretula_testkit::serve::{Place, RekorV1Lie, RekorV2Lie, TransportLie};

use super::bench::{Bench, block_on, get};
use crate::id_token::IdToken;
use crate::services::{Auth, ExchangeRequest, HostError, Method};

#[test]
fn replies_of_every_service() {
    let bench = Bench::new();
    // The body is none that Fulcio knows: its refusal is a reply, whose text stays in the log of the host.
    let reply = bench.send(&bench.certificate()).unwrap();
    assert_eq!((reply.status, reply.content_type.as_str()), (400, "application/json"));
    assert!(reply.body.is_empty() && reply.location.is_none());
    let reply = bench.send(&bench.timestamp()).unwrap();
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/timestamp-reply"));
    assert!(!reply.body.is_empty());
    let reply = bench.send(&bench.checkpoint()).unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(bench.send(&bench.entry_v2()).unwrap().status, 400);
}

#[test]
fn requests_are_sent_as_they_are() {
    let bench = Bench::new();
    let request = bench.timestamp();
    bench.send(&request).unwrap();
    bench.send(&request).unwrap();
    let exchanges = bench.served.exchanges(Place::Tsa(0));
    let [first, second] = exchanges.as_slice() else { panic!("two exchanges") };
    assert_eq!(first.request, second.request);
    assert_eq!((first.request.method.as_str(), &first.request.body), ("POST", &request.body));
    assert_eq!(first.request.header("content-type"), Some("application/timestamp-query"));
    assert_eq!(first.request.header("accept"), Some("application/timestamp-reply"));
    assert_eq!(first.request.header("accept-encoding"), Some("identity"));
    for name in ["cookie", "authorization", "referer", "origin"] {
        assert_eq!(first.request.header(name), None, "{name}");
    }
    bench.send(&bench.checkpoint()).unwrap();
    let read = bench.served.exchanges(Place::RekorV2(0));
    assert_eq!((read[0].request.method.as_str(), read[0].request.header("content-type")), ("GET", None));
}

#[test]
fn requests_of_one_action_go_out_together_and_keep_their_order() {
    let bench = Bench::new();
    // The first one waits until the second one has come.
    bench.served.lie(Place::Tsa(0), TransportLie::Slow { millis: 300 }, 1);
    let requests =
        [bench.timestamp(), bench.checkpoint(), ExchangeRequest { url: "x".into(), ..bench.entry_v2() }];
    let replies = block_on(bench.services.perform(&requests));
    let kinds: Vec<_> =
        replies.iter().map(|reply| reply.as_ref().map(|reply| reply.content_type.as_str())).collect();
    assert_eq!(kinds[0], Ok("application/timestamp-reply"));
    assert!(kinds[1].is_ok());
    assert_eq!(kinds[2], Err(&HostError::Denied));
    let services = bench.served.services();
    assert_eq!(services.exchanges().len(), 2);
}

#[test]
fn the_token_goes_to_the_authority_and_nowhere_else() {
    let bench = Bench::new();
    for request in [bench.timestamp(), bench.entry_v1(), bench.entry_v2(), bench.checkpoint()] {
        assert!(bench.send(&request).is_ok());
        let asking = ExchangeRequest { auth: Auth::FulcioToken, ..request };
        assert_eq!(bench.send(&asking), Err(HostError::Denied), "{}", asking.url);
    }
    bench.served.lie(Place::Fulcio(0), TransportLie::Status { status: 503, retry_after: None }, 1);
    assert_eq!(bench.send(&bench.certificate()).unwrap().status, 503);
    assert!(bench.services.token().is_filled(), "it is needed for the next attempt");
    assert!(bench.send(&bench.certificate()).is_ok());
    assert!(!bench.services.token().is_filled(), "the authority has answered");
    let bearer = format!("Bearer {}", bench.token);
    assert_eq!(bench.authorizations(Place::Fulcio(0)), [bearer.clone(), bearer]);
    assert_eq!(bench.send(&bench.certificate()), Err(HostError::Denied), "there is no token any more");
    {
        let services = bench.served.services();
        let elsewhere = services.exchanges().iter().filter(|exchange| exchange.place != Place::Fulcio(0));
        let with: Vec<_> =
            elsewhere.filter(|exchange| exchange.request.header("authorization").is_some()).collect();
        assert!(with.is_empty(), "{with:?}");
    }
    bench.services.token().put(IdToken::new(b"a.b.c".to_vec()).unwrap());
    assert!(bench.send(&bench.certificate()).is_ok());
}

#[test]
fn a_redirect_takes_the_token_nowhere() {
    let bench = Bench::new();
    let port = bench.served.issuer_url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap();
    bench.served.lie(Place::Fulcio(0), TransportLie::Redirect { port }, 1);
    assert_eq!(bench.send(&bench.certificate()), Err(HostError::Redirected));
    assert!(bench.served.exchanges(Place::Issuer).is_empty());
}

#[test]
fn a_request_without_token_has_no_authorization() {
    let bench = Bench::new();
    let request = ExchangeRequest { auth: Auth::None, ..bench.certificate() };
    assert!(bench.send(&request).is_ok());
    assert!(bench.authorizations(Place::Fulcio(0)).is_empty());
}

#[test]
fn retry_after_is_passed_on() {
    let bench = Bench::new();
    bench.served.lie(Place::Tsa(0), TransportLie::Status { status: 429, retry_after: Some(7) }, 1);
    let reply = bench.send(&bench.timestamp()).unwrap();
    assert_eq!((reply.status, reply.retry_after), (429, Some(7)));
}

#[test]
fn conflicts_say_where_the_entry_is() {
    let bench = Bench::new();
    bench.served.lie(Place::RekorV2(0), RekorV2Lie::Conflict, 1);
    bench.served.lie(Place::RekorV1(0), RekorV1Lie::ConflictElsewhere, 1);
    let second = bench.send(&bench.entry_v2()).unwrap();
    let first = bench.send(&bench.entry_v1()).unwrap();
    if second.status == 409 {
        assert!(second.log_index.is_some());
    }
    assert_eq!(first.location, None, "a place on another server is none");
}

#[test]
fn an_entry_is_read_by_its_path() {
    let bench = Bench::new();
    let url = format!("{}/api/v1/log/entries/{}", bench.served.rekor_v1_url, "0".repeat(80));
    let request = ExchangeRequest { url, ..get(bench.entry_v1()) };
    assert_eq!(bench.send(&request).unwrap().status, 404);
    assert_eq!(request.method, Method::Get);
}
