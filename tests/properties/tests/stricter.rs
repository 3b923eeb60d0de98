//! A stricter policy accepts a subset.

use std::sync::OnceLock;

use cretula_fuzz::mutation::Document;
use cretula_properties::{Given, cases, judge, repeatable};
use cretula_verify::{Policy, Request};
use proptest::prelude::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const WORKFLOW: &str = r#"{"certificate":{"san":"https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3","issuer":"https://token.actions.githubusercontent.com"}}"#;

/// Cases whose own policy is accepted.
fn all() -> &'static [Given] {
    static ALL: OnceLock<Vec<Given>> = OnceLock::new();
    let is_read = |case: &Given| Policy::parse(&case.request.policy, &case.request.options.limits).is_ok();
    ALL.get_or_init(|| cases().into_iter().filter(is_read).collect())
}

/// Makes a policy stricter; nothing happens where it would not be. Allow-lists of logs and authorities are not here:
/// what they leave out is unknown, and unknown evidence cannot refuse.
fn tighten(policy: &mut Document, choice: usize, amount: u64) {
    let number = |policy: &Document, pointer: &str| -> Option<u64> {
        String::from_utf8(policy.at(pointer)?.encode()).ok()?.parse().ok()
    };
    let thresholds = [
        "/evidence/log/threshold",
        "/evidence/sct/threshold",
        "/evidence/time/threshold",
        "/evidence/time/signedThreshold",
    ];
    let switches = [
        ("/bundle/allowChainInV03", "false"),
        ("/bundle/refuseRootInChain", "true"),
        ("/bundle/requireKeyid", "true"),
        ("/bundle/unknownMembers", r#""refuse""#),
        ("/bundle/useIntermediates", "false"),
        ("/dangerous/anySigner", "false"),
        ("/dangerous/noArtifact", "false"),
        ("/evidence/algorithms/compat", r#""refuse""#),
        ("/evidence/certificate/allowMissingKeyIds", "false"),
        ("/evidence/log/legacyDsseV2", "false"),
        ("/evidence/log/requireProof", "true"),
        ("/evidence/sct/detached", "false"),
        ("/evidence/time/onInvalidToken", r#""refuse""#),
        ("/evidence/time/outsideCertificate", r#""fail""#),
        ("/evidence/trust/requireWindows", "true"),
        ("/subject/match", r#""all""#),
    ];
    if let Some(pointer) = thresholds.get(choice % 24) {
        // Without a number the preset says one, at most 1.
        if number(policy, pointer).unwrap_or(0) < amount {
            policy.set(pointer, &amount.to_string());
        }
    } else if let Some((pointer, value)) = switches.get(choice % 24 - thresholds.len()) {
        policy.set(pointer, value);
    } else if choice % 24 == 20 && policy.at("/bundle/versions").is_none() {
        policy.set("/bundle/versions", r#"["0.3"]"#);
    } else if choice % 24 == 21 && policy.at("/evidence/algorithms/allow").is_none() {
        policy.set("/evidence/algorithms/allow", r#"["PKIX_ECDSA_P256_SHA_256","PKIX_ED25519"]"#);
    } else if choice % 24 == 22 && policy.at("/deny").is_none() {
        policy.set("/deny", &format!(r#"[{{"sourceCommit":"{COMMIT}"}}]"#));
    } else if let Some(signers) = policy.at("/signers") {
        let all = format!(r#"{{"all":[{},{}]}}"#, String::from_utf8_lossy(&signers.encode()), WORKFLOW);
        policy.set("/signers", &all);
    }
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn a_stricter_policy_accepts_a_subset(
        case: prop::sample::Index,
        is_good: bool,
        changes in prop::collection::vec((0_usize..24, 1_u64..4), 1..5),
    ) {
        let cases: Vec<&Given> = all().iter().filter(|case| case.is_good == is_good).collect();
        let given = case.get(&cases);
        let Some(mut policy) = Document::parse(&given.request.policy) else { return Ok(()) };
        if policy.at("/schema").is_none() {
            return Ok(());
        }
        for (choice, amount) in changes {
            tighten(&mut policy, choice, amount);
        }
        let stricter = Request { policy: policy.encode(), ..given.request.clone() };
        if judge(&stricter).is_ok() {
            prop_assert_eq!(judge(&given.request), Ok(()), "{}: {}", &given.name, String::from_utf8_lossy(&stricter.policy));
        }
    }
}
