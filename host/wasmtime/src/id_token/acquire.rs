//! Where the command gets the ID token for the certificate authority: never from an argument.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cretula_encoding::json::{self, JsonLimits};
use zeroize::Zeroizing;

use super::error::TokenError;
use super::secret::{Bearer, IdToken};
use crate::services::{HostError, HttpRequest, Method, Transport, Waiting};

/// Where a token comes from.
#[derive(Debug)]
pub enum TokenOrigin {
    /// A file.
    File(PathBuf),
    /// The token endpoint of a GitHub Actions job.
    GithubActions {
        /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
        url: String,
        /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
        bearer: Bearer,
    },
    /// Standard input.
    Stdin,
    /// `SIGSTORE_ID_TOKEN`.
    Variable(IdToken),
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireError {
    /// Nothing names one.
    Missing,
    /// The file cannot be opened.
    Unreadable,
    /// The token endpoint was not reached.
    Endpoint(HostError),
    /// The token endpoint refused, with this status.
    Refused(u16),
    /// The token endpoint answered with something else than a token.
    Reply,
    /// What is there is no token.
    Token(TokenError),
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => {
                f.write_str("there is no ID token: no file, no GitHub Actions job, no SIGSTORE_ID_TOKEN")
            }
            Self::Unreadable => f.write_str("the file with the ID token cannot be opened"),
            Self::Endpoint(error) => write!(f, "the token endpoint of the job cannot be used: {error}"),
            Self::Refused(status) => write!(f, "the token endpoint of the job refused with status {status}"),
            Self::Reply => {
                f.write_str("the token endpoint of the job answered with something else than a token")
            }
            Self::Token(error) => write!(f, "no ID token: {}", error.detail()),
        }
    }
}

impl std::error::Error for AcquireError {}

impl From<TokenError> for AcquireError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl TokenOrigin {
    /// A named file (`-` is standard input), else the job's endpoint, else the variable.
    ///
    /// `variable` reads the environment, which the command does in one place.
    ///
    /// # Errors
    /// [`AcquireError::Missing`]; [`AcquireError::Token`] for a variable that holds no token.
    pub fn choose(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, AcquireError> {
        if let Some(path) = file {
            let is_stdin = path.as_os_str() == "-";
            return Ok(if is_stdin { Self::Stdin } else { Self::File(path.to_path_buf()) });
        }
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let endpoint = (text("ACTIONS_ID_TOKEN_REQUEST_URL"), text("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
        if let (Some(url), Some(token)) = endpoint {
            let token = Zeroizing::new(token.into_encoded_bytes());
            let url = url.into_string().map_err(|_| AcquireError::Endpoint(HostError::Denied))?;
            return Ok(Self::GithubActions { url, bearer: Bearer::new(&token) });
        }
        let token = text("SIGSTORE_ID_TOKEN").ok_or(AcquireError::Missing)?;
        Ok(Self::Variable(IdToken::new(token.into_encoded_bytes())?))
    }
}

/// Gets the token; `audience` matters only where the token is made for the asking.
///
/// # Errors
/// See [`AcquireError`].
pub async fn acquire(
    origin: TokenOrigin,
    audience: &str,
    transport: &dyn Transport,
) -> Result<IdToken, AcquireError> {
    match origin {
        TokenOrigin::File(path) => {
            Ok(IdToken::read(File::open(path).map_err(|_| AcquireError::Unreadable)?)?)
        }
        TokenOrigin::GithubActions { url, bearer } => from_github(&url, bearer, audience, transport).await,
        TokenOrigin::Stdin => Ok(IdToken::read(std::io::stdin().lock())?),
        TokenOrigin::Variable(token) => Ok(token),
    }
}

/// Bounds of the endpoint's reply.
const REPLY_BYTES: usize = 64 << 10;
const REPLY: JsonLimits = JsonLimits { max_depth: 8, max_members: 64, max_string_bytes: REPLY_BYTES };
const WAITING: Waiting = Waiting { total: Duration::from_secs(30), idle: Duration::from_secs(10) };

/// GitHub's documentation, "OpenID Connect reference", methods for requesting the token.
async fn from_github(
    url: &str,
    bearer: Bearer,
    audience: &str,
    transport: &dyn Transport,
) -> Result<IdToken, AcquireError> {
    let mut url = reqwest::Url::parse(url).map_err(|_| AcquireError::Endpoint(HostError::Denied))?;
    url.query_pairs_mut().append_pair("audience", audience);
    let request = HttpRequest {
        method: Method::Get,
        url: url.into(),
        content_type: String::new(),
        accept: "application/json".into(),
        body: Vec::new(),
        bearer: Some(bearer),
        waiting: WAITING,
        max_body_bytes: REPLY_BYTES,
    };
    let reply = transport.send(request).await.map_err(AcquireError::Endpoint)?;
    let body = Zeroizing::new(reply.body);
    if reply.status != 200 {
        return Err(AcquireError::Refused(reply.status));
    }
    let document = json::parse(&body, &REPLY).map_err(|_| AcquireError::Reply)?;
    let value = document.member("value").and_then(|value| value.as_text()).ok_or(AcquireError::Reply)?;
    Ok(IdToken::new(value.into_owned().into_bytes())?)
}
