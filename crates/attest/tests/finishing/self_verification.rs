//! The finished bundle before the verifier: each profile passes, and each expectation that is not met refuses.

use crate::material::{
    identity, instance, json_of, keyless, managed, of_each_profile, statement_about, take,
};
use cretula_attest::assembly::encode_bundle;
use cretula_attest::config::Profile;
use cretula_attest::self_verification::{DemandedEvidence, Expected, ExpectedSigner, verify_finished};
use cretula_attest::{AttestError, ExpectedExtension, ExpectedIdentity};
use cretula_testkit::{
    BundleBuilder, CertificateForm, ContentSpec, EntryKind, EntryLog, Identity, Inputs, SignerSpec, Version,
};
use cretula_verify::RootMemo;
use serde_json::{Value, json};

/// What is expected of a bundle, with owners.
struct Case {
    inputs: Inputs,
    profile: Profile,
    identity: ExpectedIdentity,
    payload: Vec<u8>,
    evidence: DemandedEvidence,
    allow_chain: bool,
    root: Option<Vec<u8>>,
    key_id: &'static str,
}

impl Case {
    fn of(profile: Profile, builder: BundleBuilder) -> Self {
        let evidence = DemandedEvidence {
            logs: u32::try_from(builder.entries.len()).unwrap(),
            timestamps: u32::try_from(builder.timestamps.len()).unwrap(),
        };
        let inputs = builder.build();
        let payload = take(&inputs).payload;
        let root = (profile != Profile::ManagedOffline).then(|| inputs.roots[0].clone());
        let identity = identity();
        Self { inputs, profile, identity, payload, evidence, allow_chain: false, root, key_id: "release" }
    }

    fn verify(&self) -> Result<Value, AttestError> {
        let taken = take(&self.inputs);
        let bundle = encode_bundle(&taken.parts()).unwrap();
        let signer = match self.inputs.keys.first() {
            Some(key) => ExpectedSigner::Key {
                id: self.key_id,
                public_key: &key.key,
                algorithm: key.key_details.as_deref().unwrap(),
            },
            None => ExpectedSigner::Identity(&self.identity),
        };
        let expected = Expected {
            profile: self.profile,
            payload: &self.payload,
            signer,
            evidence: self.evidence,
            allow_chain: self.allow_chain,
        };
        let report = verify_finished(&bundle, self.root.as_deref(), &expected, &mut RootMemo::default());
        report.map(|report| json_of(&report))
    }

    /// The code of the verifier, or nothing.
    fn refusal(&self) -> String {
        match self.verify() {
            Ok(report) => {
                assert_eq!(
                    (&report["schema"], &report["verdict"]),
                    (&json!("cretula/report/v1"), &json!("verified"))
                );
                String::new()
            }
            Err(error) => {
                assert_eq!(error.code(), "bundle/self-verify");
                error.detail.unwrap()
            }
        }
    }
}

fn profile(name: &str) -> Profile {
    let index = Profile::NAMES.iter().position(|known| *known == name).unwrap();
    Profile::ALL[index]
}

fn public_v2() -> Case {
    Case::of(Profile::PublicV2, v2(keyless()))
}

fn v2(builder: BundleBuilder) -> BundleBuilder {
    builder.logged(EntryLog::V2(0), EntryKind::HashedRekordV002).timestamped(0)
}

#[test]
fn every_profile_passes() {
    for (name, builder) in of_each_profile() {
        assert_eq!(Case::of(profile(name), builder).refusal(), "", "{name}");
    }
}

#[test]
fn evidence_that_is_missing_refuses() {
    let v1 = |builder: BundleBuilder| builder.logged(EntryLog::V1(0), EntryKind::DsseV001);
    for (name, builder, expected) in [
        ("public-v1", keyless().timestamped(0), "log-inclusion/threshold"),
        ("public-v1", keyless().logged(EntryLog::V2(0), EntryKind::HashedRekordV002), "time/missing"),
        ("public-v2", keyless().timestamped(0), "log-inclusion/threshold"),
        ("public-v2", keyless().logged(EntryLog::V2(0), EntryKind::HashedRekordV002), "time/missing"),
        ("public-v2", v1(keyless()), "time/missing"),
        ("tsa", v1(keyless()), "time/missing"),
        ("private-ca", v1(keyless()), "time/missing"),
        ("managed", managed(), "time/missing"),
        ("managed", managed().logged(EntryLog::V2(0), EntryKind::HashedRekordV002), "time/missing"),
    ] {
        assert_eq!(Case::of(profile(name), builder).refusal(), expected, "{name}");
    }
}

#[test]
fn less_than_was_demanded_refuses() {
    let mut case = public_v2();
    case.evidence.logs = 2;
    assert_eq!(case.refusal(), "log-inclusion/threshold");
    let mut case = public_v2();
    case.evidence.timestamps = 2;
    assert_eq!(case.refusal(), "time/threshold");
    let two = v2(keyless()).logged(EntryLog::V2(1), EntryKind::HashedRekordV002).timestamped(1);
    assert_eq!(Case::of(Profile::PublicV2, two).refusal(), "");
    // Two entries of one log are one operator.
    let mut same = v2(keyless()).logged(EntryLog::V2(0), EntryKind::HashedRekordV002);
    same.entries[1].others.0 += 3;
    assert_eq!(Case::of(Profile::PublicV2, same).refusal(), "log-inclusion/threshold");
    let mut case = Case::of(Profile::Managed, v2(managed()));
    case.evidence.timestamps = 0;
    assert_eq!(case.refusal(), "time/missing");
}

#[test]
fn promises_of_ct_logs() {
    let without = || {
        let mut builder = keyless().timestamped(0);
        builder.scts.clear();
        builder
    };
    // The root lists CT logs, so the certificate must have a promise; without them none is demanded.
    assert_eq!(Case::of(Profile::Tsa, without()).refusal(), "sct/missing");
    let mut builder = without();
    builder.instance.ct_logs.clear();
    assert_eq!(Case::of(Profile::Tsa, builder).refusal(), "");
    assert_eq!(Case::of(Profile::PrivateCa, without()).refusal(), "");
    let mut builder = v2(keyless());
    builder.scts.clear();
    assert_eq!(Case::of(Profile::PublicV2, builder).refusal(), "sct/missing");
}

#[test]
fn another_statement_refuses() {
    let expect = |edit: fn(&mut Value)| {
        let mut case = public_v2();
        let mut statement = json_of(&case.payload);
        edit(&mut statement);
        case.payload = statement.to_string().into_bytes();
        case.refusal()
    };
    assert_eq!(
        expect(|statement| statement["predicateType"] = json!("https://example.com/other/v1")),
        "predicate/type"
    );
    let other = "b".repeat(64);
    let digest = move |statement: &mut Value, digest: Value| statement["subject"][0]["digest"] = digest;
    let mut case = public_v2();
    let mut statement = json_of(&case.payload);
    digest(&mut statement, json!({"sha256": other}));
    case.payload = statement.to_string().into_bytes();
    assert_eq!(case.refusal(), "artifact/mismatch");
    assert_eq!(
        expect(|statement| {
            let more = json!({"digest": {"sha256": "c".repeat(64)}});
            statement["subject"].as_array_mut().unwrap().push(more);
        }),
        "artifact/mismatch"
    );
    assert_eq!(expect(|statement| statement["predicate"] = json!({"x": 1})), "artifact/mismatch");
    assert_eq!(expect(|statement| statement["subject"] = json!([])), "artifact/no-subject");
    let mut case = public_v2();
    case.payload = b"{".to_vec();
    assert_eq!(case.refusal(), "artifact/statement");
}

#[test]
fn another_signer_refuses() {
    let with = |edit: fn(&mut ExpectedIdentity)| {
        let mut case = public_v2();
        edit(&mut case.identity);
        case.refusal()
    };
    assert_eq!(with(|_| {}), "");
    assert_eq!(
        with(|identity| identity.san = Some("https://github.com/acme/app".into())),
        "identity/no-match"
    );
    assert_eq!(
        with(|identity| identity.extensions[0].value = Some("https://issuer.example".into())),
        "identity/no-match"
    );
    assert_eq!(with(|identity| identity.extensions.clear()), "identity/no-match");
    // Each claim, wrong and absent.
    for index in 1..identity().extensions.len() {
        for value in [Some("other"), None] {
            let mut case = public_v2();
            case.identity.extensions[index].value = value.map(Into::into);
            assert_ne!(case.refusal(), "", "{index} {value:?}");
        }
    }
    // Without a name the subject of the token decides.
    assert_eq!(with(|identity| identity.san = None), "");
    assert_ne!(
        with(|identity| {
            identity.san = None;
            identity.extensions[16].value = Some("repo:acme/other".into());
        }),
        ""
    );
}

#[test]
fn claims_that_older_certificates_lack() {
    let mut builder = v2(keyless());
    let mut known = Identity::workflow();
    known.claims.retain(|(number, _)| *number < 22);
    builder.signer = SignerSpec::Certificate { ca: 0, identity: known };
    assert_eq!(Case::of(Profile::PublicV2, builder).refusal(), "");
    let mut builder = v2(keyless());
    let mut known = Identity::workflow();
    known.claims.retain(|(number, _)| *number != 19);
    builder.signer = SignerSpec::Certificate { ca: 0, identity: known };
    assert_ne!(Case::of(Profile::PublicV2, builder).refusal(), "");
}

#[test]
fn the_service_itself() {
    let builder = || {
        let mut builder = v2(keyless());
        let identity = Identity::person("signer@example.com", "https://accounts.example.com");
        builder.signer = SignerSpec::Certificate { ca: 0, identity };
        builder
    };
    let expected = |san: &str| ExpectedIdentity {
        san: Some(san.into()),
        extensions: vec![ExpectedExtension { number: 8, value: Some("https://accounts.example.com".into()) }],
    };
    let mut case = Case::of(Profile::PublicV2, builder());
    case.identity = expected("signer@example.com");
    assert_eq!(case.refusal(), "");
    case.identity = expected("other@example.com");
    assert_eq!(case.refusal(), "identity/san");
    // An e-mail address is no workflow, whatever it says.
    case.identity = identity();
    case.identity.san = Some("signer@example.com".into());
    assert_ne!(case.refusal(), "");
}

#[test]
fn another_key_refuses() {
    let builder = || managed().timestamped(0);
    let mut case = Case::of(Profile::Managed, builder());
    assert_eq!(case.refusal(), "");
    case.key_id = "other";
    assert_ne!(case.refusal(), "");
    let mut case = Case::of(Profile::Managed, builder());
    case.inputs.keys[0].key = instance().certificate_authorities[0].issuer().key.spki();
    assert_eq!(case.refusal(), "signature/invalid");
    let mut case = Case::of(Profile::Managed, builder());
    case.inputs.keys[0].key_details = Some("PKIX_ECDSA_P384_SHA_384".into());
    assert_eq!(case.refusal(), "input/key");
}

#[test]
fn another_root_refuses() {
    let mut case = public_v2();
    let mut other = instance();
    other.rekor_v2.clear();
    case.root = Some(other.trusted_root());
    assert_eq!(case.refusal(), "log-inclusion/threshold");
    case.root = None;
    assert_ne!(case.refusal(), "");
    case.root = Some(b"{}".to_vec());
    assert_eq!(case.refusal(), "trusted-root/media-type");
}

#[test]
fn chains_need_their_option() {
    let builder = keyless().timestamped(0).version(Version::V03, CertificateForm::ChainWithIssuers);
    let mut case = Case::of(Profile::PrivateCa, builder);
    assert_eq!(case.refusal(), "bundle-shape/chain-not-allowed");
    case.allow_chain = true;
    assert_eq!(case.refusal(), "");
}

fn about(digests: &[Value]) -> BundleBuilder {
    let mut builder = managed();
    let statement = statement_about(digests);
    if let ContentSpec::Envelope { payload, .. } = &mut builder.content {
        *payload = statement;
    }
    builder.timestamped(0)
}

#[test]
fn every_subject_is_compared() {
    for count in [1_usize, 64, 65, 129] {
        let digests: Vec<Value> =
            (0..count).map(|number| json!({"sha256": format!("{number:064x}")})).collect();
        let mut case = Case::of(Profile::Managed, about(&digests));
        assert_eq!(case.refusal(), "", "{count}");
        let mut statement = json_of(&case.payload);
        statement["subject"][count - 1]["digest"]["sha256"] = json!("f".repeat(64));
        case.payload = statement.to_string().into_bytes();
        assert_eq!(case.refusal(), "artifact/mismatch", "{count}");
    }
    let commit = json!({"gitCommit": "0123456789abcdef0123456789abcdef01234567"});
    assert_eq!(Case::of(Profile::Managed, about(&[commit])).refusal(), "");
}

#[test]
fn great_statements() {
    let digests: Vec<Value> = (0..64).map(|number| json!({"sha256": format!("{number:064x}")})).collect();
    let mut builder = about(&digests);
    if let ContentSpec::Envelope { payload: cretula_testkit::Json::Raw(text), .. } = &mut builder.content {
        *text = text.replacen(
            r#""predicate":{}"#,
            &format!(r#""predicate":{{"x":"{}"}}"#, "x".repeat(1 << 20)),
            1,
        );
    }
    assert_eq!(Case::of(Profile::Managed, builder).refusal(), "");
}
