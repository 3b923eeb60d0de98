//! A client that signs and believes whatever services say: what they say is judged by the verifier.

use cretula_attestation::pae;
use cretula_crypto::{HashAlgorithm, RustCrypto};
use cretula_encoding::json::{self, Value};
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, hex, pem};
use cretula_testkit::serve::{IdToken, Place, Served, certificate_request, timestamp_query};
use cretula_testkit::{
    Algorithm, BundleBuilder, EntryKey, GivenArtifact, GivenOptions, Inputs, Instance, Json, Seed, SigningKey,
};
use cretula_verify::{RootMemo, Verifier};

use crate::client::{Answer, Failure, post};

pub(crate) const NOW: u64 = 1_767_225_600;
pub(crate) const NONCE: [u8; 8] = [0x71, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";

pub(crate) fn instance() -> Instance {
    Instance::new(Seed::new([9; 32]), NOW)
}

pub(crate) fn client_key() -> SigningKey {
    SigningKey::derive(&Seed::new([3; 32]), "client", Algorithm::P256)
}

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    V1,
    V2,
}

/// One signing: what is signed with what, for whom.
pub(crate) struct Signing<'a> {
    pub(crate) served: &'a Served,
    pub(crate) key: SigningKey,
    pub(crate) payload: Vec<u8>,
    pub(crate) token: IdToken,
}

pub(crate) fn document(body: &[u8]) -> Value<'_> {
    json::parse(body, &Limits::default().json()).unwrap()
}

pub(crate) fn text(value: &Value<'_>, path: &str) -> String {
    let value = path.split('/').try_fold(*value, |value, name| value.member(name));
    value.unwrap_or_else(|| panic!("no {path}")).as_text().unwrap().into_owned()
}

/// PEM certificates of a reply of Fulcio.
pub(crate) fn certificates(reply: &[u8]) -> Vec<Vec<u8>> {
    let reply = document(reply);
    let (_, kind) = reply.members().unwrap().next().unwrap();
    let list = kind.member("chain").unwrap().member("certificates").unwrap();
    let der = |value: Value<'_>| pem::parse_block(value.as_text()?.as_bytes(), &["CERTIFICATE"]).ok();
    list.elements().unwrap().map(|value| der(value).map_or_else(Vec::new, |block| block.der)).collect()
}

impl<'a> Signing<'a> {
    pub(crate) fn new(served: &'a Served) -> Self {
        let services = served.services();
        Self {
            served,
            key: client_key(),
            payload: BundleBuilder::keyless(services.instance()).statement().encode(),
            token: services.github_token(),
        }
    }

    pub(crate) fn message(&self) -> Vec<u8> {
        pae(IN_TOTO, &self.payload)
    }

    pub(crate) fn signature(&self) -> Vec<u8> {
        self.key.sign(self.key.scheme(), &self.message())
    }

    pub(crate) fn post_certificate(&self) -> Result<Answer, Failure> {
        let request = certificate_request(&self.key, self.key.scheme());
        let body = Json::object([("certificateSigningRequest", Json::bytes(request.as_bytes()))]);
        self.post_to_fulcio(&body)
    }

    pub(crate) fn post_to_fulcio(&self, body: &Json) -> Result<Answer, Failure> {
        let bearer = format!("Bearer {}", self.token.encode());
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        post(&self.served.fulcio_url, "/api/v2/signingCert", &headers, &body.encode())
    }

    pub(crate) fn post_timestamp(&self) -> Result<Answer, Failure> {
        let url = self.served.tsa_url.strip_suffix("/api/v1/timestamp").unwrap();
        let query = timestamp_query(&self.signature(), &NONCE);
        post(url, "/api/v1/timestamp", &[("content-type", "application/timestamp-query")], &query)
    }

    pub(crate) fn post_entry(&self, log: Log, leaf: &[u8]) -> Result<Answer, Failure> {
        let headers = [("content-type", "application/json")];
        match log {
            Log::V1 => {
                let body = self.proposal_v1(leaf).encode();
                post(&self.served.rekor_v1_url, "/api/v1/log/entries", &headers, &body)
            }
            Log::V2 => {
                let body = self.proposal_v2(leaf).encode();
                post(&self.served.rekor_v2_url, "/api/v2/log/entries", &headers, &body)
            }
        }
    }

    pub(crate) fn envelope(&self) -> Json {
        let signature = Json::object([("sig", Json::bytes(&self.signature()))]);
        Json::object([
            ("payload", Json::bytes(&self.payload)),
            ("payloadType", Json::text(IN_TOTO)),
            ("signatures", Json::List(vec![signature])),
        ])
    }

    fn proposal_v1(&self, leaf: &[u8]) -> Json {
        let verifier = EntryKey::Certificate(leaf.to_vec()).pem();
        let content = Json::object([
            ("envelope", Json::text(String::from_utf8(self.envelope().encode()).unwrap())),
            ("verifiers", Json::List(vec![Json::bytes(verifier.as_bytes())])),
        ]);
        Json::object([
            ("apiVersion", Json::text("0.0.1")),
            ("kind", Json::text("dsse")),
            ("spec", Json::object([("proposedContent", content)])),
        ])
    }

    fn proposal_v2(&self, leaf: &[u8]) -> Json {
        let digest = HashAlgorithm::Sha256.digest(&[&self.message()]);
        let mut request = Json::object([]);
        for (pointer, value) in [
            ("digest", Json::bytes(digest.as_bytes())),
            ("signature/content", Json::bytes(&self.signature())),
            ("signature/verifier/keyDetails", Json::text("PKIX_ECDSA_P256_SHA_256")),
            ("signature/verifier/x509Certificate/rawBytes", Json::bytes(leaf)),
        ] {
            request.set(&format!("/hashedRekordRequestV002/{pointer}"), value);
        }
        request
    }

    /// Everything that was said, in a bundle, with the policy of whoever signs.
    pub(crate) fn inputs(
        &self,
        leaf: &[u8],
        entry: Json,
        timestamp: &[u8],
        san: &str,
        issuer: &str,
    ) -> Inputs {
        let mut bundle = Json::object([]);
        let timestamp = Json::object([("signedTimestamp", Json::bytes(timestamp))]);
        for (pointer, value) in [
            ("/mediaType", Json::text("application/vnd.dev.sigstore.bundle.v0.3+json")),
            ("/verificationMaterial/certificate/rawBytes", Json::bytes(leaf)),
            ("/verificationMaterial/tlogEntries", Json::List(vec![entry])),
            (
                "/verificationMaterial/timestampVerificationData/rfc3161Timestamps",
                Json::List(vec![timestamp]),
            ),
            ("/dsseEnvelope", self.envelope()),
        ] {
            bundle.set(pointer, value);
        }
        let signer = Json::object([("san", Json::text(san)), ("issuer", Json::text(issuer))]);
        let mut policy = Json::object([
            ("schema", Json::text("cretula/policy/v1")),
            ("preset", Json::text("public-good")),
            ("signers", Json::object([("certificate", signer)])),
        ]);
        policy.set("/evidence/time/onInvalidToken", Json::text("refuse"));
        Inputs {
            bundle: bundle.encode(),
            roots: vec![self.served.trusted_root.clone()],
            policy: policy.encode(),
            artifacts: vec![GivenArtifact::Bytes(b"an artifact\n".to_vec())],
            options: GivenOptions { nonce: Some(hex::encode(&NONCE)), ..GivenOptions::default() },
            ..Inputs::default()
        }
    }

    /// Signs as the workflow of the token.
    pub(crate) fn run(&self, log: Log) -> Inputs {
        let leaf = certificates(&self.post_certificate().unwrap().body).remove(0);
        let timestamp = self.post_timestamp().unwrap().body;
        let reply = self.post_entry(log, &leaf).unwrap();
        assert_eq!(reply.status, 201, "{}", reply.text());
        let entry = match log {
            Log::V1 => entry_of_v1(&reply.body),
            Log::V2 => Json::Raw(reply.text().into()),
        };
        self.as_workflow(&leaf, entry, &timestamp)
    }

    /// As [`Self::inputs`], with the policy of the workflow.
    pub(crate) fn as_workflow(&self, leaf: &[u8], entry: Json, timestamp: &[u8]) -> Inputs {
        let issuer = format!("{}/github", self.served.url(Place::Issuer));
        self.inputs(leaf, entry, timestamp, SAN, &issuer)
    }
}

pub(crate) const SAN: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";

/// The first entry of a reply of Rekor v1, as bundles write it.
pub(crate) fn entry_of_v1(reply: &[u8]) -> Json {
    let reply = document(reply);
    let (_, entry) = reply.members().unwrap().next().unwrap();
    let body = base64::decode(&text(&entry, "body")).unwrap();
    let body = document(&body);
    let number = |value: &Value<'_>, name: &str| Json::text(value.member(name).unwrap().as_number().unwrap());
    let from_hex = |text: &str| Json::bytes(&hex::decode(text).unwrap());
    let verification = entry.member("verification").unwrap();
    let proof = verification.member("inclusionProof").unwrap();
    let hashes = proof.member("hashes").unwrap().elements().unwrap();
    let mut bundled = Json::object([]);
    for (pointer, value) in [
        ("/logIndex", number(&entry, "logIndex")),
        ("/logId/keyId", from_hex(&text(&entry, "logID"))),
        ("/kindVersion/kind", Json::text(text(&body, "kind"))),
        ("/kindVersion/version", Json::text(text(&body, "apiVersion"))),
        ("/integratedTime", number(&entry, "integratedTime")),
        ("/inclusionProof/logIndex", number(&proof, "logIndex")),
        ("/inclusionProof/rootHash", from_hex(&text(&proof, "rootHash"))),
        ("/inclusionProof/treeSize", number(&proof, "treeSize")),
        (
            "/inclusionProof/hashes",
            Json::List(hashes.map(|hash| from_hex(&hash.as_text().unwrap())).collect()),
        ),
        ("/inclusionProof/checkpoint/envelope", Json::text(text(&proof, "checkpoint"))),
        ("/canonicalizedBody", Json::text(text(&entry, "body"))),
    ] {
        bundled.set(pointer, value);
    }
    if let Some(promise) = verification.member("signedEntryTimestamp") {
        let promise = Json::text(promise.as_text().unwrap());
        bundled.set("/inclusionPromise/signedEntryTimestamp", promise);
    }
    bundled
}

/// The verdict: `"verified"` or the code.
pub(crate) fn verdict(inputs: &Inputs) -> String {
    let request = inputs.to_request();
    let outcome =
        request.and_then(|request| Verifier::new(&RustCrypto, &mut RootMemo::default()).verify(&request));
    match outcome {
        Ok(outcome) => match outcome.verdict {
            Ok(_) => "verified".into(),
            Err(refusal) => refusal.code.to_string(),
        },
        Err(failure) => failure.code.to_string(),
    }
}
