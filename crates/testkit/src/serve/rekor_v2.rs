//! Rekor v2: `hashedrekord` 0.0.2 entries, and the tiles of the log.

use cretula_crypto::{Digest, KeyDetails, Message};
use cretula_encoding::json::Value;

use crate::instance::Instance;
use crate::json::Json;
use crate::rekor_v1::EntryKey;
use crate::rekor_v2::{RekorV2, dsse_v2_body, hashedrekord_v2_body};
use crate::signing_key::Algorithm;

use super::fulcio::somebody;
use super::growing_log::{Bend, GrowingLog, Signers};
use super::lie::RekorV2Lie;
use super::message::{HttpReply, HttpRequest};
use super::reading::{at, bytes, document, key, text, verifies};
use super::rekor_v1::somebody_signs;
use super::tiles::tile;

const API: &str = "/api/v2/";

/// Combinations of key and scheme that the log takes.
const ACCEPTED: [KeyDetails; 7] = [
    KeyDetails::PKIX_ECDSA_P256_SHA_256,
    KeyDetails::PKIX_ECDSA_P384_SHA_384,
    KeyDetails::PKIX_ECDSA_P521_SHA_512,
    KeyDetails::PKIX_ED25519_PH,
    KeyDetails::PKIX_RSA_PKCS1V15_2048_SHA256,
    KeyDetails::PKIX_RSA_PKCS1V15_3072_SHA256,
    KeyDetails::PKIX_RSA_PKCS1V15_4096_SHA256,
];

/// One Rekor v2 log.
#[derive(Debug, Clone)]
pub(super) struct Service {
    operator: usize,
    log: GrowingLog,
}

/// What is proposed, checked.
struct Proposal {
    digest: Digest,
    signature: Vec<u8>,
    verifier: EntryKey,
    details: KeyDetails,
}

impl Service {
    pub(super) fn new(operator: usize, instance: &Instance) -> Self {
        Self { operator, log: GrowingLog::new(instance) }
    }

    pub(super) const fn log(&self) -> &GrowingLog {
        &self.log
    }

    pub(super) fn answer(
        &mut self,
        instance: &Instance,
        now: u64,
        request: &HttpRequest,
        lie: Option<RekorV2Lie>,
    ) -> HttpReply {
        let log = &instance.rekor_v2[self.operator];
        match (request.method.as_str(), request.path.strip_prefix(API)) {
            ("POST", Some("log/entries")) => self.add(instance, now, request, lie),
            ("GET", Some("checkpoint")) => {
                HttpReply::new(200, "text/plain; charset=utf-8", self.log.checkpoint(log).into_bytes())
            }
            ("GET", Some(path)) if path.starts_with("tile/") => match tile(&self.log, &path["tile/".len()..])
            {
                Some(tile) => HttpReply::new(200, "application/octet-stream", tile),
                None => HttpReply::not_found(),
            },
            ("GET", None) if request.path == "/healthz" => {
                HttpReply::json(200, &Json::object([("status", Json::text("SERVING"))]))
            }
            _ => HttpReply::not_found(),
        }
    }

    fn add(
        &mut self,
        instance: &Instance,
        now: u64,
        request: &HttpRequest,
        lie: Option<RekorV2Lie>,
    ) -> HttpReply {
        if lie == Some(RekorV2Lie::Frozen) {
            let sentence = b"This log has been frozen, please switch to the latest log.\n";
            return HttpReply::new(405, "text/plain; charset=utf-8", sentence.to_vec());
        }
        let proposal = match document(&request.body).as_ref().map(read_proposal) {
            Some(Ok(proposal)) => proposal,
            Some(Err(message)) => return HttpReply::refusal(400, 3, message),
            None => return HttpReply::refusal(400, 3, "the request is not JSON"),
        };
        let body = bend_body(&proposal, instance, lie);
        if let Some(index) = self.log.find(&body) {
            return conflict(index).with_header("x-log-index", &index.to_string());
        }
        let index = self.log.add(body, now);
        match lie {
            Some(RekorV2Lie::Conflict) => conflict(index).with_header("x-log-index", &index.to_string()),
            Some(RekorV2Lie::ConflictWithoutIndex) => conflict(index),
            _ => HttpReply::json(201, &self.entry(instance, index, lie)),
        }
    }

    /// `TransparencyLogEntry`.
    fn entry(&self, instance: &Instance, index: u64, lie: Option<RekorV2Lie>) -> Json {
        let log = &instance.rekor_v2[self.operator];
        let operator = log.log.operator.clone().unwrap_or_default();
        let seed = instance.seed.derive("foreign");
        let foreign = RekorV2::new(&seed, &operator, Algorithm::Ed25519, instance.start());
        let other = &instance.rekor_v2[(self.operator + 1) % instance.rekor_v2.len()];
        let published = self.log.publish(index, &Signers { own: log, other, foreign: &foreign }, bend(lie));
        let (body, _) = self.log.entry(index).expect("an entry");
        let said = if lie == Some(RekorV2Lie::WrongIndex) { index - 1 } else { index };
        let kind = if lie == Some(RekorV2Lie::OtherKind) { "dsse" } else { "hashedrekord" };
        let hashes = published.hashes.iter().map(|hash| Json::bytes(hash)).collect();
        let proof = Json::object([
            ("logIndex", Json::text(said.to_string())),
            ("rootHash", Json::bytes(&published.root)),
            ("treeSize", Json::text(published.size.to_string())),
            ("hashes", Json::List(hashes)),
            ("checkpoint", Json::object([("envelope", Json::text(published.checkpoint))])),
        ]);
        Json::object([
            ("logIndex", Json::text(said.to_string())),
            ("logId", Json::object([("keyId", Json::bytes(&log.log.id))])),
            ("kindVersion", Json::object([("kind", Json::text(kind)), ("version", Json::text("0.0.2"))])),
            ("integratedTime", Json::text("0")),
            ("inclusionPromise", Json::null()),
            ("inclusionProof", proof),
            ("canonicalizedBody", Json::bytes(body)),
        ])
    }
}

/// There is such an entry already; its index stands in a header.
fn conflict(index: u64) -> HttpReply {
    let message = format!("an equivalent entry already exists in the transparency log with index {index}");
    HttpReply::refusal(409, 6, &message)
}

fn bend(lie: Option<RekorV2Lie>) -> Bend {
    match lie {
        Some(RekorV2Lie::WrongProof) => Bend::WrongProof,
        Some(RekorV2Lie::CheckpointOfOtherTree) => Bend::OtherTree,
        Some(RekorV2Lie::CheckpointOfOtherLog) => Bend::OtherLog,
        Some(RekorV2Lie::ForeignCheckpoint) => Bend::ForeignLog,
        Some(RekorV2Lie::BrokenCheckpoint) => Bend::BrokenSignature,
        Some(RekorV2Lie::UnsignedCheckpoint) => Bend::Unsigned,
        Some(RekorV2Lie::StaleCheckpoint) => Bend::Stale,
        _ => Bend::Honest,
    }
}

/// The body that is logged and proved.
fn bend_body(proposal: &Proposal, instance: &Instance, lie: Option<RekorV2Lie>) -> Vec<u8> {
    let Proposal { digest, signature, verifier, details } = proposal;
    let body = match lie {
        Some(RekorV2Lie::OtherEntry | RekorV2Lie::Conflict) => {
            hashedrekord_v2_body(digest, &somebody_signs(instance, signature), verifier, details.name())
        }
        Some(RekorV2Lie::OtherVerifier) => {
            let other = EntryKey::PublicKey(somebody(instance).spki());
            hashedrekord_v2_body(digest, signature, &other, KeyDetails::PKIX_ECDSA_P256_SHA_256.name())
        }
        Some(RekorV2Lie::OtherKind) => dsse_v2_body(b"payload", signature, verifier, details.name()),
        _ => hashedrekord_v2_body(digest, signature, verifier, details.name()),
    };
    body.encode()
}

/// `hashedRekordRequestV002` with a signature that verifies, or the log's message.
fn read_proposal(request: &Value<'_>) -> Result<Proposal, &'static str> {
    let content = at(request, "hashedRekordRequestV002").ok_or("invalid type, must be hashedrekord")?;
    read_hashedrekord(&content).ok_or("invalid hashedrekord request")
}

fn read_hashedrekord(content: &Value<'_>) -> Option<Proposal> {
    let verifier = at(content, "signature/verifier")?;
    let details = KeyDetails::from_name(&text(&verifier, "keyDetails")?)?;
    let named = match bytes(&verifier, "x509Certificate/rawBytes") {
        Some(der) => EntryKey::Certificate(der),
        None => EntryKey::PublicKey(bytes(&verifier, "publicKey/rawBytes")?),
    };
    let key = key(&named)?;
    let hash = details.scheme().prehash()?;
    let digest = Digest::from_bytes(hash, &bytes(content, "digest")?).ok()?;
    let signature = bytes(content, "signature/content")?;
    let accepted = ACCEPTED.contains(&details) && details.fits(&key);
    (accepted && verifies(&key, details.scheme(), Message::Digest(&digest), &signature)).then_some(Proposal {
        digest,
        signature,
        verifier: named,
        details,
    })
}
