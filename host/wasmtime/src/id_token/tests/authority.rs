//! The look at a token before it is sent to the certificate authority.

use cretula_testkit::Json;

use super::world::{NOW, World};
use crate::id_token::{AuthorityExpectation, IdToken, pre_check};

#[test]
fn the_failing_claim_has_its_name() {
    let world = World::new();
    let expected = AuthorityExpectation {
        audience: "sigstore".into(),
        issuers: vec!["https://issuer.example/github".into()],
    };
    let look = |text: &str, now: u64| {
        let token = IdToken::new(text.as_bytes().to_vec()).unwrap();
        pre_check(&token, &expected, now).map_err(|error| error.claim)
    };
    let draft = world.services.github_token();
    assert_eq!(look(&draft.encode(), NOW), Ok(()));
    assert_eq!(look(&draft.encode(), NOW + 600), Err("exp"));
    assert_eq!(look(&world.github().encode(), NOW), Err("aud"));
    assert_eq!(look(&world.services.gitlab_token().encode(), NOW), Err("iss"));
    let changed = |claim: &str, value: Json| {
        let mut draft = draft.clone();
        draft.claims.set(claim, value);
        look(&draft.encode(), NOW)
    };
    let both = Json::List(vec![Json::text("x"), Json::text("sigstore")]);
    assert_eq!(changed("/aud", both), Ok(()));
    assert_eq!(changed("/aud", Json::null()), Err("aud"));
    assert_eq!(changed("/iss", Json::number(1)), Err("iss"));
    assert_eq!(changed("/exp", Json::text("soon")), Err("exp"));
    for text in ["a", "a.b", "a.b.c.d", "a.*.c", "a.e30.c"] {
        assert!(look(text, NOW).is_err(), "{text}");
    }
    let token = IdToken::new(world.services.gitlab_token().encode().into_bytes()).unwrap();
    let anybody = AuthorityExpectation { issuers: Vec::new(), ..expected.clone() };
    assert!(pre_check(&token, &anybody, NOW).is_ok());
    let error = pre_check(&token, &expected, NOW).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the certificate authority would refuse the ID token: iss: the authority does not know this issuer"
    );
}
