//! One signing with services in memory.

use cretula_attest::exchange::fulcio::{self, ExpectedCertificate, IssuedCertificate};
use cretula_attest::exchange::{Means, Signer, rekor_v1, rekor_v2, tsa};
use cretula_attest::{AttestError, ExpectedExtension, ExpectedIdentity};
use cretula_attestation::pae;
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails, RustCrypto, SignatureScheme};
use cretula_encoding::base64;
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use cretula_testkit::serve::{HttpReply, HttpRequest, Lie, Place, Services};
use cretula_testkit::{Algorithm, Instance, Seed, SigningKey};
use cretula_verify::TrustedRoot;
use serde_json::Value;

pub(crate) const NOW: u64 = 1_767_225_600;
pub(crate) const NONCE: [u8; 8] = [0x71, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
pub(crate) const PAYLOAD: &[u8] = br#"{"_type":"https://in-toto.io/Statement/v1"}"#;
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const JSON: &str = "application/json";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const WORKFLOW: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";

pub(crate) fn at(secs: u64) -> Time {
    Time::from_secs(secs).unwrap()
}

pub(crate) fn instance() -> Instance {
    Instance::new(Seed::new([9; 32]), NOW)
}

/// Services, a key, and what is expected of them.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) key: SigningKey,
    /// How the key signs, if not as usual.
    pub(crate) scheme: Option<SignatureScheme>,
    pub(crate) root: TrustedRoot,
    pub(crate) limits: Limits,
    pub(crate) identity: ExpectedIdentity,
}

/// A signature, and who made it.
pub(crate) struct Signed {
    pub(crate) envelope: String,
    pub(crate) signature: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) details: KeyDetails,
    pub(crate) spki: Vec<u8>,
    pub(crate) certificate: Option<IssuedCertificate>,
}

impl World {
    pub(crate) fn new(instance: Instance) -> Self {
        let limits = Limits::default();
        let root = TrustedRoot::parse(&instance.trusted_root(), &limits).unwrap();
        let services = Services::new(instance);
        let issuer = format!("{}/github", services.url(Place::Issuer));
        Self {
            key: SigningKey::derive(&Seed::new([3; 32]), "client", Algorithm::P256),
            scheme: None,
            identity: workflow(&issuer),
            services,
            root,
            limits,
        }
    }

    pub(crate) fn lying(place: Place, lie: impl Into<Lie>) -> Self {
        let mut world = Self::new(instance());
        world.services.lie(place, lie, 1);
        world
    }

    pub(crate) fn means(&self) -> Means<'_> {
        Means { trusted_root: &self.root, provider: &RustCrypto, limits: &self.limits }
    }

    pub(crate) fn post(&mut self, place: Place, path: &str, content_type: &str, body: Vec<u8>) -> HttpReply {
        self.services.answer(place, &HttpRequest::post(path, content_type, body)).reply
    }

    pub(crate) fn get(&mut self, place: Place, path: &str) -> HttpReply {
        self.services.answer(place, &HttpRequest::get(path)).reply
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme.unwrap_or(self.key.scheme())
    }

    /// Registry entry of key and scheme.
    fn details(&self) -> KeyDetails {
        KeyDetails::for_key(self.key.verification_key().kind(), self.scheme()).unwrap()
    }

    pub(crate) fn ask_for_certificate(&mut self) -> HttpReply {
        let info = fulcio::certification_request_info(&self.key.spki());
        let signature = self.key.sign(self.scheme(), &info);
        let body = fulcio::request_body(&info, self.details(), &signature).unwrap();
        let bearer = format!("Bearer {}", self.services.github_token().encode());
        let request = HttpRequest::post(fulcio::PATH, JSON, body).with_header("authorization", &bearer);
        self.services.answer(Place::Fulcio(0), &request).reply
    }

    pub(crate) fn read_certificate(&self, body: &[u8], now: u64) -> Result<IssuedCertificate, AttestError> {
        let spki = self.key.spki();
        fulcio::read_certificate(body, &self.expect_certificate(&spki, now))
    }

    pub(crate) fn expect_certificate<'a>(&'a self, spki: &'a [u8], now: u64) -> ExpectedCertificate<'a> {
        ExpectedCertificate { means: self.means(), spki, identity: &self.identity, now: at(now) }
    }

    /// Signs the payload with the key, under a certificate or under its own name.
    pub(crate) fn sign(&mut self, keyless: bool) -> Signed {
        let certificate = keyless.then(|| {
            let reply = self.ask_for_certificate();
            self.read_certificate(&reply.body, self.services.clock().now()).unwrap()
        });
        let message = pae(PAYLOAD_TYPE, PAYLOAD);
        let signature = self.key.sign(self.scheme(), &message);
        let details = self.details();
        let hash = details.scheme().prehash().unwrap_or(HashAlgorithm::Sha256);
        let envelope = format!(
            r#"{{"payload":"{}","payloadType":"{PAYLOAD_TYPE}","signatures":[{{"sig":"{}"}}]}}"#,
            base64::encode(PAYLOAD),
            base64::encode(&signature),
        );
        let digest = hash.digest(&[&message]);
        Signed { envelope, signature, digest, details, spki: self.key.spki(), certificate }
    }

    pub(crate) fn log_v1(&mut self, signed: &Signed) -> HttpReply {
        let body = rekor_v1::request_body(&signed.envelope, signed.signer());
        self.post(Place::RekorV1(0), rekor_v1::PATH, JSON, body)
    }

    pub(crate) fn expect_v1<'a>(&'a self, signed: &'a Signed) -> rekor_v1::ExpectedEntry<'a> {
        rekor_v1::ExpectedEntry {
            means: self.means(),
            envelope_json: &signed.envelope,
            payload: PAYLOAD,
            signature: &signed.signature,
            signer: signed.signer(),
            leaf_validity: signed.certificate.as_ref().map(IssuedCertificate::validity),
            now: Some(at(NOW)),
        }
    }

    pub(crate) fn log_v2(&mut self, signed: &Signed) -> HttpReply {
        let body = signed.submission().request_body().unwrap();
        self.post(Place::RekorV2(0), rekor_v2::PATH, JSON, body)
    }

    pub(crate) fn expect_v2<'a>(
        &'a self,
        signed: &'a Signed,
        times: &'a [Time],
    ) -> rekor_v2::ExpectedEntry<'a> {
        rekor_v2::ExpectedEntry { means: self.means(), submission: signed.submission(), times }
    }

    pub(crate) fn stamp(&mut self, query: &tsa::Query<'_>) -> HttpReply {
        let body = query.encode().unwrap();
        self.post(Place::Tsa(0), "/api/v1/timestamp", "application/timestamp-query", body)
    }

    pub(crate) fn expect_timestamp<'a>(&'a self, signed: &'a Signed) -> tsa::ExpectedTimestamp<'a> {
        tsa::ExpectedTimestamp {
            means: self.means(),
            query: signed.query(),
            leaf_validity: signed.certificate.as_ref().map(IssuedCertificate::validity),
            now: Some(at(NOW)),
        }
    }
}

impl Signed {
    pub(crate) fn signer(&self) -> Signer<'_> {
        match &self.certificate {
            Some(certificate) => Signer::Certificate(&certificate.leaf),
            None => Signer::PublicKey(&self.spki),
        }
    }

    pub(crate) fn submission(&self) -> rekor_v2::Submission<'_> {
        rekor_v2::Submission {
            digest: &self.digest,
            details: self.details,
            signature: &self.signature,
            signer: self.signer(),
        }
    }

    pub(crate) fn query(&self) -> tsa::Query<'_> {
        tsa::Query {
            signature: &self.signature,
            hash: HashAlgorithm::Sha256,
            nonce: Some(NONCE),
            policy: None,
        }
    }
}

/// What a certificate for the kit's token of a release workflow says.
fn workflow(issuer: &str) -> ExpectedIdentity {
    let rows = [
        (8, issuer),
        (9, WORKFLOW),
        (10, COMMIT),
        (11, "github-hosted"),
        (12, "https://github.com/acme/app"),
        (13, COMMIT),
        (14, "refs/tags/v1.2.3"),
        (15, "1001"),
        (16, "https://github.com/acme"),
        (17, "77"),
        (18, WORKFLOW),
        (19, COMMIT),
        (20, "push"),
        (21, "https://github.com/acme/app/actions/runs/9001/attempts/1"),
        (22, "public"),
        (23, "release"),
        (24, "repo:acme/app:environment:release"),
    ];
    let row = |(number, value): (u8, &str)| ExpectedExtension { number, value: Some(value.into()) };
    ExpectedIdentity { san: Some(WORKFLOW.into()), extensions: rows.into_iter().map(row).collect() }
}

/// The code of a refusal, or nothing.
pub(crate) fn code<T>(result: Result<T, AttestError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "")
}

/// The same document after an edit.
pub(crate) fn edited(body: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(body).unwrap();
    edit(&mut document);
    serde_json::to_vec(&document).unwrap()
}
