//! Bundles of the kit, taken apart.

use cretula_attest::assembly::{Material, Parts};
use cretula_attest::{ExpectedExtension, ExpectedIdentity};
use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::base64;
use cretula_testkit::{
    Algorithm, BundleBuilder, ContentSpec, EntryKind, EntryLog, Inputs, Instance, Seed, SigningKey,
};
use serde_json::{Value, json};

/// The name in certificates of the kit.
pub(crate) const WORKFLOW: &str =
    "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const CLAIMS: [(u8, &str); 17] = [
    (8, ISSUER),
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

pub(crate) fn instance() -> Instance {
    Instance::new(Seed::new([5; 32]), 1_787_392_800)
}

/// The identity of the kit as claims say it.
pub(crate) fn identity() -> ExpectedIdentity {
    let extension =
        |(number, value): &(u8, &str)| ExpectedExtension { number: *number, value: Some((*value).into()) };
    ExpectedIdentity { san: Some(WORKFLOW.into()), extensions: CLAIMS.iter().map(extension).collect() }
}

/// What a bundle of the kit is made of.
pub(crate) struct Taken {
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) hint: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) log_entries: Vec<Vec<u8>>,
    pub(crate) timestamps: Vec<Vec<u8>>,
}

impl Taken {
    pub(crate) fn parts(&self) -> Parts<'_> {
        let material = match self.certificates.as_slice() {
            [] => Material::PublicKey(&self.hint),
            [leaf] => Material::Certificate(leaf),
            chain => Material::Chain(chain),
        };
        Parts {
            material,
            payload: &self.payload,
            signature: &self.signature,
            log_entries: &self.log_entries,
            timestamps: &self.timestamps,
        }
    }
}

pub(crate) fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    base64::decode(value.as_str().unwrap()).unwrap()
}

/// Takes a bundle apart.
pub(crate) fn take(inputs: &Inputs) -> Taken {
    let bundle = json_of(&inputs.bundle);
    let material = &bundle["verificationMaterial"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut certificates: Vec<Vec<u8>> = list(&material["x509CertificateChain"]["certificates"])
        .iter()
        .map(|one| bytes(&one["rawBytes"]))
        .collect();
    if material["certificate"].is_object() {
        certificates.push(bytes(&material["certificate"]["rawBytes"]));
    }
    let envelope = &bundle["dsseEnvelope"];
    let stamps = list(&material["timestampVerificationData"]["rfc3161Timestamps"]);
    Taken {
        certificates,
        hint: material["publicKey"]["hint"].as_str().unwrap_or_default().into(),
        payload: bytes(&envelope["payload"]),
        signature: bytes(&envelope["signatures"][0]["sig"]),
        log_entries: list(&material["tlogEntries"]).iter().map(|one| one.to_string().into_bytes()).collect(),
        timestamps: stamps.iter().map(|one| bytes(&one["signedTimestamp"])).collect(),
    }
}

/// A statement signed with a certificate, without evidence of time yet.
pub(crate) fn keyless() -> BundleBuilder {
    BundleBuilder::keyless(&instance()).envelope()
}

/// A statement signed with the managed key `release`, which the envelope names, too.
pub(crate) fn managed() -> BundleBuilder {
    let instance = instance();
    let key = SigningKey::derive(&instance.seed, "managed", Algorithm::P256);
    let scheme = SignatureScheme::Ecdsa(HashAlgorithm::Sha256);
    let mut builder = BundleBuilder::managed(&instance, key, scheme).envelope();
    if let ContentSpec::Envelope { keyid, .. } = &mut builder.content {
        *keyid = "release".into();
    }
    builder
}

/// One bundle of each profile.
pub(crate) fn of_each_profile() -> [(&'static str, BundleBuilder); 9] {
    let v1 = |builder: BundleBuilder| builder.logged(EntryLog::V1(0), EntryKind::DsseV001);
    let v2 =
        |builder: BundleBuilder| builder.logged(EntryLog::V2(0), EntryKind::HashedRekordV002).timestamped(0);
    let without_scts = |mut builder: BundleBuilder| {
        builder.scts.clear();
        builder
    };
    [
        ("public-v1", v1(keyless())),
        ("public-v1", v1(keyless()).timestamped(0)),
        ("public-v2", v2(keyless())),
        ("tsa", keyless().timestamped(0)),
        ("managed", v1(managed())),
        ("managed", v2(managed())),
        ("managed", managed().timestamped(0)),
        ("managed-offline", managed()),
        ("private-ca", without_scts(keyless().timestamped(0))),
    ]
}

/// A statement as the kit makes it, about these digests.
pub(crate) fn statement_about(digests: &[Value]) -> cretula_testkit::Json {
    let subjects: Vec<Value> = digests.iter().map(|digest| json!({"digest": digest})).collect();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "predicate": {}, "predicateType": "https://example.com/reviewed/v1",
        "subject": subjects
    });
    cretula_testkit::Json::Raw(statement.to_string())
}
