//! A timestamp response, member by member (RFC 3161 §2.4.2, RFC 5652 §5).

use cretula_crypto::{HashAlgorithm, SignatureScheme, hazmat};

use crate::asn1::{context, generalized, hash_oid, int, octets, oid, seq, set};
use crate::signing_key::{SigningKey, algorithm_identifier};
use crate::tsa::TimestampAuthority;

pub(crate) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub(crate) const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
pub(crate) const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub(crate) const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
pub(crate) const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
pub(crate) const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
/// Policy of the authorities here.
pub(crate) const POLICY: &str = "1.3.6.1.4.1.57264.2";

/// The members of a response before they are signed, each as DER unless said otherwise.
#[derive(Debug, Clone)]
pub struct TokenSpec {
    /// PKIStatusInfo.
    pub status: Vec<u8>,
    /// Type of the ContentInfo, dotted.
    pub content_info_type: String,
    /// Type of what is inside, dotted.
    pub content_type: String,
    /// Members of TSTInfo: version, policy, message imprint, serial number, genTime, and what follows.
    pub tst_info: Vec<Vec<u8>>,
    /// Certificates, any number.
    pub certificates: Vec<Vec<u8>>,
    /// Version of SignerInfo.
    pub signer_version: u8,
    /// SignerIdentifier.
    pub signer_id: Vec<u8>,
    /// Digest algorithm, dotted.
    pub digest_algorithm: String,
    /// Elements of `digestAlgorithms`, where they are not just that one.
    pub digest_algorithms: Option<Vec<u8>>,
    /// AlgorithmIdentifier of the signature.
    pub signature_algorithm: Vec<u8>,
    /// How the signature is made.
    pub scheme: SignatureScheme,
    /// Key that makes it.
    pub key: SigningKey,
    /// Hash of the signed attributes.
    pub hash: HashAlgorithm,
    /// Attributes beside content type and message digest.
    pub attributes: Vec<Vec<u8>>,
    /// In place of content type and message digest.
    pub replaced: Option<Vec<Vec<u8>>>,
    /// Whether the attributes stand in the order of DER.
    pub sorted: bool,
    /// How often the SignerInfo stands there.
    pub signer_infos: usize,
    /// What is signed in place of the attributes.
    pub signed_instead: Option<Vec<u8>>,
}

impl TokenSpec {
    pub(crate) fn new(authority: &TimestampAuthority, message: &[u8], gen_time: &str) -> Self {
        let signer = &authority.signer().certificate;
        let certificate = authority.signer_certificate();
        let hash = authority.hash;
        Self {
            status: seq(&[&int(0)]),
            content_info_type: SIGNED_DATA.into(),
            content_type: TST_INFO.into(),
            tst_info: vec![int(1), oid(POLICY), imprint(hash, message), int(7), generalized(gen_time)],
            certificates: if authority.embeds_signer { vec![certificate.clone()] } else { Vec::new() },
            signer_version: 1,
            signer_id: issuer_and_serial(&signer.issuer, &signer.serial),
            digest_algorithm: hash_oid(hash).into(),
            digest_algorithms: None,
            signature_algorithm: algorithm_identifier(authority.scheme),
            scheme: authority.scheme,
            key: authority.signer().key.clone(),
            hash,
            attributes: vec![signing_certificate_v2(&certificate, Some((&signer.issuer, &signer.serial)))],
            replaced: None,
            sorted: true,
            signer_infos: 1,
            signed_instead: None,
        }
    }

    /// TSTInfo.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        seq(&[&self.tst_info.concat()])
    }

    /// Content type and message digest.
    pub(crate) fn usual_attributes(&self) -> Vec<Vec<u8>> {
        let digest = self.hash.digest(&[&self.content()]);
        vec![
            attribute(CONTENT_TYPE, &oid(&self.content_type)),
            attribute(MESSAGE_DIGEST, &octets(digest.as_bytes())),
        ]
    }

    /// ContentInfo.
    #[must_use]
    pub fn token(&self) -> Vec<u8> {
        let certificates = match self.certificates.concat() {
            list if list.is_empty() => list,
            list => context(0, &[&list]),
        };
        let algorithms = self.digest_algorithms.clone();
        let signed_data = seq(&[
            &int(3),
            &set(&[&algorithms.unwrap_or_else(|| seq(&[&oid(&self.digest_algorithm)]))]),
            &seq(&[&oid(&self.content_type), &context(0, &[&octets(&self.content())])]),
            &certificates,
            &set(&[&self.signer_info().repeat(self.signer_infos)]),
        ]);
        seq(&[&oid(&self.content_info_type), &context(0, &[&signed_data])])
    }

    /// TimeStampResp.
    #[must_use]
    pub fn response(&self) -> Vec<u8> {
        seq(&[&self.status, &self.token()])
    }

    fn signer_info(&self) -> Vec<u8> {
        let mut list = self.replaced.clone().unwrap_or_else(|| self.usual_attributes());
        list.extend(self.attributes.iter().cloned());
        list.sort();
        if !self.sorted {
            list.reverse();
        }
        let content = list.concat();
        let signed = self.signed_instead.clone().unwrap_or_else(|| set(&[&content]));
        let attributes = if content.is_empty() { Vec::new() } else { context(0, &[&content]) };
        seq(&[
            &int(self.signer_version),
            &self.signer_id,
            &seq(&[&oid(&self.digest_algorithm)]),
            &attributes,
            &self.signature_algorithm,
            &octets(&self.key.sign(self.scheme, &signed)),
        ])
    }
}

pub(crate) fn imprint(hash: HashAlgorithm, message: &[u8]) -> Vec<u8> {
    seq(&[&seq(&[&oid(hash_oid(hash))]), &octets(hash.digest(&[message]).as_bytes())])
}

pub(crate) fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    seq(&[&oid(kind), &set(&[value])])
}

/// IssuerAndSerialNumber of a name and an INTEGER.
pub(crate) fn issuer_and_serial(issuer: &[u8], serial: &[u8]) -> Vec<u8> {
    seq(&[issuer, serial])
}

fn issuer_serial(names: Option<(&[u8], &[u8])>) -> Vec<u8> {
    names.map(|(issuer, serial)| seq(&[&seq(&[&context(4, &[issuer])]), serial])).unwrap_or_default()
}

/// signing-certificate-v2 with SHA-256 (RFC 5035).
pub(crate) fn signing_certificate_v2(certificate: &[u8], names: Option<(&[u8], &[u8])>) -> Vec<u8> {
    let digest = HashAlgorithm::Sha256.digest(&[certificate]);
    let entry = seq(&[&octets(digest.as_bytes()), &issuer_serial(names)]);
    attribute(SIGNING_CERTIFICATE_V2, &seq(&[&seq(&[&entry])]))
}

/// signing-certificate with SHA-1 (RFC 2634).
pub(crate) fn signing_certificate_v1(certificate: &[u8], names: Option<(&[u8], &[u8])>) -> Vec<u8> {
    let entry = seq(&[&octets(&hazmat::sha1(certificate)), &issuer_serial(names)]);
    attribute(SIGNING_CERTIFICATE, &seq(&[&seq(&[&entry])]))
}
