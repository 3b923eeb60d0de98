//! Forms of files, algorithms, misuse.

use std::{fs, path::PathBuf};

use cretula_encoding::{base64, pem};

use super::*;
use crate::keys::{
    ConfiguredKeys, KeyStore as _,
    checks::{run, sign_and_verify},
};

/// Made with `encrypted.Encrypt` of `go-securesystemslib` 0.11.1, which cosign uses; the passphrase is [`PASSPHRASE`].
const OF_COSIGN: &str = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiI5Y1lGZ281czN2THNUNVNXWmdBWUwxQ29mUm5vc3Uv
dHpSV2h2WW5keTl3PSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJKYnRpT1NqRnF5eCt2c1c5Q1NBQjIrTWg3MitjK0djbiJ9LCJj
aXBoZXJ0ZXh0IjoidzdRM1hjdVRhZ1BjbEczNTBUL2xzNkZEWis0VWdLREtjSnZx
YmJib3FvaldUdUVZRlExYjV6SThNRGlNZXpKUjdINlpvZTFLaFV0OWxNQXFrZVI2
c0RIMjY2cjVkT3hMTHU4cEJwc2tPN053WTdQNThSRFJhT1lmdlRhWEU1YnNZcWJi
cUd3WWliWW1EaW1qN3BxV1VhbUZBbC94SEZZOWsrdXlMc0xwMDY0M2R1eWd3dWlH
bzdkckJuU3JxVEx0MFVIQWVla1lrN2Rqd1E9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
";
/// Public half of [`OF_COSIGN`].
const OF_COSIGN_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/FqUax4RGvWCSofJQ9hSKTF0FBPs
/m1SCBRcZ+Ojm3jwkV4VyAv+LzUsHjSJEAwwcPqiIDY8LTaJqtOUCDf4zQ==
-----END PUBLIC KEY-----
";
const PASSPHRASE: &str = "correct horse";

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn key_of(algorithm: KeyAlgorithm) -> LocalKey {
    LocalKey::generate(algorithm).unwrap_or_else(|error| panic!("{error}"))
}

fn pkcs8_of(key: &LocalKey) -> Vec<u8> {
    key.material.pkcs8().map(|der| der.to_vec()).unwrap_or_default()
}

fn refusal(content: &[u8], algorithm: Option<KeyAlgorithm>) -> LocalKeyError {
    LocalKey::parse(content, Some(&secret(PASSPHRASE)), algorithm).err().unwrap_or(LocalKeyError::Random)
}

async fn check(key: LocalKey, algorithm: KeyAlgorithm) -> Vec<u8> {
    assert_eq!(key.algorithm(), algorithm);
    let mut keys = ConfiguredKeys::new();
    assert_eq!(keys.add_local("a", key), Ok(()));
    let opened = keys.open("a").await.unwrap_or_else(|error| panic!("{error}"));
    let (first, second) = (sign_and_verify(&*opened).await, sign_and_verify(&*opened).await);
    let deterministic =
        !matches!(algorithm.name().split('_').nth(1), Some("ECDSA")) && !algorithm.name().contains("PSS");
    assert_eq!(first == second, deterministic, "{algorithm}: nonces are hedged");
    first.bytes
}

#[test]
fn curves_in_every_form() {
    use KeyAlgorithm::{EcdsaP256, EcdsaP384, EcdsaP521, Ed25519, Ed25519Ph};
    run(async {
        for algorithm in [EcdsaP256, EcdsaP384, EcdsaP521, Ed25519, Ed25519Ph] {
            let key = key_of(algorithm);
            let der = pkcs8_of(&key);
            let spki = key.spki().to_vec();
            for content in [der.clone(), pem::encode("PRIVATE KEY", &der).into_bytes()] {
                let read = LocalKey::parse(&content, None, Some(algorithm)).unwrap();
                assert_eq!(read.spki(), spki);
            }
            check(key, algorithm).await;
        }
    });
}

#[test]
fn rsa_as_pkcs1_and_as_pss() {
    use KeyAlgorithm::{RsaPkcs1v15With3072, RsaPkcs1v15With4096, RsaPssWith3072, RsaPssWith4096};
    run(async {
        let sizes = [(RsaPkcs1v15With3072, RsaPssWith3072, 384), (RsaPkcs1v15With4096, RsaPssWith4096, 512)];
        for (pkcs1v15, pss, bytes) in sizes {
            let key = key_of(pkcs1v15);
            let der = pkcs8_of(&key);
            let other = if pss == RsaPssWith3072 { RsaPssWith4096 } else { RsaPssWith3072 };
            assert_eq!(refusal(&der, Some(other)), LocalKeyError::Algorithm { declared: other });
            let restricted = LocalKey::parse(&der, None, Some(pss)).unwrap();
            assert_eq!(restricted.spki(), key.spki());
            assert_eq!(check(restricted, pss).await.len(), bytes);
            assert_eq!(check(key, pkcs1v15).await.len(), bytes);
        }
    });
}

#[test]
fn rsa_2048_does_not_sign() {
    let key = rsa::PrivateKey::new(&mut getrandom::SysRng, 2048).unwrap();
    let der = pkcs8::EncodePrivateKey::to_pkcs8_der(&key).unwrap();
    assert!(matches!(refusal(der.as_bytes(), None), LocalKeyError::Unsupported { .. }));
}

#[test]
fn sec1_with_the_parameters_that_openssl_writes_before() {
    let algorithm = KeyAlgorithm::EcdsaP384;
    let key = key_of(algorithm);
    let parsed = <p384::SecretKey as pkcs8::DecodePrivateKey>::from_pkcs8_der(&pkcs8_of(&key)).unwrap();
    let block = pem::encode("EC PRIVATE KEY", &parsed.to_sec1_der().unwrap());
    let parameters = pem::encode("EC PARAMETERS", &[6, 5, 0x2b, 0x81, 4, 0, 0x22]);
    for content in [block.clone(), format!("{parameters}{block}"), format!("{block}\n")] {
        assert_eq!(LocalKey::parse(content.as_bytes(), None, None).unwrap().spki(), key.spki());
    }
    let p256 = KeyAlgorithm::EcdsaP256;
    assert_eq!(refusal(block.as_bytes(), Some(p256)), LocalKeyError::Algorithm { declared: p256 });
}

#[test]
fn a_key_signs_as_declared_or_not_at_all() {
    use KeyAlgorithm::{EcdsaP256, EcdsaP384, Ed25519, Ed25519Ph, RsaPkcs1v15With3072};
    let p256 = pkcs8_of(&key_of(EcdsaP256));
    for declared in [EcdsaP384, Ed25519, RsaPkcs1v15With3072] {
        assert_eq!(refusal(&p256, Some(declared)), LocalKeyError::Algorithm { declared });
    }
    let ed25519 = pkcs8_of(&key_of(Ed25519));
    assert_eq!(LocalKey::parse(&ed25519, None, None).unwrap().algorithm(), Ed25519);
    assert_eq!(LocalKey::parse(&ed25519, None, Some(Ed25519Ph)).unwrap().algorithm(), Ed25519Ph);
    assert_eq!(refusal(&ed25519, Some(EcdsaP256)), LocalKeyError::Algorithm { declared: EcdsaP256 });
}

#[test]
fn garbage_is_refused() {
    let der = pkcs8_of(&key_of(KeyAlgorithm::EcdsaP256));
    let pem = pem::encode("PRIVATE KEY", &der);
    let damaged = [
        Vec::new(),
        b"garbage".to_vec(),
        b"-----BEGIN PRIVATE KEY-----\n".to_vec(),
        der[..der.len() - 1].to_vec(),
        [&der[..], &[0]].concat(),
        pem.as_bytes()[..pem.len() - 30].to_vec(),
        pem.replace("PRIVATE KEY-----\n", "PRIVATE KEY-----\n*").into_bytes(),
        pem::encode("EC PRIVATE KEY", &der).into_bytes(),
    ];
    for content in damaged {
        assert_eq!(refusal(&content, None), LocalKeyError::Format, "{}", content.len());
    }
}

#[test]
fn a_public_half_of_another_key_is_refused() {
    let (one, other) =
        (pkcs8_of(&key_of(KeyAlgorithm::EcdsaP256)), pkcs8_of(&key_of(KeyAlgorithm::EcdsaP256)));
    let mixed = [&one[..one.len() - 64], &other[other.len() - 64..]].concat();
    assert_eq!(refusal(&mixed, None), LocalKeyError::Format);
}

#[test]
fn other_forms_are_named() {
    let labels =
        ["RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"];
    for label in labels {
        let error = refusal(pem::encode(label, &[48, 0]).as_bytes(), None);
        assert!(matches!(error, LocalKeyError::Unsupported { .. }), "{label}: {error}");
    }
}

#[test]
fn reads_what_cosign_encrypted() {
    let key = LocalKey::parse(OF_COSIGN.as_bytes(), Some(&secret(PASSPHRASE)), None).unwrap();
    assert_eq!(key.public_key_pem(), OF_COSIGN_PUBLIC);
    let old = OF_COSIGN.replace("SIGSTORE", "COSIGN");
    assert!(LocalKey::parse(old.as_bytes(), Some(&secret(PASSPHRASE)), None).is_ok());
    let without = LocalKey::parse(OF_COSIGN.as_bytes(), None, None).err();
    assert_eq!(without, Some(LocalKeyError::PassphraseRequired));
    run(check(key, KeyAlgorithm::EcdsaP256));
}

#[test]
fn encrypted_files_come_back() {
    let key = key_of(KeyAlgorithm::Ed25519Ph);
    let (one, two) = (key.encrypt(&secret("a")).unwrap(), key.encrypt(&secret("a")).unwrap());
    assert_ne!(one, two, "salt and nonce are fresh");
    assert!(one.starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"));
    let back = LocalKey::parse(one.as_bytes(), Some(&secret("a")), Some(KeyAlgorithm::Ed25519Ph)).unwrap();
    assert_eq!(back.spki(), key.spki());
    let wrong = LocalKey::parse(one.as_bytes(), Some(&secret("b")), None).err();
    assert_eq!(wrong, Some(LocalKeyError::Decrypt));
}

/// The document inside [`OF_COSIGN`], changed.
fn bent(from: &str, to: &str) -> LocalKeyError {
    let body =
        pem::parse_block(OF_COSIGN.as_bytes(), &[cosign::LABEL]).map(|block| block.der).unwrap_or_default();
    let text = String::from_utf8(body).unwrap_or_default();
    assert!(text.contains(from), "{from}");
    refusal(pem::encode(cosign::LABEL, text.replacen(from, to, 1).as_bytes()).as_bytes(), None)
}

#[test]
fn a_wrong_passphrase_and_a_damaged_file_look_the_same() {
    let wrong = LocalKey::parse(OF_COSIGN.as_bytes(), Some(&secret("wrong horse")), None).err();
    assert_eq!(wrong, Some(LocalKeyError::Decrypt));
    for (from, to) in [
        ("\"ciphertext\":\"w", "\"ciphertext\":\"x"),
        ("\"nonce\":\"J", "\"nonce\":\"K"),
        ("\"salt\":\"9", "\"salt\":\"8"),
        ("\"N\":65536", "\"N\":65535"),
        ("\"N\":65536", "\"N\":\"65536\""),
        ("\"N\":65536,", ""),
        ("nacl/secretbox", "aes"),
        ("scrypt", "pbkdf2"),
        ("{\"kdf\"", "{\"kdf\":{},\"kdf\""),
        ("\"nonce\":\"", "\"nonce\":\"AAAA"),
    ] {
        assert_eq!(bent(from, to), LocalKeyError::Decrypt, "{to}");
    }
}

#[test]
fn dear_files_are_refused_before_the_work() {
    for (from, to) in [
        ("\"N\":65536", "\"N\":2097152"),
        ("\"N\":65536", "\"N\":18446744073709551615"),
        ("\"r\":8", "\"r\":65"),
        ("\"p\":1", "\"p\":9"),
    ] {
        assert_eq!(bent(from, to), LocalKeyError::Cost, "{to}");
    }
}

/// A file of this test alone, removed with it.
#[cfg(unix)]
struct Scratch(PathBuf);

#[cfg(unix)]
impl Scratch {
    fn new(name: &str, content: &[u8], mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let path = std::env::temp_dir().join(format!("cretula-keys-{}-{name}", std::process::id()));
        assert!(fs::write(&path, content).is_ok());
        assert!(fs::set_permissions(&path, fs::Permissions::from_mode(mode)).is_ok());
        Self(path)
    }
}

#[cfg(unix)]
impl Drop for Scratch {
    fn drop(&mut self) {
        assert!(fs::remove_file(&self.0).is_ok());
    }
}

#[test]
#[cfg(unix)]
fn a_file_belongs_to_its_owner_alone() {
    let der = pkcs8_of(&key_of(KeyAlgorithm::EcdsaP256));
    for mode in [0o600, 0o400] {
        let file = Scratch::new("own", &der, mode);
        assert!(LocalKey::read(&file.0, None, None).is_ok(), "{mode:o}");
    }
    for mode in [0o640, 0o604, 0o644, 0o620, 0o601] {
        let file = Scratch::new("shared", &der, mode);
        let error = LocalKey::read(&file.0, None, None).err().unwrap();
        assert_eq!(error, LocalKeyError::Permissions { path: file.0.clone(), mode });
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    let long = Scratch::new("long", &vec![0; 64 * 1024 + 1], 0o600);
    assert_eq!(LocalKey::read(&long.0, None, None).err(), Some(LocalKeyError::Format));
    for missing in [std::env::temp_dir(), PathBuf::from("/nonexistent/key")] {
        let error = LocalKey::read(&missing, None, None).err().unwrap();
        assert!(matches!(error, LocalKeyError::Unreadable { .. }), "{error}");
    }
}

#[test]
fn errors_show_nothing_of_key_and_passphrase() {
    let canary = "CANARY-passphrase";
    let der = pkcs8_of(&key_of(KeyAlgorithm::EcdsaP256));
    let text = pem::encode("PRIVATE KEY", &der);
    let damaged = text.replace("KEY-----\n", "KEY-----\n*");
    let sealed = key_of(KeyAlgorithm::EcdsaP256).encrypt(&secret("another")).unwrap();
    let coded = base64::encode(&der);
    let start = base64::encode(&der[..6]);
    for content in [damaged.as_bytes(), sealed.as_bytes(), &der[..60], coded.as_bytes()] {
        let error = LocalKey::parse(content, Some(&secret(canary)), None).err().unwrap();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(canary), "{shown}");
        assert!(shown.len() < 120 && !shown.contains(&start), "{shown}");
    }
}
