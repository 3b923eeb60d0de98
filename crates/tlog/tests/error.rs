//! Codes and texts of refusals.

use cretula_encoding::fields::{FieldError, FieldErrorKind};
use cretula_tlog::{Error, NoteDefect};

fn cases() -> Vec<(Error, &'static str, &'static str)> {
    let pointer = || String::from("/spec");
    let field = FieldError { kind: FieldErrorKind::Missing, pointer: pointer() };
    vec![
        (Error::BodyDigest(pointer()), "log-binding/body", "/spec"),
        (Error::BodyField(field), "log-binding/body", "lacks /spec"),
        (Error::BodyKeyDetails(pointer()), "log-binding/body", "/spec"),
        (Error::BodyPem(pointer()), "log-binding/body", "/spec"),
        (Error::BodyVerifier(pointer()), "log-binding/body", "/spec"),
        (
            Error::CheckpointBytes { limit: 1, present: 2 },
            "limits/checkpoint-bytes",
            "at most 1 bytes, found 2",
        ),
        (Error::CheckpointLines { limit: 1 }, "limits/checkpoint-lines", "more than 1"),
        (Error::CheckpointLog, "log-inclusion/checkpoint-log", "another known log"),
        (Error::CheckpointSignature { line: 3 }, "log-inclusion/checkpoint-signature", "line 3"),
        (Error::CheckpointUnsigned, "log-inclusion/checkpoint-unsigned", "no signature line"),
        (Error::ConsistencySizes { size1: 2, size2: 1 }, "log-inclusion/proof", "2 and 1"),
        (Error::Cosignature { line: 3 }, "log-inclusion/cosignature", "line 3"),
        (Error::Generation, "log-inclusion/generation", "generation"),
        (Error::KindMismatch, "log-binding/kind-mismatch", "differ"),
        (Error::KindUnsupported, "log-binding/kind-unsupported", "not supported"),
        (Error::LeafIndexRange { leaf_index: 5, tree_size: 4 }, "log-inclusion/index", "size 4, found 5"),
        (Error::Note(NoteDefect::Size), "log-inclusion/checkpoint", "tree size"),
        (Error::Origin, "log-inclusion/origin", "origin"),
        (Error::ProofLength { required: 1, present: 2 }, "log-inclusion/proof", "1 hashes, found 2"),
        (Error::RootMismatch, "log-inclusion/proof", "another root"),
        (Error::Set, "time/set", "entry timestamp"),
        (Error::SignatureTotal, "limits/signature-total", "budget"),
        (Error::VerifierKey, "policy/malformed", "verifier key"),
    ]
}

#[test]
fn codes_and_texts() {
    for (error, code, part) in cases() {
        assert_eq!(error.code(), code);
        let text = error.to_string();
        assert!(text.contains(part), "{text}");
        assert!(text.starts_with(|first: char| first.is_ascii_lowercase()), "{text}");
    }
}
