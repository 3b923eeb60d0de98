//! Key sets and keys: rules J16, J20, J21.

use cretula_testkit::{Algorithm, Json};

use super::world::{World, jwk, key_set, signing_key, url_safe};
use crate::id_token::{Jwks, KeySetError, KeySets, Rule, UnusedKey};

#[test]
fn key_sets_that_are_refused() {
    let key = jwk(&signing_key("a", Algorithm::P256), "a");
    let refusal = |text: &[u8]| Jwks::parse(text).err();
    assert_eq!(refusal(&key_set(std::slice::from_ref(&key))), None);
    assert_eq!(refusal(&key_set(&[])), None);
    let mut other = jwk(&signing_key("b", Algorithm::Ed25519), "a");
    assert_eq!(refusal(&key_set(&[key.clone(), other.clone()])), Some(KeySetError::DuplicateKeyId));
    assert_eq!(refusal(&key_set(&[key.clone(), key.clone()])), Some(KeySetError::DuplicateKeyId));
    other.set("/kty", Json::text("unheard-of"));
    assert_eq!(refusal(&key_set(&[key.clone(), other])), Some(KeySetError::DuplicateKeyId));
    for member in ["d", "p", "q", "dp", "dq", "qi", "k"] {
        let mut private = key.clone();
        private.set(&format!("/{member}"), Json::text("AA"));
        assert_eq!(refusal(&key_set(&[private])), Some(KeySetError::PrivateKey), "{member}");
    }
    let mut numbered = key.clone();
    numbered.set("/kid", Json::number(1));
    assert_eq!(refusal(&key_set(&[numbered])), Some(KeySetError::Shape));
    for text in [&b"{}"[..], b"[]", br#"{"keys":{}}"#, br#"{"keys":[1]}"#, br#"{"keys":[[]]}"#, b"null"] {
        assert_eq!(refusal(text), Some(KeySetError::Shape), "{text:?}");
    }
    for text in [&b""[..], b"{", br#"{"keys":[],"keys":[]}"#, br#"{"keys":[]} x"#, b"\xff"] {
        assert_eq!(refusal(text), Some(KeySetError::Json), "{text:?}");
    }
    let many = |count: usize| {
        let keys: Vec<Json> =
            (0..count).map(|index| Json::object([("kid", Json::text(index.to_string()))])).collect();
        refusal(&key_set(&keys))
    };
    assert_eq!((many(128), many(129)), (None, Some(KeySetError::Shape)));
    let long = |length: usize| format!(r#"{{"keys":[{}]}}"#, " ".repeat(length - 11));
    assert_eq!(refusal(long(65_536).as_bytes()), None);
    assert_eq!(refusal(long(65_537).as_bytes()), Some(KeySetError::TooLarge));
}

fn unused(key: &Json) -> Option<UnusedKey> {
    let set = Jwks::parse(&key_set(std::slice::from_ref(key))).ok()?;
    set.unused().map(|(_, reason)| reason).next()
}

#[test]
fn keys_that_are_never_used() {
    let with = |algorithm: Algorithm, member: &str, value: Json| {
        let mut key = jwk(&signing_key("a", algorithm), "a");
        key.set(&format!("/{member}"), value);
        unused(&key)
    };
    let text = |text: &str| Json::text(text);
    use Algorithm::{Ed25519, P256, Rsa};
    assert_eq!(with(P256, "use", text("sig")), None);
    assert_eq!(with(P256, "use", text("enc")), Some(UnusedKey::Purpose));
    assert_eq!(with(P256, "use", Json::number(1)), Some(UnusedKey::Purpose));
    assert_eq!(with(P256, "key_ops", Json::List(vec![text("verify")])), None);
    assert_eq!(with(P256, "key_ops", Json::List(vec![text("encrypt")])), Some(UnusedKey::Purpose));
    assert_eq!(with(P256, "alg", text("ES256")), None);
    for name in ["ES384", "ES512", "RS256", "none", "es256", ""] {
        assert_eq!(with(P256, "alg", text(name)), Some(UnusedKey::Algorithm), "{name}");
    }
    assert_eq!(with(Rsa(2048), "alg", text("PS256")), Some(UnusedKey::Algorithm));
    assert_eq!(with(P256, "kty", text("oct")), Some(UnusedKey::Kind));
    assert_eq!(with(P256, "kty", text("RSA")), Some(UnusedKey::Kind));
    assert_eq!(with(P256, "crv", text("P-384")), Some(UnusedKey::Numbers));
    assert_eq!(with(P256, "crv", text("secp256k1")), Some(UnusedKey::Kind));
    assert_eq!(with(Ed25519, "crv", text("X25519")), Some(UnusedKey::Kind));
    assert_eq!(with(Algorithm::P521, "use", text("sig")), Some(UnusedKey::Kind));
    assert_eq!(with(P256, "x", text(&url_safe(&[1; 32]))), Some(UnusedKey::Numbers));
    assert_eq!(with(P256, "x", text(&url_safe(&[0; 33]))), Some(UnusedKey::Numbers));
    assert_eq!(with(P256, "y", text("AA==")), Some(UnusedKey::Numbers));
    assert_eq!(with(P256, "y", Json::null()), Some(UnusedKey::Numbers));
    assert_eq!(with(Ed25519, "x", text(&url_safe(&[0; 32]))), Some(UnusedKey::Numbers));
    for (exponent, used) in [("AQAB", true), ("AAEAAQ", false), ("AQ", false), ("AQAA", false), ("", false)] {
        assert_eq!(with(Rsa(2048), "e", text(exponent)).is_none(), used, "{exponent}");
    }
}

#[test]
fn rsa_has_2048_to_8192_bits() {
    let modulus = |bits: usize, last: u8| {
        let mut number = vec![0xa5; bits / 8];
        if let Some(byte) = number.last_mut() {
            *byte = last;
        }
        let key = [("kty", "RSA"), ("kid", "r"), ("e", "AQAB"), ("n", &url_safe(&number))];
        unused(&Json::object(key.map(|(name, value)| (name, Json::text(value)))))
    };
    assert_eq!((modulus(2048, 1), modulus(8192, 1)), (None, None));
    assert_eq!(modulus(2040, 1), Some(UnusedKey::Numbers));
    assert_eq!(modulus(8200, 1), Some(UnusedKey::Numbers));
    assert_eq!(modulus(2048, 2), Some(UnusedKey::Numbers), "even");
}

#[test]
fn an_unused_key_is_an_unknown_one() {
    let mut key = jwk(&World::new().github().key, "ec1");
    let good = World::new().with_keys(&[key.clone()]);
    assert!(good.verify(&good.github().encode()).is_ok());
    key.set("/use", Json::text("enc"));
    let world = World::new().with_keys(&[key]);
    assert_eq!(world.verify(&world.github().encode()).err(), Some(Rule::J27));
    let empty = World::new().with_keys(&[]);
    assert_eq!(empty.verify(&empty.github().encode()).err(), Some(Rule::J27));
}

/// Rule J16: keys of another issuer do not count, and without keys nothing does.
#[test]
fn keys_of_another_issuer() {
    let mut world = World::new();
    let token = world.github().encode();
    world.keys = KeySets::default();
    assert_eq!(world.verify(&token).err(), Some(Rule::J16));
    let others = Jwks::parse(&key_set(&[jwk(&world.github().key, "ec1")])).unwrap();
    world.keys = KeySets::default().with("https://issuer.example/gitlab", others);
    assert_eq!(world.verify(&token).err(), Some(Rule::J16));
}

/// A key without an id cannot be named, and one without a use is for everything.
#[test]
fn keys_without_an_id_or_use() {
    let mut key = jwk(&World::new().github().key, "ec1");
    key.remove("/use");
    let world = World::new().with_keys(&[key.clone()]);
    assert!(world.verify(&world.github().encode()).is_ok());
    key.remove("/kid");
    let world = World::new().with_keys(&[key]);
    assert_eq!(world.verify(&world.github().encode()).err(), Some(Rule::J27));
}
