//! Policies.

use cretula_encoding::json;
use cretula_encoding::limits::Limits;
use cretula_verify::{Policy, portable};

use crate::oracle;

/// Every answer of the check is canonical JSON. What is accepted is read as serde_json reads it, names a bound signer
/// or says that it wants none, and, written out as it is applied, is accepted and written out the same.
pub fn policy(input: &[u8]) {
    let limits = Limits::default();
    let answer = portable::check_policy(input);
    let document = oracle::assert_canonical(&answer);
    let Ok(policy) = Policy::parse(input, &limits) else {
        assert_eq!(oracle::text_of(&document, "schema").as_deref(), Some("cretula/error/v1"));
        return;
    };
    let value = json::parse(input, &limits.json()).expect("a policy is JSON");
    oracle::assert_same_meaning(input, &value);
    let bound = policy.signers().is_some_and(cretula_verify::policy::Node::is_bound);
    assert!(bound || policy.dangerous().any_signer, "a policy that binds nobody");

    let applied = policy.to_tree().encode();
    assert_eq!(applied, answer);
    let again = Policy::parse(&applied, &limits).unwrap_or_else(|error| {
        panic!("the policy as applied: {error}: {}", String::from_utf8_lossy(&applied))
    });
    assert_eq!(again.to_tree().encode(), applied, "written out twice");
    if let Some(canonical) = oracle::canonical(input) {
        let reread = Policy::parse(&canonical, &limits).expect("in canonical order");
        assert_eq!(reread.to_tree().encode(), applied, "the order of members changes what is applied");
    }
}
