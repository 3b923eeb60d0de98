//! Entries of kind `bundle-verify` as requests to the verifier.
use anyhow::{Context, Result};
use cretula_crypto::{HashAlgorithm, Hasher};
use cretula_encoding::{base64, json::Tree, pem};
use serde::Deserialize;

use crate::folder::{Entry, Folder, read_json};
use crate::policy::{self, KeyWindow, Signer, Thresholds};

/// Kind of these entries.
pub(crate) const KIND: &str = "bundle-verify";

/// Artifacts up to this size are passed as bytes, larger ones as the digests that a host makes of them.
const MAX_ARTIFACT_BYTES: usize = 1 << 20;

/// One entry in one variant.
#[derive(Debug, Clone)]
pub struct BundleCase {
    /// Entry.
    pub id: String,
    /// `artifact`, `digest`, or `none`.
    pub variant: &'static str,
    /// What to ask.
    pub prepared: Prepared,
}

/// A request, or the reason why there is none.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// A `cretula/verify-request/v1` document.
    Request(Vec<u8>),
    /// The key is no key, so that the host refuses before it asks; the code of that refusal.
    Refused(&'static str),
}

#[derive(Deserialize)]
struct Expectation {
    artifact: Option<String>,
    artifacts: Option<Vec<String>>,
    ca_sha256: Option<String>,
    digest: Option<String>,
    digests: Option<Vec<String>>,
    identity: Option<String>,
    issuer: Option<String>,
    key: Option<String>,
    key_details: Option<String>,
    #[serde(default)]
    policy: Thresholds,
    source_repository: Option<String>,
    trusted_root: Option<String>,
}

/// What a host looks at before it hashes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BundleHead {
    message_signature: Option<MessageSignature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageSignature {
    message_digest: Option<MessageDigest>,
}

#[derive(Deserialize)]
struct MessageDigest {
    algorithm: Option<String>,
}

/// Every entry of kind `bundle-verify`, in each variant that it allows.
///
/// # Errors
/// A file that the manifest names cannot be read, or an expectation is not understood.
pub fn bundle_requests(folder: &Folder) -> Result<Vec<BundleCase>> {
    let mut cases = Vec::new();
    for entry in folder.entries().iter().filter(|entry| entry.kind == KIND) {
        cases.extend(cases_of(folder, entry)?);
    }
    Ok(cases)
}

/// One entry: by artifact and by digest if both are given.
pub(crate) fn cases_of(folder: &Folder, entry: &Entry) -> Result<Vec<BundleCase>> {
    let expectation: Expectation = entry.expects()?;
    let mut cases = Vec::new();
    for (variant, artifacts) in variants(folder, entry, &expectation).with_context(|| entry.id.clone())? {
        let prepared = request(folder, entry, &expectation, artifacts)?;
        cases.push(BundleCase { id: entry.id.clone(), variant, prepared });
    }
    Ok(cases)
}

type Variant = (&'static str, Vec<Tree>);

fn variants(folder: &Folder, entry: &Entry, expectation: &Expectation) -> Result<Vec<Variant>> {
    let mut variants = Vec::new();
    let paths = listed(expectation.artifact.as_ref(), expectation.artifacts.as_deref());
    if !paths.is_empty() {
        let artifacts = paths.iter().map(|path| folder.read(path).map(|content| artifact(&content)));
        variants.push(("artifact", artifacts.collect::<Result<_>>()?));
    }
    let digests = listed(expectation.digest.as_ref(), expectation.digests.as_deref());
    if !digests.is_empty() {
        let wanted = wanted_digest(&folder.read(&entry.path)?);
        let mut artifacts = Vec::new();
        for (index, text) in digests.into_iter().enumerate() {
            let content = paths.get(index).map(|path| folder.read(path)).transpose()?;
            artifacts.push(digest(text, wanted, content.as_deref())?);
        }
        variants.push(("digest", artifacts));
    }
    if variants.is_empty() {
        variants.push(("none", Vec::new()));
    }
    Ok(variants)
}

fn listed<'a>(one: Option<&'a String>, several: Option<&'a [String]>) -> Vec<&'a String> {
    one.into_iter().chain(several.unwrap_or_default()).collect()
}

/// An artifact by its bytes, or by all digests that a host makes of a large file.
fn artifact(content: &[u8]) -> Tree {
    let mut artifact = Tree::object();
    if content.len() <= MAX_ARTIFACT_BYTES {
        artifact.set("bytes", base64::encode(content));
        return artifact;
    }
    let mut hasher = Hasher::new(HashAlgorithm::ALL);
    hasher.update(content);
    let mut digests = Tree::object();
    for digest in hasher.digests() {
        digests.set(digest.algorithm().name(), digest.to_hex());
    }
    artifact.set("digests", digests);
    artifact
}

/// The algorithm that the signer of a message states: a host that hashes a file makes this digest too.
fn wanted_digest(bundle: &[u8]) -> Option<HashAlgorithm> {
    let bundle: BundleHead = read_json(bundle).ok()?;
    HashAlgorithm::from_sigstore_name(&bundle.message_signature?.message_digest?.algorithm?)
}

/// An artifact by `ALG:HEX`, and by the digest that the signer used where the file is there to make it.
fn digest(text: &str, wanted: Option<HashAlgorithm>, content: Option<&[u8]>) -> Result<Tree> {
    let (algorithm, value) = text.split_once(':').with_context(|| format!("digest {text:?}"))?;
    let (mut artifact, mut digests) = (Tree::object(), Tree::object());
    if let (Some(wanted), Some(content)) = (wanted, content) {
        digests.set(wanted.name(), wanted.digest(&[content]).to_hex());
    }
    digests.set(algorithm, value);
    artifact.set("digests", digests);
    Ok(artifact)
}

fn request(
    folder: &Folder,
    entry: &Entry,
    expectation: &Expectation,
    artifacts: Vec<Tree>,
) -> Result<Prepared> {
    let mut trust = Tree::object();
    if let Some(path) = &expectation.trusted_root {
        trust.set("roots", Tree::List(vec![Tree::from(base64::encode(&folder.read(path)?))]));
    }
    if let Some(path) = &expectation.key {
        let Some(key) = managed_key(&folder.read(path)?, expectation) else {
            return Ok(Prepared::Refused("input/key"));
        };
        trust.set("keys", Tree::List(vec![key]));
    }
    let policy = policy::encode(&signer(expectation), &expectation.policy, !artifacts.is_empty());
    let mut request = Tree::object();
    request.set("schema", "cretula/verify-request/v1");
    request.set("bundle", base64::encode(&folder.read(&entry.path)?));
    request.set("trust", trust);
    request.set("policy", base64::encode(&policy));
    if !artifacts.is_empty() {
        request.set("artifacts", Tree::List(artifacts));
    }
    Ok(Prepared::Request(request.encode()))
}

/// The key under the empty id: it answers to any hint.
fn managed_key(text: &[u8], expectation: &Expectation) -> Option<Tree> {
    let block = pem::parse_block(text, &["PUBLIC KEY"]).ok()?;
    let mut key = Tree::object();
    key.set("id", "");
    key.set("key", base64::encode(&block.der));
    key.set_some("keyDetails", expectation.key_details.as_deref());
    key.set_some("validFor", expectation.policy.key_valid_for.as_ref().map(window));
    Some(key)
}

fn window(window: &KeyWindow) -> Tree {
    let mut range = Tree::object();
    range.set_some("start", window.start.as_deref());
    range.set_some("end", window.end.as_deref());
    range
}

fn signer(expectation: &Expectation) -> Signer<'_> {
    match (&expectation.key, &expectation.identity) {
        (Some(_), _) => Signer::Key,
        (None, Some(identity)) => Signer::Certificate {
            identity,
            issuer: expectation.issuer.as_deref(),
            source_repository: expectation.source_repository.as_deref(),
            ca_sha256: expectation.ca_sha256.as_deref(),
        },
        (None, None) => Signer::Any,
    }
}
