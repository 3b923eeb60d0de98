//! Requests and replies that a real instance left, read by the code that builds requests and checks replies.
use anyhow::{Context as _, Result};
use cretula_attest::exchange::fulcio::{self, ExpectedCertificate};
use cretula_attest::exchange::{Means, Signer, rekor_v2, tsa};
use cretula_attest::{AttestError, ExpectedExtension, ExpectedIdentity};
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails, RustCrypto};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, pem};
use cretula_pki::{Certificate, ClaimState, FulcioClaims, signing_san};
use cretula_verify::TrustedRoot;
use serde::Deserialize;

use crate::folder::{Folder, read_json};

/// Kind of these cases. The manifest lists the files without entries of their own.
pub(crate) const KIND: &str = "recorded-reply";
/// Folder of the instance and its replies.
const PLACE: &str = "private";
/// Nonce of the recorded timestamp query.
const NONCE: [u8; 8] = [0x71, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

/// One pair: whether the recorded request is the one that is built here, and what the check of the reply says.
pub(crate) struct Pair {
    pub(crate) name: &'static str,
    pub(crate) is_ours: bool,
    pub(crate) reply: Result<(), AttestError>,
}

/// Judges every pair; none if the folder has none.
///
/// # Errors
/// A file is missing or is none of its kind.
pub(crate) fn judge(folder: &Folder) -> Result<Vec<Pair>> {
    let Ok(root) = folder.read(&format!("{PLACE}/trusted_root.json")) else { return Ok(Vec::new()) };
    let limits = Limits::default();
    let trusted_root =
        TrustedRoot::parse(&root, &limits).ok().context("the trusted root of the instance cannot be used")?;
    let means = Means { trusted_root: &trusted_root, provider: &RustCrypto, limits: &limits };
    let read = |name: &str| folder.read(&format!("{PLACE}/replies/{name}"));
    Ok(vec![
        timestamp("tsa", &read("tsa-request.der")?, &read("tsa-reply.der")?, None, means)?,
        timestamp(
            "tsa-nonce",
            &read("tsa-nonce-request.der")?,
            &read("tsa-nonce-reply.der")?,
            Some(NONCE),
            means,
        )?,
        entry(&read("rekor-request.json")?, &read("rekor-reply.json")?, means)?,
        certificate(&read("fulcio-csr-request.json")?, &read("fulcio-csr-reply.json")?, means)?,
    ])
}

/// The query is over the bytes `sig`.
fn timestamp(
    name: &'static str,
    request: &[u8],
    reply: &[u8],
    nonce: Option<[u8; 8]>,
    means: Means<'_>,
) -> Result<Pair> {
    let query = tsa::Query { signature: b"sig", hash: HashAlgorithm::Sha256, nonce, policy: None };
    let is_ours = query.encode()? == request;
    let expected = tsa::ExpectedTimestamp { means, query, leaf_validity: None, now: None };
    Ok(Pair { name, is_ours, reply: tsa::read_response(reply, &expected).map(drop) })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryRequest {
    hashed_rekord_request_v002: Proposal,
}

#[derive(Deserialize)]
struct Proposal {
    digest: String,
    signature: ProposedSignature,
}

#[derive(Deserialize)]
struct ProposedSignature {
    content: String,
    verifier: ProposedVerifier,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProposedVerifier {
    key_details: String,
    public_key: RawBytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes {
    raw_bytes: String,
}

fn entry(request: &[u8], reply: &[u8], means: Means<'_>) -> Result<Pair> {
    let recorded: EntryRequest = read_json(request)?;
    let Proposal { digest, signature } = recorded.hashed_rekord_request_v002;
    let details = KeyDetails::from_name(&signature.verifier.key_details).context("keyDetails")?;
    let hash = details.scheme().prehash().context("a scheme without a digest")?;
    let digest = Digest::from_bytes(hash, &bytes(&digest)?).ok().context("digest")?;
    let (content, spki) = (bytes(&signature.content)?, bytes(&signature.verifier.public_key.raw_bytes)?);
    let signer = Signer::PublicKey(&spki);
    let submission = rekor_v2::Submission { digest: &digest, details, signature: &content, signer };
    let is_ours = canonical(request)? == submission.request_body()?;
    let expected = rekor_v2::ExpectedEntry { means, submission, times: &[] };
    Ok(Pair { name: "rekor", is_ours, reply: rekor_v2::read_entry(reply, &expected).map(drop) })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateRequest {
    certificate_signing_request: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateReply {
    signed_certificate_embedded_sct: Chain,
}

#[derive(Deserialize)]
struct Chain {
    chain: Certificates,
}

#[derive(Deserialize)]
struct Certificates {
    certificates: Vec<String>,
}

/// The certificate is for whomever it names.
fn certificate(request: &[u8], reply: &[u8], means: Means<'_>) -> Result<Pair> {
    let text = bytes(&read_json::<CertificateRequest>(request)?.certificate_signing_request)?;
    let block = pem::parse_block(&text, &["CERTIFICATE REQUEST"]).ok().context("PEM")?;
    let parts = request_parts(&block.der).context("a certificate request")?;
    let details = KeyDetails::PKIX_ECDSA_P256_SHA_256;
    let ours = fulcio::request_body(&parts.info, details, &parts.signature)?;
    let ours = bytes(&read_json::<CertificateRequest>(&ours)?.certificate_signing_request)?;
    let is_info = fulcio::certification_request_info(&parts.spki) == parts.info;
    let is_ours = is_info && ours.trim_ascii() == text.trim_ascii();
    let recorded: CertificateReply = read_json(reply)?;
    let leaf = recorded.signed_certificate_embedded_sct.chain.certificates;
    let leaf = leaf.first().context("a leaf")?;
    let leaf = pem::parse_block(leaf.as_bytes(), &["CERTIFICATE"]).ok().context("PEM")?;
    let leaf = Certificate::parse(&leaf.der, means.limits).ok().context("a leaf")?;
    let identity = named(&leaf, means.limits).context("an identity")?;
    let expected =
        ExpectedCertificate { means, spki: &parts.spki, identity: &identity, now: leaf.validity().0 };
    Ok(Pair { name: "fulcio-csr", is_ours, reply: fulcio::read_certificate(reply, &expected).map(drop) })
}

struct RequestParts {
    info: Vec<u8>,
    spki: Vec<u8>,
    signature: Vec<u8>,
}

fn request_parts(der: &[u8]) -> Option<RequestParts> {
    let mut members = der::single(der, Tag::SEQUENCE).ok()?.reader();
    let info = members.expect(Tag::SEQUENCE).ok()?;
    members.any().ok()?;
    let signature = members.any().ok()?.bit_string_octets().ok()?.to_vec();
    let mut parts = info.reader();
    parts.any().ok()?;
    parts.any().ok()?;
    let spki = parts.any().ok()?.encoded().to_vec();
    Some(RequestParts { info: info.encoded().to_vec(), spki, signature })
}

fn named(leaf: &Certificate, limits: &Limits) -> Option<ExpectedIdentity> {
    let claims = FulcioClaims::parse(leaf, limits).ok()?;
    let extension = |number| match claims.state(number) {
        ClaimState::Value(value) => ExpectedExtension { number, value: Some(value.into()) },
        ClaimState::Absent | ClaimState::Malformed(_) => ExpectedExtension { number, value: None },
    };
    let san = Some(signing_san(leaf).ok()?.value.into());
    Some(ExpectedIdentity { san, extensions: (8..=24).map(extension).collect() })
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    base64::decode(text).ok().context("base64")
}

fn canonical(json: &[u8]) -> Result<Vec<u8>> {
    let value = cretula_encoding::json::parse(json, &Limits::default().json()).ok().context("JSON")?;
    cretula_encoding::jcs::canonicalize(&value).ok().context("JSON of integers")
}
