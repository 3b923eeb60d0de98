//! Certificates made for the tests of this crate: hand-built DER, signed with P-256.
extern crate std;

use alloc::vec;
use alloc::vec::Vec;

use cretula_crypto::{Checker, RustCrypto};
use cretula_encoding::der::{Oid, Tag, encode};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use crate::{Certificate, Error, Path, PathBudget, PathError, PathRules, Purpose, oid, verify_path};

/// The time at which the certificates of [`Template`] are valid: 2024-01-01.
pub(crate) const AT: u64 = 1_704_067_200;

/// Everything of a certificate that a test may bend.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) version: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) not_before: Vec<u8>,
    pub(crate) not_after: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) key: u8,
    pub(crate) after_spki: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
    pub(crate) signer: u8,
}

pub(crate) fn at(secs: u64) -> Time {
    Time::from_secs(secs).unwrap()
}

pub(crate) fn utc(text: &str) -> Vec<u8> {
    encode(Tag::UTC_TIME, &[text.as_bytes()])
}

/// A name with one common name.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    let oid = encode(Tag::OID, &[&[0x55, 0x04, 0x03]]);
    let text = encode(Tag::UTF8_STRING, &[common_name.as_bytes()]);
    let attribute = encode(Tag::SEQUENCE, &[&oid, &text]);
    encode(Tag::SEQUENCE, &[&encode(Tag::SET, &[&attribute])])
}

pub(crate) fn extension(oid: Oid<'_>, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { encode(Tag::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    let oid = encode(Tag::OID, &[oid.content()]);
    encode(Tag::SEQUENCE, &[&oid, &critical, &encode(Tag::OCTET_STRING, &[value])])
}

pub(crate) fn basic_constraints(path_len: Option<u8>) -> Vec<u8> {
    let path_len = path_len.map_or(Vec::new(), |length| encode(Tag::INTEGER, &[&[length]]));
    let value = encode(Tag::SEQUENCE, &[&encode(Tag::BOOLEAN, &[&[0xff]]), &path_len]);
    extension(oid::BASIC_CONSTRAINTS, true, &value)
}

/// KeyUsage with one octet of bits.
pub(crate) fn key_usage(bits: u8) -> Vec<u8> {
    let unused = u8::try_from(bits.trailing_zeros()).unwrap();
    extension(oid::KEY_USAGE, true, &encode(Tag::BIT_STRING, &[&[unused, bits]]))
}

pub(crate) fn extended_key_usage(purposes: &[Oid<'_>]) -> Vec<u8> {
    let purposes: Vec<_> = purposes.iter().map(|oid| encode(Tag::OID, &[oid.content()])).collect();
    let purposes: Vec<_> = purposes.iter().map(Vec::as_slice).collect();
    extension(oid::EXTENDED_KEY_USAGE, false, &encode(Tag::SEQUENCE, &purposes))
}

/// SubjectAltName of encoded general names.
pub(crate) fn subject_alt_name(critical: bool, names: &[Vec<u8>]) -> Vec<u8> {
    let names: Vec<_> = names.iter().map(Vec::as_slice).collect();
    extension(oid::SUBJECT_ALT_NAME, critical, &encode(Tag::SEQUENCE, &names))
}

pub(crate) fn email(text: &str) -> Vec<u8> {
    encode(Tag::context(1), &[text.as_bytes()])
}

pub(crate) fn dns(text: &str) -> Vec<u8> {
    encode(Tag::context(2), &[text.as_bytes()])
}

pub(crate) fn uri(text: &str) -> Vec<u8> {
    encode(Tag::context(6), &[text.as_bytes()])
}

/// NameConstraints with bases given as encoded general names.
pub(crate) fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let lists: Vec<_> = [(0, permitted), (1, excluded)]
        .into_iter()
        .filter(|(_, bases)| !bases.is_empty())
        .map(|(number, bases)| {
            let subtrees: Vec<_> = bases.iter().map(|base| encode(Tag::SEQUENCE, &[base])).collect();
            let subtrees: Vec<_> = subtrees.iter().map(Vec::as_slice).collect();
            encode(Tag::context_constructed(number), &subtrees)
        })
        .collect();
    let lists: Vec<_> = lists.iter().map(Vec::as_slice).collect();
    extension(oid::NAME_CONSTRAINTS, true, &encode(Tag::SEQUENCE, &lists))
}

/// Extension 1.3.6.1.4.1.57264.1.`number` with this value.
pub(crate) fn claim(number: u8, value: &[u8]) -> Vec<u8> {
    let oid = [oid::FULCIO_ARC.content(), &[number]].concat();
    extension(Oid::from_content(&oid), false, value)
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    encode(Tag::UTF8_STRING, &[text.as_bytes()])
}

pub(crate) fn spki(seed: u8) -> Vec<u8> {
    let algorithm = [
        encode(Tag::OID, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]]),
        encode(Tag::OID, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]]),
    ]
    .concat();
    let point = signing_key(seed).verifying_key().to_sec1_point(false);
    let bits = encode(Tag::BIT_STRING, &[&[0], point.as_bytes()]);
    encode(Tag::SEQUENCE, &[&encode(Tag::SEQUENCE, &[&algorithm]), &bits])
}

pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn subject_key_id(seed: u8) -> Vec<u8> {
    extension(oid::SUBJECT_KEY_IDENTIFIER, false, &encode(Tag::OCTET_STRING, &[&[seed]]))
}

fn authority_key_id(seed: u8) -> Vec<u8> {
    let value = encode(Tag::SEQUENCE, &[&encode(Tag::context(0), &[&[seed]])]);
    extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &value)
}

impl Template {
    fn new(subject: (&str, u8), issuer: (&str, u8)) -> Self {
        // ecdsa-with-SHA256
        let oid = encode(Tag::OID, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]]);
        let algorithm = encode(Tag::SEQUENCE, &[&oid]);
        Self {
            version: encode(Tag::context_constructed(0), &[&encode(Tag::INTEGER, &[&[2]])]),
            serial: encode(Tag::INTEGER, &[&[subject.1]]),
            outer_algorithm: algorithm.clone(),
            algorithm,
            issuer: name(issuer.0),
            not_before: utc("230101000000Z"),
            not_after: utc("250101000000Z"),
            subject: name(subject.0),
            key: subject.1,
            after_spki: Vec::new(),
            extensions: vec![authority_key_id(issuer.1)],
            signer: issuer.1,
        }
    }

    /// An authority. Names and the seeds of the keys.
    pub(crate) fn authority(subject: (&str, u8), issuer: (&str, u8)) -> Self {
        Self::new(subject, issuer)
            .with(basic_constraints(None))
            .with(key_usage(0x06))
            .with(subject_key_id(subject.1))
    }

    /// A signing leaf.
    pub(crate) fn leaf(subject: (&str, u8), issuer: (&str, u8)) -> Self {
        Self::new(subject, issuer)
            .with(key_usage(0x80))
            .with(extended_key_usage(&[oid::CODE_SIGNING]))
            .with(subject_alt_name(false, &[email("signer@example.com")]))
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn without(mut self, oid: Oid<'_>) -> Self {
        let id = encode(Tag::OID, &[oid.content()]);
        self.extensions.retain(|extension| !extension.windows(id.len()).any(|window| window == id));
        self
    }

    /// Replaces the extension with this identifier.
    pub(crate) fn replace(self, oid: Oid<'_>, extension: Vec<u8>) -> Self {
        self.without(oid).with(extension)
    }

    pub(crate) fn valid(mut self, not_before: &str, not_after: &str) -> Self {
        self.not_before = utc(not_before);
        self.not_after = utc(not_after);
        self
    }

    pub(crate) fn tbs(&self) -> Vec<u8> {
        let parts: Vec<_> = self.extensions.iter().map(Vec::as_slice).collect();
        let list = encode(Tag::SEQUENCE, &parts);
        let member =
            if parts.is_empty() { Vec::new() } else { encode(Tag::context_constructed(3), &[&list]) };
        encode(
            Tag::SEQUENCE,
            &[
                &self.version,
                &self.serial,
                &self.algorithm,
                &self.issuer,
                &encode(Tag::SEQUENCE, &[&self.not_before, &self.not_after]),
                &self.subject,
                &spki(self.key),
                &self.after_spki,
                &member,
            ],
        )
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let tbs = self.tbs();
        let signature: Signature = signing_key(self.signer).sign(&tbs);
        let signature = encode(Tag::BIT_STRING, &[&[0], signature.to_der().as_bytes()]);
        encode(Tag::SEQUENCE, &[&tbs, &self.outer_algorithm, &signature])
    }

    pub(crate) fn parse(&self) -> Result<Certificate, Error> {
        Certificate::parse(&self.der(), &Limits::default())
    }

    pub(crate) fn build(&self) -> Certificate {
        self.parse().unwrap()
    }
}

/// A root, an intermediate and a leaf.
pub(crate) fn three() -> [Template; 3] {
    [
        Template::authority(("root", 1), ("root", 1)),
        Template::authority(("issuing", 2), ("root", 1)),
        Template::leaf(("", 3), ("issuing", 2)),
    ]
}

/// Path of the last certificate to the first over those between, for code signing, at [`AT`].
pub(crate) fn path_at(
    certificates: &[Certificate],
    time: Time,
    limits: &Limits,
) -> Result<Vec<Certificate>, PathError> {
    let [anchor, intermediates @ .., leaf] = certificates else { panic!("two certificates at least") };
    let intermediates: Vec<_> = intermediates.iter().collect();
    let rules = PathRules::new(Purpose::CodeSigning, limits);
    let checker = Checker::new(&RustCrypto, 256);
    let mut budget = PathBudget::new(limits);
    verify_path(leaf, &intermediates, anchor, time, &rules, &checker, &mut budget)
        .map(|path: Path<'_>| path.certificates().cloned().collect())
}

pub(crate) fn path(templates: &[Template]) -> Result<Vec<Certificate>, PathError> {
    let certificates: Vec<_> = templates.iter().map(Template::build).collect();
    path_at(&certificates, at(AT), &Limits::default())
}
