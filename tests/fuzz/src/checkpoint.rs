//! Signed notes, checkpoints, verifier keys, cosignatures.

use std::sync::OnceLock;

use cretula_crypto::{Checker, RustCrypto};
use cretula_encoding::base64;
use cretula_encoding::limits::Limits;
use cretula_testkit::{Algorithm, CheckpointText, Note, RekorV2, Seed, Witness};
use cretula_tlog::{
    Checkpoint, CheckpointBody, Cosignature, SignatureType, SignedNote, VerifierKey, verify_note,
};

/// Notes, checkpoints, verifier keys and cosignatures that are accepted have one form; only the one text that the log
/// of this target has signed is ever verified.
pub fn checkpoint(input: &[u8]) {
    let limits = Limits::default();
    if let Some(cosignature) = Cosignature::parse(input) {
        let time = cosignature.time_secs().to_be_bytes();
        assert_eq!([&time[..], cosignature.signature()].concat(), input);
    }
    let Ok(text) = str::from_utf8(input) else {
        assert!(SignedNote::parse(input, &limits).is_err(), "a note that is not UTF-8");
        return;
    };
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.encode(), text, "a verifier key has one form");
    }
    if let Ok(body) = CheckpointBody::parse(text) {
        assert_eq!(encode(&body), text, "a checkpoint has one form");
    }
    let checkpoint = Checkpoint::parse(input, &limits);
    let Ok(note) = SignedNote::parse(input, &limits) else {
        assert!(checkpoint.is_err(), "a checkpoint that is no note");
        return;
    };
    assert_eq!(note.encode(), text, "a note has one form");
    assert!(note.signatures().len() <= limits.checkpoint_lines && !note.signatures().is_empty());
    if let Ok(checkpoint) = checkpoint {
        assert_eq!(checkpoint.note(), &note);
        assert_eq!(encode(checkpoint.body()), note.signed_text());
    }
    let checker = Checker::new(&RustCrypto, limits.signature_total);
    if let Ok(signers) = verify_note(&note, &[signed().key.clone(), signed().witness.clone()], &checker) {
        let text = &signed().text;
        assert!(signers.is_empty() || note.signed_text() == text, "nobody has signed this text");
    }
}

fn encode(body: &CheckpointBody) -> String {
    let extensions: String = body.extensions().iter().map(|line| format!("{line}\n")).collect();
    format!("{}\n{}\n{}\n{extensions}", body.origin(), body.tree_size(), base64::encode(body.root()))
}

/// The one note that keys of this target have signed.
struct Signed {
    text: String,
    note: String,
    key: VerifierKey,
    witness: VerifierKey,
}

fn signed() -> &'static Signed {
    static SIGNED: OnceLock<Signed> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let seed = Seed::new(*b"seed of the target of checkpoint");
        let log = RekorV2::new(&seed, "fuzz.example", Algorithm::Ed25519, 1_700_000_000);
        let witness = Witness::new(&seed, "wit.example");
        let text = CheckpointText::new(&log.origin(), 77, &[7; 32]).encode();
        let lines = vec![log.checkpoint_line(&text), witness.cosign(&text, 1_767_000_000)];
        let key = VerifierKey::new(log.log.name(), SignatureType::Ed25519, log.log.key.verification_key());
        Signed {
            note: Note { text: text.clone(), lines }.encode(),
            text,
            key: key.expect("a key of a log"),
            witness: VerifierKey::parse(&witness.vkey()).expect("a verifier key"),
        }
    })
}

/// The signed note, and the keys that signed it.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let signed = signed();
    [signed.note.clone(), signed.text.clone(), signed.key.encode(), signed.witness.encode()]
        .map(String::into_bytes)
        .into()
}
