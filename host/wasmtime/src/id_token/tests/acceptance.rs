//! What is accepted.

use cretula_testkit::{Algorithm, Json};

use super::world::{AUDIENCE, NOW, World, jwk, signing_key};
use crate::id_token::{IdToken, IssuerConfig, IssuerConfigError, Provider, TokenError, unverified_selector};

#[test]
fn tokens_of_every_provider() {
    let world = World::new();
    for (token, name) in [(world.github(), "github"), (world.gitlab(), "gitlab"), (world.email(), "email")] {
        let verified = world.verify(&token.encode()).unwrap();
        assert_eq!(verified.issuer().issuer, format!("https://issuer.example/{name}"));
        assert_eq!(verified.claims(), token.claims.encode());
        assert_eq!(verified.expires(), NOW + 600);
    }
}

#[test]
fn all_four_algorithms() {
    for (algorithm, name) in [
        (Algorithm::P256, "ES256"),
        (Algorithm::P384, "ES384"),
        (Algorithm::Ed25519, "EdDSA"),
        (Algorithm::Rsa(2048), "RS256"),
    ] {
        let key = signing_key("issuer", algorithm);
        let mut named = jwk(&key, "k");
        named.set("/alg", Json::text(name));
        for key_of_set in [jwk(&key, "k"), named] {
            let world = World::new().with_keys(&[key_of_set]);
            let mut token = world.github();
            token.header = Json::object([("alg", Json::text(name)), ("kid", Json::text("k"))]);
            token.key = key.clone();
            assert!(world.verify(&token.encode()).is_ok(), "{name}");
        }
    }
}

/// Positive twins of the refusals: at the limit, and what looks odd and is allowed.
#[test]
fn what_is_just_allowed() {
    let world = World::new();
    let accepts = |name: &str, edit: &dyn Fn(&mut cretula_testkit::serve::IdToken)| {
        let mut token = world.github();
        edit(&mut token);
        assert!(world.verify(&token.encode()).is_ok(), "{name}");
    };
    let number = |token: &mut cretula_testkit::serve::IdToken, claim: &str, value: u64| {
        token.claims.set(claim, Json::number(value));
    };
    accepts("J3 depth 8", &|token| {
        token.claims.set("/x", Json::Raw("[[[[[[[]]]]]]]".into()));
    });
    accepts("J6 x5t", &|token| {
        token.header.set("/x5t", Json::text("abc"));
    });
    accepts("J7 no typ", &|token| drop(token.header.remove("/typ")));
    accepts("J10 list of one", &|token| {
        token.claims.set("/aud", Json::List(vec![Json::text(AUDIENCE)]));
    });
    accepts("J12 nbf", &|token| number(token, "/nbf", NOW + 30));
    accepts("J12 iat", &|token| number(token, "/iat", NOW + 30));
    accepts("J12 exp", &|token| {
        number(token, "/exp", NOW - 29);
        number(token, "/iat", NOW - 100);
    });
    accepts("J13", &|token| number(token, "/exp", NOW + 900));
    accepts("J14", &|token| {
        number(token, "/iat", NOW - 900);
        number(token, "/exp", NOW);
    });
    accepts("J15 earliest", &|token| number(token, "/nbf", 946_684_800));
    accepts("J22", &|token| {
        token.claims.set("/jti", Json::text("j".repeat(1024)));
    });
    accepts("J23", &|token| {
        token.claims.set("/sub", Json::text("s".repeat(1024)));
    });
    accepts("J24 integer", &|token| number(token, "/repository_id", 1001));
    accepts("J24 optional", &|token| {
        token.claims.remove("/environment");
        token.claims.remove("/repository_visibility");
    });
    accepts("other claims", &|token| {
        token.claims.set("/actor", Json::text("\u{1f980}"));
    });
    let mut outside = world.gitlab();
    outside.claims.set("/ci_config_ref_uri", Json::null());
    outside.claims.set("/ci_config_sha", Json::null());
    assert!(world.verify(&outside.encode()).is_ok(), "J24: configuration stored outside of the instance");
}

#[test]
fn long_tokens_of_jobs_where_the_issuer_allows_them() {
    let mut world = World::new();
    let mut token = world.gitlab();
    token.claims.set("/exp", Json::number(NOW + 3600));
    assert!(world.verify(&token.encode()).is_err());
    for issuer in &mut world.issuers {
        issuer.max_lifetime_secs = 3600;
    }
    assert!(world.verify(&token.encode()).is_ok());
    for issuer in &mut world.issuers {
        issuer.max_lifetime_secs = u64::MAX;
    }
    token.claims.set("/exp", Json::number(NOW + 86_400));
    assert!(world.verify(&token.encode()).is_ok());
    token.claims.set("/exp", Json::number(NOW + 86_401));
    assert!(world.verify(&token.encode()).is_err(), "24 hours are the end for everybody");
}

#[test]
fn callers_and_replay_keys() {
    let world = World::new();
    let github = world.verify(&world.github().encode()).unwrap();
    let gitlab = world.verify(&world.gitlab().encode()).unwrap();
    let email = world.verify(&world.email().encode()).unwrap();
    let ids = |token: &crate::id_token::VerifiedToken| {
        let caller = token.caller();
        (caller.repository_id, caller.job_id)
    };
    assert_eq!(ids(&github), (Some("1001".into()), Some("9001/1".into())));
    assert_eq!(ids(&gitlab), (Some("2022".into()), Some("302".into())));
    assert_eq!(ids(&email), (None, None));
    assert_ne!(github.replay_key(), gitlab.replay_key());
    let mut again = world.github();
    again.claims.set("/nbf", Json::number(NOW));
    assert_eq!(world.verify(&again.encode()).unwrap().replay_key(), github.replay_key());
    again.claims.set("/jti", Json::text("another"));
    assert_ne!(world.verify(&again.encode()).unwrap().replay_key(), github.replay_key());
}

#[test]
fn the_second_token_is_of_the_same_job() {
    let world = World::new();
    let verified = world.verify(&world.github().encode()).unwrap();
    let mut second = world.services.github_token();
    for (claim, value) in
        [("/jti", Json::text("x")), ("/exp", Json::number(NOW + 60)), ("/iat", Json::number(NOW))]
    {
        second.claims.set(claim, value);
    }
    let compare = |second: &cretula_testkit::serve::IdToken| {
        let second = IdToken::new(second.encode().into_bytes()).unwrap();
        verified.match_second(&second).map_err(|error| error.code())
    };
    assert_eq!(compare(&second), Ok(()));
    for (claim, value) in
        [("/run_attempt", Json::text("2")), ("/sha", Json::null()), ("/extra", Json::text("x"))]
    {
        let mut other = second.clone();
        other.claims.set(claim, value);
        assert_eq!(compare(&other), Err("claims/token-mismatch"), "{claim}");
    }
    let garbage = IdToken::new(b"a.b".to_vec()).unwrap();
    assert_eq!(verified.match_second(&garbage).map_err(|error| error.code()), Err("auth/invalid"));
}

#[test]
fn a_selector_names_issuer_and_key() {
    let world = World::new();
    let token = |draft: &cretula_testkit::serve::IdToken| IdToken::new(draft.encode().into_bytes()).unwrap();
    let selector = unverified_selector(&token(&world.gitlab()), &world.issuers).unwrap().clone();
    assert_eq!((selector.issuer.provider, selector.key_id.as_str()), (Provider::Gitlab, "ec1"));
    let mut foreign = world.gitlab();
    foreign.claims.set("/iss", Json::text("https://issuer.example/"));
    assert!(unverified_selector(&token(&foreign), &world.issuers).is_err());
}

#[test]
fn issuers_come_from_the_configuration() {
    let config = |audience: &str, more: &str| {
        let text = format!(
            r#"{{"schema":"cretula/config/v1","modes":{{"m":{{"key":"k","profile":"managed","predicates":["spdx"]}}}},"buildTypes":[],
            "issuers":[{{"issuer":"i","provider":"gitlab","server":"https://g.example","audience":"{audience}"{more}}}]}}"#
        );
        let config =
            cretula_attest::Config::parse(text.as_bytes(), &cretula_attest::Limits::default()).unwrap();
        IssuerConfig::try_from(config.issuer("i").unwrap())
    };
    let plain = config("a", "").unwrap();
    assert_eq!((plain.max_lifetime_secs, plain.attestations_per_token), (900, 1));
    let long = config("a", r#","maxLifetimeSeconds":90000,"attestationsPerToken":3"#).unwrap();
    assert_eq!((long.max_lifetime_secs, long.attestations_per_token), (86_400, 3));
    for audience in ["", "sigstore"] {
        assert_eq!(config(audience, ""), Err(IssuerConfigError::Audience), "{audience:?}");
    }
}

#[test]
fn outwards_there_is_one_code() {
    let world = World::new();
    let token = IdToken::new(b"a.b.c".to_vec()).unwrap();
    let error = crate::id_token::verify_id_token(&token, &world.issuers, &world.keys, NOW).unwrap_err();
    assert_eq!((error.to_string().as_str(), TokenError::CODE), ("auth/invalid", "auth/invalid"));
    assert_eq!(error.rule().id(), "J2");
    assert!(!error.detail().is_empty() && error.claim().is_none());
}
