//! Keys and signatures of another implementation: digests longer and shorter than the curve, odd RSA sizes,
//! exponents at both limits, id-RSASSA-PSS keys.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own data fails")]

mod data;

use cretula_crypto::{
    HashAlgorithm::{Sha256, Sha384, Sha512},
    KeyDetails, KeyError, KeyKind, Message, RustCrypto, SignatureCheck, SignatureEncoding, SignatureError,
    SignatureProvider,
    SignatureScheme::{self, RsaPkcs1, RsaPss},
    VerificationKey,
};

fn key(spki: &[u8]) -> VerificationKey {
    VerificationKey::parse_spki(spki).unwrap()
}

fn verify(
    key: &VerificationKey,
    scheme: SignatureScheme,
    message: Message<'_>,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let encoding = SignatureEncoding::Der;
    RustCrypto.verify_signature(&SignatureCheck { key, scheme, encoding, message, signature })
}

#[test]
fn signatures_verify_over_message_and_digest() {
    for (spki, scheme, signature) in data::SIGNATURES {
        let key = key(spki);
        assert_eq!(
            verify(&key, *scheme, Message::Parts(&[b"cre", b"tula"]), signature),
            Ok(()),
            "{scheme:?}"
        );
        let digest = scheme.prehash().unwrap().digest(&[data::MESSAGE]);
        assert_eq!(verify(&key, *scheme, Message::Digest(&digest), signature), Ok(()), "{scheme:?}");
    }
}

#[test]
fn one_changed_thing_is_refused() {
    for (spki, scheme, signature) in data::SIGNATURES {
        let key = key(spki);
        let invalid = Err(SignatureError::Invalid);
        assert_eq!(verify(&key, *scheme, Message::Parts(&[b"cretulb"]), signature), invalid);
        let message = Message::Parts(&[data::MESSAGE]);
        for place in [0, 8, signature.len() / 2, signature.len() - 1] {
            let mut changed = signature.to_vec();
            changed[place] ^= 1;
            assert_eq!(verify(&key, *scheme, message, &changed), invalid, "{scheme:?} at {place}");
        }
        assert_eq!(verify(&key, *scheme, message, &signature[1..]), invalid);
        assert_eq!(verify(&key, *scheme, message, &signature[..signature.len() - 1]), invalid);
        assert_eq!(verify(&key, *scheme, message, &[signature, &[0][..]].concat()), invalid);
        assert_eq!(verify(&key, *scheme, message, &[&[0], *signature].concat()), invalid);
        assert_eq!(verify(&key, *scheme, message, &[]), invalid);
    }
}

#[test]
fn digest_of_another_algorithm() {
    let (spki, scheme, signature) = data::SIGNATURES[0];
    assert_eq!(scheme.prehash(), Some(Sha256));
    let digest = Sha384.digest(&[data::MESSAGE]);
    let answer = verify(&key(spki), scheme, Message::Digest(&digest), signature);
    assert_eq!(answer, Err(SignatureError::DigestAlgorithm));
}

#[test]
fn kinds() {
    let rsa = |bits, pss| KeyKind::Rsa { bits, pss };
    let cases = [
        (data::P256, KeyKind::P256),
        (data::P384, KeyKind::P384),
        (data::P521, KeyKind::P521),
        (data::RSA_2049_BITS, rsa(2049, false)),
        (data::RSA_EXPONENT_3, rsa(2048, false)),
        (data::RSA_EXPONENT_MAX, rsa(2048, false)),
        (data::PSS_ANY_HASH, rsa(2048, true)),
        (data::PSS_SHA384, rsa(2048, true)),
    ];
    for (spki, kind) in cases {
        assert_eq!(key(spki).kind(), kind);
        assert_eq!(key(spki).spki(), spki);
    }
    assert_eq!(VerificationKey::parse_spki(data::RSA_EXPONENT_TOO_LARGE).err(), Some(KeyError::Rsa));
}

#[test]
fn use_that_the_key_information_forbids() {
    let message = Message::Parts(&[data::MESSAGE]);
    let any = key(data::PSS_ANY_HASH);
    assert_eq!(verify(&any, RsaPkcs1(Sha256), message, &[0; 256]), Err(SignatureError::SchemeKey));
    assert_eq!(verify(&any, RsaPss(Sha512), message, &[0; 256]), Err(SignatureError::Invalid));
    let only = key(data::PSS_SHA384);
    assert_eq!(verify(&only, RsaPss(Sha256), message, &[0; 256]), Err(SignatureError::SchemeKey));
    assert_eq!(verify(&only, RsaPss(Sha384), message, &[0; 256]), Err(SignatureError::Invalid));
}

#[test]
fn registry_entries_that_fit() {
    let fitting = |spki| -> Vec<u64> {
        let key = key(spki);
        let fits = KeyDetails::ALL.iter().filter(|details| details.fits(&key));
        fits.map(|details| details.number()).collect()
    };
    assert_eq!(fitting(data::P256), [5]);
    assert_eq!(fitting(data::P384), [12, 19]);
    assert_eq!(fitting(data::P521), [13, 20]);
    assert_eq!(fitting(data::RSA_2049_BITS), [1, 3]);
    assert_eq!(fitting(data::RSA_EXPONENT_3), [1, 3, 9, 16]);
    assert_eq!(fitting(data::PSS_ANY_HASH), [16]);
    assert_eq!(fitting(data::PSS_SHA384), []);
}
