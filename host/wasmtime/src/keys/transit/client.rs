//! Bounded requests to one server that gets the token.

use std::sync::Arc;

use cretula_encoding::pem;
use reqwest::{
    Method, Response, Url,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    redirect,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::TransitOptions;
use crate::keys::{KeyError, Secret};

/// Longest reply; a key with a thousand versions has less.
const MAX_REPLY_BYTES: usize = 1 << 20;
const MAX_ROOT_CERTIFICATES: usize = 64;
const MAX_RETRY_AFTER_SECS: u32 = 120;
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// A request that did not succeed; with the status if the server answered.
pub(super) struct Refusal {
    pub(super) status: Option<u16>,
    pub(super) error: KeyError,
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        Self { status: None, error }
    }
}

impl From<Refusal> for KeyError {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

/// Sends the token to one address, and nowhere else: redirects are not followed.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: Secret,
}

impl Client {
    /// # Errors
    /// [`KeyError::Other`].
    pub(super) fn new(options: TransitOptions) -> Result<Self, KeyError> {
        let address = Address::parse(&options.address)?;
        token_header(&options.token)?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(&address, options.root_certificates.as_deref())?)
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(options.timeout);
        if address.loopback {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|_| KeyError::other("no HTTP client"))?;
        Ok(Self { http, base: address.base, token: options.token })
    }

    /// `GET`.
    pub(super) async fn read(&self, path: &str, namespace: Option<&str>) -> Result<Vec<u8>, Refusal> {
        self.exchange(Method::GET, path, namespace, None).await
    }

    /// `POST` of a JSON document.
    pub(super) async fn write(
        &self,
        path: &str,
        namespace: Option<&str>,
        body: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        self.exchange(Method::POST, path, namespace, Some(body)).await
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        namespace: Option<&str>,
        body: Option<&[u8]>,
    ) -> Result<Vec<u8>, Refusal> {
        let mut request = self.http.request(method, format!("{}/v1/{path}", self.base));
        request =
            request.header("X-Vault-Token", token_header(&self.token)?).header("X-Vault-Request", "true");
        if let Some(namespace) = namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        let reply = request.send().await.map_err(|error| not_reached(&error))?;
        if reply.status().as_u16() != 200 {
            return Err(refused(&reply));
        }
        read_body(reply).await
    }
}

/// Marked as sensitive, so that no layer prints it.
fn token_header(token: &Secret) -> Result<HeaderValue, KeyError> {
    let mut header = HeaderValue::from_bytes(token.expose())
        .ok()
        .filter(|header| !header.is_empty())
        .ok_or_else(|| KeyError::other("the token of the transit engine is empty or has other characters"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// Where requests go.
struct Address {
    base: String,
    loopback: bool,
}

impl Address {
    fn parse(text: &str) -> Result<Self, KeyError> {
        let unusable = || KeyError::other("the address of the transit engine is not https://HOST[:PORT]");
        let url = Url::parse(text).map_err(|_| unusable())?;
        let loopback = is_loopback(url.host_str().ok_or_else(unusable)?);
        let encrypted = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !encrypted || !bare {
            return Err(unusable());
        }
        Ok(Self { base: url.as_str().trim_end_matches('/').to_owned(), loopback })
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// TLS with the given roots only, or else with those of the system.
fn tls(address: &Address, roots: Option<&[u8]>) -> Result<ClientConfig, KeyError> {
    let unusable = |_| KeyError::other("no TLS with these root certificates");
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
    let unencrypted = address.base.starts_with("http:");
    let builder = match roots {
        Some(pem) => builder.with_root_certificates(root_store(pem)?),
        None if unencrypted => builder.with_root_certificates(RootCertStore::empty()),
        None => builder.with_platform_verifier().map_err(unusable)?,
    };
    Ok(builder.with_no_client_auth())
}

fn root_store(text: &[u8]) -> Result<RootCertStore, KeyError> {
    let unusable = || KeyError::other("the root certificates of the transit engine cannot be read");
    let mut store = RootCertStore::empty();
    for block in pem::parse_blocks(text, MAX_ROOT_CERTIFICATES).map_err(|_| unusable())? {
        store.add(CertificateDer::from(block.der)).map_err(|_| unusable())?;
    }
    Ok(store)
}

/// Of an error only its kind is kept: its text may hold anything that was sent.
fn not_reached(error: &reqwest::Error) -> Refusal {
    let detail = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke off"
    };
    KeyError::unavailable(detail).into()
}

/// Of a refusal only its status is kept, as its text may repeat the request.
fn refused(reply: &Response) -> Refusal {
    let status = reply.status().as_u16();
    let retry_after_ms = retry_after_ms(reply);
    let error = match status {
        400 | 401 | 403 | 404 => KeyError::Denied,
        429 => KeyError::Throttled { retry_after_ms },
        503 if retry_after_ms.is_some() => KeyError::Throttled { retry_after_ms },
        408 | 412 | 500 | 502 | 503 | 504 => KeyError::unavailable(format!("status {status}")),
        300..400 => KeyError::other(format!("status {status}: redirects are not followed")),
        _ => KeyError::other(format!("status {status}")),
    };
    Refusal { status: Some(status), error }
}

/// Seconds (RFC 9110 §10.2.3); the other form, a date, is not read.
fn retry_after_ms(reply: &Response) -> Option<u32> {
    let seconds: u32 = reply.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(seconds.min(MAX_RETRY_AFTER_SECS).saturating_mul(1000))
}

/// At most [`MAX_REPLY_BYTES`], uncompressed.
async fn read_body(mut reply: Response) -> Result<Vec<u8>, Refusal> {
    if reply.headers().contains_key(CONTENT_ENCODING) {
        return Err(KeyError::other("a compressed reply").into());
    }
    let mut body = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| not_reached(&error))? {
        if body.len().saturating_add(chunk.len()) > MAX_REPLY_BYTES {
            return Err(KeyError::other("a reply of more than 1 MiB").into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// For requests of tests that are not those of the engine.
#[cfg(test)]
pub(super) fn plain_for_tests() -> reqwest::Client {
    let address = Address { base: "http://127.0.0.1".to_owned(), loopback: true };
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls(&address, None).unwrap());
    builder.no_proxy().build().unwrap()
}
