//! What the module asks for and what it gets: the host's half of the step `need-exchange`.

use std::fmt;

/// Which kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Certificate authority.
    Fulcio,
    /// Transparency log.
    Rekor,
    /// Timestamp authority.
    Tsa,
}

impl Service {
    /// `fulcio`, `rekor` or `tsa`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fulcio => "fulcio",
            Self::Rekor => "rekor",
            Self::Tsa => "tsa",
        }
    }
}

/// Method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Which credential a request gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// None.
    None,
    /// The ID token, as `Authorization: Bearer`; to a certificate authority only.
    FulcioToken,
}

/// One request of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRequest {
    /// Kind of service.
    pub service: Service,
    /// URL of the service, as the signing configuration writes it.
    pub service_url: String,
    /// `majorApiVersion` of the service.
    pub major_api_version: u64,
    /// Method.
    pub method: Method,
    /// Complete URL.
    pub url: String,
    /// `Content-Type`; empty without a body.
    pub content_type: String,
    /// `Accept`.
    pub accept: String,
    /// Body; empty for `GET`.
    pub body: Vec<u8>,
    /// Credential.
    pub auth: Auth,
    /// Longest time for the whole reply, in milliseconds.
    pub timeout_ms: u32,
    /// Time to wait before, in milliseconds; the host adds up to half of it at random.
    pub delay_ms: u32,
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceReply {
    /// Status code; never 3xx.
    pub status: u16,
    /// `Content-Type` without parameters, lower case; empty if there is none.
    pub content_type: String,
    /// Path of `Location`, if that is on the same origin.
    pub location: Option<String>,
    /// `Retry-After` in seconds; a date counts as absent.
    pub retry_after: Option<u32>,
    /// `X-Log-Index`.
    pub log_index: Option<u64>,
    /// Body, at most 1 MiB.
    pub body: Vec<u8>,
}

/// Why a request was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostError {
    /// The host refuses: the URL is not on its list, or there is no token for it.
    Denied,
    /// Anything else; final.
    Other,
    /// A redirect, which nobody follows.
    Redirected,
    /// No answer in time.
    TimedOut,
    /// More bytes than allowed, or compressed ones.
    TooLarge,
    /// Not reached, or broken off.
    Unavailable,
}

impl HostError {
    /// `kind` in a reply document.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Other => "other",
            Self::Redirected => "redirected",
            Self::TimedOut => "timed-out",
            Self::TooLarge => "too-large",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl std::error::Error for HostError {}
