//! Entry bodies of each kind.

use cretula_crypto::{Digest, HashAlgorithm, KeyDetails};
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, hex, pem};
use cretula_tlog::{
    Dsse, DsseSignature, DsseV002, EntryBody, EntryKind, EntryVerifier, Error, Generation, HashedRekord,
    HashedRekordV002, Intoto, IntotoSignature, IntotoV001, VerifierRef, rebuild_hashedrekord_v002,
};

const KINDS: [(EntryKind, &str, &str, Generation); 6] = [
    (EntryKind::DsseV001, "dsse", "0.0.1", Generation::V1),
    (EntryKind::DsseV002, "dsse", "0.0.2", Generation::V2),
    (EntryKind::HashedRekordV001, "hashedrekord", "0.0.1", Generation::V1),
    (EntryKind::HashedRekordV002, "hashedrekord", "0.0.2", Generation::V2),
    (EntryKind::IntotoV001, "intoto", "0.0.1", Generation::V1),
    (EntryKind::IntotoV002, "intoto", "0.0.2", Generation::V1),
];

fn parse(body: &str, kind: EntryKind) -> Result<EntryBody, Error> {
    EntryBody::parse(body.as_bytes(), kind, &Limits::default())
}

fn body(kind: EntryKind, spec: &str) -> String {
    format!(r#"{{"apiVersion":"{}","kind":"{}","spec":{spec}}}"#, kind.version(), kind.kind())
}

fn sha256(text: &str) -> Digest {
    HashAlgorithm::Sha256.digest(&[text.as_bytes()])
}

/// The v1 form of a digest.
fn hash(digest: &Digest) -> String {
    format!(r#"{{"algorithm":"{}","value":"{}"}}"#, digest.algorithm().name(), hex::encode(digest.as_bytes()))
}

fn pem_base64(label: &str) -> String {
    base64::encode(pem::encode(label, b"der").as_bytes())
}

fn certificate() -> EntryVerifier {
    EntryVerifier::Certificate(b"der".to_vec())
}

fn hashedrekord(digest: &Digest, label: &str) -> String {
    let spec = format!(
        r#"{{"data":{{"hash":{}}},"signature":{{"content":"AQI=","publicKey":{{"content":"{}"}}}}}}"#,
        hash(digest),
        pem_base64(label),
    );
    body(EntryKind::HashedRekordV001, &spec)
}

fn dsse(payload_hash: &str) -> String {
    let certificate = pem_base64("CERTIFICATE");
    let signatures = format!(r#"[{{"signature":"AQI=","verifier":"{certificate}"}}]"#);
    let envelope = hash(&sha256("envelope"));
    let spec =
        format!(r#"{{"envelopeHash":{envelope},"payloadHash":{payload_hash},"signatures":{signatures}}}"#);
    body(EntryKind::DsseV001, &spec)
}

fn intoto(signature: &str) -> String {
    let envelope = format!(
        r#"{{"payloadType":"t","signatures":[{{"keyid":"k","publicKey":"{}","sig":"{signature}"}}]}}"#,
        pem_base64("CERTIFICATE"),
    );
    let (envelope_hash, payload_hash) = (hash(&sha256("envelope")), hash(&sha256("payload")));
    let content = format!(r#"{{"envelope":{envelope},"hash":{envelope_hash},"payloadHash":{payload_hash}}}"#);
    body(EntryKind::IntotoV002, &format!(r#"{{"content":{content}}}"#))
}

fn dsse_v002(algorithm: &str, verifier: &str) -> String {
    let digest = base64::encode(sha256("payload").as_bytes());
    let payload_hash = format!(r#"{{"algorithm":"{algorithm}","digest":"{digest}"}}"#);
    let signatures = format!(r#"[{{"content":"AQI=","verifier":{{{verifier}}}}}]"#);
    let record = format!(r#"{{"payloadHash":{payload_hash},"signatures":{signatures}}}"#);
    body(EntryKind::DsseV002, &format!(r#"{{"dsseV002":{record}}}"#))
}

#[test]
fn kinds_and_generations() {
    for (kind, name, version, generation) in KINDS {
        assert_eq!(EntryKind::parse(name, version), Ok(kind));
        assert_eq!((kind.kind(), kind.version(), kind.generation()), (name, version, generation));
    }
    for (name, version) in
        [("rekord", "0.0.1"), ("dsse", "0.0.3"), ("", ""), ("DSSE", "0.0.1"), ("dsse", "0.0.1 ")]
    {
        assert_eq!(EntryKind::parse(name, version).unwrap_err().code(), "log-binding/kind-unsupported");
    }
}

#[test]
fn kind_and_version_of_the_body() {
    let digest = sha256("artifact");
    let good = hashedrekord(&digest, "CERTIFICATE");
    assert!(parse(&good, EntryKind::HashedRekordV001).is_ok());
    for (kind, ..) in KINDS.into_iter().filter(|(kind, ..)| *kind != EntryKind::HashedRekordV001) {
        assert_eq!(parse(&good, kind), Err(Error::KindMismatch));
    }
    let no_kind = good.replace(r#""kind":"hashedrekord","#, "");
    assert_eq!(parse(&no_kind, EntryKind::HashedRekordV001).unwrap_err().code(), "log-binding/body");
}

#[test]
fn hashedrekord_v001() {
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        let digest = algorithm.digest(&[b"artifact"]);
        let found = parse(&hashedrekord(&digest, "CERTIFICATE"), EntryKind::HashedRekordV001);
        let expected = HashedRekord { digest, signature: vec![1, 2], verifier: certificate() };
        assert_eq!(found, Ok(EntryBody::HashedRekordV001(expected)));
    }
    let digest = sha256("artifact");
    let found = parse(&hashedrekord(&digest, "PUBLIC KEY"), EntryKind::HashedRekordV001);
    let verifier = EntryVerifier::PublicKey(b"der".to_vec());
    let expected = HashedRekord { digest, signature: vec![1, 2], verifier };
    assert_eq!(found, Ok(EntryBody::HashedRekordV001(expected)));
}

#[test]
fn wrong_hashedrekord_v001() {
    let digest = sha256("artifact");
    let good = hashedrekord(&digest, "CERTIFICATE");
    let upper = hex::encode(digest.as_bytes()).to_ascii_uppercase();
    for wrong in [
        hashedrekord(&digest, "EC PRIVATE KEY"),
        good.replace("sha256", "sha384"),
        good.replace("sha256", "sha1"),
        good.replace("sha256", "SHA256"),
        good.replace(&hex::encode(digest.as_bytes()), &upper),
        good.replace("AQI=", "AQI"),
        good.replace(r#""data""#, r#""date""#),
        good.replace(r#""publicKey":{"#, r#""publicKey":{"content":"","#),
        good.replace(r#""spec":{"#, r#""spec":{"x":{"y":1,"y":2},"#),
        good.replace(r#""spec":{"#, r#""spec":null,"x":{"#),
        format!("{good} x"),
        format!("\u{feff}{good}"),
        "null".into(),
        "{}".into(),
        "[]".into(),
        String::new(),
    ] {
        let error = parse(&wrong, EntryKind::HashedRekordV001).unwrap_err();
        assert_eq!(error.code(), "log-binding/body", "{wrong}");
    }
}

#[test]
fn members_that_nobody_reads_are_skipped() {
    let digest = sha256("artifact");
    let good = hashedrekord(&digest, "CERTIFICATE");
    let more = good.replace(r#""spec":{"#, r#""spec":{"x":[1.5e9,null,{"y":""}],"#);
    assert_eq!(parse(&more, EntryKind::HashedRekordV001), parse(&good, EntryKind::HashedRekordV001));
}

#[test]
fn limits_have_their_own_codes() {
    let nested = format!(r#"{{"x":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    assert_eq!(parse(&nested, EntryKind::DsseV001).unwrap_err().code(), "limits/json-depth");
    let limits = Limits { json_members: 1, ..Limits::default() };
    let found = EntryBody::parse(br#"{"a":1,"b":2}"#, EntryKind::DsseV001, &limits);
    assert_eq!(found.unwrap_err().code(), "limits/json-members");
    let limits = Limits { json_string_bytes: 3, ..Limits::default() };
    let found = EntryBody::parse(br#"{"a":"long"}"#, EntryKind::DsseV001, &limits);
    assert_eq!(found.unwrap_err().code(), "limits/json-string-bytes");
}

#[test]
fn dsse_v001() {
    let payload_hash = sha256("payload");
    let good = dsse(&hash(&payload_hash));
    let signatures = vec![DsseSignature { signature: vec![1, 2], verifier: certificate() }];
    let expected = Dsse { envelope_hash: Some(sha256("envelope")), payload_hash, signatures };
    assert_eq!(parse(&good, EntryKind::DsseV001), Ok(EntryBody::DsseV001(expected)));
    let other_hash = hash(&HashAlgorithm::Sha512.digest(&[b"payload"]));
    let found = parse(&dsse(&other_hash), EntryKind::DsseV001);
    assert_eq!(found, Err(Error::BodyDigest("/spec/payloadHash".into())));
    let bare = good.replace("\"verifier\":\"", "\"verifier\":\"AAAA");
    let found = parse(&bare, EntryKind::DsseV001);
    assert_eq!(found, Err(Error::BodyPem("/spec/signatures/0/verifier".into())));
}

#[test]
fn intoto_v002() {
    let good = intoto(&base64::encode(b"AQI="));
    let expected = Intoto {
        hash: Some(sha256("envelope")),
        payload_hash: sha256("payload"),
        payload_type: "t".into(),
        signatures: vec![IntotoSignature { signature: vec![1, 2], verifier: certificate() }],
    };
    assert_eq!(parse(&good, EntryKind::IntotoV002), Ok(EntryBody::IntotoV002(expected)));
    for signature in
        ["AQI=", &base64::encode(b"AQI"), &base64::encode(b"AQI=\n"), &base64::encode(b"\xff\xff")]
    {
        let error = parse(&intoto(signature), EntryKind::IntotoV002).unwrap_err();
        assert_eq!(error.code(), "log-binding/body");
    }
}

#[test]
fn intoto_v001() {
    let envelope_hash = hash(&sha256("envelope"));
    let key = pem_base64("PUBLIC KEY");
    let spec = format!(r#"{{"content":{{"hash":{envelope_hash}}},"publicKey":"{key}"}}"#);
    let verifier = EntryVerifier::PublicKey(b"der".to_vec());
    let expected = IntotoV001 { hash: sha256("envelope"), payload_hash: None, verifier };
    let kind = EntryKind::IntotoV001;
    assert_eq!(parse(&body(kind, &spec), kind), Ok(EntryBody::IntotoV001(expected.clone())));
    let payload_hash = hash(&sha256("payload"));
    let content = format!(r#"{{"hash":{envelope_hash},"payloadHash":{payload_hash}}}"#);
    let spec = format!(r#"{{"content":{content},"publicKey":"{key}"}}"#);
    let expected = IntotoV001 { payload_hash: Some(sha256("payload")), ..expected };
    assert_eq!(parse(&body(kind, &spec), kind), Ok(EntryBody::IntotoV001(expected)));
}

#[test]
fn rebuilt_hashedrekord_v002() {
    let digest = sha256("artifact");
    let details = KeyDetails::PKIX_ECDSA_P256_SHA_256;
    let encoded = base64::encode(digest.as_bytes());
    let start = format!(
        r#"{{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{{"hashedRekordV002":{{"data":{{"algorithm":"SHA2_256","digest":"{encoded}"}},"signature":{{"content":"AQI=","verifier":{{"keyDetails":"PKIX_ECDSA_P256_SHA_256""#,
    );
    for (verifier, member) in
        [(VerifierRef::Certificate(b"der"), "x509Certificate"), (VerifierRef::PublicKey(b"der"), "publicKey")]
    {
        let rebuilt =
            String::from_utf8(rebuild_hashedrekord_v002(&digest, details, &[1, 2], verifier)).unwrap();
        assert_eq!(rebuilt, format!(r#"{start},"{member}":{{"rawBytes":"ZGVy"}}}}}}}}}}}}"#));
        let expected = EntryBody::HashedRekordV002(HashedRekordV002 { key_details: details });
        assert_eq!(parse(&rebuilt, EntryKind::HashedRekordV002), Ok(expected));
        let other = rebuilt.replace("PKIX_ECDSA_P256_SHA_256", "PKIX_X");
        let pointer = "/spec/hashedRekordV002/signature/verifier/keyDetails";
        assert_eq!(parse(&other, EntryKind::HashedRekordV002), Err(Error::BodyKeyDetails(pointer.into())));
    }
}

#[test]
fn dsse_v002_with_certificate_or_key() {
    let parse = |algorithm: &str, verifier: &str| parse(&dsse_v002(algorithm, verifier), EntryKind::DsseV002);
    let certificate_member = r#""x509Certificate":{"rawBytes":"ZGVy"}"#;
    let key_member = r#""publicKey":{"rawBytes":"ZGVy"}"#;
    for (member, verifier) in
        [(certificate_member, certificate()), (key_member, EntryVerifier::PublicKey(b"der".to_vec()))]
    {
        let signatures = vec![DsseSignature { signature: vec![1, 2], verifier }];
        let expected = DsseV002 { payload_hash: sha256("payload"), signatures };
        assert_eq!(parse("SHA2_256", member), Ok(EntryBody::DsseV002(expected)));
    }
    let both = format!("{certificate_member},{key_member}");
    for verifier in [&both, ""] {
        let pointer = "/spec/dsseV002/signatures/0/verifier";
        assert_eq!(parse("SHA2_256", verifier), Err(Error::BodyVerifier(pointer.into())));
    }
    let pointer = "/spec/dsseV002/payloadHash";
    assert_eq!(parse("SHA2_512", certificate_member), Err(Error::BodyDigest(pointer.into())));
}
