//! Certificates, member by member.

use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::der::{self, Tag};

use crate::asn1::{bits, context, implicit, int, name, octets, oid, seq, utf8, validity_time};
use crate::signing_key::{SigningKey, algorithm_identifier};

pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
pub(crate) const SUBJECT_ALT_NAME: &str = "2.5.29.17";
pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.2";
pub(crate) const CT_POISON: &str = "1.3.6.1.4.1.11129.2.4.3";

/// Bits of KeyUsage in its first octet.
pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
pub(crate) const KEY_CERT_SIGN: u8 = 0x04;
pub(crate) const CRL_SIGN: u8 = 0x02;

/// One extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Dotted identifier.
    pub oid: String,
    /// Whether it is critical.
    pub critical: bool,
    /// DER value.
    pub value: Vec<u8>,
}

/// A certificate before it is signed.
#[derive(Debug, Clone)]
pub struct CertificateSpec {
    /// `[0] version`, DER.
    pub version: Vec<u8>,
    /// INTEGER, DER.
    pub serial: Vec<u8>,
    /// Name, DER.
    pub issuer: Vec<u8>,
    /// Name, DER.
    pub subject: Vec<u8>,
    /// First second of validity.
    pub not_before: u64,
    /// Last second of validity.
    pub not_after: u64,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// In order.
    pub extensions: Vec<Extension>,
}

impl CertificateSpec {
    /// A certificate of version 3 without extensions.
    #[must_use]
    pub fn new(subject: &str, issuer: &str, key: &SigningKey, validity: (u64, u64)) -> Self {
        let spki = key.spki();
        let mut serial = HashAlgorithm::Sha256.digest(&[&spki, subject.as_bytes()]).as_bytes()[..16].to_vec();
        serial[0] = serial[0] & 0x3f | 0x40;
        Self {
            version: context(0, &[&int(2)]),
            serial: der::encode(Tag::INTEGER, &[&serial]),
            issuer: name(issuer),
            subject: name(subject),
            not_before: validity.0,
            not_after: validity.1,
            spki,
            extensions: Vec::new(),
        }
    }

    /// Adds an extension, or replaces the one with this identifier.
    pub fn set(&mut self, oid: &str, critical: bool, value: Vec<u8>) -> &mut Self {
        let extension = Extension { oid: oid.into(), critical, value };
        match self.extensions.iter_mut().find(|present| present.oid == oid) {
            Some(present) => *present = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    /// Removes an extension.
    pub fn remove(&mut self, oid: &str) -> &mut Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self
    }

    /// The extension with this identifier.
    ///
    /// # Panics
    /// If there is none.
    pub fn extension(&mut self, oid: &str) -> &mut Extension {
        self.extensions.iter_mut().find(|extension| extension.oid == oid).expect("that extension")
    }

    /// Sets key usage and, for authorities, basic constraints.
    pub(crate) fn authority_profile(&mut self, path_length: Option<u8>) -> &mut Self {
        self.set(BASIC_CONSTRAINTS, true, basic_constraints(true, path_length));
        self.set(KEY_USAGE, true, key_usage(KEY_CERT_SIGN | CRL_SIGN))
    }

    /// Sets the key identifiers: SHA-256 of the keys, cut.
    pub(crate) fn key_ids(&mut self, issuer: Option<&SigningKey>) -> &mut Self {
        let id = octets(&key_id(&self.spki));
        self.set(SUBJECT_KEY_ID, false, id);
        if let Some(issuer) = issuer {
            self.set(AUTHORITY_KEY_ID, false, seq(&[&implicit(0, &key_id(&issuer.spki()))]));
        }
        self
    }

    /// The part that is signed, for a signature of this scheme.
    #[must_use]
    pub fn tbs(&self, scheme: SignatureScheme) -> Vec<u8> {
        let extensions: Vec<u8> = self.extensions.iter().flat_map(Extension::encode).collect();
        let member = match extensions.is_empty() {
            true => Vec::new(),
            false => context(3, &[&seq(&[&extensions])]),
        };
        seq(&[
            &self.version,
            &self.serial,
            &algorithm_identifier(scheme),
            &self.issuer,
            &seq(&[&validity_time(self.not_before), &validity_time(self.not_after)]),
            &self.subject,
            &self.spki,
            &member,
        ])
    }

    /// The certificate, DER, signed by this key.
    #[must_use]
    pub fn sign(&self, issuer: &SigningKey, scheme: SignatureScheme) -> Vec<u8> {
        let tbs = self.tbs(scheme);
        seq(&[&tbs, &algorithm_identifier(scheme), &bits(&issuer.sign(scheme, &tbs))])
    }
}

impl Extension {
    fn encode(&self) -> Vec<u8> {
        let critical = if self.critical { der::encode(Tag::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
        seq(&[&oid(&self.oid), &critical, &octets(&self.value)])
    }
}

pub(crate) fn key_id(spki: &[u8]) -> Vec<u8> {
    HashAlgorithm::Sha256.digest(&[spki]).as_bytes()[..20].to_vec()
}

pub(crate) fn basic_constraints(ca: bool, path_length: Option<u8>) -> Vec<u8> {
    let flag = if ca { der::encode(Tag::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    seq(&[&flag, &path_length.map(int).unwrap_or_default()])
}

/// KeyUsage of bits in its first octet; at least one is set.
pub(crate) fn key_usage(usage: u8) -> Vec<u8> {
    let unused = u8::try_from(usage.trailing_zeros()).expect("at most 8");
    der::encode(Tag::BIT_STRING, &[&[unused, usage]])
}

pub(crate) fn purposes(list: &[&str]) -> Vec<u8> {
    seq(&[&list.iter().flat_map(|purpose| oid(purpose)).collect::<Vec<u8>>()])
}

/// SubjectAltName of encoded general names.
pub(crate) fn alt_names(names: &[Vec<u8>]) -> Vec<u8> {
    seq(&[&names.concat()])
}

pub(crate) fn uri(text: &str) -> Vec<u8> {
    implicit(6, text.as_bytes())
}

pub(crate) fn email(text: &str) -> Vec<u8> {
    implicit(1, text.as_bytes())
}

pub(crate) fn dns(text: &str) -> Vec<u8> {
    implicit(2, text.as_bytes())
}

/// Fulcio's otherName of user names.
pub(crate) fn user_name(text: &str) -> Vec<u8> {
    context(0, &[&oid("1.3.6.1.4.1.57264.1.7"), &context(0, &[&utf8(text)])])
}

/// NameConstraints with permitted and excluded bases.
pub(crate) fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |number: u8, bases: &[Vec<u8>]| match bases.is_empty() {
        true => Vec::new(),
        false => context(number, &[&bases.iter().flat_map(|base| seq(&[base])).collect::<Vec<u8>>()]),
    };
    seq(&[&list(0, permitted), &list(1, excluded)])
}

/// Identifier of Fulcio extension `number`.
pub(crate) fn fulcio(number: u8) -> String {
    format!("1.3.6.1.4.1.57264.1.{number}")
}
