//! Which URLs the host calls: services of its own signing configuration, and the few paths below them.

use std::fmt;

use cretula_encoding::json::{self, JsonLimits, Value};

use super::exchange::{Auth, ExchangeRequest, HostError, Method, Service};
use super::http::Insecure;
use super::origin::admitted;

/// Longest configuration that is read, in bytes.
const MAX_CONFIG_BYTES: usize = 1 << 20;
/// Most services.
const MAX_ENDPOINTS: usize = 256;
const LIMITS: JsonLimits =
    JsonLimits { max_depth: 32, max_members: 4096, max_string_bytes: MAX_CONFIG_BYTES };

/// One service of the signing configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Kind.
    pub service: Service,
    /// URL, as written.
    pub url: String,
    /// `majorApiVersion`.
    pub major_api_version: u64,
}

/// The services that may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowList {
    endpoints: Vec<Endpoint>,
    insecure: Insecure,
}

/// A signing configuration from which no list can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowListError {
    /// Not a signing configuration, or more than 256 services.
    Shape,
    /// A service is not at an HTTPS URL.
    Url,
}

impl fmt::Display for AllowListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "not a signing configuration with at most 256 services",
            Self::Url => "a service of the signing configuration is not at a plain HTTPS URL",
        })
    }
}

impl std::error::Error for AllowListError {}

impl AllowList {
    /// A list of these services.
    ///
    /// # Errors
    /// [`AllowListError::Url`] for any that is not at an HTTPS URL (or HTTP on loopback, where that is allowed) without
    /// user, query and fragment; [`AllowListError::Shape`] for too many.
    pub fn new(endpoints: Vec<Endpoint>, insecure: Insecure) -> Result<Self, AllowListError> {
        if endpoints.len() > MAX_ENDPOINTS {
            return Err(AllowListError::Shape);
        }
        let is_admitted = |endpoint: &Endpoint| {
            admitted(&endpoint.url, insecure)
                .is_some_and(|url| endpoint.service == Service::Tsa || url.query().is_none())
        };
        if endpoints.iter().all(is_admitted) {
            Ok(Self { endpoints, insecure })
        } else {
            Err(AllowListError::Url)
        }
    }

    /// The services of a SigningConfig v0.2, or of a ClientTrustConfig v0.1 that holds one.
    ///
    /// # Errors
    /// As [`AllowList::new`].
    pub fn from_config(text: &[u8], insecure: Insecure) -> Result<Self, AllowListError> {
        if text.len() > MAX_CONFIG_BYTES {
            return Err(AllowListError::Shape);
        }
        let document = json::parse(text, &LIMITS).map_err(|_| AllowListError::Shape)?;
        let config = document.member("signingConfig").unwrap_or(document);
        let lists =
            [("caUrls", Service::Fulcio), ("rekorTlogUrls", Service::Rekor), ("tsaUrls", Service::Tsa)];
        let mut endpoints = Vec::new();
        for (name, service) in lists {
            let Some(list) = config.member(name) else { continue };
            for item in list.elements().ok_or(AllowListError::Shape)?.take(MAX_ENDPOINTS.saturating_add(1)) {
                endpoints.push(read_endpoint(&item, service).ok_or(AllowListError::Shape)?);
            }
        }
        if endpoints.is_empty() { Err(AllowListError::Shape) } else { Self::new(endpoints, insecure) }
    }

    /// Whether plain HTTP to loopback is allowed.
    #[must_use]
    pub const fn insecure(&self) -> Insecure {
        self.insecure
    }

    /// Checks that a request goes to one of the services, by a path of that service, and that the token goes to a
    /// certificate authority only.
    ///
    /// # Errors
    /// [`HostError::Denied`].
    pub fn check(&self, request: &ExchangeRequest) -> Result<(), HostError> {
        let is_same = |endpoint: &&Endpoint| {
            endpoint.service == request.service
                && endpoint.url == request.service_url
                && endpoint.major_api_version == request.major_api_version
        };
        let endpoint = self.endpoints.iter().find(is_same).ok_or(HostError::Denied)?;
        let with_token = request.auth == Auth::FulcioToken;
        let is_token_allowed =
            !with_token || (request.service == Service::Fulcio && request.method == Method::Post);
        let is_body_allowed = request.method == Method::Post || request.body.is_empty();
        if is_token_allowed && is_body_allowed && is_path_of(endpoint, request) {
            Ok(())
        } else {
            Err(HostError::Denied)
        }
    }
}

fn read_endpoint(item: &Value<'_>, service: Service) -> Option<Endpoint> {
    let url = item.member("url")?.as_text()?.into_owned();
    let major_api_version = item.member("majorApiVersion")?.as_number()?.parse().ok()?;
    Some(Endpoint { service, url, major_api_version })
}

/// Fulcio and Rekor have bases, of which one trailing slash is ignored; timestamp authorities have complete URLs.
fn is_path_of(endpoint: &Endpoint, request: &ExchangeRequest) -> bool {
    let base = endpoint.url.strip_suffix('/').unwrap_or(&endpoint.url);
    let below = request.url.strip_prefix(base);
    match (endpoint.service, endpoint.major_api_version, request.method) {
        (Service::Tsa, _, Method::Post) => request.url == endpoint.url,
        (Service::Fulcio, 1, Method::Post) => below == Some("/api/v2/signingCert"),
        (Service::Rekor, 1, Method::Post) => below == Some("/api/v1/log/entries"),
        (Service::Rekor, 1, Method::Get) => {
            let path = below.or_else(|| request.url.strip_prefix(origin_of(base)));
            path.is_some_and(is_entry_path)
        }
        (Service::Rekor, 2, Method::Post) => below == Some("/api/v2/log/entries"),
        (Service::Rekor, 2, Method::Get) => below.is_some_and(is_read_path),
        _ => false,
    }
}

/// `https://host:port` of a URL.
fn origin_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |position| position.saturating_add(3));
    let rest = url.get(after_scheme..).unwrap_or_default();
    let end = rest.find('/').map_or(url.len(), |position| after_scheme.saturating_add(position));
    url.get(..end).unwrap_or(url)
}

/// An entry of Rekor v1 by its id: 64 hex digits, with those of its tree 80.
fn is_entry_path(path: &str) -> bool {
    let id = path.strip_prefix("/api/v1/log/entries/").unwrap_or_default();
    (64..=80).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Checkpoint, tiles and entry bundles (C2SP tlog-tiles).
fn is_read_path(path: &str) -> bool {
    let Some(path) = path.strip_prefix("/api/v2/") else { return false };
    if path == "checkpoint" {
        return true;
    }
    let Some((level, tile)) = path.strip_prefix("tile/").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let is_level =
        level == "entries" || (is_number(level, 2) && level.parse::<u8>().is_ok_and(|level| level < 64));
    is_level && is_tile(tile)
}

/// `N` in groups of three digits, all but the last with `x`, and the width of a partial tile.
fn is_tile(tile: &str) -> bool {
    let (number, width) = match tile.split_once(".p/") {
        Some((number, width)) => (number, Some(width)),
        None => (tile, None),
    };
    let is_width = |width: &str| {
        is_number(width, 3) && width.parse::<u16>().is_ok_and(|width| (1..256).contains(&width))
    };
    let mut groups = number.rsplit('/');
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    groups.next().is_some_and(is_group)
        && groups.all(|group| group.strip_prefix('x').is_some_and(is_group))
        && number.len() <= 32
        && width.is_none_or(is_width)
}

/// Digits without a leading zero.
fn is_number(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}
