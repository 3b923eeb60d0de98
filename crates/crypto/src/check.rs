//! Checking a signature, counted against a budget.

use core::cell::Cell;

use crate::{Digest, HashAlgorithm, KeyKind, SignatureScheme, VerificationKey, ed25519, key::KeyMaterial};

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
    /// The message, as parts to be concatenated.
    Parts(&'a [&'a [u8]]),
    /// Only its digest, which must be of the scheme's prehash.
    Digest(&'a Digest),
}

/// Form of ECDSA signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignatureEncoding {
    /// DER SEQUENCE of two INTEGERs (RFC 3279 §2.2.3).
    #[default]
    Der,
    /// Fixed-width r‖s (IEEE P1363): 64, 96 or 132 octets.
    P1363,
}

/// One signature to check.
#[derive(Debug, Clone, Copy)]
pub struct SignatureCheck<'a> {
    /// Key.
    pub key: &'a VerificationKey,
    /// Scheme.
    pub scheme: SignatureScheme,
    /// Form of ECDSA signatures; ignored for others.
    pub encoding: SignatureEncoding,
    /// What is signed.
    pub message: Message<'a>,
    /// Signature.
    pub signature: &'a [u8],
}

/// Why a signature was not accepted.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// The budget of signature checks is spent (`limits/signature-total`).
    Budget,
    /// Only a digest was given, of another algorithm than the scheme's.
    DigestAlgorithm,
    /// It does not verify, or is not encoded strictly.
    Invalid,
    /// The scheme needs the message and only a digest was given.
    MessageRequired,
    /// Key and scheme do not fit.
    SchemeKey,
}

/// The arithmetic behind a check. Production: [`RustCrypto`]; tests may inject another.
pub trait SignatureProvider {
    /// Whether the signature verifies.
    ///
    /// # Errors
    /// See [`SignatureError`].
    fn verify_signature(&self, check: &SignatureCheck<'_>) -> Result<(), SignatureError>;
}

/// RustCrypto's implementations.
#[derive(Debug, Clone, Copy, Default)]
pub struct RustCrypto;

impl SignatureProvider for RustCrypto {
    fn verify_signature(&self, check: &SignatureCheck<'_>) -> Result<(), SignatureError> {
        if verifies(check)? { Ok(()) } else { Err(SignatureError::Invalid) }
    }
}

fn verifies(check: &SignatureCheck<'_>) -> Result<bool, SignatureError> {
    if !check.key.allows(check.scheme) {
        return Err(SignatureError::SchemeKey);
    }
    match check.scheme.prehash() {
        Some(hash) => Ok(verifies_digest(check, &digest_of(check.message, hash)?)),
        None => Ok(verifies_message(check, parts_of(check.message)?)),
    }
}

/// The scheme is one that the key allows and that signs a digest.
fn verifies_digest(check: &SignatureCheck<'_>, digest: &Digest) -> bool {
    let signature = check.signature;
    match (check.key.material(), check.scheme) {
        (KeyMaterial::Ecdsa(key), _) => key.verify(digest, check.encoding, signature),
        (KeyMaterial::Ed25519(key), _) => ed25519::verify_prehashed(key, digest, signature),
        (KeyMaterial::Rsa(key, _), SignatureScheme::RsaPss(_)) => key.verify_pss(digest, signature),
        (KeyMaterial::Rsa(key, _), _) => key.verify_pkcs1(digest, signature),
    }
}

/// The scheme is one that the key allows and that signs the message.
fn verifies_message(check: &SignatureCheck<'_>, parts: &[&[u8]]) -> bool {
    match check.key.material() {
        KeyMaterial::Ed25519(key) => ed25519::verify(key, parts, check.signature),
        KeyMaterial::Ecdsa(_) | KeyMaterial::Rsa(..) => false,
    }
}

fn digest_of(message: Message<'_>, hash: HashAlgorithm) -> Result<Digest, SignatureError> {
    match message {
        Message::Parts(parts) => Ok(hash.digest(parts)),
        Message::Digest(digest) if digest.algorithm() == hash => Ok(*digest),
        Message::Digest(_) => Err(SignatureError::DigestAlgorithm),
    }
}

const fn parts_of(message: Message<'_>) -> Result<&[&[u8]], SignatureError> {
    match message {
        Message::Parts(parts) => Ok(parts),
        Message::Digest(_) => Err(SignatureError::MessageRequired),
    }
}

/// Checks signatures and counts them (limit `signature-total`) by what they cost beside P-256: P-384, P-521 and RSA
/// above 3072 bits weigh 4, RSA above 4096 bits 8.
pub struct Checker<'a> {
    provider: &'a dyn SignatureProvider,
    remaining: Cell<u32>,
}

impl<'a> Checker<'a> {
    /// A checker that may do `total` weighted verifications.
    #[must_use]
    pub const fn new(provider: &'a dyn SignatureProvider, total: u32) -> Self {
        Self { provider, remaining: Cell::new(total) }
    }

    /// Checks one signature. What it weighs is spent also when it fails.
    ///
    /// # Errors
    /// See [`SignatureError`]; [`SignatureError::Budget`] before any arithmetic.
    pub fn verify(&self, check: &SignatureCheck<'_>) -> Result<(), SignatureError> {
        let left = self.remaining.get().checked_sub(weight(check.key.kind()));
        self.remaining.set(left.ok_or(SignatureError::Budget)?);
        self.provider.verify_signature(check)
    }

    /// Weighted verifications left.
    #[must_use]
    pub const fn remaining(&self) -> u32 {
        self.remaining.get()
    }
}

const fn weight(kind: KeyKind) -> u32 {
    match kind {
        KeyKind::Rsa { bits: 4097.., .. } => 8,
        KeyKind::P384 | KeyKind::P521 | KeyKind::Rsa { bits: 3073.., .. } => 4,
        KeyKind::P256 | KeyKind::Ed25519 | KeyKind::Rsa { .. } => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cretula_encoding::der::{self, Tag};

    /// Accepts everything.
    struct Yes;

    impl SignatureProvider for Yes {
        fn verify_signature(&self, _: &SignatureCheck<'_>) -> Result<(), SignatureError> {
            Ok(())
        }
    }

    /// The modulus is `first` and that many octets of ones.
    fn rsa(first: &[u8], ones: usize) -> VerificationKey {
        let modulus = der::encode(Tag::INTEGER, &[first, &alloc::vec![0xff; ones]]);
        VerificationKey::parse_pkcs1(&der::encode(Tag::SEQUENCE, &[&modulus, &[2, 1, 3]])).unwrap()
    }

    fn ed25519() -> VerificationKey {
        let mut point = [0; 32];
        point[0] = 3;
        VerificationKey::parse_ed25519(&point).unwrap()
    }

    fn check<'a>(
        key: &'a VerificationKey,
        scheme: SignatureScheme,
        message: Message<'a>,
    ) -> SignatureCheck<'a> {
        SignatureCheck { key, scheme, encoding: SignatureEncoding::Der, message, signature: &[] }
    }

    #[test]
    fn budget_is_weighted() {
        let scheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
        let (usual, large) = (rsa(&[0], 384), rsa(&[1], 512));
        let usual = check(&usual, scheme, Message::Parts(&[]));
        assert_eq!(large.kind(), KeyKind::Rsa { bits: 4097, pss: false });
        let large = check(&large, scheme, Message::Parts(&[]));
        let checker = Checker::new(&Yes, 10);
        assert_eq!(checker.verify(&usual), Ok(()));
        assert_eq!(checker.remaining(), 9);
        assert_eq!(checker.verify(&large), Ok(()));
        assert_eq!(checker.remaining(), 1);
        assert_eq!(checker.verify(&large), Err(SignatureError::Budget));
        assert_eq!(checker.verify(&usual), Ok(()));
        assert_eq!(checker.verify(&usual), Err(SignatureError::Budget));
        assert_eq!(checker.remaining(), 0);
    }

    #[test]
    fn weights() {
        let rsa = |bits| KeyKind::Rsa { bits, pss: false };
        for (kind, expected) in [
            (KeyKind::P256, 1),
            (KeyKind::Ed25519, 1),
            (rsa(2048), 1),
            (rsa(3072), 1),
            (rsa(3073), 4),
            (rsa(4096), 4),
            (KeyKind::P384, 4),
            (KeyKind::P521, 4),
            (rsa(4097), 8),
            (rsa(8192), 8),
        ] {
            assert_eq!(weight(kind), expected, "{kind:?}");
        }
    }

    #[test]
    fn failed_checks_are_spent() {
        let checker = Checker::new(&RustCrypto, 1);
        let key = ed25519();
        let check = check(&key, SignatureScheme::Ed25519, Message::Parts(&[b"message"]));
        assert_eq!(checker.verify(&check), Err(SignatureError::Invalid));
        assert_eq!(checker.verify(&check), Err(SignatureError::Budget));
    }

    #[test]
    fn schemes_of_other_keys() {
        let keys = [ed25519(), rsa(&[0], 256)];
        let schemes = [
            SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
            SignatureScheme::Ed25519,
            SignatureScheme::Ed25519Ph,
            SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
            SignatureScheme::RsaPss(HashAlgorithm::Sha256),
        ];
        let fits = [[false, true, true, false, false], [false, false, false, true, true]];
        for (key, fits) in keys.iter().zip(fits) {
            for (scheme, fits) in schemes.iter().zip(fits) {
                let error = if fits { SignatureError::Invalid } else { SignatureError::SchemeKey };
                let check = check(key, *scheme, Message::Parts(&[b"message"]));
                assert_eq!(RustCrypto.verify_signature(&check), Err(error), "{scheme:?}");
            }
        }
    }

    #[test]
    fn message_or_digest() {
        let key = ed25519();
        let verify = |scheme, hash: HashAlgorithm| {
            let digest = hash.digest(&[b"message"]);
            RustCrypto.verify_signature(&check(&key, scheme, Message::Digest(&digest)))
        };
        let pure = verify(SignatureScheme::Ed25519, HashAlgorithm::Sha512);
        assert_eq!(pure, Err(SignatureError::MessageRequired));
        let other = verify(SignatureScheme::Ed25519Ph, HashAlgorithm::Sha256);
        assert_eq!(other, Err(SignatureError::DigestAlgorithm));
        let own = verify(SignatureScheme::Ed25519Ph, HashAlgorithm::Sha512);
        assert_eq!(own, Err(SignatureError::Invalid));
    }
}
