//! HTTP with bounds: no redirects, no compression, no cookies, a body that is cut off at its limit.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::{Client, ClientBuilder, Url, redirect};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::time::timeout;

use super::exchange::{HostError, Method};
use super::origin::is_loopback;
use crate::id_token::Bearer;

/// Whether plain HTTP is allowed anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Insecure {
    /// HTTPS only.
    #[default]
    Never,
    /// Also HTTP to addresses of this machine, for tests and demonstrations.
    LoopbackHttp,
}

/// Certificates with which servers prove who they are.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// Those of the machine.
    #[default]
    Platform,
    /// These and no others, DER.
    Only(Vec<Vec<u8>>),
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// For the whole reply, connecting included.
    pub total: Duration,
    /// Between two parts of the body. The first byte of the reply may take the total time.
    pub idle: Duration,
}

/// One request.
#[derive(Debug)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// URL.
    pub url: String,
    /// `Content-Type`; empty without a body.
    pub content_type: String,
    /// `Accept`.
    pub accept: String,
    /// Body.
    pub body: Vec<u8>,
    /// `Authorization`.
    pub bearer: Option<Bearer>,
    /// How long it may take.
    pub waiting: Waiting,
    /// Longest body of the reply.
    pub max_body_bytes: usize,
}

/// A reply, headers as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpReply {
    /// Status code; never 3xx.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `X-Log-Index`.
    pub log_index: Option<String>,
    /// Body, as sent.
    pub body: Vec<u8>,
}

/// Sends requests. Whoever replaces it keeps the rules of [`BoundedHttp`].
pub trait Transport: Send + Sync {
    /// Sends one request and reads its reply.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply, HostError>>;
}

/// The client cannot be set up: no certificates of the machine, or a root that is none.
#[derive(Debug)]
pub struct HttpError(String);

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the HTTP client cannot start: {}", self.0)
    }
}

impl std::error::Error for HttpError {}

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(10);

/// [`Transport`] over HTTP/1.1 with TLS 1.2 or 1.3.
///
/// Redirects are [`HostError::Redirected`]; a body above the limit or with `Content-Encoding` is
/// [`HostError::TooLarge`]. Proxies come from the usual variables; loopback goes without.
pub struct BoundedHttp {
    client: Client,
    loopback: Option<Client>,
}

impl BoundedHttp {
    /// A client.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(roots: &Roots, insecure: Insecure) -> Result<Self, HttpError> {
        let failed = |error: reqwest::Error| HttpError(error.to_string());
        let tls = tls(roots)?;
        let client =
            base_client().https_only(true).tls_backend_preconfigured(tls.clone()).build().map_err(failed)?;
        let loopback = match insecure {
            Insecure::Never => None,
            Insecure::LoopbackHttp => {
                Some(base_client().no_proxy().tls_backend_preconfigured(tls).build().map_err(failed)?)
            }
        };
        Ok(Self { client, loopback })
    }

    fn client_for(&self, url: &Url) -> Result<&Client, HostError> {
        match (url.scheme(), &self.loopback) {
            ("https", _) => Ok(&self.client),
            ("http", Some(loopback)) if is_loopback(url) => Ok(loopback),
            _ => Err(HostError::Denied),
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpReply, HostError> {
        let url = Url::parse(&request.url).map_err(|_| HostError::Denied)?;
        let client = self.client_for(&url)?;
        let builder = match request.method {
            Method::Get => client.get(url),
            Method::Post => client.post(url).body(request.body),
        };
        let headers = headers(&request.content_type, &request.accept, request.bearer)?;
        let response = builder.headers(headers).send().await.map_err(|error| kind_of(&error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(HostError::Redirected);
        }
        let text =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(String::from);
        let mut reply = HttpReply {
            status: status.as_u16(),
            content_type: text("content-type"),
            location: text("location"),
            retry_after: text("retry-after"),
            log_index: text("x-log-index"),
            body: Vec::new(),
        };
        reply.body = body(response, request.waiting.idle, request.max_body_bytes).await?;
        Ok(reply)
    }
}

impl Transport for BoundedHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply, HostError>> {
        let total = request.waiting.total;
        Box::pin(async move {
            let exchange = self.exchange(request);
            timeout(total, exchange).await.unwrap_or(Err(HostError::TimedOut))
        })
    }
}

impl fmt::Debug for BoundedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedHttp").field("loopback", &self.loopback.is_some()).finish_non_exhaustive()
    }
}

fn base_client() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("cretula/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(Duration::from_secs(30))
}

/// TLS by rustls with `ring`, chosen here and not by what the process installed.
fn tls(roots: &Roots) -> Result<ClientConfig, HttpError> {
    let failed = |error: rustls::Error| HttpError(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    Ok(match roots {
        Roots::Platform => builder.with_platform_verifier().map_err(failed)?.with_no_client_auth(),
        Roots::Only(certificates) => {
            let mut store = RootCertStore::empty();
            for certificate in certificates {
                store.add(CertificateDer::from(certificate.clone())).map_err(failed)?;
            }
            builder.with_root_certificates(store).with_no_client_auth()
        }
    })
}

fn headers(content_type: &str, accept: &str, bearer: Option<Bearer>) -> Result<HeaderMap, HostError> {
    let mut headers = HeaderMap::new();
    let mut insert = |name: HeaderName, text: &str| -> Result<(), HostError> {
        if !text.is_empty() {
            headers.insert(name, HeaderValue::from_str(text).map_err(|_| HostError::Denied)?);
        }
        Ok(())
    };
    insert(ACCEPT_ENCODING, "identity")?;
    insert(ACCEPT, accept)?;
    insert(CONTENT_TYPE, content_type)?;
    if let Some(bearer) = bearer {
        let mut value = HeaderValue::from_maybe_shared(bearer.into_bytes()).map_err(|_| HostError::Denied)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

/// Reads the body part by part; what is above the limit is never kept.
async fn body(mut response: reqwest::Response, idle: Duration, most: usize) -> Result<Vec<u8>, HostError> {
    let is_long = response
        .content_length()
        .is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > most));
    if response.headers().contains_key("content-encoding") || is_long {
        return Err(HostError::TooLarge);
    }
    let mut body = Vec::new();
    loop {
        let part = timeout(idle, response.chunk()).await.map_err(|_| HostError::TimedOut)?;
        let Some(part) = part.map_err(|error| kind_of(&error))? else { return Ok(body) };
        if body.len().saturating_add(part.len()) > most {
            return Err(HostError::TooLarge);
        }
        body.extend_from_slice(&part);
    }
}

fn kind_of(error: &reqwest::Error) -> HostError {
    if error.is_timeout() {
        HostError::TimedOut
    } else if error.is_redirect() {
        HostError::Redirected
    } else if error.is_builder() {
        HostError::Denied
    } else {
        HostError::Unavailable
    }
}
