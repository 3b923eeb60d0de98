//! Keys and certificates of timestamp authorities.
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use cretula_crypto::HashAlgorithm;
use cretula_encoding::der::{self, Tag};
use cretula_encoding::hex;
use cretula_encoding::limits::Limits;
use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use rsa::BoxedUint;
use rsa::traits::PublicKeyParts as _;

use crate::Certificate;

pub(super) const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
pub(super) const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";
pub(super) const ED25519: &str = "1.3.101.112";
pub(super) const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
pub(super) const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
pub(super) const RSA_SHA384: &str = "1.2.840.113549.1.1.12";
pub(super) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub(super) const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";

/// Factors of the modulus of [`Key::rsa`].
const RSA_P: &str = "\
    e1c2e28b7000a531be5d0dc0283606392b90b1bad3bd03232be314d650b4c45602bb7a757a7d634bd96d5747de2b5350\
    e929ffb7c80b4d755b247077f62816892ceee6ac62e883f8c517ef20e53b60920190d131282adad5574fb41e8d3673ac\
    7da322030246504b03b3f3c3707478acea1e99df1caf525d28b6d37e0ce65ed5";
const RSA_Q: &str = "\
    d5123eeb1e785aa84d740c7d2274457bcd73bbab496a3a996d68fb405b68cbeb436c74d1b5642d2d24839e43c0051175\
    4c41832e8b1fd9238e75bed5ef9906fa009fe278c8eb1fe760da621791b358aa56928c0fb7a1ba7c7220eca5d66564a9\
    a627d40424e412024b4d83e6b2f026b75b28532c82536f635068b7106c956cbf";

/// DigestInfo with SHA-256, up to the digest (RFC 8017 §9.2 note 1).
const SHA256_DIGEST_INFO: &str = "3031300d060960864801650304020105000420";

pub(super) fn seq(parts: &[&[u8]]) -> Vec<u8> {
    der::encode(Tag::SEQUENCE, parts)
}

pub(super) fn oid(text: &str) -> Vec<u8> {
    der::encode(Tag::OID, &[&der::parse_dotted(text).unwrap()])
}

pub(super) fn int(number: u8) -> Vec<u8> {
    der::encode(Tag::INTEGER, &[&[number]])
}

pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    der::encode(Tag::OCTET_STRING, &[bytes])
}

pub(super) fn name(common_name: &str) -> Vec<u8> {
    let text = der::encode(Tag::UTF8_STRING, &[common_name.as_bytes()]);
    seq(&[&der::encode(Tag::SET, &[&seq(&[&oid("2.5.4.3"), &text])])])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    der::encode(Tag::BIT_STRING, &[&[0], bytes])
}

/// A key for signing, made from one repeated octet.
pub(super) enum Key {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    /// 2048 bits; signs with SHA-256 only.
    Rsa(Box<rsa::PrivateKey>),
}

impl Key {
    pub(super) fn p256(seed: u8) -> Self {
        Self::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }
    pub(super) fn p384(seed: u8) -> Self {
        Self::P384(p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap())
    }
    pub(super) fn ed25519(seed: u8) -> Self {
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }
    pub(super) fn rsa() -> Self {
        let factor = |text| BoxedUint::from_be_slice(&hex::decode(text).unwrap(), 1024).unwrap();
        let exponent = BoxedUint::from(65_537_u64);
        Self::Rsa(Box::new(rsa::PrivateKey::from_p_q(factor(RSA_P), factor(RSA_Q), exponent).unwrap()))
    }

    fn spki(&self) -> Vec<u8> {
        let ec = "1.2.840.10045.2.1";
        match self {
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                seq(&[&seq(&[&oid(ec), &oid("1.2.840.10045.3.1.7")]), &bits(point.as_bytes())])
            }
            Self::P384(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                seq(&[&seq(&[&oid(ec), &oid("1.3.132.0.34")]), &bits(point.as_bytes())])
            }
            Self::Ed25519(key) => seq(&[&seq(&[&oid(ED25519)]), &bits(key.verifying_key().as_bytes())]),
            Self::Rsa(key) => {
                let null = der::encode(Tag::NULL, &[]);
                let modulus = der::encode(Tag::INTEGER, &[&[0], &key.n().to_be_bytes_trimmed_vartime()]);
                let public = seq(&[&modulus, &der::encode(Tag::INTEGER, &[&[1, 0, 1]])]);
                seq(&[&seq(&[&oid(RSA_ENCRYPTION), &null]), &bits(&public)])
            }
        }
    }

    /// ECDSA and RSA over the digest, Ed25519 over the message.
    pub(super) fn sign(&self, hash: HashAlgorithm, message: &[u8]) -> Vec<u8> {
        let digest = hash.digest(&[message]);
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Self::Rsa(key) => {
                let prefix = hex::decode(SHA256_DIGEST_INFO).unwrap().into_boxed_slice();
                let padding = rsa::Pkcs1v15Sign { hash_len: Some(32), prefix };
                key.sign(padding, digest.as_bytes()).unwrap()
            }
        }
    }
}

/// One certificate to be made. The issuer signs with P-256 and SHA-256.
pub(super) struct CertificateSpec<'a> {
    pub(super) subject: &'a str,
    pub(super) issuer: &'a str,
    pub(super) serial: u8,
    pub(super) key: &'a Key,
    pub(super) issuer_key: &'a Key,
    pub(super) ca: bool,
    pub(super) key_usage: Option<[u8; 2]>,
    /// Purposes, and whether the extension is critical.
    pub(super) purposes: Option<(Vec<&'static str>, bool)>,
    pub(super) validity: [&'static str; 2],
}

/// Key usage as octets of the BIT STRING: unused bits, bits.
pub(super) const DIGITAL_SIGNATURE: [u8; 2] = [7, 0x80];
pub(super) const NON_REPUDIATION: [u8; 2] = [6, 0x40];
pub(super) const KEY_ENCIPHERMENT: [u8; 2] = [5, 0x20];
pub(super) const SIGNS_ALL: [u8; 2] = [2, 0x84];
const CERT_SIGN: [u8; 2] = [2, 0x04];

impl CertificateSpec<'_> {
    pub(super) fn build(&self) -> Certificate {
        let algorithm = seq(&[&oid(ECDSA_SHA256)]);
        let times = self.validity.map(|time| der::encode(Tag::UTC_TIME, &[time.as_bytes()]));
        let version = der::encode(Tag::context_constructed(0), &[&int(2)]);
        let extensions = self.extensions().concat();
        let tbs = seq(&[
            &version,
            &int(self.serial),
            &algorithm,
            &name(self.issuer),
            &seq(&[&times[0], &times[1]]),
            &name(self.subject),
            &self.key.spki(),
            &der::encode(Tag::context_constructed(3), &[&seq(&[&extensions])]),
        ]);
        let signature = self.issuer_key.sign(HashAlgorithm::Sha256, &tbs);
        Certificate::parse(&seq(&[&tbs, &algorithm, &bits(&signature)]), &Limits::default()).unwrap()
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let key_id = |key: &Key| HashAlgorithm::Sha256.digest(&[&key.spki()]).as_bytes()[..20].to_vec();
        let authority = der::encode(Tag::context(0), &[&key_id(self.issuer_key)]);
        let mut list = vec![
            extension("2.5.29.14", false, &octets(&key_id(self.key))),
            extension("2.5.29.35", false, &seq(&[&authority])),
        ];
        if self.ca {
            list.push(extension("2.5.29.19", true, &seq(&[&der::encode(Tag::BOOLEAN, &[&[0xff]])])));
        }
        if let Some(usage) = self.key_usage {
            list.push(extension("2.5.29.15", true, &der::encode(Tag::BIT_STRING, &[&usage])));
        }
        if let Some((purposes, critical)) = &self.purposes {
            let purposes: Vec<u8> = purposes.iter().flat_map(|purpose| oid(purpose)).collect();
            list.push(extension("2.5.29.37", *critical, &seq(&[&purposes])));
        }
        list
    }
}

fn extension(id: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { der::encode(Tag::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    seq(&[&oid(id), &flag, &octets(value)])
}

const VALIDITY: [&str; 2] = ["240101000000Z", "300101000000Z"];

impl<'a> CertificateSpec<'a> {
    /// A signer `tsa` with serial number 2 under `root`.
    pub(super) fn signer(key: &'a Key, issuer_key: &'a Key) -> Self {
        Self {
            subject: "tsa",
            issuer: "root",
            serial: 2,
            key,
            issuer_key,
            ca: false,
            key_usage: Some(DIGITAL_SIGNATURE),
            purposes: Some((vec![TIME_STAMPING], true)),
            validity: VALIDITY,
        }
    }

    /// A CA with serial number 1 under `root`.
    pub(super) fn authority(subject: &'a str, key: &'a Key, issuer_key: &'a Key) -> Self {
        Self {
            subject,
            serial: 1,
            ca: true,
            key_usage: Some(CERT_SIGN),
            purposes: None,
            ..Self::signer(key, issuer_key)
        }
    }
}

/// A self-signed CA `root`, key P-256 of octets 1.
pub(super) fn root() -> Certificate {
    let key = Key::p256(1);
    CertificateSpec::authority("root", &key, &key).build()
}

/// A certificate of [`CertificateSpec::signer`] under [`root`], changed by the test.
pub(super) fn leaf(key: &Key, change: impl FnOnce(&mut CertificateSpec<'_>)) -> Certificate {
    let root_key = Key::p256(1);
    let mut spec = CertificateSpec::signer(key, &root_key);
    change(&mut spec);
    spec.build()
}
