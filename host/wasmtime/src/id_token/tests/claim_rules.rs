//! Refusals of rules J9 to J15, J22 to J24 and J28, by tokens that are signed as they should be.

use cretula_testkit::Json;
use cretula_testkit::serve::IdToken as Draft;

use super::world::{AUDIENCE, NOW, World};
use crate::id_token::{Provider, Rule};

type Edit = Box<dyn Fn(&mut Draft)>;

fn set(claim: &str, value: Json) -> Edit {
    let pointer = format!("/{claim}");
    Box::new(move |token| {
        token.claims.set(&pointer, value.clone());
    })
}

fn remove(claim: &str) -> Edit {
    let pointer = format!("/{claim}");
    Box::new(move |token| drop(token.claims.remove(&pointer)))
}

fn text(text: &str) -> Json {
    Json::text(text)
}

fn raw(text: &str) -> Json {
    Json::Raw(text.into())
}

fn list(items: &[&str]) -> Json {
    Json::List(items.iter().map(|item| Json::text(*item)).collect())
}

/// Times of a token that are right but for one.
fn times(issued: u64, starts: u64, expires: u64) -> Edit {
    Box::new(move |token| {
        for (claim, value) in [("/iat", issued), ("/nbf", starts), ("/exp", expires)] {
            token.claims.set(claim, Json::number(value));
        }
    })
}

fn cases() -> Vec<(&'static str, Rule, Edit)> {
    let issuer = "https://issuer.example/github";
    vec![
        ("J9 absent", Rule::J9, remove("iss")),
        ("J9 null", Rule::J9, set("iss", Json::null())),
        ("J9 empty", Rule::J9, set("iss", text(""))),
        ("J9 a slash at the end", Rule::J9, set("iss", text(&format!("{issuer}/")))),
        ("J9 a prefix", Rule::J9, set("iss", text("https://issuer.example/git"))),
        ("J9 longer", Rule::J9, set("iss", text(&format!("{issuer}-enterprise")))),
        (
            "J9 a host that begins so",
            Rule::J9,
            set("iss", text("https://issuer.example.attacker.example/github")),
        ),
        ("J9 another case", Rule::J9, set("iss", text("https://ISSUER.example/github"))),
        ("J9 HTTP", Rule::J9, set("iss", text("http://issuer.example/github"))),
        ("J9 a port", Rule::J9, set("iss", text("https://issuer.example:443/github"))),
        ("J9 a space", Rule::J9, set("iss", text(&format!("{issuer} ")))),
        ("J9 a list", Rule::J9, set("iss", list(&[issuer]))),
        ("J9 a number", Rule::J9, set("iss", Json::number(1))),
        ("J10 absent", Rule::J10, remove("aud")),
        ("J10 null", Rule::J10, set("aud", Json::null())),
        ("J10 empty", Rule::J10, set("aud", text(""))),
        ("J10 an empty list", Rule::J10, set("aud", list(&[]))),
        ("J10 sigstore", Rule::J10, set("aud", text("sigstore"))),
        ("J10 another service", Rule::J10, set("aud", text("https://other.example"))),
        ("J10 a slash at the end", Rule::J10, set("aud", text(&format!("{AUDIENCE}/")))),
        ("J10 ours and another", Rule::J10, set("aud", list(&[AUDIENCE, "sigstore"]))),
        ("J10 another and ours", Rule::J10, set("aud", list(&["sigstore", AUDIENCE]))),
        ("J10 ours twice", Rule::J10, set("aud", list(&[AUDIENCE, AUDIENCE]))),
        ("J10 a list of a list", Rule::J10, set("aud", Json::List(vec![list(&[AUDIENCE])]))),
        ("J10 an object", Rule::J10, set("aud", Json::object([("0", text(AUDIENCE))]))),
        ("J11 no exp", Rule::J11, remove("exp")),
        ("J11 no iat", Rule::J11, remove("iat")),
        ("J11 no nbf", Rule::J11, remove("nbf")),
        ("J11 exp as text", Rule::J11, set("exp", text(&format!("{}", NOW + 60)))),
        ("J11 iat as text", Rule::J11, set("iat", text(&format!("{NOW}")))),
        ("J11 nbf as text", Rule::J11, set("nbf", text(&format!("{NOW}")))),
        ("J11 a fraction", Rule::J11, set("exp", raw("1767225700.5"))),
        ("J11 a fraction of nothing", Rule::J11, set("exp", raw("1767225700.0"))),
        ("J11 an exponent", Rule::J11, set("exp", raw("1.7672257e9"))),
        ("J11 negative", Rule::J11, set("nbf", raw("-1"))),
        ("J11 true", Rule::J11, set("exp", Json::bool(true))),
        ("J11 null", Rule::J11, set("exp", Json::null())),
        ("J11 a list", Rule::J11, set("exp", Json::List(vec![Json::number(NOW + 60)]))),
        ("J12 nbf in 31 seconds", Rule::J12, times(NOW, NOW + 31, NOW + 600)),
        ("J12 iat in 31 seconds", Rule::J12, times(NOW + 31, NOW, NOW + 600)),
        ("J12 expired 30 seconds ago", Rule::J12, times(NOW - 600, NOW - 600, NOW - 30)),
        ("J12 expired long ago", Rule::J12, times(NOW - 100_000, NOW - 100_000, NOW - 99_400)),
        ("J13 a second too long", Rule::J13, times(NOW, NOW, NOW + 901)),
        ("J13 a year", Rule::J13, times(NOW, NOW, NOW + 31_536_000)),
        ("J13 ends before it begins", Rule::J13, times(NOW + 20, NOW, NOW + 10)),
        ("J14 a second too old", Rule::J14, times(NOW - 901, NOW - 901, NOW - 1)),
        ("J15 exp in 2100", Rule::J15, set("exp", raw("4102444800"))),
        ("J15 nbf in 1999", Rule::J15, set("nbf", raw("946684799"))),
        ("J15 iat at the beginning of time", Rule::J15, set("iat", raw("0"))),
        ("J15 milliseconds", Rule::J15, set("exp", raw("1767225700000"))),
        ("J15 more than 64 bits", Rule::J15, set("exp", raw("18446744073709551616"))),
        ("J22 absent", Rule::J22, remove("jti")),
        ("J22 empty", Rule::J22, set("jti", text(""))),
        ("J22 null", Rule::J22, set("jti", Json::null())),
        ("J22 a number", Rule::J22, set("jti", Json::number(1))),
        ("J22 too long", Rule::J22, set("jti", text(&"j".repeat(1025)))),
        ("J22 a control character", Rule::J22, set("jti", text("a\nb"))),
        ("J23 absent", Rule::J23, remove("sub")),
        ("J23 empty", Rule::J23, set("sub", text(""))),
        ("J23 too long", Rule::J23, set("sub", text(&"s".repeat(1025)))),
        ("J23 a line feed", Rule::J23, set("sub", text("repo:acme/app\nverified: true"))),
        ("J23 a null byte", Rule::J23, set("sub", text("repo:acme/app\0"))),
        ("J23 a C1 control", Rule::J23, set("sub", text("a\u{9b}b"))),
        ("J23 a list", Rule::J23, set("sub", list(&["a"]))),
        ("J24 an empty claim", Rule::J24, set("repository_id", text(""))),
        ("J24 a control character", Rule::J24, set("ref", text("refs/heads/a\rb"))),
        ("J24 a list", Rule::J24, set("sha", list(&["a"]))),
        ("J24 an object", Rule::J24, set("sha", Json::object([]))),
        ("J24 true", Rule::J24, set("run_id", Json::bool(true))),
        ("J24 a fraction", Rule::J24, set("run_id", raw("9001.0"))),
        ("J24 null", Rule::J24, set("job_workflow_ref", Json::null())),
        ("J28 a project", Rule::J28, set("project_path", text("acme/app"))),
        ("J28 a project that is null", Rule::J28, set("project_path", Json::null())),
        ("J28 a namespace", Rule::J28, set("namespace_path", text("acme"))),
        ("J28 a pipeline", Rule::J28, set("ci_config_ref_uri", text("gitlab.example/acme/app"))),
    ]
}

#[test]
fn claims_that_are_refused() {
    let world = World::new();
    let cases = cases();
    for (name, rule, edit) in &cases {
        let mut token = world.github();
        edit(&mut token);
        assert_eq!(world.verify(&token.encode()).err(), Some(*rule), "{name}");
    }
    assert_eq!(cases.len(), 75);
}

/// Rule J24: each required claim of each provider, absent.
#[test]
fn every_required_claim_is_missed() {
    let world = World::new();
    let mut missed = 0;
    for (provider, draft) in [(Provider::Github, world.github()), (Provider::Gitlab, world.gitlab())] {
        for claim in crate::id_token::claims::required(provider) {
            let mut token = draft.clone();
            token.claims.remove(&format!("/{claim}"));
            let rule = match claim {
                "iss" => Rule::J9,
                "sub" => Rule::J23,
                _ => Rule::J24,
            };
            assert_eq!(world.verify(&token.encode()).err(), Some(rule), "{claim}");
            missed += 1;
        }
    }
    assert!(missed >= 30, "{missed}");
}

/// Rule J28: tokens of one provider under the issuer of another.
#[test]
fn tokens_of_another_provider() {
    let world = World::new();
    let issuers = ["github", "gitlab", "email"].map(|name| format!("https://issuer.example/{name}"));
    for (index, draft) in [world.github(), world.gitlab(), world.email()].iter().enumerate() {
        for (other, issuer) in issuers.iter().enumerate().filter(|(other, _)| *other != index) {
            let mut token = draft.clone();
            token.claims.set("/iss", text(issuer));
            // A person's token has no marks: it lacks what a job's must have.
            let rule = if index == 2 { Rule::J24 } else { Rule::J28 };
            assert_eq!(world.verify(&token.encode()).err(), Some(rule), "{index} under {other}");
        }
    }
}

/// The same audience rule, whatever was configured.
#[test]
fn sigstore_is_nobodys_audience() {
    let mut world = World::new();
    for (configured, sent) in [("sigstore", "sigstore"), ("", "")] {
        for issuer in &mut world.issuers {
            issuer.audience = configured.into();
        }
        let mut token = world.github();
        token.claims.set("/aud", text(sent));
        assert_eq!(world.verify(&token.encode()).err(), Some(Rule::J10), "{configured:?}");
    }
}

#[test]
fn time_passes() {
    let world = World::new();
    let token = world.github().encode();
    assert!(world.verify_at(&token, NOW + 629).is_ok());
    assert_eq!(world.verify_at(&token, NOW + 630).err(), Some(Rule::J12));
    assert!(world.verify_at(&token, NOW - 30).is_ok());
    assert_eq!(world.verify_at(&token, NOW - 31).err(), Some(Rule::J12));
    assert_eq!(world.verify_at(&token, 0).err(), Some(Rule::J12));
    assert_eq!(world.verify_at(&token, u64::MAX).err(), Some(Rule::J12));
}
