//! Serves an instance on loopback for tests in other languages: one command a line in, one JSON line out.
//!
//! The first line, without a command, says where the services are. Then:
//!
//! | command | answer |
//! |---|---|
//! | `now` | Unix seconds of the services |
//! | `advance SECS` | the same, later |
//! | `token` | a token of a job on the GitHub-like server, as text |
//! | `lie PLACE LIE REPLIES` | `true`; the place as `Fulcio(0)`, the lie by its name, as `Frozen` or `Status(503)` |
//! | `honest PLACE` | `true` |
//! | `exchanges` | a list of `{"place", "authorised"}`: what was asked, in order |
//!
//! The end of its input ends it.

use std::io::{BufRead as _, Write as _, stdin, stdout};

use cretula_testkit::serve::{FulcioLie, Lie, Place, RekorV1Lie, RekorV2Lie, Served, TransportLie, TsaLie};
use cretula_testkit::{Instance, Json, Seed};

/// Start of the services' time.
const NOW: u64 = 1_767_225_600;

fn main() {
    let served = Served::start(Instance::new(Seed::new([7; 32]), NOW));
    say(&greeting(&served));
    for line in stdin().lock().lines() {
        let line = line.expect("text");
        let words: Vec<&str> = line.split(' ').collect();
        say(&answer(&served, &words).unwrap_or_else(|| Json::object([("error", Json::text(line.clone()))])));
    }
}

fn say(document: &Json) {
    let mut out = stdout().lock();
    out.write_all(&document.encode()).expect("an open output");
    out.write_all(b"\n").and_then(|()| out.flush()).expect("an open output");
}

fn greeting(served: &Served) -> Json {
    let token = served.services().github_token();
    Json::object([
        ("trustConfig", served.trust_config()),
        ("issuer", Json::text(format!("{}/github", served.issuer_url))),
        ("claims", token.claims.clone()),
        ("now", Json::number(served.clock.now())),
    ])
}

fn answer(served: &Served, words: &[&str]) -> Option<Json> {
    match words {
        ["now"] => Some(Json::number(served.clock.now())),
        ["advance", secs] => {
            served.clock.advance(secs.parse().ok()?);
            Some(Json::number(served.clock.now()))
        }
        ["token"] => Some(Json::text(served.services().github_token().encode())),
        ["lie", place, lie, replies] => {
            let place = place_of(served, place)?;
            served.lie(place, lie_of(place, lie)?, replies.parse().ok()?);
            Some(Json::bool(true))
        }
        ["honest", place] => {
            served.honest(place_of(served, place)?);
            Some(Json::bool(true))
        }
        ["exchanges"] => Some(exchanges(served)),
        _ => None,
    }
}

fn exchanges(served: &Served) -> Json {
    let services = served.services();
    let shown = services.exchanges().iter().map(|exchange| {
        let is_authorised = exchange.request.header("authorization").is_some();
        Json::object([
            ("place", Json::text(format!("{:?}", exchange.place))),
            ("authorised", Json::bool(is_authorised)),
        ])
    });
    Json::List(shown.collect())
}

fn place_of(served: &Served, name: &str) -> Option<Place> {
    served.services().places().into_iter().find(|place| format!("{place:?}") == name)
}

fn lie_of(place: Place, name: &str) -> Option<Lie> {
    transport_lie(name).map(Lie::from).or_else(|| match place {
        Place::Fulcio(_) => named(FulcioLie::ALL, name),
        Place::Issuer => None,
        Place::RekorV1(_) => named(RekorV1Lie::ALL, name),
        Place::RekorV2(_) => named(RekorV2Lie::ALL, name),
        Place::Tsa(_) => named(TsaLie::ALL, name),
    })
}

fn named<L: Copy + std::fmt::Debug + Into<Lie>>(all: &[L], name: &str) -> Option<Lie> {
    all.iter().find(|lie| format!("{lie:?}") == name).map(|lie| (*lie).into())
}

/// The lies about HTTP of the list by their name alone; `Status(N)` and `Slow(N)` with a number.
fn transport_lie(name: &str) -> Option<TransportLie> {
    let number = |prefix: &str| name.strip_prefix(prefix)?.strip_suffix(')')?.parse().ok();
    if let Some(status) = number("Status(") {
        return Some(TransportLie::Status { status: u16::try_from(status).ok()?, retry_after: None });
    }
    if let Some(millis) = number("Slow(") {
        return Some(TransportLie::Slow { millis });
    }
    if let Some(millis) = number("Drip(") {
        return Some(TransportLie::Drip { millis });
    }
    let word = |lie: &&TransportLie| format!("{lie:?}").split(' ').next() == Some(name);
    TransportLie::ALL.iter().find(word).copied()
}
