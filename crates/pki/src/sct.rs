//! Signed certificate timestamps, version 1 (RFC 6962 §3.2, §3.3; checks S01 to S04).
use alloc::vec::Vec;
use core::fmt;

use cretula_crypto::{
    Checker, HashAlgorithm, Message, SignatureCheck, SignatureEncoding, SignatureError, SignatureScheme,
    VerificationKey,
};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

use crate::certificate::Certificate;
use crate::error::Error;
use crate::oid;
use crate::precertificate::precertificate_tbs;

/// SCT version 1 (RFC 6962 §3.2).
const VERSION_1: u8 = 0;
/// SignatureType certificate_timestamp.
const CERTIFICATE_TIMESTAMP: u8 = 0;
/// LogEntryType x509_entry and precert_entry.
const X509_ENTRY: [u8; 2] = [0, 0];
const PRECERT_ENTRY: [u8; 2] = [0, 1];
/// SHA-256, RSA and ECDSA in TLS 1.2 numbers (RFC 5246 §7.4.1.4.1).
const HASH_SHA256: u8 = 4;
const SIGNATURE_RSA: u8 = 1;
const SIGNATURE_ECDSA: u8 = 3;

/// A promise of a CT log to include a certificate; parsed, its signature not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCertificateTimestamp {
    /// SHA-256 of the log's SubjectPublicKeyInfo.
    pub log_id: [u8; 32],
    /// Milliseconds since 1970.
    pub timestamp_millis: u64,
    /// Extensions, as encoded.
    pub extensions: Vec<u8>,
    /// ECDSA or RSA, with SHA-256.
    pub scheme: SignatureScheme,
    /// Signature of the log.
    pub signature: Vec<u8>,
}

/// What the log signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SctKind {
    /// The certificate itself: the timestamp came beside it.
    Detached,
    /// The precertificate: the timestamp is in the certificate.
    Embedded,
}

/// Why a timestamp was not accepted.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SctError {
    /// The algorithm does not fit the key of the log (`sct/signature`).
    Algorithm,
    /// The budget of signature checks is spent (`limits/signature-total`).
    Budget,
    /// The signature does not verify under the key of the log (`sct/signature`).
    Signature,
}

impl SignedCertificateTimestamp {
    /// The timestamp; `None` after year 9999.
    #[must_use]
    pub fn time(&self) -> Option<Time> {
        Time::from_millis(self.timestamp_millis)
    }
}

/// Reads TLS presentation language: big-endian integers and opaque vectors (RFC 5246 §4).
struct TlsReader<'a> {
    rest: &'a [u8],
    /// What is wrong when something is.
    fault: Error,
}

impl<'a> TlsReader<'a> {
    const fn new(bytes: &'a [u8], fault: Error) -> Self {
        Self { rest: bytes, fault }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(self.fault)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| self.fault)
    }

    /// A vector with a two-byte length.
    fn opaque(&mut self) -> Result<&'a [u8], Error> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(usize::from(length))
    }

    const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// The timestamps embedded in a certificate; none when the extension is absent.
///
/// Source: RFC 6962 §3.3; check S01.
///
/// # Errors
/// [`Error::SctList`] for an empty or malformed list; [`Error::Sct`] for a malformed timestamp in it;
/// [`Error::Scts`] above limit `scts`.
pub fn parse_sct_list(
    certificate: &Certificate,
    limits: &Limits,
) -> Result<Vec<SignedCertificateTimestamp>, Error> {
    let Some(extension) = certificate.extension(oid::SCT_LIST) else { return Ok(Vec::new()) };
    let inner = der::single(extension.value, Tag::OCTET_STRING).and_then(|element| element.octets());
    let mut outer = TlsReader::new(inner.map_err(|_| Error::SctList)?, Error::SctList);
    let mut list = TlsReader::new(outer.opaque()?, Error::SctList);
    if !outer.is_empty() || list.is_empty() {
        return Err(Error::SctList);
    }
    let mut timestamps = Vec::new();
    while !list.is_empty() {
        if timestamps.len() >= limits.scts {
            return Err(Error::Scts);
        }
        timestamps.push(parse_sct(list.opaque()?)?);
    }
    Ok(timestamps)
}

/// One timestamp; nothing may follow.
///
/// Source: RFC 6962 §3.2; check S02.
///
/// # Errors
/// [`Error::Sct`] for anything but version 1 with SHA-256 and RSA or ECDSA.
pub fn parse_sct(bytes: &[u8]) -> Result<SignedCertificateTimestamp, Error> {
    let mut reader = TlsReader::new(bytes, Error::Sct);
    if reader.array()? != [VERSION_1] {
        return Err(Error::Sct);
    }
    let log_id = reader.array()?;
    let timestamp_millis = u64::from_be_bytes(reader.array()?);
    let extensions = reader.opaque()?.to_vec();
    let scheme = match reader.array()? {
        [HASH_SHA256, SIGNATURE_ECDSA] => SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
        [HASH_SHA256, SIGNATURE_RSA] => SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
        _ => return Err(Error::Sct),
    };
    let signature = reader.opaque()?.to_vec();
    if !reader.is_empty() {
        return Err(Error::Sct);
    }
    Ok(SignedCertificateTimestamp { log_id, timestamp_millis, extensions, scheme, signature })
}

/// Checks the log's signature over the certificate, or over its precertificate and issuer key.
///
/// `issuer_spki` is the SubjectPublicKeyInfo of the issuer on the verified path; a detached timestamp does not need
/// it. Source: RFC 6962 §3.2; checks S03, S04.
///
/// # Errors
/// See [`SctError`].
pub fn verify_sct(
    sct: &SignedCertificateTimestamp,
    leaf: &Certificate,
    issuer_spki: &[u8],
    key: &VerificationKey,
    checker: &Checker<'_>,
    kind: SctKind,
) -> Result<(), SctError> {
    let message = signed_bytes(sct, leaf, issuer_spki, kind).ok_or(SctError::Signature)?;
    let check = SignatureCheck {
        key,
        scheme: sct.scheme,
        encoding: SignatureEncoding::Der,
        message: Message::Parts(&[&message]),
        signature: &sct.signature,
    };
    checker.verify(&check).map_err(|error| match error {
        SignatureError::Budget => SctError::Budget,
        SignatureError::SchemeKey => SctError::Algorithm,
        SignatureError::DigestAlgorithm | SignatureError::Invalid | SignatureError::MessageRequired | _ => {
            SctError::Signature
        }
    })
}

/// The digitally-signed struct; `None` when a length does not fit its field.
fn signed_bytes(
    sct: &SignedCertificateTimestamp,
    leaf: &Certificate,
    issuer_spki: &[u8],
    kind: SctKind,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::from([VERSION_1, CERTIFICATE_TIMESTAMP]);
    bytes.extend_from_slice(&sct.timestamp_millis.to_be_bytes());
    match kind {
        SctKind::Detached => {
            bytes.extend_from_slice(&X509_ENTRY);
            push_opaque24(&mut bytes, leaf.der())?;
        }
        SctKind::Embedded => {
            bytes.extend_from_slice(&PRECERT_ENTRY);
            bytes.extend_from_slice(HashAlgorithm::Sha256.digest(&[issuer_spki]).as_bytes());
            push_opaque24(&mut bytes, &precertificate_tbs(leaf))?;
        }
    }
    bytes.extend_from_slice(&u16::try_from(sct.extensions.len()).ok()?.to_be_bytes());
    bytes.extend_from_slice(&sct.extensions);
    Some(bytes)
}

/// A vector with a three-byte length.
fn push_opaque24(bytes: &mut Vec<u8>, value: &[u8]) -> Option<()> {
    let [0, length @ ..] = u32::try_from(value.len()).ok()?.to_be_bytes() else { return None };
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(value);
    Some(())
}

impl fmt::Display for SctError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the algorithm does not fit the key of the CT log",
            Self::Budget => "too many signature checks",
            Self::Signature => "signature of the CT log does not verify",
        })
    }
}

impl core::error::Error for SctError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Template, extension, signing_key, spki, three};
    use alloc::string::ToString;
    use alloc::vec;
    use cretula_crypto::RustCrypto;
    use cretula_encoding::der::encode;
    use p256::ecdsa::Signature;
    use p256::ecdsa::signature::Signer;

    const LOG: u8 = 9;
    const TIME: u64 = testing::AT * 1000;

    fn prefixed(bytes: &[u8]) -> Vec<u8> {
        [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }

    fn encoded(extensions: &[u8], signature: &[u8]) -> Vec<u8> {
        [&[0][..], &[7; 32], &TIME.to_be_bytes(), &prefixed(extensions), &[4, 3], &prefixed(signature)]
            .concat()
    }

    fn list(timestamps: &[Vec<u8>]) -> Vec<u8> {
        let items: Vec<u8> = timestamps.iter().flat_map(|item| prefixed(item)).collect();
        extension(oid::SCT_LIST, false, &encode(Tag::OCTET_STRING, &[&prefixed(&items)]))
    }

    /// A leaf whose timestamp is signed for the issuer with the key of seed 2.
    fn stamped(extensions: &[u8]) -> Certificate {
        let [_, _, leaf] = three();
        let message = signed(extensions, [0, 1], &[spki_hash(2), opaque24(&leaf.tbs())].concat());
        let signature: Signature = signing_key(LOG).sign(&message);
        leaf.with(list(&[encoded(extensions, signature.to_der().as_bytes())])).build()
    }

    fn signed(extensions: &[u8], entry: [u8; 2], content: &[u8]) -> Vec<u8> {
        [&[0, 0][..], &TIME.to_be_bytes(), &entry, content, &prefixed(extensions)].concat()
    }

    fn spki_hash(seed: u8) -> Vec<u8> {
        HashAlgorithm::Sha256.digest(&[&spki(seed)]).as_bytes().to_vec()
    }

    fn opaque24(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat()
    }

    fn verify(leaf: &Certificate, issuer: u8, log: u8) -> Result<(), SctError> {
        let [sct] = &parse_sct_list(leaf, &Limits::default()).unwrap()[..] else { panic!("one timestamp") };
        let key = VerificationKey::parse_spki(&spki(log)).unwrap();
        let checker = Checker::new(&RustCrypto, 1);
        verify_sct(sct, leaf, &spki(issuer), &key, &checker, SctKind::Embedded)
    }

    #[test]
    fn embedded_timestamp_binds_certificate_issuer_and_extensions() {
        for extensions in [&[][..], &[0, 0, 5, 1, 2, 3, 4, 5]] {
            let leaf = stamped(extensions);
            assert_eq!(verify(&leaf, 2, LOG), Ok(()));
            assert_eq!(verify(&leaf, 1, LOG), Err(SctError::Signature));
            assert_eq!(verify(&leaf, 2, 8), Err(SctError::Signature));
        }
    }

    #[test]
    fn detached_timestamp_binds_the_certificate() {
        let [_, _, leaf] = three();
        let leaf = leaf.build();
        let signature: Signature = signing_key(LOG).sign(&signed(&[], [0, 0], &opaque24(leaf.der())));
        let sct = parse_sct(&encoded(&[], signature.to_der().as_bytes())).unwrap();
        let key = VerificationKey::parse_spki(&spki(LOG)).unwrap();
        let checker = Checker::new(&RustCrypto, 2);
        assert_eq!(verify_sct(&sct, &leaf, &[], &key, &checker, SctKind::Detached), Ok(()));
        assert_eq!(
            verify_sct(&sct, &leaf, &spki(2), &key, &checker, SctKind::Embedded),
            Err(SctError::Signature)
        );
        assert_eq!(verify_sct(&sct, &leaf, &[], &key, &checker, SctKind::Detached), Err(SctError::Budget));
    }

    #[test]
    fn only_the_list_extension_leaves_the_precertificate() {
        let [_, _, mut leaf] = three();
        let before = leaf.tbs();
        leaf.extensions.insert(1, list(&[encoded(&[], &[1])]));
        assert_eq!(precertificate_tbs(&leaf.build()), before);
        leaf.extensions = vec![list(&[encoded(&[], &[1])])];
        let stripped = precertificate_tbs(&leaf.build());
        leaf.extensions.clear();
        assert_eq!(stripped, leaf.tbs());
    }

    #[test]
    fn lists_are_strict_and_limited() {
        let parse = |template: Template, limits: &Limits| parse_sct_list(&template.build(), limits);
        let leaf = || {
            let [_, _, leaf] = three();
            leaf
        };
        let one = encoded(&[], &[1]);
        let limits = Limits { scts: 2, ..Limits::default() };
        assert_eq!(parse(leaf(), &limits), Ok(Vec::new()));
        assert_eq!(parse(leaf().with(list(&[one.clone(), one.clone()])), &limits).map(|l| l.len()), Ok(2));
        assert_eq!(
            parse(leaf().with(list(&[one.clone(), one.clone(), one.clone()])), &limits),
            Err(Error::Scts)
        );
        assert_eq!(parse(leaf().with(list(&[])), &limits), Err(Error::SctList));
        let bare = extension(oid::SCT_LIST, false, &prefixed(&prefixed(&one)));
        assert_eq!(parse(leaf().with(bare), &limits), Err(Error::SctList));
        let trailing = [prefixed(&prefixed(&one)), vec![0]].concat();
        let trailing = extension(oid::SCT_LIST, false, &encode(Tag::OCTET_STRING, &[&trailing]));
        assert_eq!(parse(leaf().with(trailing), &limits), Err(Error::SctList));
    }

    #[test]
    fn timestamps_are_strict() {
        let one = encoded(&[1, 2], &[1]);
        assert_eq!(parse_sct(&one).map(|sct| sct.extensions), Ok(vec![1, 2]));
        for length in 0..one.len() {
            assert_eq!(parse_sct(&one[..length]), Err(Error::Sct));
        }
        assert_eq!(parse_sct(&[one.clone(), vec![0]].concat()), Err(Error::Sct));
        // Version, hash and signature algorithm.
        for (index, value) in [(0, 1), (45, 2), (46, 2)] {
            let mut bent = one.clone();
            bent[index] = value;
            assert_eq!(parse_sct(&bent), Err(Error::Sct));
        }
    }

    #[test]
    fn errors_are_written_for_people() {
        assert_eq!(SctError::Algorithm.to_string(), "the algorithm does not fit the key of the CT log");
        assert_eq!(SctError::Budget.to_string(), "too many signature checks");
        assert_eq!(SctError::Signature.to_string(), "signature of the CT log does not verify");
    }
}
