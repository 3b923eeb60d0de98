//! A virtual Sigstore, and a client for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cretula_testkit::serve::{Place, Served};
use cretula_testkit::{Instance, Seed};
use futures_util::future::BoxFuture;

use crate::id_token::IdToken;
use crate::services::{
    AllowList, Auth, BoundedHttp, ExchangeOptions, ExchangeRequest, HostError, Insecure, Method, Pace, Roots,
    Service, ServiceReply, Services, TokenSlot,
};

pub(super) const NOW: u64 = 1_767_225_600;

pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// Waits for nothing and keeps what it was asked to wait.
#[derive(Default)]
pub(super) struct StillPace(pub(super) Mutex<Vec<Duration>>);

impl Pace for StillPace {
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        if let Ok(mut waits) = self.0.lock() {
            waits.push(time);
        }
        Box::pin(std::future::ready(()))
    }

    /// Always the most.
    fn jitter_ms(&self, most: u32) -> u32 {
        most
    }
}

pub(super) struct Bench {
    pub(super) served: Served,
    pub(super) services: Services,
    pub(super) pace: Arc<StillPace>,
    pub(super) token: String,
}

/// Short waits, so that lies about time are found soon.
pub(super) const OPTIONS: ExchangeOptions = ExchangeOptions {
    idle: Duration::from_millis(400),
    max_body_bytes: 1 << 20,
    max_total: Duration::from_secs(120),
    max_delay: Duration::from_secs(120),
};

impl Bench {
    pub(super) fn new() -> Self {
        let served = Served::start(Instance::new(Seed::new([3; 32]), NOW));
        let token = served.services().github_token().encode();
        let allowed = AllowList::from_config(&served.signing_config, Insecure::LoopbackHttp).expect("a list");
        let http = BoundedHttp::new(&Roots::Only(Vec::new()), Insecure::LoopbackHttp).expect("a client");
        let slot = TokenSlot::new(IdToken::new(token.clone().into_bytes()).expect("a token"));
        let pace = Arc::new(StillPace::default());
        let services =
            Services::new(allowed, Arc::new(http), slot).with_options(OPTIONS).with_pace(pace.clone());
        Self { served, services, pace, token }
    }

    pub(super) fn send(&self, request: &ExchangeRequest) -> Result<ServiceReply, HostError> {
        let mut replies = block_on(self.services.perform(std::slice::from_ref(request)));
        replies.pop().unwrap_or(Err(HostError::Other))
    }

    /// A request for a certificate; its body does not matter to the host.
    pub(super) fn certificate(&self) -> ExchangeRequest {
        let url = format!("{}/api/v2/signingCert", self.served.fulcio_url);
        let base = request(Service::Fulcio, &self.served.fulcio_url, 1, &url);
        ExchangeRequest { auth: Auth::FulcioToken, ..base }
    }

    pub(super) fn entry_v1(&self) -> ExchangeRequest {
        let base = &self.served.rekor_v1_url;
        request(Service::Rekor, base, 1, &format!("{base}/api/v1/log/entries"))
    }

    pub(super) fn entry_v2(&self) -> ExchangeRequest {
        let base = &self.served.rekor_v2_url;
        request(Service::Rekor, base, 2, &format!("{base}/api/v2/log/entries"))
    }

    pub(super) fn checkpoint(&self) -> ExchangeRequest {
        let base = &self.served.rekor_v2_url;
        get(request(Service::Rekor, base, 2, &format!("{base}/api/v2/checkpoint")))
    }

    pub(super) fn timestamp(&self) -> ExchangeRequest {
        let url = &self.served.tsa_url;
        let query = cretula_testkit::serve::timestamp_query(b"signature", &[1; 8]);
        ExchangeRequest {
            content_type: "application/timestamp-query".into(),
            accept: "application/timestamp-reply".into(),
            body: query,
            ..request(Service::Tsa, url, 1, url)
        }
    }

    /// Headers `Authorization` that a service got.
    pub(super) fn authorizations(&self, place: Place) -> Vec<String> {
        let exchanges = self.served.exchanges(place);
        exchanges
            .iter()
            .filter_map(|exchange| exchange.request.header("authorization").map(String::from))
            .collect()
    }
}

pub(super) fn request(service: Service, service_url: &str, version: u64, url: &str) -> ExchangeRequest {
    ExchangeRequest {
        service,
        service_url: service_url.into(),
        major_api_version: version,
        method: Method::Post,
        url: url.into(),
        content_type: "application/json".into(),
        accept: "application/json".into(),
        body: b"{}".to_vec(),
        auth: Auth::None,
        timeout_ms: 20_000,
        delay_ms: 0,
    }
}

pub(super) fn get(request: ExchangeRequest) -> ExchangeRequest {
    ExchangeRequest { method: Method::Get, content_type: String::new(), body: Vec::new(), ..request }
}
