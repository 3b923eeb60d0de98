//! Checks requests and replies that a real instance left in a folder: `recorded_replies FOLDER TRUSTED_ROOT`.
//!
//! Read are `tsa-request.der` with `tsa-reply.der` and `tsa-nonce-request.der` with `tsa-nonce-reply.der` (over the bytes
//! `sig`), `rekor-request.json` with `rekor-reply.json`, and `fulcio-csr-request.json` with `fulcio-csr-reply.json`, the
//! latter for whomever the certificate names. One line per pair; the exit status is 1 unless each request is ours and each
//! reply passes.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a tool for recorded files: what it cannot read ends it"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use cretula_attest::exchange::fulcio::{self, ExpectedCertificate};
use cretula_attest::exchange::{Means, Signer, rekor_v2, tsa};
use cretula_attest::{ExpectedExtension, ExpectedIdentity};
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails, RustCrypto};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, pem};
use cretula_pki::{Certificate, ClaimState, FulcioClaims, signing_san};
use cretula_verify::TrustedRoot;
use serde_json::Value;

/// Whether the request is ours, and what was said about the reply.
type Outcome = (bool, Result<(), String>);

fn main() -> io::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let (Some(folder), Some(root)) = (arguments.next(), arguments.next()) else {
        return Ok(ExitCode::FAILURE);
    };
    let limits = Limits::default();
    let trusted_root = TrustedRoot::parse(&fs::read(root).unwrap(), &limits).unwrap();
    let means = Means { trusted_root: &trusted_root, provider: &RustCrypto, limits: &limits };
    let mut good = true;
    for (name, (is_ours, reply)) in outcomes(Path::new(&folder), means) {
        good &= is_ours && reply.is_ok();
        writeln!(io::stdout(), "{name}: request {is_ours}, reply {reply:?}")?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn outcomes(folder: &Path, means: Means<'_>) -> Vec<(&'static str, Outcome)> {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let json = |name: &str| serde_json::from_slice::<Value>(&read(name)).unwrap();
    let nonce = Some([0x71, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
    vec![
        ("tsa", timestamp(&read("tsa-request.der"), &read("tsa-reply.der"), None, means)),
        ("tsa-nonce", timestamp(&read("tsa-nonce-request.der"), &read("tsa-nonce-reply.der"), nonce, means)),
        ("rekor", entry(&json("rekor-request.json"), &read("rekor-reply.json"), means)),
        ("fulcio-csr", certificate(&json("fulcio-csr-request.json"), &read("fulcio-csr-reply.json"), means)),
    ]
}

fn timestamp(request: &[u8], reply: &[u8], nonce: Option<[u8; 8]>, means: Means<'_>) -> Outcome {
    let query = tsa::Query { signature: b"sig", hash: HashAlgorithm::Sha256, nonce, policy: None };
    let expected = tsa::ExpectedTimestamp { means, query, leaf_validity: None, now: None };
    (query.encode().unwrap() == request, said(tsa::read_response(reply, &expected)))
}

fn entry(request: &Value, reply: &[u8], means: Means<'_>) -> Outcome {
    let proposed = &request["hashedRekordRequestV002"];
    let (digest, signature) = (bytes(&proposed["digest"]), bytes(&proposed["signature"]["content"]));
    let verifier = &proposed["signature"]["verifier"];
    let details = KeyDetails::from_name(verifier["keyDetails"].as_str().unwrap()).unwrap();
    let digest = Digest::from_bytes(details.scheme().prehash().unwrap(), &digest).unwrap();
    let spki = bytes(&verifier["publicKey"]["rawBytes"]);
    let signer = Signer::PublicKey(&spki);
    let submission = rekor_v2::Submission { digest: &digest, details, signature: &signature, signer };
    let ours: Value = serde_json::from_slice(&submission.request_body().unwrap()).unwrap();
    let expected = rekor_v2::ExpectedEntry { means, submission, times: &[] };
    (ours == *request, said(rekor_v2::read_entry(reply, &expected)))
}

fn certificate(request: &Value, reply: &[u8], means: Means<'_>) -> Outcome {
    let text = bytes(&request["certificateSigningRequest"]);
    let block = pem::parse_block(&text, &["CERTIFICATE REQUEST"]).unwrap();
    let mut members = der::single(&block.der, Tag::SEQUENCE).unwrap().reader();
    let info = members.expect(Tag::SEQUENCE).unwrap();
    members.any().unwrap();
    let signature = members.any().unwrap().bit_string_octets().unwrap();
    let spki = {
        let mut members = info.reader();
        members.any().unwrap();
        members.any().unwrap();
        members.any().unwrap().encoded()
    };
    let details = KeyDetails::PKIX_ECDSA_P256_SHA_256;
    let is_info = fulcio::certification_request_info(spki) == info.encoded();
    let ours: Value =
        serde_json::from_slice(&fulcio::request_body(info.encoded(), details, signature).unwrap()).unwrap();
    let is_ours = is_info && bytes(&ours["certificateSigningRequest"]).trim_ascii() == text.trim_ascii();
    let reply_json: Value = serde_json::from_slice(reply).unwrap();
    let leaf = &reply_json["signedCertificateEmbeddedSct"]["chain"]["certificates"][0];
    let leaf = pem::parse_block(leaf.as_str().unwrap().as_bytes(), &["CERTIFICATE"]).unwrap();
    let leaf = Certificate::parse(&leaf.der, means.limits).unwrap();
    let identity = named(&leaf, means.limits);
    let expected = ExpectedCertificate { means, spki, identity: &identity, now: leaf.validity().0 };
    (is_ours, said(fulcio::read_certificate(reply, &expected)))
}

/// Whom the certificate names, as if it had been expected.
fn named(leaf: &Certificate, limits: &Limits) -> ExpectedIdentity {
    let claims = FulcioClaims::parse(leaf, limits).unwrap();
    let extension = |number| match claims.state(number) {
        ClaimState::Value(value) => ExpectedExtension { number, value: Some(value.into()) },
        ClaimState::Absent | ClaimState::Malformed(_) => ExpectedExtension { number, value: None },
    };
    let san = Some(signing_san(leaf).unwrap().value.into());
    ExpectedIdentity { san, extensions: (8..=24).map(extension).collect() }
}

fn bytes(value: &Value) -> Vec<u8> {
    base64::decode(value.as_str().unwrap()).unwrap()
}

fn said<T>(result: Result<T, cretula_attest::AttestError>) -> Result<(), String> {
    result.map(|_| ()).map_err(|error| error.to_string())
}
