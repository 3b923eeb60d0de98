//! What is known of the build: a verified token, a file of the control plane, or nothing.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use cretula::attestor::{Facts, TokenSource};
use cretula::audit::Caller;
use cretula::id_token::{
    AuthorityExpectation, FileKeys, HttpsKeys, IdToken, KeySource, KeySourceOptions, TokenOrigin,
    VerifiedToken, acquire, pre_check, verify_with_source,
};
use cretula::services::{Insecure, TokenSlot, Transport};
use cretula_encoding::json::{self, JsonLimits, Tree, Value};
use cretula_encoding::{base64, fields::Field};

use super::Prepared;
use super::configuration::Configuration;
use crate::cli::arguments::{AttestArguments, RequestArguments};
use crate::cli::files::{self, Kind};
use crate::cli::outcome::Trouble;
use crate::cli::surroundings::{now, variable};

const LIMITS: JsonLimits = JsonLimits { max_depth: 32, max_members: 65_536, max_string_bytes: 32 << 20 };
/// Longest facts document on standard input.
const MAX_FACTS_BYTES: u64 = 32 << 20;

/// Facts, and what came with them.
pub(super) struct Known {
    pub(super) facts: Facts,
    /// Member `tenant` of the facts document.
    pub(super) tenant: Option<Vec<u8>>,
    /// Member `predicate` of the facts document.
    pub(super) predicate: Option<Vec<u8>>,
    pub(super) caller: Option<Caller>,
    /// The token that was verified, for the comparison with the one for the certificate authority.
    pub(super) verified: Option<VerifiedToken>,
}

/// Gathers the facts of a request.
pub(super) async fn gather(
    request: &RequestArguments,
    configuration: &Configuration,
    transport: &Arc<dyn Transport>,
    insecure: Insecure,
) -> Result<Known, Trouble> {
    if let Some(path) = &request.facts {
        return of_document(&read_document(path)?);
    }
    if request.config.is_none() || configuration.issuers()?.is_empty() {
        return Ok(Known {
            facts: Facts::of_record(b"{}"),
            tenant: None,
            predicate: None,
            caller: None,
            verified: None,
        });
    }
    of_token(request, configuration, transport, insecure).await
}

// ---- a document of the control plane ----------------------------------------------------------------------------

fn read_document(path: &Path) -> Result<Vec<u8>, Trouble> {
    if path.as_os_str() != "-" {
        return files::read(path, Kind::Facts);
    }
    let mut document = Vec::new();
    let read = std::io::stdin().lock().take(MAX_FACTS_BYTES.saturating_add(1)).read_to_end(&mut document);
    read.map_err(|error| Trouble::usage(format!("standard input cannot be read: {error}")))?;
    if u64::try_from(document.len()).is_ok_and(|length| length > MAX_FACTS_BYTES) {
        return Err(Trouble::usage("the document on standard input is longer than 32 MiB"));
    }
    Ok(document)
}

/// `{"facts": …, "tenant": …, "predicate": …}`; the last two may be absent.
fn of_document(document: &[u8]) -> Result<Known, Trouble> {
    let wrong = |error: &dyn std::fmt::Display| {
        Trouble::usage(format!("the facts document cannot be used: {error}"))
            .coded("input/type")
            .try_this(r#"it has the members "facts", "tenant" and "predicate"; see docs/attest.md"#)
    };
    let value = json::parse(document, &LIMITS).map_err(|error| wrong(&error))?;
    let mut object = Field::root(value).object().map_err(|error| wrong(&error))?;
    let facts = object.require("facts").map_err(|error| wrong(&error))?;
    let source = |field: Field<'_>| field.value.source().as_bytes().to_vec();
    let (tenant, predicate) = (object.take("tenant").map(source), object.take("predicate").map(source));
    object.finish().map_err(|error| wrong(&error))?;
    let facts = read_facts(facts).map_err(|error| wrong(&error))?;
    Ok(Known { facts, tenant, predicate, caller: None, verified: None })
}

/// The digest of the module is the command's to say.
fn read_facts(field: Field<'_>) -> Result<Facts, cretula_encoding::fields::FieldError> {
    let mut object = field.object()?;
    let origin = object.require("origin")?.one_of(&["control-plane", "verified-token"])?;
    let source = |field: Field<'_>| field.value.source().as_bytes().to_vec();
    let claims = object.take("claims").map(source);
    let event = object.take("event").map_or_else(|| b"{}".to_vec(), source);
    let record = object.take("record").map_or_else(|| b"{}".to_vec(), source);
    object.finish()?;
    Ok(match (origin, claims) {
        (0, claims) => Facts::ControlPlane { claims, event, record },
        (_, claims) => Facts::VerifiedToken { claims: claims.unwrap_or_default(), event, record },
    })
}

// ---- an ID token ------------------------------------------------------------------------------------------------

async fn of_token(
    request: &RequestArguments,
    configuration: &Configuration,
    transport: &Arc<dyn Transport>,
    insecure: Insecure,
) -> Result<Known, Trouble> {
    let issuers = configuration.issuers()?;
    let wanted = configuration.chosen()?.issuer.clone();
    let issuer =
        wanted.as_ref().map_or_else(|| issuers.first(), |url| issuers.iter().find(|one| one.issuer == *url));
    let issuer = issuer.ok_or_else(|| Trouble::usage("the mode names an issuer that is not configured"))?;
    let token = token(request.token.as_deref(), &issuer.audience, transport.as_ref()).await?;
    let source = key_source(request, &issuer.issuer, transport, insecure)?;
    let now = now().ok_or_else(|| Trouble::internal("the clock stands before 1970"))?;
    let verified = verify_with_source(&token, &issuers, source.as_ref(), now).await.map_err(|error| {
        Trouble::refused(format!("the ID token is not accepted: {}", error.detail()))
            .coded("auth/invalid")
            .more(format!("Rule {} of ID tokens.", error.rule().id()))
            .try_this("the token has to be for the audience that the configuration gives its issuer")
    })?;
    let caller = Some(verified.caller());
    let event = request.event.as_deref().map(|path| files::read(path, Kind::Facts)).transpose()?;
    let event = event.unwrap_or_else(|| b"{}".to_vec());
    let facts = Facts::VerifiedToken { claims: verified.claims().to_vec(), event, record: b"{}".to_vec() };
    Ok(Known { facts, tenant: None, predicate: None, caller, verified: Some(verified) })
}

async fn token(file: Option<&Path>, audience: &str, transport: &dyn Transport) -> Result<IdToken, Trouble> {
    let missing = |error: cretula::id_token::AcquireError| {
        Trouble::usage(error.to_string())
            .try_this("on GitHub give the job the permission id-token: write")
            .try_this("elsewhere pipe the token in with --token -")
    };
    let origin = TokenOrigin::choose(file, variable).map_err(missing)?;
    acquire(origin, audience, transport).await.map_err(missing)
}

fn key_source(
    request: &RequestArguments,
    issuer: &str,
    transport: &Arc<dyn Transport>,
    insecure: Insecure,
) -> Result<Box<dyn KeySource>, Trouble> {
    let Some(path) = &request.jwks else {
        let options = KeySourceOptions { insecure, ..KeySourceOptions::default() };
        return Ok(Box::new(HttpsKeys::new(Arc::clone(transport), options)));
    };
    let content = files::read(path, Kind::KeySet)?;
    let keys = FileKeys::default().with(issuer, &content);
    Ok(Box::new(keys.map_err(|error| Trouble::usage(format!("the key set cannot be used: {error}")))?))
}

/// Tokens for the certificate authority. They come from the same job as the one that says what was built.
pub(super) struct FulcioTokens<'a> {
    arguments: &'a AttestArguments,
    prepared: &'a Prepared,
}

impl<'a> FulcioTokens<'a> {
    pub(super) const fn new(arguments: &'a AttestArguments, prepared: &'a Prepared) -> Self {
        Self { arguments, prepared }
    }

    /// The first one, or why there is none.
    pub(super) async fn slot(&self) -> Result<TokenSlot, Trouble> {
        self.acquire().await.map(TokenSlot::new)
    }

    async fn acquire(&self) -> Result<IdToken, Trouble> {
        let audience = &self.arguments.fulcio_audience;
        let file = self.arguments.fulcio_token.as_deref();
        let token = token(file, audience, self.prepared.transport.as_ref()).await?;
        let expected = AuthorityExpectation { audience: audience.clone(), issuers: Vec::new() };
        pre_check(&token, &expected, now().unwrap_or_default())
            .map_err(|error| Trouble::usage(error.to_string()))?;
        if let Some(verified) = &self.prepared.known.verified {
            verified.match_second(&token).map_err(|error| {
                Trouble::refused(error.to_string())
                    .coded("claims/token-mismatch")
                    .try_this("get both ID tokens in the same job")
            })?;
        }
        Ok(token)
    }
}

#[async_trait]
impl TokenSource for FulcioTokens<'_> {
    async fn token(&self) -> Result<IdToken, String> {
        self.acquire().await.map_err(|trouble| trouble.message)
    }
}

// ---- predicate --------------------------------------------------------------------------------------------------

/// Kinds whose predicate is a document that stays as it is.
const RAW_KINDS: [&str; 4] = ["spdx", "spdx3", "cyclonedx", "raw"];

/// The predicate: of the facts document, of `--predicate` and `--type`, or provenance.
pub(super) fn predicate(request: &RequestArguments, known: &Known) -> Result<Vec<u8>, Trouble> {
    let kind = request.predicate_type.as_deref();
    if let (Some(predicate), None) = (&known.predicate, kind) {
        return Ok(predicate.clone());
    }
    let kind = kind.unwrap_or("provenance");
    if kind == "provenance" {
        return Ok(br#"{"kind":"provenance"}"#.to_vec());
    }
    let Some(path) = &request.predicate else {
        return Err(
            Trouble::usage(format!("--type {kind} needs a document")).try_this("add --predicate FILE")
        );
    };
    let content = files::read(path, Kind::Predicate)?;
    let is_uri = kind.contains(':');
    if is_uri || RAW_KINDS.contains(&kind) {
        let mut predicate = Tree::object();
        predicate.set("kind", if is_uri { "raw" } else { kind }).set("content", base64::encode(&content));
        if is_uri {
            predicate.set("type", kind);
        }
        return Ok(predicate.encode());
    }
    let value: Value<'_> = json::parse(&content, &LIMITS).map_err(|error| {
        Trouble::usage(format!("the predicate is not JSON: {error}")).coded("input/syntax")
    })?;
    Ok(format!(r#"{{"kind":{},"content":{}}}"#, quoted(kind), value.source()).into_bytes())
}

fn quoted(text: &str) -> String {
    String::from_utf8(Tree::from(text).encode()).unwrap_or_default()
}
