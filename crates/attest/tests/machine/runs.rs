//! Honest runs: every profile comes to a bundle that the verifier accepts.

use cretula_attest::machine::{Action, Finished, Step};
use serde_json::Value;

use crate::world::World;

pub(crate) fn finished(step: Step) -> Finished {
    match step.action {
        Action::Done(finished) => finished,
        other => panic!("{other:?}"),
    }
}

fn bundle(finished: &Finished) -> Value {
    serde_json::from_slice(&finished.bundle).unwrap()
}

#[test]
fn every_profile_comes_to_a_bundle() {
    for (profile, steps) in [
        (
            "public-v1",
            &["need-key", "need-signature", "fulcio", "need-signature", "tsa", "rekor", "done"][..],
        ),
        ("public-v2", &["need-key", "need-signature", "fulcio", "need-signature", "tsa", "rekor", "done"]),
        ("tsa", &["need-key", "need-signature", "fulcio", "need-signature", "tsa", "done"]),
        ("managed", &["need-key", "need-signature", "tsa", "rekor", "done"]),
        ("managed-offline", &["need-key", "need-signature", "done"]),
        ("private-ca", &["need-key", "need-key", "need-signature", "need-signature", "tsa", "done"]),
    ] {
        let mut world = World::new(profile);
        let step = world.run();
        let finished = finished(step);
        assert_eq!(world.steps, steps, "{profile}");
        let report: Value = serde_json::from_slice(&finished.report).unwrap();
        assert_eq!(report["verdict"], "verified", "{profile}");
        assert_eq!(bundle(&finished)["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
        assert!(finished.evidence.certificates.is_empty() && finished.evidence.log_entries.is_empty());
    }
}
