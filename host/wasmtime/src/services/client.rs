//! Performs the requests of an action.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Url;

use super::action::{ActionError, ExchangeAction, reply_document};
use super::allow_list::AllowList;
use super::exchange::{Auth, ExchangeRequest, HostError, ServiceReply};
use super::http::{HttpReply, HttpRequest, Transport, Waiting};
use super::origin::same_origin_path;
use super::pace::{Pace, TokioPace};
use super::reading::{log_index, media_type, message, retry_after};
use super::token_slot::TokenSlot;

/// Bounds of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeOptions {
    /// Longest time between two parts of a body.
    pub idle: Duration,
    /// Longest body of a reply, in bytes.
    pub max_body_bytes: usize,
    /// Longest time for a reply, whatever the request says.
    pub max_total: Duration,
    /// Longest wait before a request, whatever the request says.
    pub max_delay: Duration,
}

impl Default for ExchangeOptions {
    /// 10 s, 1 MiB, 120 s, 120 s.
    fn default() -> Self {
        let long = Duration::from_secs(120);
        Self { idle: Duration::from_secs(10), max_body_bytes: 1 << 20, max_total: long, max_delay: long }
    }
}

/// The services of one signing configuration, and the token for its certificate authority.
#[derive(Clone)]
pub struct Services {
    allowed: AllowList,
    transport: Arc<dyn Transport>,
    pace: Arc<dyn Pace>,
    token: TokenSlot,
    options: ExchangeOptions,
}

impl Services {
    /// Services that this list allows, over this transport. The slot is empty where nothing is keyless.
    #[must_use]
    pub fn new(allowed: AllowList, transport: Arc<dyn Transport>, token: TokenSlot) -> Self {
        Self { allowed, transport, pace: Arc::new(TokioPace), token, options: ExchangeOptions::default() }
    }

    /// With another way to wait.
    #[must_use]
    pub fn with_pace(mut self, pace: Arc<dyn Pace>) -> Self {
        self.pace = pace;
        self
    }

    /// With other bounds.
    #[must_use]
    pub fn with_options(mut self, options: ExchangeOptions) -> Self {
        self.options = options;
        self
    }

    /// With the services of a fresh configuration.
    #[must_use]
    pub fn with_allow_list(mut self, allowed: AllowList) -> Self {
        self.allowed = allowed;
        self
    }

    /// The slot of the token.
    #[must_use]
    pub const fn token(&self) -> &TokenSlot {
        &self.token
    }

    /// Performs an action `need-exchange` and returns the reply document.
    ///
    /// # Errors
    /// The document is no such action; nothing was sent.
    pub async fn perform_json(&self, action: &[u8]) -> Result<Vec<u8>, ActionError> {
        let action = ExchangeAction::parse(action)?;
        Ok(reply_document(action.id, &self.perform(&action.requests).await))
    }

    /// Performs requests, all at the same time; the replies have their order.
    pub async fn perform(&self, requests: &[ExchangeRequest]) -> Vec<Result<ServiceReply, HostError>> {
        join_all(requests.iter().map(|request| self.perform_one(request))).await
    }

    async fn perform_one(&self, request: &ExchangeRequest) -> Result<ServiceReply, HostError> {
        let reply = self.exchange(request).await;
        if let Err(error) = &reply {
            let service = request.service.name();
            tracing::warn!(target: "cretula::services", service, error = error.kind(), "no reply");
        }
        reply
    }

    async fn exchange(&self, request: &ExchangeRequest) -> Result<ServiceReply, HostError> {
        self.allowed.check(request)?;
        self.wait(request.delay_ms).await;
        let with_token = request.auth == Auth::FulcioToken;
        let token = match with_token {
            true => Some(self.token.token().ok_or(HostError::Denied)?),
            false => None,
        };
        let bearer = token.as_ref().map(|token| token.bearer());
        let total = Duration::from_millis(u64::from(request.timeout_ms)).min(self.options.max_total);
        let reply = self.transport.send(HttpRequest {
            method: request.method,
            url: request.url.clone(),
            content_type: request.content_type.clone(),
            accept: request.accept.clone(),
            body: request.body.clone(),
            bearer,
            waiting: Waiting { total, idle: self.options.idle },
            max_body_bytes: self.options.max_body_bytes,
        });
        let reply = reply.await?;
        if with_token && !is_retried(reply.status) {
            self.token.clear();
        }
        report(request, &reply, with_token);
        let reply = read_reply(request, reply, self.options.max_body_bytes)?;
        match token {
            Some(token) if token.is_repeated_in(&reply.body) => Err(HostError::Other),
            Some(_) => Ok(ServiceReply { location: None, ..reply }),
            None => Ok(reply),
        }
    }

    /// The delay, and up to half of it more.
    async fn wait(&self, delay_ms: u32) {
        if delay_ms > 0 {
            let jitter = self.pace.jitter_ms(delay_ms / 2);
            let delay = Duration::from_millis(u64::from(delay_ms).saturating_add(u64::from(jitter)));
            self.pace.sleep(delay.min(self.options.max_delay)).await;
        }
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("allowed", &self.allowed)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Statuses after which the module sends the same request again; the token is needed until then.
const fn is_retried(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// What the service said goes to the host's log and nowhere else.
fn report(request: &ExchangeRequest, reply: &HttpReply, with_token: bool) {
    let (service, status) = (request.service.name(), reply.status);
    if (200..300).contains(&status) {
        tracing::debug!(target: "cretula::services", service, status, "reply");
    } else {
        let said = message(&reply.body, with_token);
        tracing::warn!(target: "cretula::services", service, status, said, "refused");
    }
}

/// What the module gets to see. A transport of the caller's is held to the same bounds; the body of a refusal is for the
/// host's log alone, since the module reads none and a service may repeat in it what it got.
fn read_reply(request: &ExchangeRequest, reply: HttpReply, most: usize) -> Result<ServiceReply, HostError> {
    if (300..400).contains(&reply.status) {
        return Err(HostError::Redirected);
    }
    if reply.body.len() > most {
        return Err(HostError::TooLarge);
    }
    let base = Url::parse(&request.url).map_err(|_| HostError::Denied)?;
    let is_success = (200..300).contains(&reply.status);
    Ok(ServiceReply {
        status: reply.status,
        content_type: media_type(reply.content_type.as_deref()),
        location: reply.location.and_then(|location| same_origin_path(&base, &location)),
        retry_after: retry_after(reply.retry_after.as_deref()),
        log_index: log_index(reply.log_index.as_deref()),
        body: if is_success { reply.body } else { Vec::new() },
    })
}
