//! All services of an instance, in memory.

use std::collections::BTreeMap;

use crate::instance::Instance;
use crate::json::Json;
use crate::signing_key::Algorithm;
use crate::window::Window;

use super::clock::Clock;
use super::fulcio::Fulcio;
use super::id_token::IdToken;
use super::issuer::{Issuer, Provider};
use super::lie::{Lie, TransportLie};
use super::message::{HttpReply, HttpRequest};
use super::transport::{Delivery, bend, instead};
use super::{rekor_v1, rekor_v2, tsa};

/// One service: its kind, and the index of its operator in the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Fulcio.
    Fulcio(usize),
    /// The issuer of ID tokens; there is one.
    Issuer,
    /// Rekor v1.
    RekorV1(usize),
    /// Rekor v2.
    RekorV2(usize),
    /// Timestamp authority.
    Tsa(usize),
}

/// A request that a service got, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The service.
    pub place: Place,
    /// The request.
    pub request: HttpRequest,
    /// The reply, and how it was sent.
    pub delivery: Delivery,
}

/// The services of an instance. Equal instances, times and requests give equal replies.
#[derive(Debug)]
pub struct Services {
    instance: Instance,
    clock: Clock,
    issuer: Issuer,
    fulcio: Vec<Fulcio>,
    rekor_v1: Vec<rekor_v1::Service>,
    rekor_v2: Vec<rekor_v2::Service>,
    tsa: Vec<tsa::Service>,
    urls: BTreeMap<Place, String>,
    lies: BTreeMap<Place, Vec<(Lie, u32)>>,
    exchanges: Vec<Exchange>,
}

impl Services {
    /// The services of an instance, honest, at the instance's present, with tokens signed by ES256.
    #[must_use]
    pub fn new(instance: Instance) -> Self {
        let names = |kind: &str, count: usize| -> Vec<String> {
            (0..count).map(|index| format!("https://{kind}{index}.example")).collect()
        };
        let count = |place: fn(usize) -> Place, urls: Vec<String>| {
            urls.into_iter().enumerate().map(move |(index, url)| (place(index), url))
        };
        let issuer = "https://issuer.example";
        let urls = count(Place::Fulcio, names("fulcio", instance.certificate_authorities.len()))
            .chain(count(Place::RekorV1, names("rekor-v1-", instance.rekor_v1.len())))
            .chain(count(Place::RekorV2, names("rekor-v2-", instance.rekor_v2.len())))
            .chain(count(Place::Tsa, names("tsa", instance.timestamp_authorities.len())))
            .chain([(Place::Issuer, issuer.to_string())])
            .collect();
        Self {
            clock: Clock::new(instance.now),
            issuer: Issuer::new(&instance.seed, issuer, Algorithm::P256),
            fulcio: (0..instance.certificate_authorities.len()).map(Fulcio::new).collect(),
            rekor_v1: (0..instance.rekor_v1.len())
                .map(|log| rekor_v1::Service::new(log, &instance))
                .collect(),
            rekor_v2: (0..instance.rekor_v2.len())
                .map(|log| rekor_v2::Service::new(log, &instance))
                .collect(),
            tsa: (0..instance.timestamp_authorities.len()).map(tsa::Service::new).collect(),
            urls,
            lies: BTreeMap::new(),
            exchanges: Vec::new(),
            instance,
        }
    }

    /// Tokens signed by another kind of key: P-256 (ES256) or RSA (RS256).
    ///
    /// # Panics
    /// For other kinds.
    #[must_use]
    pub fn with_token_key(mut self, algorithm: Algorithm) -> Self {
        self.issuer = Issuer::new(&self.instance.seed, &self.urls[&Place::Issuer], algorithm);
        self
    }

    /// The instance.
    #[must_use]
    pub const fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Every service.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        self.urls.keys().copied().collect()
    }

    /// Base URL of a service.
    #[must_use]
    pub fn url(&self, place: Place) -> &str {
        &self.urls[&place]
    }

    /// Puts a service elsewhere.
    pub(super) fn move_to(&mut self, place: Place, url: &str) {
        if place == Place::Issuer {
            self.issuer.move_to(url);
        }
        self.urls.insert(place, url.into());
    }

    /// A service lies in its next `replies` replies, after the lies that it was told before.
    ///
    /// # Panics
    /// If the service does not know such a lie.
    pub fn lie(&mut self, place: Place, lie: impl Into<Lie>, replies: u32) {
        let lie = lie.into();
        let knows = matches!(
            (place, lie),
            (_, Lie::Transport(_))
                | (Place::Fulcio(_), Lie::Fulcio(_))
                | (Place::RekorV1(_), Lie::RekorV1(_))
                | (Place::RekorV2(_), Lie::RekorV2(_))
                | (Place::Tsa(_), Lie::Tsa(_))
        );
        assert!(knows, "{place:?} does not know {lie:?}");
        self.lies.entry(place).or_default().push((lie, replies));
    }

    /// A service is honest again.
    pub fn honest(&mut self, place: Place) {
        self.lies.remove(&place);
    }

    /// The lie of the next reply.
    fn next_lie(&mut self, place: Place) -> Option<Lie> {
        let list = self.lies.get_mut(&place)?;
        list.retain(|(_, replies)| *replies > 0);
        let (lie, replies) = list.first_mut()?;
        *replies -= 1;
        Some(*lie)
    }

    /// Answers a request.
    pub fn answer(&mut self, place: Place, request: &HttpRequest) -> Delivery {
        let lie = self.next_lie(place);
        let transport = match lie {
            Some(Lie::Transport(lie)) => Some(lie),
            _ => None,
        };
        let delivery = match transport.and_then(|lie: TransportLie| instead(lie, request)) {
            Some(delivery) => delivery,
            None => bend(transport, self.reply(place, request, lie)),
        };
        self.exchanges.push(Exchange { place, request: request.clone(), delivery: delivery.clone() });
        delivery
    }

    fn reply(&mut self, place: Place, request: &HttpRequest, lie: Option<Lie>) -> HttpReply {
        let (instance, now) = (&self.instance, self.clock.now());
        match (place, lie) {
            (Place::Issuer, _) => self.issuer.answer(request),
            (Place::Fulcio(index), lie) => {
                let lie = if let Some(Lie::Fulcio(lie)) = lie { Some(lie) } else { None };
                self.fulcio[index].answer(instance, &self.issuer, now, request, lie)
            }
            (Place::RekorV1(index), lie) => {
                let lie = if let Some(Lie::RekorV1(lie)) = lie { Some(lie) } else { None };
                self.rekor_v1[index].answer(instance, now, request, lie)
            }
            (Place::RekorV2(index), lie) => {
                let lie = if let Some(Lie::RekorV2(lie)) = lie { Some(lie) } else { None };
                self.rekor_v2[index].answer(instance, now, request, lie)
            }
            (Place::Tsa(index), lie) => {
                let lie = if let Some(Lie::Tsa(lie)) = lie { Some(lie) } else { None };
                self.tsa[index].answer(instance, now, request, lie)
            }
        }
    }

    /// What the services got, in order.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Entries of a log, those of others included; 0 for other services.
    #[must_use]
    pub fn log_size(&self, place: Place) -> u64 {
        match place {
            Place::RekorV1(index) => self.rekor_v1[index].log().size(),
            Place::RekorV2(index) => self.rekor_v2[index].log().size(),
            Place::Fulcio(_) | Place::Issuer | Place::Tsa(_) => 0,
        }
    }

    /// A token of a release workflow on a GitHub-like server, made now: who it is for is [`crate::Identity::workflow`]
    /// but for the issuer.
    #[must_use]
    pub fn github_token(&self) -> IdToken {
        self.issuer.token(Provider::GitHub, self.clock.now())
    }

    /// A token of a job on a GitLab-like server, made now.
    #[must_use]
    pub fn gitlab_token(&self) -> IdToken {
        self.issuer.token(Provider::GitLab, self.clock.now())
    }

    /// A token of a person with a verified e-mail address, made now.
    #[must_use]
    pub fn email_token(&self) -> IdToken {
        self.issuer.token(Provider::Email, self.clock.now())
    }

    /// The key set of the issuer.
    #[must_use]
    pub fn key_set(&self) -> Json {
        self.issuer.key_set()
    }

    /// The trusted root, version 0.2.
    #[must_use]
    pub fn trusted_root(&self) -> Json {
        self.instance.trusted_root_json()
    }

    /// The signing config, version 0.2, with every service and the selectors `ANY`.
    #[must_use]
    pub fn signing_config(&self) -> Json {
        let mut lists = [const { Vec::new() }; 4];
        for (place, url) in &self.urls {
            let (list, url, version, operator) = match place {
                Place::Fulcio(index) => {
                    (0, url.clone(), 1, &self.instance.certificate_authorities[*index].operator)
                }
                Place::Issuer => (1, format!("{url}/email"), 1, &None),
                Place::RekorV1(index) => (2, url.clone(), 1, &self.instance.rekor_v1[*index].log.operator),
                Place::RekorV2(index) => (2, url.clone(), 2, &self.instance.rekor_v2[*index].log.operator),
                Place::Tsa(index) => {
                    let operator = &self.instance.timestamp_authorities[*index].operator;
                    (3, format!("{url}/api/v1/timestamp"), 1, operator)
                }
            };
            lists[list].push(Json::object([
                ("url", Json::text(url)),
                ("majorApiVersion", Json::number(version)),
                ("validFor", Window::from(self.instance.start()).to_json()),
                ("operator", Json::text(operator.clone().unwrap_or_else(|| crate::OPERATORS[0].into()))),
            ]));
        }
        let any = || Json::object([("selector", Json::text("ANY"))]);
        let [ca, oidc, logs, tsas] = lists.map(Json::List);
        Json::object([
            ("mediaType", Json::text("application/vnd.dev.sigstore.signingconfig.v0.2+json")),
            ("caUrls", ca),
            ("oidcUrls", oidc),
            ("rekorTlogUrls", logs),
            ("rekorTlogConfig", any()),
            ("tsaUrls", tsas),
            ("tsaConfig", any()),
        ])
    }
}
