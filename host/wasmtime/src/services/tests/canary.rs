//! The token is in no event, whatever a service does with it.

use std::sync::{Arc, Mutex};

use cretula_testkit::serve::{Place, TransportLie};
use futures_util::future::BoxFuture;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::bench::{Bench, block_on};
use crate::services::{HostError, HttpReply, HttpRequest, Transport};

/// Keeps every event as text.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<String>>);

impl Visit for Events {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if let Ok(mut text) = self.0.lock() {
            text.push_str(&format!("{}={value:?}\n", field.name()));
        }
    }
}

impl Subscriber for Events {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// A service that repeats what it got.
struct Echo(u16);

impl Transport for Echo {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply, HostError>> {
        let got = request.bearer.map(|bearer| bearer.dangerous_expose().to_vec()).unwrap_or_default();
        let body = [b"no: \"", got.get(..220).unwrap_or(&got), b"\" and \n", &got].concat();
        Box::pin(std::future::ready(Ok(HttpReply { status: self.0, body, ..HttpReply::default() })))
    }
}

/// Everything that is seen while a certificate is asked for.
fn seen(run: impl Fn(&Bench)) -> (String, String) {
    let events = Events::default();
    let bench = Bench::new();
    tracing::subscriber::with_default(events.clone(), || run(&bench));
    let text = events.0.lock().map(|text| text.clone()).unwrap_or_default();
    (format!("{text}{:?}", bench.services), bench.token.clone())
}

fn assert_clean(seen: &str, token: &str) {
    let letters: Vec<char> = token.chars().collect();
    for window in letters.windows(32) {
        let part: String = window.iter().collect();
        assert!(!seen.contains(&part), "{seen}");
    }
}

#[test]
fn whatever_the_transport_does() {
    for lie in TransportLie::ALL.iter().filter(|lie| !matches!(lie, TransportLie::Hang)) {
        let (seen, token) = seen(|bench| {
            bench.served.lie(Place::Fulcio(0), *lie, 1);
            let reply = bench.send(&bench.certificate());
            assert!(!format!("{reply:?}").contains(&bench.token));
        });
        assert_clean(&seen, &token);
    }
}

#[test]
fn whatever_a_service_repeats() {
    for status in [200, 400, 401, 503] {
        let (seen, token) = seen(|bench| {
            let allowed = crate::services::AllowList::from_config(
                &bench.served.signing_config,
                crate::services::Insecure::LoopbackHttp,
            );
            let services = crate::services::Services::new(
                allowed.unwrap_or_else(|error| panic!("{error}")),
                Arc::new(Echo(status)),
                bench.services.token().clone(),
            );
            let replies = block_on(services.perform(&[bench.certificate()]));
            match replies.as_slice() {
                [Err(error)] => assert_eq!((status, *error), (200, HostError::Other)),
                [Ok(reply)] => assert_eq!((reply.status, reply.body.as_slice()), (status, &b""[..])),
                _ => panic!("another number of replies"),
            }
        });
        assert_clean(&seen, &token);
        assert_eq!(seen.contains("said=\"no: "), status != 200, "{seen}");
    }
}

#[test]
fn a_refusal_is_reported_with_status_and_message() {
    let (seen, _) = seen(|bench| drop(bench.send(&bench.entry_v2())));
    assert!(seen.contains("service=\"rekor\"") && seen.contains("status=400"), "{seen}");
    let (seen, _) = seen_denied();
    assert!(seen.contains("error=\"denied\""), "{seen}");
}

fn seen_denied() -> (String, String) {
    seen(|bench| {
        let request =
            crate::services::ExchangeRequest { url: "https://x.example".into(), ..bench.timestamp() };
        drop(bench.send(&request));
    })
}
