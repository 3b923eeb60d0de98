//! What tests of all backends share.

use std::future::Future;

use cretula_crypto::{
    Checker, KeyDetails, Message, RustCrypto, SignatureCheck, SignatureEncoding, VerificationKey,
};

use super::{GuardedMessage, Signature, SigningKey};

pub(super) const MESSAGE: &[u8] = b"DSSEv1 4 type 7 payload";

/// Runs a test that waits.
pub(super) fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// Signs, and checks the signature as the module does: with key, algorithm and encoding as the handle tells them.
pub(super) async fn sign_and_verify(key: &dyn SigningKey) -> Signature {
    let public = key.public_key().await.unwrap();
    let signature = key.sign(GuardedMessage::passed(MESSAGE)).await.unwrap();
    assert_eq!(signature.version, public.version);
    assert!(verifies(key.algorithm(), &public.spki, &signature), "{}", key.algorithm());
    signature
}

/// Whether it is a signature over [`MESSAGE`], in the one encoding that the algorithm has here.
pub(super) fn verifies(algorithm: &str, spki: &[u8], signature: &Signature) -> bool {
    let key = VerificationKey::parse_spki(spki).unwrap();
    let details = KeyDetails::from_name(algorithm).unwrap();
    assert!(details.fits(&key), "{algorithm}");
    assert_eq!(signature.encoding, if algorithm.contains("ECDSA") { "der" } else { "raw" });
    let check = SignatureCheck {
        key: &key,
        scheme: details.scheme(),
        encoding: SignatureEncoding::Der,
        message: Message::Parts(&[MESSAGE]),
        signature: &signature.bytes,
    };
    Checker::new(&RustCrypto, 100).verify(&check).is_ok()
}
