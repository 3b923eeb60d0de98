//! Project Wycheproof: every case must have the expected answer.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own data fails")]

use cretula_crypto::{
    HashAlgorithm, KeyError, Message, RustCrypto, SignatureCheck, SignatureEncoding, SignatureProvider,
    SignatureScheme, VerificationKey,
};
use wycheproof::{HashFunction, TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

/// Counts cases, so that a set that is empty fails.
#[derive(Default)]
struct Cases {
    accepted: usize,
    refused: usize,
}

impl Cases {
    fn run(&mut self, place: &str, check: &SignatureCheck<'_>, expected: TestResult) {
        let accepted = RustCrypto.verify_signature(check).is_ok();
        match expected {
            TestResult::Valid => assert!(accepted, "{place} is valid"),
            TestResult::Invalid => assert!(!accepted, "{place} is invalid"),
            TestResult::Acceptable => {}
        }
        let count = if accepted { &mut self.accepted } else { &mut self.refused };
        *count = count.saturating_add(1);
    }

    fn finish(&self, name: &str) {
        assert!(self.accepted > 0 && self.refused > 0, "{name}");
    }
}

fn hash(function: HashFunction) -> HashAlgorithm {
    let ours = [
        (HashFunction::Sha2_256, HashAlgorithm::Sha256),
        (HashFunction::Sha2_384, HashAlgorithm::Sha384),
        (HashFunction::Sha2_512, HashAlgorithm::Sha512),
    ];
    ours.into_iter().find(|(theirs, _)| *theirs == function).map(|(_, hash)| hash).unwrap()
}

macro_rules! run_group {
    ($cases:ident, $group:ident, $scheme:expr, $encoding:expr) => {
        let key = VerificationKey::parse_spki(&$group.der).unwrap();
        for test in &$group.tests {
            let check = SignatureCheck {
                key: &key,
                scheme: $scheme,
                encoding: $encoding,
                message: Message::Parts(&[&test.msg]),
                signature: &test.sig,
            };
            $cases.run(&format!("case {} ({})", test.tc_id, test.comment), &check, test.result);
        }
    };
}

#[test]
fn ecdsa_signatures() {
    use ecdsa::TestName::*;
    let sets = [
        (EcdsaSecp256r1Sha256, SignatureEncoding::Der),
        (EcdsaSecp256r1Sha256P1363, SignatureEncoding::P1363),
        (EcdsaSecp256r1Sha512, SignatureEncoding::Der),
        (EcdsaSecp256r1Sha512P1363, SignatureEncoding::P1363),
        (EcdsaSecp384r1Sha256, SignatureEncoding::Der),
        (EcdsaSecp384r1Sha384, SignatureEncoding::Der),
        (EcdsaSecp384r1Sha384P1363, SignatureEncoding::P1363),
        (EcdsaSecp384r1Sha512, SignatureEncoding::Der),
        (EcdsaSecp384r1Sha512P1363, SignatureEncoding::P1363),
        (EcdsaSecp521r1Sha512, SignatureEncoding::Der),
        (EcdsaSecp521r1Sha512P1363, SignatureEncoding::P1363),
    ];
    for (name, encoding) in sets {
        let mut cases = Cases::default();
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let scheme = SignatureScheme::Ecdsa(hash(group.hash));
            run_group!(cases, group, scheme, encoding);
        }
        cases.finish(&format!("{name:?}"));
    }
}

#[test]
fn ecdsa_keys_on_other_curves() {
    use ecdsa::TestName::*;
    for name in [EcdsaSecp192r1Sha256, EcdsaSecp224r1Sha256, EcdsaSecp256k1Sha256, EcdsaBrainpool256r1Sha256]
    {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            assert_eq!(
                VerificationKey::parse_spki(&group.der).err(),
                Some(KeyError::Unsupported),
                "{name:?}"
            );
        }
    }
}

#[test]
fn ed25519_signatures() {
    let mut cases = Cases::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        run_group!(cases, group, SignatureScheme::Ed25519, SignatureEncoding::Der);
    }
    cases.finish("Ed25519");
    for group in eddsa::TestSet::load(eddsa::TestName::Ed448).unwrap().test_groups {
        assert_eq!(VerificationKey::parse_spki(&group.der).err(), Some(KeyError::Unsupported));
    }
}

#[test]
fn rsa_pkcs1_signatures() {
    use rsa_pkcs1_verify::TestName::*;
    let sets = [
        Rsa2048Sha256,
        Rsa2048Sha384,
        Rsa2048Sha512,
        Rsa3072Sha256,
        Rsa3072Sha384,
        Rsa3072Sha512,
        Rsa4096Sha256,
        Rsa4096Sha384,
        Rsa4096Sha512,
        Rsa8192Sha256,
        Rsa8192Sha384,
        Rsa8192Sha512,
    ];
    for name in sets {
        let mut cases = Cases::default();
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let scheme = SignatureScheme::RsaPkcs1(hash(group.hash));
            run_group!(cases, group, scheme, SignatureEncoding::Der);
        }
        cases.finish(&format!("{name:?}"));
    }
}

#[test]
fn rsa_pss_signatures() {
    use rsa_pss_verify::TestName::*;
    let sets = [
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss2048Sha256Mgf1SaltLen32WithParams,
        RsaPss2048Sha384Mgf1SaltLen48,
        RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss3072Sha256Mgf1SaltLen32WithParams,
        RsaPss4096Sha256Mgf1SaltLen32,
        RsaPss4096Sha384Mgf1SaltLen48,
        RsaPss4096Sha512Mgf1SaltLen64,
        RsaPss4096Sha512Mgf1SaltLen64WithParams,
    ];
    for name in sets {
        let mut cases = Cases::default();
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let scheme = SignatureScheme::RsaPss(hash(group.hash));
            run_group!(cases, group, scheme, SignatureEncoding::Der);
        }
        cases.finish(&format!("{name:?}"));
    }
}

/// Salts of another length than the hash, and MGF1 with another hash, in key parameters.
#[test]
fn rsa_pss_keys_with_other_parameters() {
    use rsa_pss_verify::TestName::*;
    let sets = [
        RsaPss2048Sha1Mgf1SaltLen20WithParams,
        RsaPss2048Sha256Mgf1SaltLen0WithParams,
        RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams,
        RsaPss4096Sha512Mgf1SaltLen32WithParams,
    ];
    for name in sets {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            assert_eq!(
                VerificationKey::parse_spki(&group.der).err(),
                Some(KeyError::Unsupported),
                "{name:?}"
            );
        }
    }
}

/// A valid signature whose salt is shorter than the hash does not verify.
#[test]
fn rsa_pss_signatures_with_other_salts() {
    use rsa_pss_verify::TestName::*;
    for name in [RsaPss2048Sha256Mgf1SaltLen0, RsaPss4096Sha512Mgf1SaltLen32] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let key = VerificationKey::parse_spki(&group.der).unwrap();
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                let check = SignatureCheck {
                    key: &key,
                    scheme: SignatureScheme::RsaPss(hash(group.hash)),
                    encoding: SignatureEncoding::Der,
                    message: Message::Parts(&[&test.msg]),
                    signature: &test.sig,
                };
                assert!(RustCrypto.verify_signature(&check).is_err(), "{name:?} case {}", test.tc_id);
            }
        }
    }
}
