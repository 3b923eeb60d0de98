#![doc = include_str!("../README.md")]

mod canonical;
mod case;
mod certificates;
mod envelopes;
mod limbo;
mod merkle;
mod notes;
mod read;
mod scts;
mod timestamps;
mod trust;
mod verdict;
mod wycheproof;

pub use case::{ForeignFrames, FormatCase};
pub use verdict::{Refusal, VectorMismatch, Verdict};

use case::Judge;

/// Every kind with its judge.
const JUDGES: &[(&str, Judge)] = &[
    ("checkpoint-body-parse", notes::checkpoint_body),
    ("checkpoint-note-parse", notes::checkpoint_note),
    ("client-trust-config-parse", trust::client_trust_config),
    ("dsse-envelope-signature", envelopes::envelope_signature),
    ("dsse-pae", envelopes::pre_auth_encoding),
    ("dsse-verify", envelopes::verify_with_key),
    ("intoto-statement", envelopes::statement),
    ("jcs", canonical::document),
    ("jcs-numbers", canonical::numbers),
    ("merkle-consistency", merkle::consistency),
    ("merkle-inclusion", merkle::inclusion),
    ("merkle-inclusion-jsonl", merkle::inclusion_lines),
    ("rfc3161", timestamps::response),
    ("sct-embedded", scts::embedded),
    ("sct-precert-tbs", scts::precertificate),
    ("signed-note-parse", notes::signed_note),
    ("signed-note-verify", notes::verify_note_with_keys),
    ("signing-config-parse", trust::signing_config),
    ("slsa-predicate-parse", envelopes::slsa_predicate),
    ("trusted-root-jsonl-parse", trust::trusted_root_lines),
    ("trusted-root-parse", trust::trusted_root),
    ("vkey-parse", notes::verifier_key),
    ("wycheproof", wycheproof::groups),
    ("x509-cert-class", certificates::class),
    ("x509-limbo-case", limbo::path),
];

/// Whether [`judge`] knows a kind.
#[must_use]
pub fn is_format(kind: &str) -> bool {
    JUDGES.iter().any(|(name, _)| *name == kind)
}

/// The names of all kinds, sorted.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    JUDGES.iter().map(|(name, _)| *name)
}

/// Judges a case. It never panics: what cannot be judged (an unknown kind, a missing file, unreadable expectations) is
/// [`Verdict::Unjudged`], which no expectation equals.
#[must_use]
pub fn judge(case: &FormatCase) -> Verdict {
    match JUDGES.iter().find(|(name, _)| *name == case.kind) {
        Some((_, judge)) => judge(case).unwrap_or_else(Verdict::Unjudged),
        None => Verdict::Unjudged(format!("no judge for kind {}", case.kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(kind: &str, file: &str) -> FormatCase {
        FormatCase { kind: kind.into(), file: file.into(), expects: b"{}".to_vec(), ..FormatCase::default() }
    }

    #[test]
    fn kinds_are_sorted_and_known() {
        assert!(kinds().is_sorted());
        assert!(is_format("wycheproof") && !is_format("bundle-verify"));
    }

    #[test]
    fn what_cannot_be_judged_is_neither_accepted_nor_refused() {
        for (kind, file) in
            [("unheard-of", ""), ("merkle-inclusion", "{}"), ("dsse-pae", "[]"), ("rfc3161", "")]
        {
            assert!(matches!(judge(&case(kind, file)), Verdict::Unjudged(_)), "{kind}");
        }
    }

    #[test]
    fn a_vector_that_differs_is_named() {
        let vector = r#"[{"id":"x","payload_type":"t","payload_base64":"","pae_base64":"AAAA"}]"#;
        let mismatch = VectorMismatch { vector: "x".into(), got: "reject: other bytes".into() };
        assert_eq!(
            judge(&case("dsse-pae", vector)),
            Verdict::PerVector { ran: 1, mismatches: vec![mismatch] }
        );
    }

    #[test]
    fn other_facts_are_a_difference() {
        let mut body = case("checkpoint-body-parse", "Log\n1\nYmFuYW5hcw==\n");
        assert_eq!(judge(&body), Verdict::Accept);
        body.expects = br#"{"origin":"Other"}"#.to_vec();
        assert!(matches!(judge(&body), Verdict::Differs(_)));
    }
}
