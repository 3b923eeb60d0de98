//! Where the keys of issuers come from (OpenID Connect Discovery 1.0 §4).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cretula_encoding::json::{self, JsonLimits};
use futures_util::future::BoxFuture;
use reqwest::Url;

use super::error::{Rule, TokenError};
use super::issuer::IssuerConfig;
use super::key_set::{Jwks, KeySetError, KeySets, MAX_KEY_SET_BYTES};
use super::secret::IdToken;
use super::verify::{VerifiedToken, unverified_selector, verify_id_token};
use crate::services::{HostError, HttpRequest, Insecure, Method, Transport, Waiting};

/// Brings the keys of an issuer.
pub trait KeySource: Send + Sync {
    /// The keys of an issuer at a time (Unix seconds); a key id that is not among them may make the source look again.
    fn key_set<'a>(
        &'a self,
        issuer: &'a IssuerConfig,
        key_id: &'a str,
        now: u64,
    ) -> BoxFuture<'a, Result<Arc<Jwks>, KeySourceError>>;
}

/// Why there are no keys. Nothing may be accepted then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySourceError {
    /// The discovery document is of another issuer, or none (rule J17).
    Discovery,
    /// The keys would come from a host that is not pinned, or not over HTTPS (rule J17).
    Host,
    /// Not reached, and no keys that are fresh enough (rule J18).
    Http(HostError),
    /// What came is no key set (rules J16, J20, J21).
    KeySet(KeySetError),
    /// A reply with another status than 200.
    Status(u16),
    /// The last attempt failed less than 30 seconds ago.
    TooSoon,
    /// No keys of this issuer were given.
    UnknownIssuer,
}

impl fmt::Display for KeySourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Discovery => f.write_str("the discovery document is not the issuer's"),
            Self::Host => f.write_str("the keys are not at a pinned host"),
            Self::Http(error) => write!(f, "the keys of the issuer cannot be fetched: {error}"),
            Self::KeySet(error) => write!(f, "{error}"),
            Self::Status(status) => write!(f, "the keys of the issuer cannot be fetched: status {status}"),
            Self::TooSoon => f.write_str("the keys of the issuer could not be fetched a moment ago"),
            Self::UnknownIssuer => f.write_str("there are no keys of this issuer"),
        }
    }
}

impl std::error::Error for KeySourceError {}

impl KeySourceError {
    /// The rule that cannot be kept without these keys.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Discovery | Self::Host => Rule::J17,
            Self::Http(_) | Self::Status(_) | Self::TooSoon => Rule::J18,
            Self::KeySet(KeySetError::DuplicateKeyId) => Rule::J20,
            Self::KeySet(_) => Rule::J21,
            Self::UnknownIssuer => Rule::J16,
        }
    }
}

/// Verifies a token with keys from a source: [`verify_id_token`] for hosts that do not hold the keys themselves.
///
/// # Errors
/// The rule that was broken, one about keys if there are none.
pub async fn verify_with_source(
    token: &IdToken,
    issuers: &[IssuerConfig],
    source: &dyn KeySource,
    now: u64,
) -> Result<VerifiedToken, TokenError> {
    let selector = unverified_selector(token, issuers)?;
    let keys = source.key_set(selector.issuer, &selector.key_id, now).await;
    let keys = keys.map_err(|error| TokenError::new(error.rule(), "the keys of the issuer"))?;
    verify_id_token(token, issuers, &KeySets::default().with(&selector.issuer.issuer, keys), now)
}

/// Keys from files, for hosts without network.
#[derive(Debug, Clone, Default)]
pub struct FileKeys(BTreeMap<String, Arc<Jwks>>);

impl FileKeys {
    /// Adds the content of a key set file as the keys of an issuer.
    ///
    /// # Errors
    /// It is no key set.
    pub fn with(mut self, issuer: &str, content: &[u8]) -> Result<Self, KeySetError> {
        self.0.insert(issuer.to_owned(), Arc::new(Jwks::parse(content)?));
        Ok(self)
    }
}

impl KeySource for FileKeys {
    fn key_set<'a>(
        &'a self,
        issuer: &'a IssuerConfig,
        _key_id: &'a str,
        _now: u64,
    ) -> BoxFuture<'a, Result<Arc<Jwks>, KeySourceError>> {
        let keys = self.0.get(&issuer.issuer).cloned().ok_or(KeySourceError::UnknownIssuer);
        Box::pin(std::future::ready(keys))
    }
}

/// How long keys are used, in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySourceOptions {
    /// Keys are fetched again after this time: 5 to 15 minutes.
    pub ttl_secs: u64,
    /// An unknown key id, or a failed attempt, makes the source look again after this time at the earliest.
    pub retry_secs: u64,
    /// Keys that cannot be renewed are used until they are this old.
    pub stale_secs: u64,
    /// Origins, such as `https://keys.example`, that may hold keys besides the issuer's own.
    pub pinned_origins: Vec<String>,
    /// Plain HTTP.
    pub insecure: Insecure,
}

impl Default for KeySourceOptions {
    /// 10 minutes, 30 seconds, 1 hour, no other origin, HTTPS only.
    fn default() -> Self {
        Self {
            ttl_secs: 600,
            retry_secs: 30,
            stale_secs: 3600,
            pinned_origins: Vec::new(),
            insecure: Insecure::Never,
        }
    }
}

/// Keys by discovery over HTTPS, kept for a while.
pub struct HttpsKeys {
    transport: Arc<dyn Transport>,
    options: KeySourceOptions,
    issuers: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Entry>>>>,
}

/// What is known of one issuer.
#[derive(Default)]
struct Entry {
    keys: Option<(Arc<Jwks>, u64)>,
    tried: Option<u64>,
}

impl HttpsKeys {
    /// Keys over this transport.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, options: KeySourceOptions) -> Self {
        let ttl_secs = options.ttl_secs.clamp(300, 900);
        let stale_secs = options.stale_secs.min(3600);
        let retry_secs = options.retry_secs.max(30);
        let options = KeySourceOptions { ttl_secs, retry_secs, stale_secs, ..options };
        Self { transport, options, issuers: Mutex::new(BTreeMap::new()) }
    }

    fn entry(&self, issuer: &str) -> Arc<tokio::sync::Mutex<Entry>> {
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(issuers.entry(issuer.to_owned()).or_default())
    }

    /// One fetch at a time for each issuer; others wait for it.
    async fn keys_of(
        &self,
        issuer: &IssuerConfig,
        key_id: &str,
        now: u64,
    ) -> Result<Arc<Jwks>, KeySourceError> {
        let entry = self.entry(&issuer.issuer);
        let mut entry = entry.lock().await;
        let age = entry.keys.as_ref().and_then(|(_, fetched)| now.checked_sub(*fetched));
        let fresh = entry.keys.as_ref().filter(|_| age.is_some_and(|age| age < self.options.ttl_secs));
        let may_try = entry
            .tried
            .and_then(|tried| now.checked_sub(tried))
            .is_none_or(|past| past >= self.options.retry_secs);
        if let Some((keys, _)) = fresh.filter(|(keys, _)| keys.has_key(key_id) || !may_try) {
            return Ok(Arc::clone(keys));
        }
        let fetched = if may_try { self.fetch(&issuer.issuer).await } else { Err(KeySourceError::TooSoon) };
        if may_try {
            entry.tried = Some(now);
        }
        match fetched {
            Ok(keys) => {
                let keys = Arc::new(keys);
                entry.keys = Some((Arc::clone(&keys), now));
                Ok(keys)
            }
            Err(error) => {
                let usable =
                    entry.keys.as_ref().filter(|_| age.is_some_and(|age| age <= self.options.stale_secs));
                usable.map(|(keys, _)| Arc::clone(keys)).ok_or(error)
            }
        }
    }

    async fn fetch(&self, issuer: &str) -> Result<Jwks, KeySourceError> {
        let base = self.pinned(issuer, None)?;
        let base_text = issuer.strip_suffix('/').unwrap_or(issuer);
        let discovery = self.get(format!("{base_text}/.well-known/openid-configuration")).await?;
        let document = json::parse(&discovery, &DISCOVERY).map_err(|_| KeySourceError::Discovery)?;
        let text = |name: &str| document.member(name).and_then(|value| value.as_text());
        if text("issuer").as_deref() != Some(issuer) {
            return Err(KeySourceError::Discovery);
        }
        let place = text("jwks_uri").ok_or(KeySourceError::Discovery)?;
        let place = self.pinned(&place, Some(&base))?;
        Jwks::parse(&self.get(place.into()).await?).map_err(KeySourceError::KeySet)
    }

    /// A URL over HTTPS, of the issuer's own origin or a pinned one where it is another URL.
    fn pinned(&self, text: &str, issuer: Option<&Url>) -> Result<Url, KeySourceError> {
        let url = crate::services::admitted(text, self.options.insecure).ok_or(KeySourceError::Host)?;
        let origin = url.origin();
        let is_pinned = issuer.is_none_or(|issuer| {
            let is_listed =
                |listed: &String| Url::parse(listed).is_ok_and(|listed| listed.origin() == origin);
            issuer.origin() == origin || self.options.pinned_origins.iter().any(is_listed)
        });
        if is_pinned { Ok(url) } else { Err(KeySourceError::Host) }
    }

    async fn get(&self, url: String) -> Result<Vec<u8>, KeySourceError> {
        let request = HttpRequest {
            method: Method::Get,
            url,
            content_type: String::new(),
            accept: "application/json".into(),
            body: Vec::new(),
            bearer: None,
            waiting: WAITING,
            max_body_bytes: MAX_KEY_SET_BYTES,
        };
        let reply = self.transport.send(request).await.map_err(KeySourceError::Http)?;
        if reply.status == 200 { Ok(reply.body) } else { Err(KeySourceError::Status(reply.status)) }
    }
}

const WAITING: Waiting = Waiting { total: Duration::from_secs(10), idle: Duration::from_secs(10) };
const DISCOVERY: JsonLimits =
    JsonLimits { max_depth: 8, max_members: 256, max_string_bytes: MAX_KEY_SET_BYTES };

impl KeySource for HttpsKeys {
    fn key_set<'a>(
        &'a self,
        issuer: &'a IssuerConfig,
        key_id: &'a str,
        now: u64,
    ) -> BoxFuture<'a, Result<Arc<Jwks>, KeySourceError>> {
        Box::pin(self.keys_of(issuer, key_id, now))
    }
}

impl fmt::Debug for HttpsKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsKeys").field("options", &self.options).finish_non_exhaustive()
    }
}
