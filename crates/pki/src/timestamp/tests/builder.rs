//! Builds a TimeStampResp from parts that a test may exchange.
use alloc::vec;
use alloc::vec::Vec;

use cretula_crypto::{HashAlgorithm, hazmat};
use cretula_encoding::der::{self, Tag};

use super::authority::{ECDSA_SHA256, Key, int, name, octets, oid, seq};
use crate::Certificate;

pub(super) const MESSAGE: &[u8] = b"signature to be dated";
pub(super) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub(super) const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
pub(super) const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub(super) const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
pub(super) const CERT_ID_V1: &str = "1.2.840.113549.1.9.16.2.12";
pub(super) const CERT_ID_V2: &str = "1.2.840.113549.1.9.16.2.47";
pub(super) const SHA1: &str = "1.3.14.3.2.26";

pub(super) const fn hash_oid(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha256 => "2.16.840.1.101.3.4.2.1",
        HashAlgorithm::Sha384 => "2.16.840.1.101.3.4.2.2",
        HashAlgorithm::Sha512 => "2.16.840.1.101.3.4.2.3",
    }
}

/// The members of a TimeStampResp, each as DER.
pub(super) struct TokenSpec {
    pub(super) status_info: Vec<u8>,
    pub(super) signed_data_type: &'static str,
    pub(super) signed_data_version: u8,
    pub(super) content_type: &'static str,
    /// Members of TSTInfo.
    pub(super) tst_info: Vec<Vec<u8>>,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) signer_version: u8,
    pub(super) signer_id: Vec<u8>,
    pub(super) digest_algorithm: &'static str,
    pub(super) digest: HashAlgorithm,
    pub(super) signature_algorithm: Vec<u8>,
    /// Which hash ECDSA signs.
    pub(super) signature_hash: HashAlgorithm,
    pub(super) cert_ids: Vec<Vec<u8>>,
    /// What stands in place of the usual attributes; an empty list leaves the member out.
    pub(super) attributes: Option<Vec<Vec<u8>>>,
    pub(super) sorted: bool,
    pub(super) signer_infos: usize,
    pub(super) unsigned_attributes: Vec<u8>,
}

impl TokenSpec {
    /// A token of `signer` over [`MESSAGE`] of 2025-01-02 03:04:05.678, without certificates.
    pub(super) fn new(signer: &Certificate) -> Self {
        Self {
            status_info: seq(&[&int(0)]),
            signed_data_type: SIGNED_DATA,
            signed_data_version: 3,
            content_type: TST_INFO,
            tst_info: vec![
                int(1),
                oid("1.3.6.1.4.1.57264.2"),
                imprint(HashAlgorithm::Sha256, MESSAGE),
                int(7),
                generalized("20250102030405.678Z"),
            ],
            certificates: Vec::new(),
            signer_version: 1,
            signer_id: issuer_and_serial(signer),
            digest_algorithm: hash_oid(HashAlgorithm::Sha256),
            digest: HashAlgorithm::Sha256,
            signature_algorithm: seq(&[&oid(ECDSA_SHA256)]),
            signature_hash: HashAlgorithm::Sha256,
            cert_ids: vec![cert_id_v2(signer, None, true)],
            attributes: None,
            sorted: true,
            signer_infos: 1,
            unsigned_attributes: Vec::new(),
        }
    }

    pub(super) fn content(&self) -> Vec<u8> {
        seq(&[&self.tst_info.concat()])
    }

    /// content-type, message-digest and the signing-certificate attributes.
    pub(super) fn usual_attributes(&self) -> Vec<Vec<u8>> {
        let digest = self.digest.digest(&[&self.content()]);
        let mut list = vec![
            attribute(CONTENT_TYPE, &[&oid(TST_INFO)]),
            attribute(MESSAGE_DIGEST, &[&octets(digest.as_bytes())]),
        ];
        list.extend(self.cert_ids.iter().cloned());
        list
    }

    /// ContentInfo.
    pub(super) fn token(&self, key: &Key) -> Vec<u8> {
        let content = der::encode(Tag::context_constructed(0), &[&octets(&self.content())]);
        let certificates = match self.certificates.concat() {
            list if list.is_empty() => list,
            list => der::encode(Tag::context_constructed(0), &[&list]),
        };
        let signers = self.signer_info(key).repeat(self.signer_infos);
        let signed_data = seq(&[
            &int(self.signed_data_version),
            &der::encode(Tag::SET, &[&seq(&[&oid(self.digest_algorithm)])]),
            &seq(&[&oid(self.content_type), &content]),
            &certificates,
            &der::encode(Tag::SET, &[&signers]),
        ]);
        seq(&[&oid(self.signed_data_type), &der::encode(Tag::context_constructed(0), &[&signed_data])])
    }

    /// TimeStampResp.
    pub(super) fn build(&self, key: &Key) -> Vec<u8> {
        seq(&[&self.status_info, &self.token(key)])
    }

    fn signer_info(&self, key: &Key) -> Vec<u8> {
        let mut list = self.attributes.clone().unwrap_or_else(|| self.usual_attributes());
        if self.sorted {
            list.sort();
        }
        let content = list.concat();
        let signature = key.sign(self.signature_hash, &der::encode(Tag::SET, &[&content]));
        let attributes = match content.is_empty() {
            true => Vec::new(),
            false => der::encode(Tag::context_constructed(0), &[&content]),
        };
        seq(&[
            &int(self.signer_version),
            &self.signer_id,
            &seq(&[&oid(self.digest_algorithm)]),
            &attributes,
            &self.signature_algorithm,
            &octets(&signature),
            &self.unsigned_attributes,
        ])
    }
}

pub(super) fn imprint(hash: HashAlgorithm, message: &[u8]) -> Vec<u8> {
    seq(&[&seq(&[&oid(hash_oid(hash))]), &octets(hash.digest(&[message]).as_bytes())])
}

pub(super) fn generalized(text: &str) -> Vec<u8> {
    der::encode(Tag::GENERALIZED_TIME, &[text.as_bytes()])
}

pub(super) fn attribute(kind: &str, values: &[&[u8]]) -> Vec<u8> {
    seq(&[&oid(kind), &der::encode(Tag::SET, values)])
}

pub(super) fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    seq(&[certificate.issuer(), &der::encode(Tag::INTEGER, &[certificate.serial()])])
}

fn issuer_serial(issuer: &[u8], serial: &[u8]) -> Vec<u8> {
    let names = seq(&[&der::encode(Tag::context_constructed(4), &[issuer])]);
    seq(&[&names, &der::encode(Tag::INTEGER, &[serial])])
}

pub(super) fn cert_id_v2(of: &Certificate, hash: Option<HashAlgorithm>, with_serial: bool) -> Vec<u8> {
    let algorithm = hash.map(|hash| seq(&[&oid(hash_oid(hash))])).unwrap_or_default();
    let digest = hash.unwrap_or(HashAlgorithm::Sha256).digest(&[of.der()]);
    let serial = if with_serial { issuer_serial(of.issuer(), of.serial()) } else { Vec::new() };
    let entry = seq(&[&algorithm, &octets(digest.as_bytes()), &serial]);
    attribute(CERT_ID_V2, &[&seq(&[&seq(&[&entry])])])
}

/// SHA-256 of something else, and the issuer and serial number given.
pub(super) fn cert_id_other_hash(issuer: &str, serial: u8) -> Vec<u8> {
    let entry = seq(&[&octets(&[0x55; 32]), &issuer_serial(&name(issuer), &[serial])]);
    attribute(CERT_ID_V2, &[&seq(&[&seq(&[&entry])])])
}

pub(super) fn cert_id_v1(of: &Certificate, with_serial: bool) -> Vec<u8> {
    let serial = if with_serial { issuer_serial(of.issuer(), of.serial()) } else { Vec::new() };
    let entry = seq(&[&octets(&hazmat::sha1(of.der())), &serial]);
    attribute(CERT_ID_V1, &[&seq(&[&seq(&[&entry])])])
}
