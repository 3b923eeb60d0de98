//! Rekor v1: `dsse` and `hashedrekord` entries with promise, proof and checkpoint.

use cretula_attestation::{Envelope, pae};
use cretula_crypto::{Digest, HashAlgorithm, Message};
use cretula_encoding::json::Value;
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, hex};
use cretula_tlog::{SignedEntryTimestamp, leaf_hash};

use crate::instance::Instance;
use crate::json::Json;
use crate::rekor_v1::{EntryKey, RekorV1, dsse_body, hashedrekord_body};
use crate::signing_key::{Algorithm, SigningKey};

use super::fulcio::somebody;
use super::growing_log::{Bend, GrowingLog, Published, Signers};
use super::lie::RekorV1Lie;
use super::message::{HttpReply, HttpRequest};
use super::reading::{at, bytes, document, key, named_key, text, verifies};

const ENTRIES: &str = "/api/v1/log/entries";

/// One Rekor v1 log.
#[derive(Debug, Clone)]
pub(super) struct Service {
    operator: usize,
    log: GrowingLog,
}

/// What is proposed, checked.
struct Proposal {
    body: Json,
    digest: Digest,
    signature: Vec<u8>,
    verifier: EntryKey,
}

fn refuse(status: u16, message: &str) -> HttpReply {
    HttpReply::json(
        status,
        &Json::object([("code", Json::number(status.into())), ("message", Json::text(message))]),
    )
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
        lie: Option<RekorV1Lie>,
    ) -> HttpReply {
        match (request.method.as_str(), request.path.strip_prefix(ENTRIES)) {
            ("POST", Some("")) => self.add(instance, now, request, lie),
            ("GET", Some("")) => {
                let index =
                    request.query.strip_prefix("logIndex=").and_then(|index| index.parse::<u64>().ok());
                let index = index.and_then(|index| index.checked_sub(self.key(instance).shard_offset));
                self.read(instance, index, lie)
            }
            ("GET", Some(uuid)) => {
                let index = (0..self.log.size()).find(|index| self.is_named(instance, *index, &uuid[1..]));
                self.read(instance, index, lie)
            }
            _ => refuse(404, "path was not found"),
        }
    }

    fn key<'a>(&self, instance: &'a Instance) -> &'a RekorV1 {
        &instance.rekor_v1[self.operator]
    }

    /// Id of the tree and leaf hash, in hexadecimal.
    fn uuid(&self, instance: &Instance, index: u64) -> String {
        let (body, _) = self.log.entry(index).expect("an entry");
        format!("{:016x}{}", self.key(instance).tree_id, hex::encode(leaf_hash(body).as_bytes()))
    }

    /// With or without id of the tree.
    fn is_named(&self, instance: &Instance, index: u64, name: &str) -> bool {
        let uuid = self.uuid(instance, index);
        name == uuid || name == &uuid[16..]
    }

    fn read(&self, instance: &Instance, index: Option<u64>, lie: Option<RekorV1Lie>) -> HttpReply {
        match index.filter(|index| *index < self.log.size()) {
            Some(index) => HttpReply::json(200, &self.entries(instance, index, lie)),
            None => refuse(404, "entry not found"),
        }
    }

    fn add(
        &mut self,
        instance: &Instance,
        now: u64,
        request: &HttpRequest,
        lie: Option<RekorV1Lie>,
    ) -> HttpReply {
        let proposal = document(&request.body).and_then(|body| read_proposal(&body));
        let Some(mut proposal) = proposal else { return refuse(400, "error processing entry") };
        bend_body(&mut proposal, instance, lie);
        let body = proposal.body.encode();
        if let Some(index) = self.log.find(&body) {
            return self.conflict(&self.uuid(instance, index), "");
        }
        let time = match lie {
            Some(RekorV1Lie::FutureTime) => now + 3600,
            Some(RekorV1Lie::EarlyTime) => now - 3600,
            _ => now,
        };
        let index = self.log.add(body, time);
        let uuid = self.uuid(instance, index);
        match lie {
            Some(RekorV1Lie::Conflict) => self.conflict(&uuid, ""),
            Some(RekorV1Lie::ConflictElsewhere) => self.conflict(&uuid, "http://log.invalid"),
            _ => HttpReply::json(201, &self.entries(instance, index, lie))
                .with_header("location", &format!("{ENTRIES}/{uuid}")),
        }
    }

    fn conflict(&self, uuid: &str, server: &str) -> HttpReply {
        let message = format!("an equivalent entry already exists in the transparency log with UUID {uuid}");
        refuse(409, &message).with_header("location", &format!("{server}{ENTRIES}/{uuid}"))
    }

    /// The reply: an object with one entry by its name.
    fn entries(&self, instance: &Instance, index: u64, lie: Option<RekorV1Lie>) -> Json {
        let entry = self.entry(instance, index, lie);
        let mut entries = vec![(self.uuid(instance, index), entry)];
        if lie == Some(RekorV1Lie::TwoEntries) {
            entries.push((self.uuid(instance, index - 1), self.entry(instance, index - 1, None)));
        }
        Json::Object(entries)
    }

    fn entry(&self, instance: &Instance, index: u64, lie: Option<RekorV1Lie>) -> Json {
        let log = self.key(instance);
        let operator = log.log.operator.clone().unwrap_or_default();
        let seed = instance.seed.derive("foreign");
        let foreign = RekorV1::new(&seed, &operator, Algorithm::P256, instance.start());
        let other = &instance.rekor_v1[(self.operator + 1) % instance.rekor_v1.len()];
        let signers = Signers { own: log, other, foreign: &foreign };
        let published = self.log.publish(index, &signers, bend(lie));
        let (body, time) = self.log.entry(index).expect("an entry");
        let global = index + log.shard_offset;
        let promised = match lie {
            Some(RekorV1Lie::PromiseOverOtherEntry) => self.log.entry(index - 1).expect("others").0,
            _ => body,
        };
        let promise = SignedEntryTimestamp {
            canonicalized_body: promised,
            integrated_time: time,
            log_id: &log.log.id,
            log_index: global,
        };
        let promiser = if lie == Some(RekorV1Lie::PromiseByOtherKey) { &foreign } else { log };
        let mut verification = Json::object([("inclusionProof", proof_json(&published))]);
        if lie != Some(RekorV1Lie::NoPromise) {
            verification.set("/signedEntryTimestamp", Json::bytes(&promiser.promise(&promise)));
        }
        Json::object([
            ("body", Json::bytes(body)),
            ("integratedTime", Json::number(time)),
            ("logID", Json::text(hex::encode(&log.log.id))),
            ("logIndex", Json::number(global)),
            ("verification", verification),
        ])
    }
}

fn proof_json(published: &Published) -> Json {
    let hashes = published.hashes.iter().map(|hash| Json::text(hex::encode(hash))).collect();
    Json::object([
        ("checkpoint", Json::text(&published.checkpoint)),
        ("hashes", Json::List(hashes)),
        ("logIndex", Json::number(published.index)),
        ("rootHash", Json::text(hex::encode(&published.root))),
        ("treeSize", Json::number(published.size)),
    ])
}

fn bend(lie: Option<RekorV1Lie>) -> Bend {
    match lie {
        Some(RekorV1Lie::WrongProof) => Bend::WrongProof,
        Some(RekorV1Lie::CheckpointOfOtherTree) => Bend::OtherTree,
        Some(RekorV1Lie::CheckpointOfOtherLog) => Bend::OtherLog,
        Some(RekorV1Lie::ForeignCheckpoint) => Bend::ForeignLog,
        Some(RekorV1Lie::BrokenCheckpoint) => Bend::BrokenSignature,
        Some(RekorV1Lie::UnsignedCheckpoint) => Bend::Unsigned,
        Some(RekorV1Lie::StaleCheckpoint) => Bend::Stale,
        _ => Bend::Honest,
    }
}

/// Another body, which is then logged and proved.
fn bend_body(proposal: &mut Proposal, instance: &Instance, lie: Option<RekorV1Lie>) {
    let is_dsse = *proposal.body.text_at("/kind") == "dsse";
    match lie {
        Some(RekorV1Lie::OtherEntry | RekorV1Lie::Conflict) => {
            let signature = somebody_signs(instance, &proposal.signature);
            let pointer = if is_dsse { "/spec/signatures/0/signature" } else { "/spec/signature/content" };
            proposal.body.set(pointer, Json::bytes(&signature));
        }
        Some(RekorV1Lie::OtherVerifier) => {
            let verifier = EntryKey::PublicKey(somebody(instance).spki()).pem();
            let pointer =
                if is_dsse { "/spec/signatures/0/verifier" } else { "/spec/signature/publicKey/content" };
            proposal.body.set(pointer, Json::bytes(verifier.as_bytes()));
        }
        Some(RekorV1Lie::OtherEnvelope) if is_dsse => {
            let other = HashAlgorithm::Sha256.digest(&[b"another envelope"]).to_hex();
            proposal.body.set("/spec/envelopeHash/value", Json::text(other));
        }
        Some(RekorV1Lie::OtherKind) => {
            proposal.body = match is_dsse {
                true => hashedrekord_body(&proposal.digest, &proposal.signature, &proposal.verifier),
                false => dsse_body(b"payload", &proposal.signature, &proposal.verifier),
            };
        }
        _ => {}
    }
}

/// A signature of somebody over other bytes.
pub(super) fn somebody_signs(instance: &Instance, bytes: &[u8]) -> Vec<u8> {
    let key: SigningKey = somebody(instance);
    key.sign(key.scheme(), bytes)
}

/// `apiVersion` 0.0.1 of kind `dsse` or `hashedrekord`, with signatures that verify.
fn read_proposal(request: &Value<'_>) -> Option<Proposal> {
    if text(request, "apiVersion")? != "0.0.1" {
        return None;
    }
    match text(request, "kind")?.as_str() {
        "dsse" => read_dsse(&at(request, "spec/proposedContent")?),
        "hashedrekord" => read_hashedrekord(&at(request, "spec")?),
        _ => None,
    }
}

fn read_dsse(content: &Value<'_>) -> Option<Proposal> {
    let source = text(content, "envelope")?;
    let envelope = Envelope::parse(source.as_bytes(), &Limits::default()).ok()?;
    let mut verifiers = at(content, "verifiers")?.elements()?;
    let (verifier, None) = (verifiers.next()?, verifiers.next()) else { return None };
    let verifier = named_key(&base64::decode(&verifier.as_text()?).ok()?)?;
    let [signature] = envelope.signatures() else { return None };
    let signature = signature.signature.clone();
    let message = pae(envelope.payload_type(), envelope.payload());
    if !verifies_somehow(&verifier, Message::Parts(&[&message]), &signature) {
        return None;
    }
    let mut body = dsse_body(envelope.payload(), &signature, &verifier);
    let hash = HashAlgorithm::Sha256.digest(&[source.as_bytes()]).to_hex();
    body.set("/spec/envelopeHash/value", Json::text(hash));
    let digest = HashAlgorithm::Sha256.digest(&[&message]);
    Some(Proposal { body, digest, signature, verifier })
}

fn read_hashedrekord(spec: &Value<'_>) -> Option<Proposal> {
    let algorithm = HashAlgorithm::from_name(&text(spec, "data/hash/algorithm")?)?;
    let digest = Digest::from_hex(algorithm, &text(spec, "data/hash/value")?).ok()?;
    let signature = bytes(spec, "signature/content")?;
    let verifier = named_key(&bytes(spec, "signature/publicKey/content")?)?;
    let body = hashedrekord_body(&digest, &signature, &verifier);
    verifies_somehow(&verifier, Message::Digest(&digest), &signature).then_some(Proposal {
        body,
        digest,
        signature,
        verifier,
    })
}

/// By any scheme of the key: entries of v1 name none.
fn verifies_somehow(named: &EntryKey, message: Message<'_>, signature: &[u8]) -> bool {
    let Some(key) = key(named) else { return false };
    let fitting = cretula_crypto::KeyDetails::ALL.iter().filter(|details| details.fits(&key));
    fitting.map(|details| details.scheme()).any(|scheme| verifies(&key, scheme, message, signature))
}
