//! T03 to T12: one defect per case.
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use cretula_crypto::{Checker, HashAlgorithm, RustCrypto};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::{Time, TimeRange};

use super::authority::{
    CODE_SIGNING, CertificateSpec, DIGITAL_SIGNATURE, ECDSA_SHA384, ED25519, KEY_ENCIPHERMENT, Key,
    NON_REPUDIATION, RSA_ENCRYPTION, RSA_SHA256, RSA_SHA384, SIGNS_ALL, TIME_STAMPING, int, leaf, name,
    octets, oid, root, seq,
};
use super::builder::{
    CONTENT_TYPE, MESSAGE, MESSAGE_DIGEST, SHA1, TST_INFO, TokenSpec, attribute, cert_id_other_hash,
    cert_id_v1, cert_id_v2, hash_oid, imprint,
};
use crate::timestamp::{
    CertIdRule, TimestampToken, TokenAuthority, TokenError, TokenFacts, TokenRules, TokenWarning,
    verify_token,
};
use crate::{Certificate, PathBudget};

const RULES: TokenRules<'_> = TokenRules {
    cert_id: CertIdRule::Pinned,
    nonce: None,
    policy_oid: None,
    policy_oids: None,
    tsa_name: None,
    tsa_names: None,
    allow_missing_key_ids: false,
    max_chain: 4,
};

/// A case: everything that a test may change.
struct Case {
    key: Key,
    spec: TokenSpec,
    chain: Vec<Certificate>,
    window: TimeRange,
    message: Vec<u8>,
    rules: TokenRules<'static>,
    signature_total: u32,
}

impl Case {
    /// Signer under `root`, both in the trusted root.
    fn new() -> Self {
        Self::with_leaf(|_| ())
    }

    fn with_leaf(change: impl FnOnce(&mut CertificateSpec<'_>)) -> Self {
        Self::with_key(Key::p256(2), change)
    }

    fn with_key(key: Key, change: impl FnOnce(&mut CertificateSpec<'_>)) -> Self {
        let signer = leaf(&key, change);
        Self {
            spec: TokenSpec::new(&signer),
            key,
            chain: vec![signer, root()],
            window: TimeRange::default(),
            message: MESSAGE.to_vec(),
            rules: RULES,
            signature_total: 16,
        }
    }

    /// Only `root` in the trusted root; the signer's certificate is in the token.
    fn from_token() -> Self {
        let mut case = Self::new();
        let signer = case.chain.remove(0);
        case.spec.certificates = vec![signer.der().to_vec()];
        case
    }

    fn change(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn verify(&self) -> Result<TokenFacts, TokenError> {
        let limits = Limits::default();
        let token = TimestampToken::parse(&self.spec.build(&self.key), &limits)?;
        let authority = TokenAuthority { chain: &self.chain, window: self.window };
        let checker = Checker::new(&RustCrypto, self.signature_total);
        let mut budget = PathBudget::new(&limits);
        verify_token(&token, &authority, &self.message, &self.rules, &checker, &mut budget)
    }

    fn accept(&self) -> TokenFacts {
        self.verify().unwrap()
    }

    fn refuse(&self, code: &str) {
        let error = self.verify().unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.is_malformed());
        assert_eq!(error.is_limit(), code.starts_with("limits/"));
    }
}

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

#[test]
fn facts() {
    let case = Case::new();
    let facts = case.accept();
    assert_eq!(facts.time, time("2025-01-02T03:04:05.678Z"));
    assert_eq!(facts.signer, case.chain[0]);
    assert!(facts.signer_is_pinned);
    assert!(facts.warnings.is_empty());
    assert!(!Case::from_token().accept().signer_is_pinned);
}

#[test]
fn t03_one_signer_with_sha2() {
    Case::new().change(|case| case.spec.signer_infos = 0).refuse("time/token-signer");
    Case::new().change(|case| case.spec.signer_infos = 2).refuse("time/token-signer");
    Case::new().change(|case| case.spec.digest_algorithm = SHA1).refuse("time/token-digest");
    for hash in [HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        let case = Case::new().change(|case| {
            case.spec.digest = hash;
            case.spec.digest_algorithm = hash_oid(hash);
            case.spec.tst_info[2] = imprint(hash, MESSAGE);
        });
        case.accept();
    }
}

/// A case whose attributes are the usual ones, changed.
fn with_attributes(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Case {
    Case::new().change(|case| {
        let mut list = case.spec.usual_attributes();
        change(&mut list);
        case.spec.attributes = Some(list);
    })
}

#[test]
fn t04_attributes() {
    let code = "time/token-attributes";
    with_attributes(|list| list.push(attribute("1.2.3", &[&int(1), &int(2)]))).accept();
    with_attributes(Vec::clear).refuse(code);
    let content_type = attribute(CONTENT_TYPE, &[&oid(TST_INFO)]);
    with_attributes(|list| drop(list.remove(0))).refuse(code);
    with_attributes(|list| list.push(content_type)).refuse(code);
    with_attributes(|list| list[0] = attribute(CONTENT_TYPE, &[&oid("1.2.840.113549.1.7.1")])).refuse(code);
    with_attributes(|list| {
        list[0] = attribute(CONTENT_TYPE, &[&oid(TST_INFO), &oid("1.2.840.113549.1.9.16.1.5")])
    })
    .refuse(code);
    with_attributes(|list| list[0] = attribute(CONTENT_TYPE, &[])).refuse(code);
    with_attributes(|list| drop(list.remove(1))).refuse(code);
    with_attributes(|list| list.push(list[1].clone())).refuse(code);
    with_attributes(|list| list[1] = attribute(MESSAGE_DIGEST, &[&octets(&[0; 32])])).refuse(code);
    with_attributes(|list| list[1] = attribute(MESSAGE_DIGEST, &[&octets(&[])])).refuse(code);
}

#[test]
fn t05_signer_of_the_trusted_root() {
    let code = "time/token-cert-id";
    let with = |ids: Vec<Vec<u8>>| Case::new().change(|case| case.spec.cert_ids = ids);
    let signer = Case::new().chain[0].clone();
    for hash in [None, Some(HashAlgorithm::Sha256), Some(HashAlgorithm::Sha512)] {
        assert!(with(vec![cert_id_v2(&signer, hash, false)]).accept().warnings.is_empty());
        assert!(with(vec![cert_id_v2(&signer, hash, true)]).accept().warnings.is_empty());
    }
    with(vec![]).refuse(code);
    with(vec![cert_id_v2(&signer, None, true); 2]).refuse("time/token-attributes");
    let other = with(vec![cert_id_other_hash("root", 2)]);
    assert_eq!(other.accept().warnings, [TokenWarning::CertIdHash]);
    other.change(|case| case.rules.cert_id = CertIdRule::Strict).refuse(code);
    with(vec![cert_id_other_hash("root", 3)]).refuse(code);
    with(vec![cert_id_other_hash("toor", 2)]).refuse(code);
    with(vec![cert_id_v1(&signer, true), cert_id_v2(&signer, None, true)]).accept();
    let mixed = with(vec![cert_id_v1(&signer, true), cert_id_other_hash("root", 2)]);
    assert_eq!(mixed.accept().warnings, [TokenWarning::CertIdHash]);
    with(vec![attribute("1.2.840.113549.1.9.16.2.47", &[&int(1)])]).refuse(code);
    with(vec![attribute("1.2.840.113549.1.9.16.2.47", &[&seq(&[&seq(&[])])])]).refuse(code);
}

#[test]
fn t05_signer_of_the_token() {
    let code = "time/token-cert-id";
    let with = |ids: Vec<Vec<u8>>| Case::from_token().change(|case| case.spec.cert_ids = ids);
    let signer = Case::new().chain[0].clone();
    with(vec![cert_id_v2(&signer, None, false)]).accept();
    with(vec![cert_id_other_hash("root", 2)]).refuse(code);
    with(vec![cert_id_v1(&signer, true)]).accept();
    with(vec![cert_id_v1(&signer, false)]).refuse(code);
}

#[test]
fn t06_authority() {
    let code = "time/token-authority";
    let other = leaf(&Key::p256(3), |spec| spec.serial = 9);
    Case::new().change(|case| case.chain[0] = other.clone()).refuse(code);
    Case::new().change(|case| case.chain.clear()).refuse(code);
    Case::from_token().change(|case| case.spec.certificates.clear()).refuse(code);
    // The certificate in the token does not stand in for the one in the trusted root.
    let both = Case::new().change(|case| {
        case.spec.certificates = vec![case.chain[0].der().to_vec()];
        case.chain[0] = other.clone();
    });
    both.refuse(code);
    // Two signers of one authority; the order of the chain is free.
    Case::new().change(|case| case.chain.insert(0, other.clone())).accept();
    Case::new().change(|case| case.chain.insert(1, other.clone())).accept();
}

#[test]
fn t06_key_identifier() {
    let case = |id: &dyn Fn(&Certificate) -> Vec<u8>| {
        Case::new().change(|case| {
            case.spec.signer_version = 3;
            case.spec.signer_id = der::encode(Tag::context(0), &[&id(&case.chain[0])]);
        })
    };
    case(&|signer| signer.subject_key_id().unwrap().key_identifier.clone()).accept();
    case(&|_| vec![1; 20]).refuse("time/token-authority");
    case(&|_| vec![]).refuse("time/token-authority");
}

#[test]
fn t06_checks_run_on_the_signer_not_on_the_first_certificate() {
    let right = leaf(&Key::p256(3), |spec| spec.serial = 9);
    let case = Case::from_token().change(|case| {
        let wrong = leaf(&case.key, |spec| spec.purposes = Some((vec![CODE_SIGNING], true)));
        case.spec.cert_ids = vec![cert_id_v2(&wrong, None, true)];
        case.spec.certificates = vec![right.der().to_vec(), wrong.der().to_vec()];
    });
    case.refuse("time/token-profile");
    Case::from_token().change(|case| case.spec.certificates.insert(0, right.der().to_vec())).accept();
}

#[test]
fn t07_signature() {
    let code = "time/token-signature";
    Case::new().change(|case| case.key = Key::p256(3)).refuse(code);
    Case::new().change(|case| case.spec.signature_algorithm = seq(&[&oid(ECDSA_SHA384)])).refuse(code);
    Case::new().change(|case| case.spec.signature_algorithm = seq(&[&oid("1.2.840.10045.2.1")])).refuse(code);
    Case::new().change(|case| case.spec.signature_algorithm = seq(&[&oid(ED25519)])).refuse(code);
    Case::new().change(|case| case.spec.signature_algorithm = seq(&[&oid("1.2.840.10045.4.1")])).refuse(code);
    Case::new().change(|case| case.signature_total = 0).refuse("limits/signature-total");
    Case::new().change(|case| case.signature_total = 1).refuse("limits/signature-total");
    Case::new().change(|case| case.signature_total = 2).accept();
}

#[test]
fn t07_other_algorithms() {
    Case::with_key(Key::p384(2), |_| ()).accept();
    Case::with_key(Key::p384(2), |_| ())
        .change(|case| {
            case.spec.signature_algorithm = seq(&[&oid(ECDSA_SHA384)]);
            case.spec.signature_hash = HashAlgorithm::Sha384;
        })
        .accept();
    Case::with_key(Key::ed25519(2), |_| ())
        .change(|case| case.spec.signature_algorithm = seq(&[&oid(ED25519)]))
        .accept();
}

#[test]
fn t07_rsa_takes_the_hash_of_a_bare_algorithm_from_the_digest() {
    let with = |algorithm: &str, change: fn(&mut TokenSpec)| {
        Case::with_key(Key::rsa(), |_| ()).change(|case| {
            let null = der::encode(Tag::NULL, &[]);
            case.spec.signature_algorithm = seq(&[&oid(algorithm), &null]);
            change(&mut case.spec);
        })
    };
    with(RSA_ENCRYPTION, |_| ()).accept();
    with(RSA_SHA256, |_| ()).accept();
    with(RSA_SHA384, |_| ()).refuse("time/token-signature");
    let other_digest = |spec: &mut TokenSpec| {
        spec.digest = HashAlgorithm::Sha384;
        spec.digest_algorithm = hash_oid(HashAlgorithm::Sha384);
    };
    with(RSA_SHA256, other_digest).accept();
    with(RSA_ENCRYPTION, other_digest).refuse("time/token-signature");
}

#[test]
fn unsigned_attributes_mean_nothing() {
    let unsigned = der::encode(Tag::context_constructed(1), &[&attribute(CONTENT_TYPE, &[&int(1)])]);
    Case::new().change(|case| case.spec.unsigned_attributes = unsigned).accept();
}

#[test]
fn t08_profile() {
    let code = "time/token-profile";
    let purposes =
        |list: Vec<&'static str>, critical| Case::with_leaf(move |s| s.purposes = Some((list, critical)));
    purposes(vec![TIME_STAMPING], false).refuse(code);
    purposes(vec![TIME_STAMPING, CODE_SIGNING], true).refuse(code);
    purposes(vec!["2.5.29.37.0"], true).refuse(code);
    Case::with_leaf(|spec| spec.purposes = None).refuse(code);
    let usage = |usage| Case::with_leaf(move |spec| spec.key_usage = usage);
    usage(None).accept();
    usage(Some(NON_REPUDIATION)).accept();
    usage(Some(KEY_ENCIPHERMENT)).refuse(code);
    usage(Some(SIGNS_ALL)).refuse(code);
    usage(Some(DIGITAL_SIGNATURE)).accept();
}

#[test]
fn t08_authority_as_signer() {
    let ca = leaf(&Key::p256(2), |spec| spec.ca = true);
    let case = Case::from_token().change(|case| {
        case.spec.cert_ids = vec![cert_id_v2(&ca, None, true)];
        case.spec.certificates = vec![ca.der().to_vec()];
    });
    case.refuse("time/token-profile");
}

#[test]
fn t09_path() {
    let code = "time/token-chain";
    Case::with_leaf(|spec| spec.validity = ["240101000000Z", "250102030405Z"]).refuse(code);
    Case::with_leaf(|spec| spec.validity = ["250102030406Z", "300101000000Z"]).refuse(code);
    Case::with_leaf(|spec| spec.validity = ["250102030405Z", "250102030406Z"]).accept();
    Case::with_leaf(|spec| spec.issuer = "toor").refuse(code);
    Case::from_token().change(|case| case.chain = vec![other_root()]).refuse(code);
    Case::new().change(|case| case.chain[1] = other_root()).refuse(code);
    Case::new().change(|case| case.chain.truncate(1)).refuse(code);
}

/// A CA of the name of [`root`] with another key.
fn other_root() -> Certificate {
    let key = Key::p256(9);
    CertificateSpec::authority("root", &key, &key).build()
}

#[test]
fn t09_intermediate_purposes() {
    let with = |purposes: Option<(Vec<&'static str>, bool)>| {
        let (signer_key, intermediate_key, root_key) = (Key::p256(2), Key::p256(5), Key::p256(1));
        let mut intermediate = CertificateSpec::authority("intermediate", &intermediate_key, &root_key);
        intermediate.purposes = purposes;
        let mut signer = CertificateSpec::signer(&signer_key, &intermediate_key);
        signer.issuer = "intermediate";
        let signer = signer.build();
        Case::new().change(|case| {
            case.spec = TokenSpec::new(&signer);
            case.chain = vec![intermediate.build(), signer, root()];
        })
    };
    with(None).accept();
    with(Some((vec![TIME_STAMPING, CODE_SIGNING], false))).accept();
    with(Some((vec![CODE_SIGNING], false))).refuse("time/token-chain");
    with(None).change(|case| case.rules.max_chain = 3).accept();
    with(None).change(|case| case.rules.max_chain = 2).refuse("time/token-chain");
}

#[test]
fn t10_window() {
    let window = |start: &str, end: &str| {
        let window = TimeRange { start: Some(time(start)), end: Some(time(end)) };
        Case::new().change(|case| case.window = window)
    };
    window("2025-01-02T03:04:05.678Z", "2025-01-02T03:04:05.678Z").accept();
    window("2025-01-02T03:04:05.679Z", "2026-01-01T00:00:00Z").refuse("time/token-window");
    window("2025-01-01T00:00:00Z", "2025-01-02T03:04:05Z").refuse("time/token-window");
}

#[test]
fn t11_imprint() {
    let code = "time/token-imprint";
    Case::new().change(|case| case.message.push(0)).refuse(code);
    let imprint_of = |algorithm: &str, value: &[u8]| {
        let imprint = seq(&[&seq(&[&oid(algorithm)]), &octets(value)]);
        Case::new().change(|case| case.spec.tst_info[2] = imprint)
    };
    let sha256 = HashAlgorithm::Sha256.digest(&[MESSAGE]);
    imprint_of(hash_oid(HashAlgorithm::Sha256), sha256.as_bytes()).accept();
    imprint_of(hash_oid(HashAlgorithm::Sha384), sha256.as_bytes()).refuse(code);
    imprint_of(hash_oid(HashAlgorithm::Sha256), &sha256.as_bytes()[..31]).refuse(code);
    imprint_of(hash_oid(HashAlgorithm::Sha256), &[]).refuse(code);
    imprint_of(SHA1, &[0; 20]).refuse(code);
}

#[test]
fn t12_request() {
    let code = "time/token-request";
    let with = |change: fn(&mut TokenRules<'static>)| {
        Case::new().change(|case| {
            case.spec.tst_info.push(der::encode(Tag::INTEGER, &[&[0x00, 0x80]]));
            let name = der::encode(Tag::context_constructed(4), &[&name("tsa")]);
            case.spec.tst_info.push(der::encode(Tag::context_constructed(0), &[&name]));
            change(&mut case.rules);
        })
    };
    with(|rules| rules.nonce = Some(&[0x80])).accept();
    with(|rules| rules.nonce = Some(&[0x00, 0x00, 0x80])).accept();
    with(|rules| rules.nonce = Some(&[0x81])).refuse(code);
    with(|rules| rules.nonce = Some(&[])).refuse(code);
    Case::new().change(|case| case.rules.nonce = Some(&[0x80])).refuse(code);
    with(|rules| rules.policy_oid = Some("1.3.6.1.4.1.57264.2")).accept();
    with(|rules| rules.policy_oid = Some("1.3.6.1.4.1.57264.3")).refuse(code);
    with(|rules| rules.tsa_name = Some(b"tsa")).refuse(code);
    Case::new().change(|case| case.rules.tsa_name = Some(b"tsa")).refuse(code);
}

#[test]
fn t12_allow_lists() {
    let verify = |policies: Option<Vec<String>>, names: Option<Vec<String>>| {
        let limits = Limits::default();
        let mut case = Case::new();
        let name = der::encode(Tag::context_constructed(4), &[&name("tsa")]);
        case.spec.tst_info.push(der::encode(Tag::context_constructed(0), &[&name]));
        let token = TimestampToken::parse(&case.spec.build(&case.key), &limits).unwrap();
        let rules = TokenRules { policy_oids: policies.as_deref(), tsa_names: names.as_deref(), ..RULES };
        let authority = TokenAuthority { chain: &case.chain, window: case.window };
        let checker = Checker::new(&RustCrypto, 8);
        verify_token(&token, &authority, MESSAGE, &rules, &checker, &mut PathBudget::new(&limits)).is_ok()
    };
    let list = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(verify(list(&["1.2.3", "1.3.6.1.4.1.57264.2"]), list(&["CN=tsa"])));
    assert!(!verify(list(&["1.2.3"]), None));
    assert!(!verify(list(&[]), None));
    assert!(!verify(None, list(&["CN=ts", "CN=tsa,O=x"])));
    assert!(!verify(None, list(&[])));
}

#[test]
fn a_changed_octet_never_changes_the_facts() {
    let limits = Limits::default();
    let case = Case::new();
    let expected = case.accept();
    let original = case.spec.build(&case.key);
    let authority = TokenAuthority { chain: &case.chain, window: case.window };
    for index in 0..original.len() {
        let mut changed = original.clone();
        changed[index] ^= 0x01;
        let Ok(token) = TimestampToken::parse(&changed, &limits) else { continue };
        let checker = Checker::new(&RustCrypto, 8);
        let mut budget = PathBudget::new(&limits);
        if let Ok(facts) = verify_token(&token, &authority, MESSAGE, &RULES, &checker, &mut budget) {
            assert_eq!((facts.time, facts.tst_info), (expected.time, expected.tst_info.clone()), "{index}");
        }
    }
}
