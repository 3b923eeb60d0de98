//! Refusals of rules J1 to J8, and J27: the form, the header and the signature.

use cretula_testkit::serve::IdToken as Draft;
use cretula_testkit::{Algorithm, Json};

use super::world::{World, jwk, signing_key, url_safe};
use crate::id_token::Rule;

type TextEdit = fn(&str) -> String;
type Edit = Box<dyn Fn(&mut Draft)>;

/// Three parts of a token.
fn parts(text: &str) -> [&str; 3] {
    let mut parts = text.split('.');
    [(); 3].map(|()| parts.next().expect("a part"))
}

fn edit_part(text: &str, index: usize, edit: impl Fn(&str) -> String) -> String {
    let mut parts = parts(text).map(String::from);
    if let Some(part) = parts.get_mut(index) {
        *part = edit(part);
    }
    parts.join(".")
}

/// A part without its first letters.
fn without(part: &str, letters: usize) -> &str {
    part.get(letters..).unwrap_or_default()
}

/// As many letters as make whole groups of four.
fn whole_groups(part: &str) -> &str {
    part.get(..part.len().saturating_sub(part.len() % 4)).unwrap_or_default()
}

/// The header or the claims replaced by this text; the signature is not made again.
fn with_json(text: &str, index: usize, json: &[u8]) -> String {
    edit_part(text, index, |_| url_safe(json))
}

/// Sets unused bits of the last letter, whichever the length.
fn bend_last_bits(part: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = part.chars().next_back().and_then(|letter| LETTERS.find(letter)).unwrap_or(0);
    let next = LETTERS.chars().nth(last | 1).unwrap_or('B');
    let kept: String = part.chars().take(part.len().saturating_sub(1)).collect();
    format!("{kept}{next}")
}

const TEXTS: &[(&str, Rule, TextEdit)] = &[
    ("no text", Rule::J1, |_| String::new()),
    ("one part", Rule::J1, |text| parts(text)[0].into()),
    ("two parts", Rule::J1, |text| parts(text)[..2].join(".")),
    ("four parts", Rule::J1, |text| format!("{text}.AA")),
    ("an empty fourth part", Rule::J1, |text| format!("{text}.")),
    ("five parts, as encrypted tokens have", Rule::J1, |text| format!("{text}.AA.AA")),
    ("a dot in front", Rule::J1, |text| format!(".{text}")),
    ("the JSON serialisation", Rule::J1, |text| {
        let [header, payload, signature] = parts(text);
        format!(r#"{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#)
    }),
    ("longer than 8 KiB", Rule::J1, |text| format!("{text}{}", "A".repeat(8192))),
    ("a space inside", Rule::J1, |text| text.replacen('.', ". ", 1)),
    ("a line feed inside", Rule::J1, |text| text.replacen('.', ".\n", 1)),
    ("a letter outside of ASCII", Rule::J1, |text| format!("{text}é")),
    ("padding of the header", Rule::J2, |text| edit_part(text, 0, |part| format!("{part}="))),
    ("padding of the claims", Rule::J2, |text| edit_part(text, 1, |part| format!("{part}=="))),
    ("padding of the signature", Rule::J2, |text| edit_part(text, 2, |part| format!("{part}=="))),
    ("letters of the other alphabet", Rule::J2, |text| {
        edit_part(text, 2, |part| format!("+/{}", without(part, 2)))
    }),
    ("a letter too many", Rule::J2, |text| edit_part(text, 2, |part| format!("{}A", whole_groups(part)))),
    ("unused bits of the signature", Rule::J2, |text| edit_part(text, 2, bend_last_bits)),
    ("a letter of no alphabet", Rule::J2, |text| edit_part(text, 1, |part| format!("*{}", without(part, 1)))),
    ("percent encoding", Rule::J2, |text| edit_part(text, 0, |part| format!("%65{}", without(part, 1)))),
    ("an empty header", Rule::J3, |text| edit_part(text, 0, |_| String::new())),
    ("empty claims", Rule::J3, |text| edit_part(text, 1, |_| String::new())),
    ("a header that is no object", Rule::J3, |text| with_json(text, 0, b"[]")),
    ("a header that is no JSON", Rule::J3, |text| with_json(text, 0, b"{alg:1}")),
    ("a duplicate in the header", Rule::J3, |text| {
        with_json(text, 0, br#"{"alg":"ES256","alg":"none","kid":"ec1"}"#)
    }),
    ("an escaped duplicate in the header", Rule::J3, |text| {
        with_json(text, 0, br#"{"alg":"ES256","\u0061lg":"none","kid":"ec1"}"#)
    }),
    ("trailing bytes of the header", Rule::J3, |text| with_json(text, 0, br#"{"alg":"ES256","kid":"ec1"}x"#)),
    ("claims that are no object", Rule::J3, |text| with_json(text, 1, br#""iss""#)),
    ("a duplicate in the claims", Rule::J3, |text| {
        with_json(text, 1, br#"{"iss":"https://issuer.example/github","iss":"x"}"#)
    }),
    ("a duplicate inside of the claims", Rule::J3, |text| with_json(text, 1, br#"{"a":{"b":1,"b":2}}"#)),
    ("claims that are not UTF-8", Rule::J3, |text| with_json(text, 1, b"{\"a\":\"\xff\"}")),
    ("a byte-order mark", Rule::J3, |text| with_json(text, 1, b"\xef\xbb\xbf{}")),
    ("a lone surrogate", Rule::J3, |text| with_json(text, 1, br#"{"a":"\ud800"}"#)),
    ("claims 9 deep", Rule::J3, |text| with_json(text, 1, br#"{"a":[[[[[[[[]]]]]]]]}"#)),
    ("a header 9 deep", Rule::J3, |text| with_json(text, 0, br#"{"a":[[[[[[[[]]]]]]]]}"#)),
    ("a comma too many", Rule::J3, |text| with_json(text, 1, br#"{"a":1,}"#)),
    ("no signature", Rule::J27, |text| edit_part(text, 2, |_| String::new())),
    ("a shorter signature", Rule::J27, |text| edit_part(text, 2, |part| without(part, 2).into())),
    ("a longer signature", Rule::J27, |text| edit_part(text, 2, |part| format!("AAAA{part}"))),
    ("another signature", Rule::J27, |text| edit_part(text, 2, |part| format!("AA{}", without(part, 2)))),
    ("a signature of zeros", Rule::J27, |text| edit_part(text, 2, |_| url_safe(&[0; 64]))),
    ("other claims under the signature", Rule::J27, |text| {
        with_json(text, 1, br#"{"iss":"https://issuer.example/github"}"#)
    }),
    ("another header under the signature", Rule::J27, |text| {
        with_json(text, 0, br#"{"alg":"ES256","kid":"ec1"}"#)
    }),
];

#[test]
fn forms_that_are_refused() {
    let world = World::new();
    let good = world.github().encode();
    assert!(world.verify(&good).is_ok());
    for (name, rule, edit) in TEXTS {
        assert_eq!(world.verify(&edit(&good)).err(), Some(*rule), "{name}");
    }
    assert_eq!(TEXTS.len(), 43);
}

/// The signature is always made by the issuer's key, so that nothing else is wrong.
fn header(member: &str, value: Json) -> impl Fn(&mut Draft) {
    let pointer = format!("/{member}");
    move |token| {
        token.header.set(&pointer, value.clone());
    }
}

#[test]
fn headers_that_are_refused() {
    let world = World::new();
    let text = |text: &str| Json::text(text);
    let own_key = jwk(&signing_key("attacker", Algorithm::P256), "ec1");
    let list = |text: &str| Json::List(vec![Json::text(text)]);
    let cases: Vec<(&str, Rule, Edit)> = vec![
        ("J4 RS256 for a key of ES256", Rule::J4, Box::new(header("alg", text("RS256")))),
        ("J4 ES384 for a key of ES256", Rule::J4, Box::new(header("alg", text("ES384")))),
        ("J4 EdDSA for a key of ES256", Rule::J4, Box::new(header("alg", text("EdDSA")))),
        ("J5 none", Rule::J5, Box::new(header("alg", text("none")))),
        ("J5 None", Rule::J5, Box::new(header("alg", text("None")))),
        ("J5 nOnE", Rule::J5, Box::new(header("alg", text("nOnE")))),
        ("J5 HS256", Rule::J5, Box::new(header("alg", text("HS256")))),
        ("J5 HS384", Rule::J5, Box::new(header("alg", text("HS384")))),
        ("J5 HS512", Rule::J5, Box::new(header("alg", text("HS512")))),
        ("J5 RSA1_5", Rule::J5, Box::new(header("alg", text("RSA1_5")))),
        ("J5 RS512", Rule::J5, Box::new(header("alg", text("RS512")))),
        ("J5 PS256", Rule::J5, Box::new(header("alg", text("PS256")))),
        ("J5 ES512", Rule::J5, Box::new(header("alg", text("ES512")))),
        ("J5 ES256K", Rule::J5, Box::new(header("alg", text("ES256K")))),
        ("J5 empty", Rule::J5, Box::new(header("alg", text("")))),
        ("J5 es256", Rule::J5, Box::new(header("alg", text("es256")))),
        ("J5 Es256", Rule::J5, Box::new(header("alg", text("Es256")))),
        ("J5 with a space", Rule::J5, Box::new(header("alg", text("ES256 ")))),
        ("J5 a list", Rule::J5, Box::new(header("alg", list("ES256")))),
        ("J5 a number", Rule::J5, Box::new(header("alg", Json::number(256)))),
        ("J5 null", Rule::J5, Box::new(header("alg", Json::null()))),
        ("J5 absent", Rule::J5, Box::new(|token| drop(token.header.remove("/alg")))),
        ("J6 crit", Rule::J6, Box::new(header("crit", list("exp")))),
        ("J6 empty crit", Rule::J6, Box::new(header("crit", Json::List(Vec::new())))),
        ("J6 crit null", Rule::J6, Box::new(header("crit", Json::null()))),
        ("J6 jku", Rule::J6, Box::new(header("jku", text("https://attacker.example/keys")))),
        ("J6 jwk", Rule::J6, Box::new(header("jwk", own_key))),
        ("J6 x5u", Rule::J6, Box::new(header("x5u", text("https://attacker.example/chain")))),
        ("J6 x5c", Rule::J6, Box::new(header("x5c", list("AAAA")))),
        ("J6 b64", Rule::J6, Box::new(header("b64", Json::bool(false)))),
        ("J7 JOSE", Rule::J7, Box::new(header("typ", text("JOSE")))),
        ("J7 at+jwt", Rule::J7, Box::new(header("typ", text("at+jwt")))),
        ("J7 jwt", Rule::J7, Box::new(header("typ", text("jwt")))),
        ("J7 empty", Rule::J7, Box::new(header("typ", text("")))),
        ("J7 null", Rule::J7, Box::new(header("typ", Json::null()))),
        ("J7 a list", Rule::J7, Box::new(header("typ", list("JWT")))),
        ("J8 absent", Rule::J8, Box::new(|token| drop(token.header.remove("/kid")))),
        ("J8 empty", Rule::J8, Box::new(header("kid", text("")))),
        ("J8 129 bytes", Rule::J8, Box::new(header("kid", text(&"k".repeat(129))))),
        ("J8 a number", Rule::J8, Box::new(header("kid", Json::number(1)))),
        ("J8 a list", Rule::J8, Box::new(header("kid", list("ec1")))),
        ("J27 an unknown key", Rule::J27, Box::new(header("kid", text("ec2")))),
        ("J27 another case", Rule::J27, Box::new(header("kid", text("EC1")))),
        ("J27 128 bytes", Rule::J27, Box::new(header("kid", text(&"k".repeat(128))))),
        ("J27 a path as key id", Rule::J27, Box::new(header("kid", text("../../ec1")))),
        ("J27 a query as key id", Rule::J27, Box::new(header("kid", text("x' UNION SELECT 'ec1")))),
        (
            "J27 another key signs",
            Rule::J27,
            Box::new(|token| token.key = signing_key("attacker", Algorithm::P256)),
        ),
        (
            "J27 another kind of key signs",
            Rule::J27,
            Box::new(|token| token.key = signing_key("a", Algorithm::Ed25519)),
        ),
    ];
    for (name, rule, edit) in &cases {
        let mut token = world.github();
        edit(&mut token);
        assert_eq!(world.verify(&token.encode()).err(), Some(*rule), "{name}");
    }
    assert_eq!(cases.len(), 48);
}

/// An HMAC over the public key, which a verifier that lets the header choose would accept.
#[test]
fn a_public_key_is_no_secret() {
    let world = World::new();
    let good = world.github().encode();
    let [_, payload, _] = parts(&good);
    let header = url_safe(br#"{"alg":"HS256","kid":"ec1","typ":"JWT"}"#);
    for signature in [&[0_u8; 32][..], world.github().key.spki().as_slice()] {
        let token = format!("{header}.{payload}.{}", url_safe(signature));
        assert_eq!(world.verify(&token).err(), Some(Rule::J5));
    }
}

/// Rule J27: unknown key and wrong signature cannot be told apart, not even inwards.
#[test]
fn an_unknown_key_looks_like_a_wrong_signature() {
    use crate::id_token::{IdToken, verify_id_token};
    let world = World::new();
    let mut unknown = world.github();
    unknown.header.set("/kid", Json::text("ec9"));
    let mut wrong = world.github();
    wrong.key = signing_key("attacker", Algorithm::P256);
    let error = |draft: &Draft| {
        let token = IdToken::new(draft.encode().into_bytes()).unwrap();
        verify_id_token(&token, &world.issuers, &world.keys, super::world::NOW).unwrap_err()
    };
    assert_eq!(error(&unknown), error(&wrong));
}
