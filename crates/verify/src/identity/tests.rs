//! Signers made of hand-built certificates against small policies.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use cretula_crypto::{Digest, HashAlgorithm};
use cretula_encoding::{
    der::{self, Tag},
    hex,
    limits::Limits,
};
use cretula_pki::{Certificate, FulcioClaims};

use super::*;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const SAN: &str = "https://github.com/acme/app/.github/workflows/r.yml@refs/tags/v1";

/// `[6]` URI, `[1]` e-mail, `[2]` DNS.
const URI: u8 = 6;
const EMAIL: u8 = 1;
const DNS: u8 = 2;

/// A leaf in the making: well-formed, never signed.
#[derive(Clone, Default)]
struct Leaf {
    names: Vec<Vec<u8>>,
    extensions: Vec<(String, Vec<u8>)>,
}

impl Leaf {
    fn named(form: u8, value: &str) -> Self {
        Self::default().name(form, value)
    }

    /// The certificate of a build at GitHub.
    fn github() -> Self {
        Self::named(URI, SAN)
            .claim(8, GITHUB)
            .claim(12, "https://github.com/acme/app")
            .claim(14, "refs/tags/v1")
            .claim(15, "1001")
    }

    fn name(mut self, form: u8, value: &str) -> Self {
        self.names.push(der::encode(Tag::context(form), &[value.as_bytes()]));
        self
    }

    /// Fulcio's otherName.
    fn other_name(mut self, value: &str) -> Self {
        let oid = der::encode(Tag::OID, &[&der::parse_dotted("1.3.6.1.4.1.57264.1.7").unwrap()]);
        let value = der::encode(Tag::UTF8_STRING, &[value.as_bytes()]);
        let value = der::encode(Tag::context_constructed(0), &[&value]);
        self.names.push(der::encode(Tag::context_constructed(0), &[&oid, &value]));
        self
    }

    fn extension(mut self, oid: &str, value: &[u8]) -> Self {
        self.extensions.push((oid.to_string(), value.to_vec()));
        self
    }

    /// Raw text up to 6, a DER UTF8String from 8 on.
    fn claim(self, number: u8, text: &str) -> Self {
        let oid = format!("1.3.6.1.4.1.57264.1.{number}");
        let encoded = der::encode(Tag::UTF8_STRING, &[text.as_bytes()]);
        let value = if number < 8 { text.as_bytes() } else { &encoded };
        self.extension(&oid, value)
    }

    fn certificate(&self) -> Certificate {
        let parts = |parts: &[Vec<u8>]| der::encode(Tag::SEQUENCE, &[&parts.concat()]);
        let oid = |text: &str| der::encode(Tag::OID, &[&der::parse_dotted(text).unwrap()]);
        let extension = |id: &str, value: &[u8]| parts(&[oid(id), der::encode(Tag::OCTET_STRING, &[value])]);
        let mut extensions = Vec::new();
        if !self.names.is_empty() {
            extensions.push(extension("2.5.29.17", &parts(&self.names)));
        }
        extensions.extend(self.extensions.iter().map(|(id, value)| extension(id, value)));
        let version = der::encode(Tag::INTEGER, &[&[2]]);
        let algorithm = parts(&[oid("1.2.840.10045.4.3.2")]);
        let time = |text: &str| der::encode(Tag::UTC_TIME, &[text.as_bytes()]);
        let bits = der::encode(Tag::BIT_STRING, &[&[0, 1]]);
        let mut tbs = Vec::from([
            der::encode(Tag::context_constructed(0), &[&version]),
            der::encode(Tag::INTEGER, &[&[1]]),
            algorithm.clone(),
            parts(&[]),
            parts(&[time("240101000000Z"), time("240101001000Z")]),
            parts(&[]),
            parts(&[algorithm.clone(), bits.clone()]),
        ]);
        if !extensions.is_empty() {
            tbs.push(der::encode(Tag::context_constructed(3), &[&parts(&extensions)]));
        }
        Certificate::parse(&parts(&[parts(&tbs), algorithm, bits]), &Limits::default()).unwrap()
    }
}

fn anchor() -> Digest {
    HashAlgorithm::Sha256.digest(&[b"anchor"])
}

fn policy(members: &str) -> Policy {
    let text = format!(r#"{{"schema":"cretula/policy/v1",{members}}}"#);
    Policy::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn with_facts<T>(leaf: &Leaf, test: impl FnOnce(&SignerFacts<'_>) -> T) -> T {
    let certificate = leaf.certificate();
    let claims = FulcioClaims::parse(&certificate, &Limits::default()).unwrap();
    let ca = CaFacts { sha256: anchor(), uri: Some("https://ca.example") };
    test(&SignerFacts::Certificate(CertificateFacts { certificate: &certificate, claims: &claims, ca }))
}

fn key<'a>(given: &[(&'a str, Option<&'a str>)]) -> SignerFacts<'a> {
    let given = given.iter().map(|(id, usage)| GivenKey { id, usage: *usage }).collect();
    SignerFacts::Key(KeyFacts { given })
}

/// Pointers of the satisfied leaves, or check and code.
fn outcome(policy: &Policy, facts: &SignerFacts<'_>) -> Result<Vec<String>, (&'static str, &'static str)> {
    let satisfied = match_signers(policy, facts).map_err(|error| {
        assert!(!error.detail.is_empty() && error.detail.len() <= 256);
        (error.check, error.code())
    })?;
    Ok(satisfied.into_iter().map(|leaf| leaf.pointer).collect())
}

fn matched(leaf: &Leaf, members: &str) -> Result<Vec<String>, (&'static str, &'static str)> {
    with_facts(leaf, |facts| outcome(&policy(members), facts))
}

/// One certificate leaf; whoever signed where it is unbound.
fn rule(members: &str) -> String {
    let node = format!(r#""signers":{{"certificate":{{{members}}}}}"#);
    let text = format!(r#"{{"schema":"cretula/policy/v1",{node}}}"#);
    match Policy::parse(text.as_bytes(), &Limits::default()) {
        Ok(_) => node,
        Err(_) => format!(r#"{node},"dangerous":{{"anySigner":true}}"#),
    }
}

fn denied(leaf: &Leaf, entry: &str) -> Option<&'static str> {
    let policy = policy(&format!(r#""dangerous":{{"anySigner":true}},"deny":[{entry}]"#));
    with_facts(leaf, |facts| match_denied(&policy, facts, &[])).err().map(|error| error.code())
}

#[test]
fn each_member_is_contradicted_once() {
    let hash = hex::encode(anchor().as_bytes());
    let other = "00".repeat(32);
    let leaf = Leaf::github().claim(24, "").extension("1.2.3", &[0x0c, 1, b'x']).extension("1.2.4", b"raw");
    let good = format!(
        r#""san":{{"type":"uri","match":"{SAN}"}},"issuer":"{GITHUB}",
        "claims":{{"sourceRepositoryUri":"https://github.com/acme/app","tokenSubject":{{"present":true}},
          "buildTrigger":{{"absent":true}}}},
        "extensions":{{"1.2.3":{{"utf8":"x"}},"1.2.4":{{"raw":"cmF3"}}}},
        "ca":{{"uri":"https://ca.example","sha256":"{hash}"}}"#
    );
    assert_eq!(matched(&leaf, &rule(&good)), Ok(Vec::from(["/signers".to_string()])));
    for (from, to, check, code) in [
        (r#""uri","match""#, r#""email","match""#, "I01", "identity/san-type"),
        ("r.yml@refs/tags/v1", "r.yml@refs/tags/v2", "I02", "identity/san"),
        (GITHUB, "https://token.actions.githubusercontent.com/acme", "I03", "identity/issuer"),
        (r#"/acme/app","tokenSubject"#, r#"/acme/app-evil","tokenSubject"#, "I04", "identity/claim"),
        (r#""tokenSubject":{"present":true}"#, r#""tokenSubject":{"absent":true}"#, "I04", "identity/claim"),
        (r#""tokenSubject":{"present":true}"#, r#""tokenSubject":"x""#, "I04", "identity/claim"),
        (
            r#""buildTrigger":{"absent":true}"#,
            r#""buildTrigger":{"present":true}"#,
            "I04",
            "identity/claim-missing",
        ),
        (r#""buildTrigger":{"absent":true}"#, r#""buildTrigger":"push""#, "I04", "identity/claim-missing"),
        (r#"{"utf8":"x"}"#, r#"{"utf8":"y"}"#, "I04", "identity/claim"),
        (r#"{"utf8":"x"}"#, r#"{"raw":"eA=="}"#, "I04", "identity/claim"),
        (r#"{"raw":"cmF3"}"#, r#"{"utf8":"raw"}"#, "I04", "identity/claim-malformed"),
        (r#""1.2.4""#, r#""1.2.5""#, "I04", "identity/claim-missing"),
        (r#"{"uri":"https://ca.example""#, r#"{"uri":"https://ca.example.evil""#, "I08", "identity/instance"),
        (&hash, &other, "I08", "identity/instance"),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        assert_eq!(matched(&leaf, &rule(&changed)), Err((check, code)), "{to}");
    }
    assert_eq!(
        matched(&leaf, &rule(&good.replacen(r#"{"utf8":"x"}"#, r#"{"der":"DAF4"}"#, 1))).map(|_| ()),
        Ok(())
    );
}

#[test]
fn exactly_one_name_of_a_known_type() {
    let signer = rule(&format!(r#""san":"n","issuer":"{GITHUB}""#));
    let issued = |leaf: Leaf| leaf.claim(8, GITHUB);
    for leaf in [Leaf::named(URI, "n"), Leaf::named(EMAIL, "n"), Leaf::default().other_name("n")] {
        assert!(matched(&issued(leaf), &signer).is_ok());
    }
    for (leaf, code) in [
        (Leaf::default(), "identity/san-count"),
        (Leaf::named(URI, "n").name(URI, "n"), "identity/san-count"),
        (Leaf::named(URI, "n").name(DNS, "n"), "identity/san-count"),
        (Leaf::named(DNS, "n"), "identity/san-type"),
    ] {
        assert_eq!(matched(&issued(leaf.clone()), &signer), Err(("I01", code)));
        // Nobody has to be named for the facts to be checked.
        assert_eq!(matched(&issued(leaf), r#""dangerous":{"anySigner":true}"#), Err(("I01", code)));
    }
    for (san_type, leaf) in [
        ("uri", Leaf::named(URI, "n")),
        ("email", Leaf::named(EMAIL, "n")),
        ("other", Leaf::default().other_name("n")),
    ] {
        for wanted in ["uri", "email", "other"] {
            let signer = rule(&format!(r#""san":{{"type":"{wanted}","match":"n"}},"issuer":"{GITHUB}""#));
            assert_eq!(matched(&issued(leaf.clone()), &signer).is_ok(), wanted == san_type);
        }
    }
}

#[test]
fn near_misses_of_patterns() {
    let leaf = |san: &str| Leaf::named(URI, san).claim(8, "https://i.example");
    let glob = rule(r#""issuer":"https://i.example","san":{"glob":"https://github.com/acme/app/**"}"#);
    let regex = rule(r#""issuer":"https://i.example","san":{"regex":"https://github\\.com/acme/app/.+"}"#);
    assert!(matched(&leaf("https://github.com/acme/app/x"), &glob).is_ok());
    assert!(matched(&leaf("https://github.com/acme/app/x"), &regex).is_ok());
    for san in [
        "https://github.com/acme/app-evil/x",
        "evil-https://github.com/acme/app/x",
        "https://githubXcom/acme/app/x",
        "https://github.com/acme/app",
        "https://GitHub.com/acme/app/x",
    ] {
        assert_eq!(matched(&leaf(san), &glob), Err(("I02", "identity/san")), "{san}");
        assert_eq!(matched(&leaf(san), &regex), Err(("I02", "identity/san")), "{san}");
    }
    let evil = Leaf::named(URI, "https://github.com/acme/app/x").claim(8, "https://i.example.evil");
    assert_eq!(matched(&evil, &glob), Err(("I03", "identity/issuer")));
}

#[test]
fn issuer_forms() {
    let named = Leaf::named(URI, "n");
    let signer = rule(r#""san":"n","issuer":"i""#);
    let malformed = |number: u8| named.clone().extension(&format!("1.3.6.1.4.1.57264.1.{number}"), b"\xff");
    for (leaf, expected) in [
        (named.clone().claim(8, "i"), Ok(())),
        (named.clone().claim(1, "i"), Ok(())),
        (named.clone().claim(8, "i").claim(1, "i"), Ok(())),
        (named.clone().claim(8, "i").claim(1, "j"), Err(("I03", "identity/issuer-conflict"))),
        (named.clone().claim(8, "j"), Err(("I03", "identity/issuer"))),
        (named.clone(), Err(("I03", "identity/issuer-missing"))),
        (malformed(8), Err(("I03", "identity/issuer-malformed"))),
        (malformed(8).claim(1, "i"), Err(("I03", "identity/issuer-malformed"))),
        (malformed(1), Err(("I03", "identity/issuer-malformed"))),
    ] {
        assert_eq!(matched(&leaf, &signer).map(|_| ()), expected);
        let anyone = matched(&leaf, r#""dangerous":{"anySigner":true}"#).map(|_| ());
        let mismatch = expected == Err(("I03", "identity/issuer"));
        assert_eq!(anyone, if mismatch { Ok(()) } else { expected });
    }
}

#[test]
fn no_issuer_only_with_a_pinned_anchor() {
    let hash = hex::encode(anchor().as_bytes());
    let absent = rule(&format!(r#""san":"n","issuer":{{"absent":true}},"ca":{{"sha256":"{hash}"}}"#));
    let silent = rule(&format!(r#""san":"n","ca":{{"sha256":"{hash}"}}"#));
    let named = Leaf::named(URI, "n");
    assert!(matched(&named, &absent).is_ok());
    assert_eq!(matched(&named, &silent), Err(("I03", "identity/issuer-missing")));
    assert!(matched(&named.clone().claim(8, "i"), &silent).is_ok());
    assert_eq!(matched(&named.claim(8, "i"), &absent), Err(("I03", "identity/issuer")));
}

#[test]
fn deprecated_claims() {
    let rule = |claim: &str| rule(&format!(r#""san":"n","issuer":"{GITHUB}","claims":{{{claim}}}"#));
    let github = Leaf::named(URI, "n").claim(8, GITHUB);
    for (deprecated, current, name, old, new) in [
        (2, 20, "buildTrigger", "push", "push"),
        (3, 13, "sourceRepositoryDigest", "abc", "abc"),
        (5, 12, "sourceRepositoryUri", "acme/app", "https://github.com/acme/app"),
        (6, 14, "sourceRepositoryRef", "refs/heads/main", "refs/heads/main"),
    ] {
        let wanted = rule(&format!(r#""{name}":"{new}""#));
        assert!(matched(&github.clone().claim(deprecated, old), &wanted).is_ok(), "{name}");
        assert!(matched(&github.clone().claim(current, new), &wanted).is_ok(), "{name}");
        assert!(
            matched(&github.clone().claim(current, new).claim(deprecated, old), &wanted).is_ok(),
            "{name}"
        );
        let conflict = github.clone().claim(current, new).claim(deprecated, "other");
        for policy in [wanted.as_str(), r#""dangerous":{"anySigner":true}"#] {
            assert_eq!(matched(&conflict, policy), Err(("I04", "identity/claim-conflict")), "{name}");
        }
        let malformed = github.clone().extension(&format!("1.3.6.1.4.1.57264.1.{current}"), b"x");
        assert_eq!(
            matched(&malformed.claim(deprecated, old), &wanted),
            Err(("I04", "identity/claim-malformed")),
            "{name}"
        );
    }
    let elsewhere = Leaf::named(URI, "n").claim(8, "https://i").claim(2, "push");
    let wanted = super::tests::rule(r#""san":"n","issuer":"https://i","claims":{"buildTrigger":"push"}"#);
    assert_eq!(matched(&elsewhere, &wanted), Err(("I04", "identity/claim-missing")));
}

#[test]
fn keys() {
    let signer = policy(r#""signers":{"key":{"ids":["a","b"],"usage":"npm"}}"#);
    assert!(outcome(&signer, &key(&[("a", Some("npm"))])).is_ok());
    assert!(outcome(&signer, &key(&[("x", None), ("b", Some("npm"))])).is_ok());
    for given in [
        &[("c", Some("npm"))][..],
        &[("", Some("npm"))],
        &[("a", None)],
        &[("a", Some("pypi"))],
        &[("a", Some("pypi")), ("x", Some("npm"))],
        &[("A", Some("npm"))],
    ] {
        assert_eq!(outcome(&signer, &key(given)), Err(("I02", "identity/key")), "{given:?}");
    }
    let any_hint = policy(r#""signers":{"key":{"ids":[""]}}"#);
    assert!(outcome(&any_hint, &key(&[("", None)])).is_ok());
    assert_eq!(outcome(&any_hint, &key(&[("a", None)])), Err(("I02", "identity/key")));
    with_facts(&Leaf::github(), |facts| {
        assert_eq!(outcome(&any_hint, facts), Err(("I02", "identity/key")));
    });
    let certificate = policy(&rule(&format!(r#""san":"{SAN}","issuer":"{GITHUB}""#)));
    assert_eq!(outcome(&certificate, &key(&[("a", None)])), Err(("I02", "identity/no-match")));
}

#[test]
fn trees() {
    let good = format!(r#"{{"certificate":{{"san":"{SAN}","issuer":"{GITHUB}"}}}}"#);
    let san = format!(r#"{{"certificate":{{"san":"other","issuer":"{GITHUB}"}}}}"#);
    let issuer = format!(r#"{{"certificate":{{"san":"{SAN}","issuer":"other"}}}}"#);
    let key = r#"{"key":{"ids":["k"]}}"#;
    let tree = |node: &str| matched(&Leaf::github(), &format!(r#""signers":{node}"#));
    let pointers = |list: &[&str]| Ok(list.iter().map(|pointer| (*pointer).to_string()).collect::<Vec<_>>());

    assert_eq!(tree(&format!(r#"{{"any":[{key},{san},{good}]}}"#)), pointers(&["/signers/any/2"]));
    assert_eq!(
        tree(&format!(r#"{{"any":[{good},{key},{good}]}}"#)),
        pointers(&["/signers/any/0", "/signers/any/2"])
    );
    assert_eq!(tree(&format!(r#"{{"all":[{good},{{"not":{san}}}]}}"#)), pointers(&["/signers/all/0"]));
    // The leaf that came furthest names the check.
    assert_eq!(tree(&format!(r#"{{"any":[{key},{san}]}}"#)), Err(("I02", "identity/no-match")));
    assert_eq!(tree(&format!(r#"{{"any":[{san},{issuer},{key}]}}"#)), Err(("I03", "identity/no-match")));
    assert_eq!(tree(&format!(r#"{{"all":[{good},{issuer}]}}"#)), Err(("I03", "identity/no-match")));
    assert_eq!(tree(&format!(r#"{{"all":[{good},{{"not":{good}}}]}}"#)), Err(("I02", "identity/no-match")));
    // One leaf in all: its own code.
    assert_eq!(tree(&format!(r#"{{"any":[{{"all":[{issuer}]}}]}}"#)), Err(("I03", "identity/issuer")));
}

#[test]
fn negation_refuses_what_it_cannot_compare() {
    let base = Leaf::github();
    let below = |rule: &str| {
        format!(
            r#""signers":{{"all":[{{"certificate":{{"san":"{SAN}","issuer":"{GITHUB}"}}}},{{"not":{rule}}}]}}"#
        )
    };
    for pattern in [r#"{"glob":"x**"}"#, r#"{"regex":"x.+"}"#, r#""x""#] {
        let entry = format!(r#"{{"certificate":{{"claims":{{"runInvocationUri":{pattern}}}}}}}"#);
        let also =
            format!(r#"{{"certificate":{{"san":"another","claims":{{"runInvocationUri":{pattern}}}}}}}"#);
        for text in ["y\n".to_string(), "\u{0}".to_string(), "y".repeat(2048) + "y"] {
            // Longer values than limit `claim-bytes` never come this far in a claim; an extension can hold them.
            let oid = "1.2.3";
            let value = der::encode(Tag::UTF8_STRING, &[text.as_bytes()]);
            let extension = format!(r#"{{"certificate":{{"extensions":{{"{oid}":{{"utf8":{pattern}}}}}}}}}"#);
            let leaf = base.clone().extension(oid, &value);
            assert_eq!(matched(&leaf, &below(&extension)), Err(("I04", "identity/claim-malformed")));
            assert_eq!(denied(&leaf, &extension), Some("identity/claim-malformed"));
            if text.len() <= 2048 {
                let leaf = base.clone().claim(21, &text);
                for rule in [&entry, &also] {
                    assert_eq!(matched(&leaf, &below(rule)), Err(("I04", "identity/claim-malformed")));
                    assert_eq!(denied(&leaf, rule), Some("identity/claim-malformed"));
                }
            }
        }
        assert!(matched(&base.clone().claim(21, "y"), &below(&entry)).is_ok());
        assert_eq!(denied(&base.clone().claim(21, "y"), &entry), None);
        // An absent claim matches nothing.
        assert!(matched(&base, &below(&entry)).is_ok());
        assert_eq!(denied(&base, &entry), None);
        // Bytes that are no UTF8String.
        let malformed = base.clone().extension("1.3.6.1.4.1.57264.1.21", b"x");
        assert_eq!(denied(&malformed, &entry), Some("identity/claim-malformed"));
    }
}

#[test]
fn a_missing_issuer_does_not_hide_from_negation() {
    let hash = hex::encode(anchor().as_bytes());
    let own =
        format!(r#"{{"certificate":{{"san":"n","issuer":{{"absent":true}},"ca":{{"sha256":"{hash}"}}}}}}"#);
    let named = Leaf::named(URI, "n");
    let not = format!(r#""signers":{{"all":[{own},{{"not":{{"certificate":{{"san":"n"}}}}}}]}}"#);
    assert_eq!(matched(&named, &not), Err(("I02", "identity/no-match")));
    assert_eq!(denied(&named, r#"{"certificate":{"san":"n"}}"#), Some("identity/denied"));
    assert_eq!(denied(&named, r#"{"certificate":{"issuer":{"absent":true}}}"#), Some("identity/denied"));
    assert_eq!(denied(&named, r#"{"certificate":{"issuer":"i"}}"#), None);
}

#[test]
fn deny_entries() {
    let leaf = Leaf::github().claim(13, &"AB".repeat(20)).claim(8 + 13, "https://run/1");
    let sha256 = hex::encode(leaf.certificate().sha256().as_bytes());
    for (entry, expected) in [
        (format!(r#"{{"certificateSha256":"{sha256}"}}"#), true),
        (format!(r#"{{"certificateSha256":"{}"}}"#, "00".repeat(32)), false),
        (format!(r#"{{"sourceCommit":"{}"}}"#, "ab".repeat(20)), true),
        (format!(r#"{{"sourceCommit":"{}"}}"#, "ab".repeat(32)), false),
        (r#"{"keyId":""}"#.to_string(), false),
        (r#"{"key":{"ids":["k"]}}"#.to_string(), false),
        (format!(r#"{{"certificate":{{"san":"{SAN}"}}}}"#), true),
        (
            r#"{"certificate":{"claims":{"runInvocationUri":{"glob":"https://run/1**"}}}}"#
                .replace("1**", "**"),
            true,
        ),
        (r#"{"certificate":{"claims":{"runInvocationUri":"https://run/2"}}}"#.to_string(), false),
        (r#"{"certificate":{"ca":{"uri":"https://ca.example"}}}"#.to_string(), true),
    ] {
        assert_eq!(denied(&leaf, &entry).is_some(), expected, "{entry}");
    }
    let commit = format!(r#"{{"sourceCommit":"{}"}}"#, "cd".repeat(20));
    let old = Leaf::named(URI, "n").claim(8, "i").claim(3, &"cd".repeat(20));
    assert_eq!(denied(&old, &commit), Some("identity/denied"));
    let malformed = Leaf::named(URI, "n").extension("1.3.6.1.4.1.57264.1.13", b"x");
    assert_eq!(denied(&malformed, &commit), Some("identity/claim-malformed"));

    let policy = policy(&format!(r#""dangerous":{{"anySigner":true}},"deny":[{commit},{{"keyId":"old"}}]"#));
    let commits = "cd".repeat(20);
    assert!(match_denied(&policy, &key(&[("new", None)]), &[]).is_ok());
    for (facts, commits) in
        [(key(&[("new", None), ("old", None)]), &[][..]), (key(&[("new", None)]), &[commits.as_str()])]
    {
        assert_eq!(match_denied(&policy, &facts, commits).unwrap_err().code(), "identity/denied");
    }
}

#[test]
fn of_equal_misses_the_first_is_reported() {
    let leaf = |san: &str| format!(r#"{{"certificate":{{"san":"{san}","issuer":"{GITHUB}"}}}}"#);
    let policy = policy(&format!(r#""signers":{{"any":[{},{}]}}"#, leaf("first"), leaf("second")));
    with_facts(&Leaf::github(), |facts| {
        let error = match_signers(&policy, facts).unwrap_err();
        assert_eq!(error.code(), "identity/no-match");
        assert!(error.detail.contains("first") && !error.detail.contains("second"), "{}", error.detail);
    });
}

#[test]
fn errors_are_written_for_people() {
    let named = rule(&format!(r#""san":{{"type":"email","match":"n"}},"issuer":"{GITHUB}""#));
    for (leaf, expected) in [
        (Leaf::named(URI, "n"), "identity/san-type (I01): expected a name of type email, found uri"),
        (
            Leaf::default().other_name("n"),
            "identity/san-type (I01): expected a name of type email, found other",
        ),
    ] {
        with_facts(&leaf.claim(8, GITHUB), |facts| {
            assert_eq!(match_signers(&policy(&named), facts).unwrap_err().to_string(), expected);
        });
    }
}

/// The first six are older: the value is the text.
#[test]
fn deprecated_extensions_are_compared_as_text() {
    for number in 1..=6 {
        let leaf = Leaf::named(URI, "n")
            .claim(8, "https://i")
            .extension(&format!("1.3.6.1.4.1.57264.1.{number}"), b"https://i");
        let wanted = |text: &str| {
            rule(&format!(
                r#""san":"n","issuer":"https://i","extensions":{{"1.3.6.1.4.1.57264.1.{number}":{{"utf8":"{text}"}}}}"#
            ))
        };
        assert!(matched(&leaf, &wanted("https://i")).is_ok(), "{number}");
        assert_eq!(matched(&leaf, &wanted("other")), Err(("I04", "identity/claim")), "{number}");
    }
}

/// A commit that cannot be compared is not taken for another one.
#[test]
fn commits_that_cannot_be_compared_refuse() {
    let commit = "cd".repeat(20);
    let policy =
        policy(&format!(r#""dangerous":{{"anySigner":true}},"deny":[{{"sourceCommit":"{commit}"}}]"#));
    let code =
        |named: &str| match_denied(&policy, &key(&[("k", None)]), &[named]).err().map(|error| error.code());
    assert_eq!(code(&commit), Some("identity/denied"));
    assert_eq!(code(&"e".repeat(2048)), None);
    assert_eq!(code(&"e".repeat(2049)), Some("identity/claim-malformed"));
    assert_eq!(code("cd\n"), Some("identity/claim-malformed"));
}
