//! The private numbers, and signing with them.

use ed25519_dalek::Signer as _;
use getrandom::SysRng;
use p256::ecdsa::signature::RandomizedSigner;
use p256::elliptic_curve::Generate as _;
use pkcs8::{AssociatedOid as _, EncodePrivateKey, EncodePublicKey, ObjectIdentifier, PrivateKeyInfoRef};
use rsa::{
    pkcs1v15, pss,
    signature::{Keypair as _, SignatureEncoding},
    traits::PublicKeyParts as _,
};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use super::LocalKeyError;
use crate::keys::{GuardedMessage, KeyAlgorithm, KeyError, Signature};

/// id-ecPublicKey (RFC 5480 §2.1.1), id-Ed25519 (RFC 8410 §3), rsaEncryption (RFC 8017 appendix A.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

const RSA_SIZES: &str = "RSA keys sign with 3072 or 4096 bits";

/// A key and how it signs. Every variant is zeroed by its crate when dropped.
///
/// No `Clone`, no `Debug`: the wrapped types have both, this one gives neither.
pub(in crate::keys) enum Material {
    EcdsaP256(p256::ecdsa::SigningKey),
    EcdsaP384(p384::ecdsa::SigningKey),
    EcdsaP521(p521::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    Ed25519Ph(ed25519_dalek::SigningKey),
    RsaPkcs1v15(pkcs1v15::SigningKey<Sha256>, KeyAlgorithm),
    RsaPss(pss::SigningKey<Sha256>, KeyAlgorithm),
}

impl Material {
    /// # Errors
    /// [`LocalKeyError::Random`].
    pub(in crate::keys) fn generate(algorithm: KeyAlgorithm) -> Result<Self, LocalKeyError> {
        Ok(match algorithm {
            KeyAlgorithm::EcdsaP256 => Self::EcdsaP256(made(p256::ecdsa::SigningKey::try_generate())?),
            KeyAlgorithm::EcdsaP384 => Self::EcdsaP384(made(p384::ecdsa::SigningKey::try_generate())?),
            KeyAlgorithm::EcdsaP521 => Self::EcdsaP521(made(p521::ecdsa::SigningKey::try_generate())?),
            KeyAlgorithm::Ed25519 => Self::Ed25519(generate_ed25519()?),
            KeyAlgorithm::Ed25519Ph => Self::Ed25519Ph(generate_ed25519()?),
            KeyAlgorithm::RsaPkcs1v15With3072 | KeyAlgorithm::RsaPssWith3072 => {
                Self::rsa(made(rsa::PrivateKey::new(&mut SysRng, 3072))?, Some(algorithm))?
            }
            KeyAlgorithm::RsaPkcs1v15With4096 | KeyAlgorithm::RsaPssWith4096 => {
                Self::rsa(made(rsa::PrivateKey::new(&mut SysRng, 4096))?, Some(algorithm))?
            }
        })
    }

    /// From PKCS#8; `declared` is the algorithm that is asked for.
    ///
    /// # Errors
    /// [`LocalKeyError::Algorithm`], [`LocalKeyError::Format`], [`LocalKeyError::Unsupported`].
    pub(super) fn from_pkcs8(
        info: PrivateKeyInfoRef<'_>,
        declared: Option<KeyAlgorithm>,
    ) -> Result<Self, LocalKeyError> {
        match info.algorithm.oid {
            EC_PUBLIC_KEY => match info.algorithm.parameters_oid().map_err(|_| LocalKeyError::Format)? {
                p256::NistP256::OID => Self::p256(info.try_into(), declared),
                p384::NistP384::OID => Self::p384(info.try_into(), declared),
                p521::NistP521::OID => Self::p521(info.try_into(), declared),
                _ => Err(LocalKeyError::Unsupported { what: "another curve than P-256, P-384 and P-521" }),
            },
            ED25519 => Self::ed25519(parsed(info.try_into())?, declared),
            RSA => Self::rsa(parsed(info.try_into())?, declared),
            _ => Err(LocalKeyError::Unsupported { what: "another kind of key than ECDSA, Ed25519 and RSA" }),
        }
    }

    pub(super) fn p256<E>(
        key: Result<p256::SecretKey, E>,
        declared: Option<KeyAlgorithm>,
    ) -> Result<Self, LocalKeyError> {
        let key = Self::EcdsaP256(parsed(key)?.into());
        fits(KeyAlgorithm::EcdsaP256, declared).map(|()| key)
    }

    pub(super) fn p384<E>(
        key: Result<p384::SecretKey, E>,
        declared: Option<KeyAlgorithm>,
    ) -> Result<Self, LocalKeyError> {
        let key = Self::EcdsaP384(parsed(key)?.into());
        fits(KeyAlgorithm::EcdsaP384, declared).map(|()| key)
    }

    pub(super) fn p521<E>(
        key: Result<p521::SecretKey, E>,
        declared: Option<KeyAlgorithm>,
    ) -> Result<Self, LocalKeyError> {
        let key = Self::EcdsaP521(parsed(key)?.into());
        fits(KeyAlgorithm::EcdsaP521, declared).map(|()| key)
    }

    fn ed25519(
        key: ed25519_dalek::SigningKey,
        declared: Option<KeyAlgorithm>,
    ) -> Result<Self, LocalKeyError> {
        if declared == Some(KeyAlgorithm::Ed25519Ph) {
            return Ok(Self::Ed25519Ph(key));
        }
        fits(KeyAlgorithm::Ed25519, declared).map(|()| Self::Ed25519(key))
    }

    fn rsa(key: rsa::PrivateKey, declared: Option<KeyAlgorithm>) -> Result<Self, LocalKeyError> {
        let (pkcs1v15, pss) = match key.n().bit_width() {
            3072 => (KeyAlgorithm::RsaPkcs1v15With3072, KeyAlgorithm::RsaPssWith3072),
            4096 => (KeyAlgorithm::RsaPkcs1v15With4096, KeyAlgorithm::RsaPssWith4096),
            _ => return Err(LocalKeyError::Unsupported { what: RSA_SIZES }),
        };
        if declared == Some(pss) {
            // A salt as long as the hash: 32 octets.
            return Ok(Self::RsaPss(pss::SigningKey::new(key), pss));
        }
        fits(pkcs1v15, declared).map(|()| Self::RsaPkcs1v15(pkcs1v15::SigningKey::new(key), pkcs1v15))
    }

    pub(in crate::keys) const fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::EcdsaP256(_) => KeyAlgorithm::EcdsaP256,
            Self::EcdsaP384(_) => KeyAlgorithm::EcdsaP384,
            Self::EcdsaP521(_) => KeyAlgorithm::EcdsaP521,
            Self::Ed25519(_) => KeyAlgorithm::Ed25519,
            Self::Ed25519Ph(_) => KeyAlgorithm::Ed25519Ph,
            Self::RsaPkcs1v15(_, algorithm) | Self::RsaPss(_, algorithm) => *algorithm,
        }
    }

    /// SubjectPublicKeyInfo, DER.
    pub(in crate::keys) fn spki(&self) -> Result<Vec<u8>, LocalKeyError> {
        match self {
            Self::EcdsaP256(key) => spki(key.verifying_key()),
            Self::EcdsaP384(key) => spki(key.verifying_key()),
            Self::EcdsaP521(key) => spki(key.verifying_key()),
            Self::Ed25519(key) | Self::Ed25519Ph(key) => spki(&key.verifying_key()),
            // Both as rsaEncryption: how the key signs is said elsewhere.
            Self::RsaPkcs1v15(key, _) => spki(key.verifying_key().as_ref()),
            Self::RsaPss(key, _) => spki(key.verifying_key().as_ref()),
        }
    }

    /// PKCS#8, DER.
    pub(super) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, LocalKeyError> {
        match self {
            Self::EcdsaP256(key) => pkcs8(key),
            Self::EcdsaP384(key) => pkcs8(key),
            Self::EcdsaP521(key) => pkcs8(key),
            Self::Ed25519(key) | Self::Ed25519Ph(key) => pkcs8(key),
            Self::RsaPkcs1v15(key, _) => pkcs8::<rsa::PrivateKey>(key.as_ref()),
            Self::RsaPss(key, _) => pkcs8::<rsa::PrivateKey>(key.as_ref()),
        }
    }

    /// Signs the whole message. ECDSA nonces are derived from key, message and fresh random bytes (hedged: neither a
    /// bad random source nor an injected fault alone reveals the key); RSA is blinded.
    pub(in crate::keys) fn sign(&self, message: GuardedMessage<'_>) -> Result<Signature, KeyError> {
        let message = message.bytes();
        let bytes = match self {
            Self::EcdsaP256(key) => randomised::<p256::ecdsa::DerSignature>(key, message)?,
            Self::EcdsaP384(key) => randomised::<p384::ecdsa::DerSignature>(key, message)?,
            Self::EcdsaP521(key) => randomised::<p521::ecdsa::DerSignature>(key, message)?,
            Self::Ed25519(key) => made_signature(key.try_sign(message))?.to_vec(),
            Self::Ed25519Ph(key) => {
                made_signature(key.sign_prehashed(Sha512::new().chain_update(message), None))?.to_vec()
            }
            Self::RsaPkcs1v15(key, _) => randomised::<pkcs1v15::Signature>(key, message)?,
            Self::RsaPss(key, _) => randomised::<pss::Signature>(key, message)?,
        };
        Ok(Signature { bytes, encoding: self.algorithm().encoding().to_owned(), version: None })
    }
}

fn made<T, E>(generated: Result<T, E>) -> Result<T, LocalKeyError> {
    generated.map_err(|_| LocalKeyError::Random)
}

fn parsed<T, E>(key: Result<T, E>) -> Result<T, LocalKeyError> {
    key.map_err(|_| LocalKeyError::Format)
}

/// Errors of signing hold nothing about the key.
fn made_signature<T, E>(signature: Result<T, E>) -> Result<T, KeyError> {
    signature.map_err(|_| KeyError::other("signing failed"))
}

fn generate_ed25519() -> Result<ed25519_dalek::SigningKey, LocalKeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    made(getrandom::fill(seed.as_mut()))?;
    Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
}

fn fits(present: KeyAlgorithm, declared: Option<KeyAlgorithm>) -> Result<(), LocalKeyError> {
    match declared {
        Some(declared) if declared != present => Err(LocalKeyError::Algorithm { declared }),
        Some(_) | None => Ok(()),
    }
}

fn spki(key: &impl EncodePublicKey) -> Result<Vec<u8>, LocalKeyError> {
    Ok(parsed(key.to_public_key_der())?.into_vec())
}

fn pkcs8<K: EncodePrivateKey>(key: &K) -> Result<Zeroizing<Vec<u8>>, LocalKeyError> {
    Ok(parsed(key.to_pkcs8_der())?.to_bytes())
}

fn randomised<S: SignatureEncoding>(
    key: &impl RandomizedSigner<S>,
    message: &[u8],
) -> Result<Vec<u8>, KeyError> {
    Ok(made_signature(key.try_sign_with_rng(&mut SysRng, message))?.to_vec())
}
