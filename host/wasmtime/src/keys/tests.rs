//! Grants, configured names, keys of one bundle.

use async_trait::async_trait;

use super::checks::{MESSAGE, run, sign_and_verify};
use super::*;

fn configured() -> ConfiguredKeys {
    let mut keys = ConfiguredKeys::new();
    keys.add_local("slsa", LocalKey::generate(KeyAlgorithm::EcdsaP256).unwrap()).unwrap();
    keys.add_local("other", LocalKey::generate(KeyAlgorithm::Ed25519).unwrap()).unwrap();
    keys
}

#[test]
fn only_granted_names_open() {
    let store = configured();
    let keys = GrantedKeys::new(&store).grant("slsa", Purpose::Attestation).grant("missing", Purpose::Ca);
    run(async {
        let key = keys.open("slsa", None).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((key.name(), key.purpose()), ("slsa", Purpose::Attestation));
        assert_eq!(key.algorithm(), "PKIX_ECDSA_P256_SHA_256");
        assert_eq!(key.public_key().await.unwrap().id, "file:slsa");
        assert_eq!(key.certificate_chain().await, Ok(Vec::new()));
        assert!(key.sign(GuardedMessage::passed(MESSAGE)).await.is_ok());
        // There but not granted, not there, granted but not there, not granted: all alike.
        for name in ["other", "none", "missing", "ephemeral", "", "file:slsa"] {
            assert_eq!(keys.open(name, None).await.err(), Some(KeyError::Denied), "{name}");
        }
    });
}

#[test]
fn ephemeral_is_never_a_key_of_the_store() {
    struct Trap;
    #[async_trait]
    impl KeyStore for Trap {
        async fn open(&self, name: &str) -> Result<Box<dyn SigningKey>, KeyError> {
            panic!("asked for {name}");
        }
    }
    run(async {
        let keys = GrantedKeys::new(&Trap)
            .grant("ephemeral", Purpose::Attestation)
            .grant("slsa", Purpose::Ephemeral);
        assert_eq!(keys.open("ephemeral", None).await.err(), Some(KeyError::Denied));
        assert_eq!(keys.open("slsa", None).await.err(), Some(KeyError::Denied));
        let keys = keys.grant_ephemeral();
        let spki = async |algorithm| {
            let key = keys.open("ephemeral", algorithm).await.unwrap_or_else(|error| panic!("{error}"));
            (key.algorithm().to_owned(), key.public_key().await.unwrap().spki)
        };
        let (first, second) = (spki(None).await, spki(None).await);
        assert_eq!(first.0, "PKIX_ECDSA_P256_SHA_256");
        assert_ne!(first.1, second.1, "a fresh key each time");
        assert_eq!(spki(Some(KeyAlgorithm::EcdsaP384)).await.0, "PKIX_ECDSA_P384_SHA_384");
        let other = keys.open("ephemeral", Some(KeyAlgorithm::Ed25519)).await.err();
        assert_eq!(other.map(|error| error.kind()), Some("unsupported"));
    });
}

#[test]
fn an_ephemeral_key_signs_twice() {
    run(async {
        let key = EphemeralKey::generate(None).unwrap_or_else(|error| panic!("{error}"));
        sign_and_verify(&key).await;
        sign_and_verify(&key).await;
        for _ in 0..2 {
            assert_eq!(key.sign(GuardedMessage::passed(MESSAGE)).await, Err(KeyError::Denied));
        }
    });
}

#[test]
fn a_name_is_given_once() {
    let mut keys = configured();
    for name in ["slsa", "ephemeral"] {
        let key = LocalKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        assert_eq!(keys.add_local(name, key).map_err(|error| error.kind()), Err("other"));
    }
    assert_eq!(keys.names().collect::<Vec<_>>(), ["other", "slsa"]);
}

#[test]
fn purposes_have_the_names_of_the_guard() {
    let names = [Purpose::Attestation, Purpose::Ca, Purpose::Ephemeral].map(Purpose::name);
    assert_eq!(names, ["attestation", "ca", "ephemeral"]);
}
