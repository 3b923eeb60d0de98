//! The finished bundle before the verifier that its users run.
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_attestation::{Statement, Subject};
use cretula_bundle::TrustedRootDocument;
use cretula_encoding::json::Tree;
use cretula_encoding::limits::Limits;
use cretula_pki::CLAIMS;
use cretula_verify::documents::encode_report;
use cretula_verify::portable::verify_request;
use cretula_verify::request::{Artifact, ManagedKey, ManagedKeyParts, Options, Request};
use cretula_verify::{Failure, Report, RootMemo};

use crate::config::Profile;
use crate::digest::GIT_COMMIT;
use crate::error::{AttestError, ErrorKind};
use crate::expected::{ExpectedExtension, ExpectedIdentity, MAY_BE_ABSENT};

/// Last arcs of the issuer, and of the subject of the token.
const ISSUER: u8 = 8;
const TOKEN_SUBJECT: u8 = 24;

/// What the bundle must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Decides the preset of the policy.
    pub profile: Profile,
    /// The statement that was built, byte for byte. Predicate type and subjects are read from it.
    pub payload: &'a [u8],
    /// Who must have signed.
    pub signer: ExpectedSigner<'a>,
    /// Evidence that was demanded: operators of logs, and of timestamp authorities.
    pub evidence: DemandedEvidence,
    /// Whether the bundle may hold intermediates.
    pub allow_chain: bool,
}

/// Who must have signed.
#[derive(Debug, Clone, Copy)]
pub enum ExpectedSigner<'a> {
    /// The holder of a certificate.
    Identity(&'a ExpectedIdentity),
    /// The holder of a managed key.
    Key {
        /// Its id, as in the bundle.
        id: &'a str,
        /// SubjectPublicKeyInfo, DER.
        public_key: &'a [u8],
        /// Name of the registry.
        algorithm: &'a str,
    },
}

/// How much evidence was demanded, in distinct operators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DemandedEvidence {
    /// Transparency logs.
    pub logs: u32,
    /// Timestamp authorities.
    pub timestamps: u32,
}

/// Verifies a finished bundle: identity or key, predicate type, every subject, the thresholds of the profile, and times
/// from evidence alone. Returns `cretula/report/v1`.
///
/// `trusted_root` is the only trust; a bundle of a managed key without evidence needs none.
///
/// # Errors
/// `bundle/self-verify` with the code of the verifier as detail.
pub fn verify_finished(
    bundle: &[u8],
    trusted_root: Option<&[u8]>,
    expected: &Expected<'_>,
    roots: &mut RootMemo,
) -> Result<Vec<u8>, AttestError> {
    let statement = Statement::parse(expected.payload, &Limits::default());
    let statement = statement.map_err(|error| refusal(error.code()))?;
    let mut request = Request {
        bundle: bundle.to_vec(),
        roots: trusted_root.map(<[u8]>::to_vec).into_iter().collect(),
        keys: keys(&expected.signer)?,
        policy: policy(expected, &statement, trusted_root)?.encode(),
        artifacts: Vec::new(),
        options: options(bundle)?,
    };
    let mut first = None;
    // As many subjects at a time as a request may have artifacts.
    for subjects in statement.subjects().chunks(Limits::default().artifacts) {
        request.artifacts = subjects.iter().map(artifact).collect::<Result<_, _>>()?;
        let report = verify(&request, expected.payload, roots)?;
        first.get_or_insert(report);
    }
    first.map(|report| encode_report(&report)).ok_or_else(|| refusal("artifact/required"))
}

fn verify(request: &Request, payload: &[u8], roots: &mut RootMemo) -> Result<Report, AttestError> {
    let outcome = verify_request(request, roots).map_err(|failure| failed(&failure))?;
    if let Err(found) = &outcome.verdict {
        return Err(refusal(found.code));
    }
    let signed = outcome.report.statement.as_ref().map(|statement| statement.payload.as_slice());
    if signed == Some(payload) { Ok(outcome.report) } else { Err(refusal("artifact/mismatch")) }
}

fn refusal(code: &str) -> AttestError {
    AttestError::new(ErrorKind::BundleSelfVerify, code)
}

fn failed(failure: &Failure) -> AttestError {
    refusal(failure.code)
}

/// A bundle above the default length is one of a great statement, which the request allowed.
fn options(bundle: &[u8]) -> Result<Options, AttestError> {
    let mut options = Options::default();
    if bundle.len() > options.limits.bundle_bytes {
        let bytes = u64::try_from(bundle.len()).unwrap_or(u64::MAX);
        options.set_limit("bundle-bytes", bytes).map_err(|_| refusal("limits/bundle-bytes"))?;
    }
    Ok(options)
}

fn keys(signer: &ExpectedSigner<'_>) -> Result<Vec<ManagedKey>, AttestError> {
    let ExpectedSigner::Key { id, public_key, algorithm } = signer else { return Ok(Vec::new()) };
    let parts = ManagedKeyParts {
        id,
        key: public_key,
        key_details: Some(algorithm),
        encoding: None,
        usage: None,
        valid_for: None,
    };
    Ok(Vec::from([ManagedKey::parse(&parts).map_err(|failure| failed(&failure))?]))
}

fn artifact(subject: &Subject) -> Result<Artifact, AttestError> {
    Artifact::from_entries(subject.digests.entries()).map_err(|failure| failed(&failure))
}

// ---- policy -----------------------------------------------------------------------------------------------------

fn policy(
    expected: &Expected<'_>,
    statement: &Statement,
    trusted_root: Option<&[u8]>,
) -> Result<Tree, AttestError> {
    let mut bundle = Tree::object();
    bundle.set("versions", texts(&["0.3"]));
    if expected.allow_chain {
        bundle.set("allowChainInV03", true).set("useIntermediates", true);
    }
    let signers = match &expected.signer {
        ExpectedSigner::Identity(identity) => certificate_node(identity)?,
        ExpectedSigner::Key { id, .. } => {
            bundle.set("requireKeyid", true);
            object("key", object("ids", texts(&[id])))
        }
    };
    let mut demanded = Tree::object();
    demanded.set("predicateTypes", texts(&[statement.predicate_type()]));
    demanded.set("types", texts(&[statement.statement_type().uri()]));
    let mut policy = Tree::object();
    policy
        .set("schema", "cretula/policy/v1")
        .set("preset", preset(expected.profile))
        .set("bundle", bundle)
        .set("evidence", evidence(expected, trusted_root))
        .set("signers", signers)
        .set("statement", demanded);
    let has_commit = |subject: &Subject| subject.digests.entries().any(|(name, _)| name == GIT_COMMIT);
    if statement.subjects().iter().any(has_commit) {
        policy.set("subject", object("algorithms", texts(&[GIT_COMMIT])));
    }
    Ok(policy)
}

const fn preset(profile: Profile) -> &'static str {
    match profile {
        Profile::PublicV1 | Profile::PublicV2 => "public-good",
        Profile::Tsa => "private-tsa",
        Profile::Managed | Profile::ManagedOffline => "managed-key",
        Profile::PrivateCa => "private-ca",
    }
}

/// The preset's thresholds, raised to what the run demanded: nothing weaker may leave.
fn evidence(expected: &Expected<'_>, trusted_root: Option<&[u8]>) -> Tree {
    let DemandedEvidence { logs, timestamps } = expected.evidence;
    let has_public_preset = expected.profile.required_log().is_some();
    let mut evidence = Tree::object();
    evidence.set("log", object("threshold", if has_public_preset { logs.max(1) } else { logs }));
    if expected.profile == Profile::Tsa && has_ct_logs(trusted_root) {
        evidence.set("sct", object("threshold", 1_u32));
    }
    let needs_timestamp = matches!(expected.profile, Profile::PublicV2 | Profile::Tsa | Profile::PrivateCa);
    let mut time = Tree::object();
    if timestamps > 0 || needs_timestamp {
        time.set("mode", if expected.profile == Profile::PublicV1 { "observer" } else { "tsa" });
        time.set("threshold", 1_u32).set("signedThreshold", timestamps.max(1));
    } else if expected.profile == Profile::Managed {
        time.set("mode", "log").set("threshold", 1_u32);
    }
    if time != Tree::object() {
        evidence.set("time", time);
    }
    evidence
}

fn has_ct_logs(trusted_root: Option<&[u8]>) -> bool {
    let root = trusted_root.map(|bytes| TrustedRootDocument::parse(bytes, &Limits::default()));
    root.is_some_and(|root| root.is_ok_and(|root| !root.ctlogs().is_empty()))
}

/// Exact name and issuer, and every claim that the policy language can compare.
fn certificate_node(identity: &ExpectedIdentity) -> Result<Tree, AttestError> {
    let Some(issuer) = identity.issuer() else { return Err(refusal("identity/no-match")) };
    let is_of_claims = identity.extensions.len() > 1;
    let mut rule = object("issuer", exact(issuer));
    match &identity.san {
        Some(san) if is_of_claims => {
            let mut typed = object("type", "uri");
            typed.set("match", exact(san));
            rule.set("san", typed);
        }
        Some(san) => {
            rule.set("san", exact(san));
        }
        None => {}
    }
    let mut claims = Tree::object();
    let mut nodes = Vec::new();
    for extension in identity.extensions.iter().filter(|extension| extension.number != ISSUER) {
        let Some(name) = claim_name(extension.number) else { continue };
        // Without a name the subject of the token is what binds.
        let is_binding = identity.san.is_none() && extension.number == TOKEN_SUBJECT;
        match (MAY_BE_ABSENT.contains(&extension.number) && !is_binding, &extension.value) {
            (true, Some(_)) => nodes.push(same_or_absent(name, extension)),
            (true | false, _) => {
                claims.set(name, claim(extension));
            }
        }
    }
    if claims != Tree::object() {
        rule.set("claims", claims);
    }
    let leaf = object("certificate", rule);
    if nodes.is_empty() {
        return Ok(leaf);
    }
    nodes.insert(0, leaf);
    Ok(object("all", nodes))
}

/// Certificates of older authorities lack the extension; another value is refused.
fn same_or_absent(name: &str, extension: &ExpectedExtension) -> Tree {
    let node = |claim: Tree| object("certificate", object("claims", object(name, claim)));
    object("any", Vec::from([node(claim(extension)), node(object("absent", true))]))
}

fn claim(extension: &ExpectedExtension) -> Tree {
    match &extension.value {
        Some(value) => exact(value),
        None => object("absent", true),
    }
}

fn claim_name(number: u8) -> Option<&'static str> {
    CLAIMS.iter().find(|row| row.number == number).map(|row| row.name)
}

fn exact(text: &str) -> Tree {
    object("exact", text)
}

fn object(name: &str, value: impl Into<Tree>) -> Tree {
    Tree::Object(BTreeMap::from([(String::from(name), value.into())]))
}

fn texts(texts: &[&str]) -> Tree {
    Tree::List(texts.iter().map(|text| Tree::from(*text)).collect())
}
