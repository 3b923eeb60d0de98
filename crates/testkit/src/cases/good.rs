//! Bundles that must be verified, of every kind.

use cretula_crypto::{HashAlgorithm, SignatureScheme};

use crate::bundle_builder::{BundleBuilder, CertificateForm, EntryKind, EntryLog, SignerSpec, Version};
use crate::ca::{CertificateAuthority, ISSUER, Identity, Member, WORKFLOW};
use crate::ct::CtLog;
use crate::instance::{Instance, OPERATORS, RootVersion};
use crate::json::Json;
use crate::rekor_v1::RekorV1;
use crate::rekor_v2::RekorV2;
use crate::signing_key::{Algorithm, SigningKey};
use crate::tsa::TimestampAuthority;

/// A good bundle.
#[derive(Debug)]
pub struct Good {
    /// Kebab case.
    pub name: &'static str,
    /// The check that it shows most of.
    pub check: &'static str,
    /// What it is.
    pub sentence: &'static str,
    /// Describes it.
    pub make: fn(&Instance) -> BundleBuilder,
}

impl Good {
    /// Name of its case.
    #[must_use]
    pub fn case_name(&self) -> String {
        format!("good-{}", self.name)
    }
}

macro_rules! good {
    ($($constant:ident, $name:literal, $check:literal, $sentence:literal, $make:expr;)*) => {
        $(
            #[doc = $sentence]
            pub static $constant: Good = Good { name: $name, check: $check, sentence: $sentence, make: $make };
        )*
        /// All of them.
        pub static ALL: &[&Good] = &[$(&$constant),*];
    };
}

const RSA: Algorithm = Algorithm::Rsa(2048);
const PSS: SignatureScheme = SignatureScheme::RsaPss(HashAlgorithm::Sha256);

good! {
    KEYLESS_V1, "keyless-v1", "L17", "message, certificate, hashedrekord 0.0.1 with promise and proof", keyless_v1;
    KEYLESS_V1_DSSE, "keyless-v1-dsse", "L18", "envelope, certificate, dsse 0.0.1 with promise and proof",
        |instance| BundleBuilder::keyless(instance).envelope().logged(EntryLog::V1(0), EntryKind::DsseV001);
    KEYLESS_V1_INTOTO, "keyless-v1-intoto", "L19", "envelope, certificate, intoto 0.0.2 with promise and proof",
        |instance| BundleBuilder::keyless(instance).envelope().logged(EntryLog::V1(0), EntryKind::IntotoV002);
    KEYLESS_V2, "keyless-v2", "L15", "message, certificate, hashedrekord 0.0.2 and a timestamp", keyless_v2;
    KEYLESS_V2_ENVELOPE, "keyless-v2-envelope", "L16", "envelope, certificate, hashedrekord 0.0.2 and a timestamp",
        |instance| v2(BundleBuilder::keyless(instance).envelope());
    KEYLESS_V2_NO_BODY, "keyless-v2-no-body", "L15", "hashedrekord 0.0.2 without the body, which is rebuilt", |instance| {
        let mut builder = keyless_v2(instance);
        builder.entry(0).body = false;
        builder
    };
    DSSE_V2, "legacy-dsse-v2", "L18", "the withdrawn dsse 0.0.2, where the policy admits it", |instance| {
        BundleBuilder::keyless(instance).envelope().logged(EntryLog::V2(0), EntryKind::DsseV002).timestamped(0)
            .demanding("/evidence/log/legacyDsseV2", Json::bool(true))
    };
    PERSON, "keyless-email", "I01", "a person with an e-mail address", |instance| {
        let mut builder = keyless_v2(instance);
        let issuer = "https://accounts.example.com";
        builder.signer = SignerSpec::Certificate { ca: 0, identity: Identity::person("dev@example.com", issuer) };
        builder.demand("/signers/certificate", Json::object([
            ("san", Json::text("dev@example.com")), ("issuer", Json::text(issuer)),
        ]));
        builder
    };
    V03_LONG, "version-0-3-long", "P04", "version 0.3 in the older spelling",
        |instance| keyless_v2(instance).version(Version::V03Long, CertificateForm::Leaf);
    V02_CHAIN, "version-0-2-chain", "P07", "version 0.2 with a chain of leaf and intermediate",
        |instance| keyless_v1(instance).version(Version::V02, CertificateForm::ChainWithIssuers);
    V02_ROOT, "version-0-2-root", "P07", "version 0.2 with the root at the end of the chain",
        |instance| keyless_v1(instance).version(Version::V02, CertificateForm::ChainWithRoot);
    V01, "version-0-1", "P12", "version 0.1 with promise and proof",
        |instance| keyless_v1(instance).version(Version::V01, CertificateForm::Chain);
    V01_PROMISE, "version-0-1-promise", "P12", "version 0.1 with a promise only", |instance| {
        let mut builder = keyless_v1(instance).version(Version::V01, CertificateForm::Chain);
        builder.entry(0).proof = false;
        builder
    };
    ROOT_V01, "root-version-0-1", "R01", "a trusted root of version 0.1", |instance| {
        let mut builder = keyless_v2(instance);
        builder.instance.root_version = RootVersion::V01;
        builder
    };
    ROOT_V01_SHORT, "root-version-0-1-short", "R01", "a trusted root of version 0.1 in the newer spelling", |instance| {
        let mut builder = keyless_v2(instance);
        builder.instance.root_version = RootVersion::V01Short;
        builder
    };
    TSA_ONLY, "tsa-only", "T14", "an instance without logs: a timestamp is all there is", |instance| {
        let mut builder = BundleBuilder::keyless(instance).timestamped(0);
        builder.scts.clear();
        builder.demanding("/preset", Json::text("private-tsa"))
    };
    TSA_ENVELOPE, "tsa-only-envelope", "A04", "an envelope in an instance without logs", |instance| {
        let mut builder = BundleBuilder::keyless(instance).envelope().timestamped(0);
        builder.scts.clear();
        builder.demanding("/preset", Json::text("private-tsa"))
    };
    TWO_OF_EACH, "two-of-each", "L21", "two operators of logs, CT logs and timestamp authorities, all demanded", two_of_each;
    WITNESSED, "witnessed", "L20", "a checkpoint with two cosignatures, both demanded", witnessed;
    CURRENT, "mode-current", "M04", "an own authority with long leaves, checked at the present", current;
    DIRECT, "issued-by-the-root", "C04", "a leaf that the root issued directly", |instance| {
        let mut builder = keyless_v2(instance);
        builder.instance.certificate_authorities[0].members.truncate(1);
        builder
    };
    SAME_NAME, "same-name-intermediates", "C08", "two authorities and two intermediates with the same names", same_name;

    MANAGED, "managed-p256-v1", "A01", "managed P-256 key, hashedrekord 0.0.1",
        |instance| managed(instance, Algorithm::P256, None).logged(EntryLog::V1(0), EntryKind::HashedRekordV001);
    MANAGED_V2, "managed-p256-v2", "L15", "managed P-256 key, hashedrekord 0.0.2",
        |instance| managed(instance, Algorithm::P256, None).logged(EntryLog::V2(0), EntryKind::HashedRekordV002);
    MANAGED_ENVELOPE, "managed-p256-envelope", "A04", "managed P-256 key, envelope, dsse 0.0.1",
        |instance| managed(instance, Algorithm::P256, None).envelope().logged(EntryLog::V1(0), EntryKind::DsseV001);
    MANAGED_P384, "managed-p384-v2", "A01", "managed P-384 key, hashedrekord 0.0.2",
        |instance| managed(instance, Algorithm::P384, None).logged(EntryLog::V2(0), EntryKind::HashedRekordV002);
    MANAGED_P521, "managed-p521-v1", "A01", "managed P-521 key, hashedrekord 0.0.1",
        |instance| managed(instance, Algorithm::P521, None).logged(EntryLog::V1(0), EntryKind::HashedRekordV001);
    MANAGED_ED25519, "managed-ed25519-dsse", "A01", "managed Ed25519 key, envelope, dsse 0.0.1",
        |instance| managed(instance, Algorithm::Ed25519, None).envelope().logged(EntryLog::V1(0), EntryKind::DsseV001);
    MANAGED_ED25519_PH, "managed-ed25519ph-v1", "A01", "managed Ed25519ph key, hashedrekord 0.0.1 with SHA-512", |instance| {
        managed(instance, Algorithm::Ed25519, Some(SignatureScheme::Ed25519Ph))
            .logged(EntryLog::V1(0), EntryKind::HashedRekordV001)
    };
    MANAGED_ED25519_PH_V2, "managed-ed25519ph-v2", "L15", "managed Ed25519ph key, hashedrekord 0.0.2", |instance| {
        managed(instance, Algorithm::Ed25519, Some(SignatureScheme::Ed25519Ph))
            .logged(EntryLog::V2(0), EntryKind::HashedRekordV002)
    };
    MANAGED_RSA, "managed-rsa-v1", "A01", "managed RSA key with PKCS#1 v1.5, hashedrekord 0.0.1",
        |instance| managed(instance, RSA, None).logged(EntryLog::V1(0), EntryKind::HashedRekordV001);
    MANAGED_PSS, "managed-pss-v2", "L15", "managed RSA key with PSS, hashedrekord 0.0.2",
        |instance| managed(instance, RSA, Some(PSS)).logged(EntryLog::V2(0), EntryKind::HashedRekordV002);
    MANAGED_COMPAT, "managed-p384-sha256", "A01", "managed P-384 key with SHA-256, deprecated and reported", |instance| {
        managed(instance, Algorithm::P384, Some(SignatureScheme::Ecdsa(HashAlgorithm::Sha256)))
            .logged(EntryLog::V1(0), EntryKind::HashedRekordV001)
    };

    LEAF_P384, "leaf-p384", "A01", "leaf with a P-384 key", |instance| v2(leaf(instance, Algorithm::P384, None));
    LEAF_P521, "leaf-p521", "A01", "leaf with a P-521 key", |instance| v2(leaf(instance, Algorithm::P521, None));
    LEAF_P384_SHA256, "leaf-p384-sha256", "A01", "leaf with a P-384 key that signed with SHA-256",
        |instance| v2(leaf(instance, Algorithm::P384, Some(SignatureScheme::Ecdsa(HashAlgorithm::Sha256))));
    LEAF_ED25519, "leaf-ed25519-dsse", "A01", "leaf with an Ed25519 key, envelope, dsse 0.0.1",
        |instance| leaf(instance, Algorithm::Ed25519, None).envelope().logged(EntryLog::V1(0), EntryKind::DsseV001);
    LEAF_ED25519_PH, "leaf-ed25519ph", "A01", "leaf with an Ed25519 key, message, prehashed for hashedrekord",
        |instance| v2(leaf(instance, Algorithm::Ed25519, Some(SignatureScheme::Ed25519Ph)));
    LEAF_ED25519_PURE, "leaf-ed25519-message", "A01", "leaf with an Ed25519 key, message, not prehashed where no log asks for it", |instance| {
        let mut builder = leaf(instance, Algorithm::Ed25519, None).timestamped(0);
        builder.scts.clear();
        builder.demanding("/preset", Json::text("private-tsa"))
    };
    LEAF_RSA, "leaf-rsa", "A01", "leaf with an RSA key, PKCS#1 v1.5", |instance| v2(leaf(instance, RSA, None));
    LEAF_PSS, "leaf-pss", "L15", "leaf with an RSA key, PSS as the v2 body says", |instance| v2(leaf(instance, RSA, Some(PSS)));

    CA_P384, "ca-p384", "C03", "authority with P-384 keys", |instance| ca(instance, Algorithm::P384);
    CA_ED25519, "ca-ed25519", "C03", "authority with Ed25519 keys", |instance| ca(instance, Algorithm::Ed25519);
    CA_RSA, "ca-rsa", "C03", "authority with RSA keys", |instance| ca(instance, RSA);
    CT_RSA, "ct-rsa", "S02", "CT log with an RSA key", |instance| {
        let mut builder = keyless_v2(instance);
        builder.instance.ct_logs[0] = CtLog::new(&instance.seed, OPERATORS[0], RSA, instance.start());
        builder
    };
    REKOR_V1_ED25519, "rekor-v1-ed25519", "L05", "Rekor v1 log with an Ed25519 key", |instance| rekor_v1(instance, Algorithm::Ed25519);
    REKOR_V1_P384, "rekor-v1-p384", "L05", "Rekor v1 log with a P-384 key: promises with SHA-384, notes with SHA-256",
        |instance| rekor_v1(instance, Algorithm::P384);
    REKOR_V2_P256, "rekor-v2-p256", "L09", "Rekor v2 log with a P-256 key", |instance| rekor_v2(instance, Algorithm::P256);
    REKOR_V2_RSA, "rekor-v2-rsa", "L09", "Rekor v2 log with an RSA key", |instance| rekor_v2(instance, RSA);

    TSA_P384, "tsa-p384", "T07", "token with P-384 and SHA-384", |instance| tsa(instance, Algorithm::P384, None);
    TSA_P256_SHA512, "tsa-p256-sha512", "T03", "token with P-256 and SHA-512",
        |instance| tsa(instance, Algorithm::P256, Some(SignatureScheme::Ecdsa(HashAlgorithm::Sha512)));
    TSA_ED25519, "tsa-ed25519", "T07", "token with Ed25519 and SHA-512", |instance| tsa(instance, Algorithm::Ed25519, None);
    TSA_RSA, "tsa-rsa", "T07", "token with RSA PKCS#1 v1.5 and SHA-256", |instance| tsa(instance, RSA, None);
    TSA_RSA_SHA512, "tsa-rsa-sha512", "T03", "token with RSA PKCS#1 v1.5 and SHA-512",
        |instance| tsa(instance, RSA, Some(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512)));
    TSA_PSS, "tsa-pss", "T07", "token with RSA PSS and SHA-384",
        |instance| tsa(instance, RSA, Some(SignatureScheme::RsaPss(HashAlgorithm::Sha384)));
    TSA_REFUSING, "tsa-refusing", "T11", "a timestamp where the policy refuses invalid ones",
        |instance| keyless_v2(instance).demanding("/evidence/time/onInvalidToken", Json::text("refuse"));
    TSA_EMBEDDED, "tsa-embedded", "T06", "token that carries the certificate of its pinned signer", |instance| {
        let mut builder = keyless_v2(instance);
        builder.instance.timestamp_authorities[0].embeds_signer = true;
        builder
    };
    TSA_FROM_TOKEN, "tsa-from-token", "T06", "an instance of authorities only: the signer's certificate is in the token", |instance| {
        let mut builder = keyless_v2(instance);
        let authority = &mut builder.instance.timestamp_authorities[0];
        (authority.embeds_signer, authority.lists_signer) = (true, false);
        builder
    };
    TSA_INTERMEDIATE, "tsa-intermediate", "T09", "a signer below an intermediate", |instance| {
        let mut builder = keyless_v2(instance);
        intermediate_tsa(&mut builder);
        builder
    };
}

fn keyless_v1(instance: &Instance) -> BundleBuilder {
    BundleBuilder::keyless(instance).logged(EntryLog::V1(0), EntryKind::HashedRekordV001)
}

fn keyless_v2(instance: &Instance) -> BundleBuilder {
    v2(BundleBuilder::keyless(instance))
}

fn v2(builder: BundleBuilder) -> BundleBuilder {
    builder.logged(EntryLog::V2(0), EntryKind::HashedRekordV002).timestamped(0)
}

fn managed(instance: &Instance, algorithm: Algorithm, scheme: Option<SignatureScheme>) -> BundleBuilder {
    let key = SigningKey::derive(&instance.seed, "signer", algorithm);
    let scheme = scheme.unwrap_or_else(|| key.scheme());
    BundleBuilder::managed(instance, key, scheme)
}

fn leaf(instance: &Instance, algorithm: Algorithm, scheme: Option<SignatureScheme>) -> BundleBuilder {
    let key = SigningKey::derive(&instance.seed, "signer", algorithm);
    let scheme = scheme.unwrap_or_else(|| key.scheme());
    BundleBuilder::keyless(instance).with_key(key, scheme)
}

fn ca(instance: &Instance, algorithm: Algorithm) -> BundleBuilder {
    let mut builder = keyless_v2(instance);
    builder.instance.certificate_authorities[0] =
        CertificateAuthority::new(&instance.seed, OPERATORS[0], algorithm, instance.start());
    builder
}

fn rekor_v1(instance: &Instance, algorithm: Algorithm) -> BundleBuilder {
    let mut builder = keyless_v1(instance);
    builder.instance.rekor_v1[0] = RekorV1::new(&instance.seed, OPERATORS[0], algorithm, instance.start());
    builder
}

fn rekor_v2(instance: &Instance, algorithm: Algorithm) -> BundleBuilder {
    let mut builder = keyless_v2(instance);
    builder.instance.rekor_v2[0] = RekorV2::new(&instance.seed, OPERATORS[0], algorithm, instance.start());
    builder
}

fn tsa(instance: &Instance, algorithm: Algorithm, scheme: Option<SignatureScheme>) -> BundleBuilder {
    let mut builder = keyless_v2(instance);
    let mut authority = TimestampAuthority::new(&instance.seed, OPERATORS[0], algorithm, instance.start());
    if let Some(scheme) = scheme {
        authority = authority.with_scheme(scheme);
    }
    builder.instance.timestamp_authorities[0] = authority;
    builder
}

/// Puts an intermediate between root and signer of the first timestamp authority.
pub(crate) fn intermediate_tsa(builder: &mut BundleBuilder) {
    let (seed, from) = (builder.instance.seed, builder.instance.start());
    let authority = &mut builder.instance.timestamp_authorities[0];
    let key = SigningKey::derive(&seed, "tsa intermediate", Algorithm::P256);
    let above =
        Member::authority("north.example tsa issuing", key, Some(&authority.members[0]), Some(0), from);
    let signer = crate::tsa::signer("north.example tsa", authority.signer().key.clone(), &above, from);
    authority.members = vec![authority.members[0].clone(), above, signer];
}

fn two_of_each(instance: &Instance) -> BundleBuilder {
    let mut builder = BundleBuilder::keyless(instance)
        .logged(EntryLog::V1(0), EntryKind::HashedRekordV001)
        .logged(EntryLog::V2(1), EntryKind::HashedRekordV002)
        .timestamped(0)
        .timestamped(1);
    builder.scts.push(crate::SctSpec::new(1, builder.signed_at - 4));
    builder
        .demanding("/evidence/log/threshold", Json::number(2))
        .demanding("/evidence/sct/threshold", Json::number(2))
        .demanding("/evidence/time/signedThreshold", Json::number(2))
}

fn witnessed(instance: &Instance) -> BundleBuilder {
    let mut builder = keyless_v2(instance);
    let time = builder.signed_at + 2;
    builder.entry(0).witnesses = vec![(0, time), (1, time)];
    let witness = |index: usize| {
        let witness = &instance.witnesses[index];
        Json::object([("vkey", Json::text(witness.vkey())), ("operator", Json::text(&witness.operator))])
    };
    let rules = Json::object([
        ("threshold", Json::number(2)),
        ("witnesses", Json::List((0..3).map(witness).collect())),
    ]);
    builder.demanding("/evidence/witness", rules)
}

fn current(instance: &Instance) -> BundleBuilder {
    let mut builder = BundleBuilder::keyless(instance);
    builder.scts.clear();
    builder.edit_leaf(|leaf| leaf.not_after = leaf.not_before + 365 * 86_400);
    builder.options.now = Some(instance.now);
    let anchor = builder.instance.certificate_authorities[0].chain().pop().unwrap_or_default();
    let anchor = cretula_crypto::HashAlgorithm::Sha256.digest(&[&anchor]).to_hex();
    let signer = Json::object([
        ("san", Json::text(WORKFLOW)),
        ("issuer", Json::text(ISSUER)),
        ("ca", Json::object([("sha256", Json::text(anchor))])),
    ]);
    builder
        .demanding("/preset", Json::text("long-lived-ca"))
        .demanding("/signers", Json::object([("certificate", signer)]))
}

/// The first authority has a second one of the same names beside it, listed first.
fn same_name(instance: &Instance) -> BundleBuilder {
    let mut builder = keyless_v2(instance);
    let other = crate::Seed::derive(&instance.seed, "same name");
    let twin = CertificateAuthority::new(&other, OPERATORS[0], Algorithm::P256, instance.start());
    builder.instance.certificate_authorities.insert(0, twin);
    builder.signer = SignerSpec::Certificate { ca: 1, identity: Identity::workflow() };
    builder
}
