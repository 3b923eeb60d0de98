//! Signing keys of every algorithm, from a seed; signatures are deterministic.

use std::sync::Arc;

use cretula_crypto::{Digest, HashAlgorithm, SignatureScheme, VerificationKey};
use cretula_encoding::der::{self, Tag};
use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use rsa::traits::PublicKeyParts as _;

use crate::asn1::{bits, context, hash_oid, int, null, octets, oid, seq};
use crate::memo::Memo;
use crate::seed::Seed;

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";
const ED25519: &str = "1.3.101.112";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";

/// Kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// Ed25519 or Ed25519ph.
    Ed25519,
    /// RSA with this number of bits; making one takes about a second.
    Rsa(usize),
}

/// A key that signs.
#[derive(Debug, Clone)]
pub struct SigningKey {
    secret: Secret,
    algorithm: Algorithm,
    seed: Seed,
}

#[derive(Debug, Clone)]
enum Secret {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(Box<p521::ecdsa::SigningKey>),
    Ed25519(ed25519_dalek::SigningKey),
    Rsa(Arc<rsa::PrivateKey>),
}

impl Secret {
    fn derive(seed: &Seed, algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::P256 => {
                Self::P256(p256::ecdsa::SigningKey::from_slice(&seed.scalar(32)).expect("a scalar"))
            }
            Algorithm::P384 => {
                Self::P384(p384::ecdsa::SigningKey::from_slice(&seed.scalar(48)).expect("a scalar"))
            }
            Algorithm::P521 => {
                let key = p521::ecdsa::SigningKey::from_slice(&seed.scalar(66)).expect("a scalar");
                Self::P521(Box::new(key))
            }
            Algorithm::Ed25519 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed.as_bytes())),
            Algorithm::Rsa(bits) => Self::Rsa(rsa_key(seed, bits)),
        }
    }
}

impl SigningKey {
    /// The key named `name` under `seed`.
    #[must_use]
    pub fn derive(seed: &Seed, name: &str, algorithm: Algorithm) -> Self {
        static SECRETS: Memo<(Seed, Algorithm), Secret> = Memo::new();
        let seed = seed.derive(&format!("key {name} {algorithm:?}"));
        let secret = SECRETS.get(&(seed, algorithm), || Secret::derive(&seed, algorithm));
        Self { secret, algorithm, seed }
    }

    /// Its kind.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        let public = match &self.secret {
            Secret::P256(key) => bits(key.verifying_key().to_sec1_point(false).as_bytes()),
            Secret::P384(key) => bits(key.verifying_key().to_sec1_point(false).as_bytes()),
            Secret::P521(key) => bits(key.verifying_key().to_sec1_point(false).as_bytes()),
            Secret::Ed25519(key) => bits(key.verifying_key().as_bytes()),
            Secret::Rsa(_) => bits(&self.pkcs1()),
        };
        seq(&[&self.key_algorithm(), &public])
    }

    /// RSAPublicKey, DER; empty for other kinds.
    #[must_use]
    pub fn pkcs1(&self) -> Vec<u8> {
        let Secret::Rsa(key) = &self.secret else { return Vec::new() };
        let modulus = der::encode(Tag::INTEGER, &[&[0], &key.n().to_be_bytes_trimmed_vartime()]);
        seq(&[&modulus, &der::encode(Tag::INTEGER, &[&[1, 0, 1]])])
    }

    /// The private key as PKCS#8 PrivateKeyInfo (RFC 5958), DER, for programs that read keys from files.
    ///
    /// # Panics
    /// For RSA keys, which stay here.
    #[must_use]
    pub fn pkcs8(&self) -> Vec<u8> {
        let inner = match &self.secret {
            Secret::Ed25519(key) => octets(&key.to_bytes()),
            _ => self.sec1(),
        };
        seq(&[&int(0), &self.key_algorithm(), &octets(&inner)])
    }

    /// The private key as ECPrivateKey (RFC 5915) with its curve, DER.
    ///
    /// # Panics
    /// For keys of other kinds than ECDSA.
    #[must_use]
    pub fn sec1(&self) -> Vec<u8> {
        let (curve, scalar) = match &self.secret {
            Secret::P256(key) => (P256, key.to_bytes().to_vec()),
            Secret::P384(key) => (P384, key.to_bytes().to_vec()),
            Secret::P521(key) => (P521, key.to_bytes().to_vec()),
            Secret::Ed25519(_) | Secret::Rsa(_) => panic!("{:?} has no ECPrivateKey", self.algorithm),
        };
        seq(&[&int(1), &octets(&scalar), &context(0, &[&oid(curve)])])
    }

    /// AlgorithmIdentifier of the key itself.
    fn key_algorithm(&self) -> Vec<u8> {
        match &self.secret {
            Secret::P256(_) => seq(&[&oid(EC_PUBLIC_KEY), &oid(P256)]),
            Secret::P384(_) => seq(&[&oid(EC_PUBLIC_KEY), &oid(P384)]),
            Secret::P521(_) => seq(&[&oid(EC_PUBLIC_KEY), &oid(P521)]),
            Secret::Ed25519(_) => seq(&[&oid(ED25519)]),
            Secret::Rsa(_) => seq(&[&oid(RSA_ENCRYPTION), &null()]),
        }
    }

    /// The public key as the verifier reads it.
    #[must_use]
    pub fn verification_key(&self) -> VerificationKey {
        VerificationKey::parse_spki(&self.spki()).expect("a supported key")
    }

    /// The scheme that goes with the kind unless something says otherwise.
    #[must_use]
    pub const fn scheme(&self) -> SignatureScheme {
        match self.algorithm {
            Algorithm::P256 => SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
            Algorithm::P384 => SignatureScheme::Ecdsa(HashAlgorithm::Sha384),
            Algorithm::P521 => SignatureScheme::Ecdsa(HashAlgorithm::Sha512),
            Algorithm::Ed25519 => SignatureScheme::Ed25519,
            Algorithm::Rsa(_) => SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
        }
    }

    /// Signs a message.
    ///
    /// # Panics
    /// If the scheme is not one of the key.
    #[must_use]
    pub fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Vec<u8> {
        static SIGNATURES: Memo<(Seed, String, Digest), Vec<u8>> = Memo::new();
        let message_digest = HashAlgorithm::Sha256.digest(&[message]);
        let key = (self.seed, format!("{scheme:?}"), message_digest);
        SIGNATURES.get(&key, || self.make_signature(scheme, message))
    }

    fn make_signature(&self, scheme: SignatureScheme, message: &[u8]) -> Vec<u8> {
        match (&self.secret, scheme) {
            (Secret::P256(key), SignatureScheme::Ecdsa(hash)) => {
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash(hash.digest(&[message]).as_bytes()).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            (Secret::P384(key), SignatureScheme::Ecdsa(hash)) => {
                let signature: p384::ecdsa::Signature =
                    key.sign_prehash(&widened(hash, message, 24)).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            (Secret::P521(key), SignatureScheme::Ecdsa(hash)) => {
                let signature: p521::ecdsa::Signature =
                    key.sign_prehash(&widened(hash, message, 33)).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            (Secret::Ed25519(key), SignatureScheme::Ed25519) => key.sign(message).to_bytes().to_vec(),
            (Secret::Ed25519(key), SignatureScheme::Ed25519Ph) => {
                let digest = <sha2::Sha512 as sha2::Digest>::new_with_prefix(message);
                key.sign_prehashed(digest, None).expect("signs").to_bytes().to_vec()
            }
            (Secret::Rsa(key), SignatureScheme::RsaPkcs1(hash)) => {
                key.sign(pkcs1_padding(hash), hash.digest(&[message]).as_bytes()).expect("signs")
            }
            (Secret::Rsa(key), SignatureScheme::RsaPss(hash)) => self.sign_pss(key, hash, message),
            _ => panic!("{scheme:?} is not a scheme of {:?}", self.algorithm),
        }
    }

    /// The salt comes from key and message, so that the signature is the same in every run.
    fn sign_pss(&self, key: &rsa::PrivateKey, hash: HashAlgorithm, message: &[u8]) -> Vec<u8> {
        let digest = hash.digest(&[message]);
        let salt = self.seed.derive(&format!("salt {}", digest.to_hex()));
        let mut random = ChaCha20Rng::from_seed(*salt.as_bytes());
        let digest = digest.as_bytes();
        match hash {
            HashAlgorithm::Sha256 => key.sign_with_rng(&mut random, rsa::Pss::<sha2::Sha256>::new(), digest),
            HashAlgorithm::Sha384 => key.sign_with_rng(&mut random, rsa::Pss::<sha2::Sha384>::new(), digest),
            HashAlgorithm::Sha512 => key.sign_with_rng(&mut random, rsa::Pss::<sha2::Sha512>::new(), digest),
        }
        .expect("signs")
    }
}

/// AlgorithmIdentifier of a signature.
///
/// # Panics
/// For Ed25519ph, which has none.
#[must_use]
pub fn algorithm_identifier(scheme: SignatureScheme) -> Vec<u8> {
    let number = |hash: HashAlgorithm, first: u8| match hash {
        HashAlgorithm::Sha256 => first,
        HashAlgorithm::Sha384 => first + 1,
        HashAlgorithm::Sha512 => first + 2,
    };
    match scheme {
        SignatureScheme::Ecdsa(hash) => seq(&[&oid(&format!("1.2.840.10045.4.3.{}", number(hash, 2)))]),
        SignatureScheme::Ed25519 => seq(&[&oid(ED25519)]),
        SignatureScheme::RsaPkcs1(hash) => {
            seq(&[&oid(&format!("1.2.840.113549.1.1.{}", number(hash, 11))), &null()])
        }
        SignatureScheme::RsaPss(hash) => {
            let digest = seq(&[&oid(hash_oid(hash)), &null()]);
            let mask = seq(&[&oid(MGF1), &digest]);
            let salt = int(u8::try_from(hash.len()).expect("a short hash"));
            let parameters = seq(&[&context(0, &[&digest]), &context(1, &[&mask]), &context(2, &[&salt])]);
            seq(&[&oid(RSASSA_PSS), &parameters])
        }
        SignatureScheme::Ed25519Ph => panic!("Ed25519ph has no AlgorithmIdentifier"),
    }
}

/// A digest shorter than half of the scalar is not accepted for signing: zeros in front change nothing.
fn widened(hash: HashAlgorithm, message: &[u8], least: usize) -> Vec<u8> {
    let digest = hash.digest(&[message]);
    let zeros = least.saturating_sub(digest.as_bytes().len());
    [&vec![0; zeros], digest.as_bytes()].concat()
}

fn pkcs1_padding(hash: HashAlgorithm) -> rsa::Pkcs1v15Sign {
    let empty = octets(&vec![0; hash.len()]);
    let info = seq(&[&seq(&[&oid(hash_oid(hash)), &null()]), &empty]);
    let prefix = info[..info.len() - hash.len()].to_vec().into_boxed_slice();
    rsa::Pkcs1v15Sign { hash_len: Some(hash.len()), prefix }
}

fn rsa_key(seed: &Seed, bits: usize) -> Arc<rsa::PrivateKey> {
    let mut random = ChaCha20Rng::from_seed(*seed.as_bytes());
    Arc::new(rsa::PrivateKey::new(&mut random, bits).expect("a key of a usual size"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cretula_crypto::{Checker, Message, RustCrypto, SignatureCheck, SignatureEncoding};

    #[test]
    fn every_scheme_signs_what_the_verifier_accepts() {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        let seed = Seed::new([7; 32]);
        let rsa = Algorithm::Rsa(2048);
        for (algorithm, scheme) in [
            (Algorithm::P256, SignatureScheme::Ecdsa(Sha256)),
            (Algorithm::P256, SignatureScheme::Ecdsa(Sha512)),
            (Algorithm::P384, SignatureScheme::Ecdsa(Sha384)),
            (Algorithm::P384, SignatureScheme::Ecdsa(Sha256)),
            (Algorithm::P521, SignatureScheme::Ecdsa(Sha512)),
            (Algorithm::P521, SignatureScheme::Ecdsa(Sha256)),
            (Algorithm::Ed25519, SignatureScheme::Ed25519),
            (Algorithm::Ed25519, SignatureScheme::Ed25519Ph),
            (rsa, SignatureScheme::RsaPkcs1(Sha256)),
            (rsa, SignatureScheme::RsaPkcs1(Sha512)),
            (rsa, SignatureScheme::RsaPss(Sha256)),
            (rsa, SignatureScheme::RsaPss(Sha384)),
        ] {
            let key = SigningKey::derive(&seed, "test", algorithm);
            let signature = key.sign(scheme, b"message");
            assert_eq!(signature, key.sign(scheme, b"message"), "{scheme:?} is deterministic");
            let check = SignatureCheck {
                key: &key.verification_key(),
                scheme,
                encoding: SignatureEncoding::Der,
                message: Message::Parts(&[b"message"]),
                signature: &signature,
            };
            assert_eq!(Checker::new(&RustCrypto, 10).verify(&check), Ok(()), "{algorithm:?} {scheme:?}");
        }
    }
}
