//! Which log signed a checkpoint.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a panic fails the test")]
mod signers;

use cretula_crypto::{Checker, RustCrypto, VerificationKey};
use cretula_tlog::{
    CheckpointLog, CheckpointSigner, Error, Generation, NoteSignature, c2sp_id, spki_id, verify_checkpoint,
};
use signers::{TestSigner, checker, checkpoint, ed25519, p256};

const NAME: &str = "log.example";
const V1: &str = "log.example - 123\n1\nAAAA\n";
const V2: &str = "log.example\n1\nAAAA\n";

/// A log instance with what it borrows.
struct Instance {
    name: &'static str,
    key: VerificationKey,
    id: [u8; 32],
}

impl Instance {
    /// The id by the type of the key and the name in `id_name`.
    fn named(name: &'static str, id_name: &str, signer: &TestSigner) -> Self {
        let id = *c2sp_id(id_name, &signer.key()).unwrap().full_id();
        Self { name, key: signer.key(), id }
    }
    fn by_spki(name: &'static str, signer: &TestSigner) -> Self {
        Self { name, key: signer.key(), id: *spki_id(&signer.key()).full_id() }
    }
}

fn verify_with(
    text: &str,
    lines: &[NoteSignature],
    generation: Generation,
    log: &Instance,
    others: &[Instance],
) -> Result<usize, Error> {
    let checkpoint = checkpoint(text, lines);
    let ids: Vec<[&[u8]; 1]> = others.iter().map(|other| [&other.id[..]]).collect();
    let others: Vec<CheckpointLog<'_>> = others
        .iter()
        .zip(&ids)
        .map(|(other, ids)| CheckpointLog { name: other.name, key: &other.key, ids })
        .collect();
    let ids = [&log.id[..]];
    let log = CheckpointLog { name: log.name, key: &log.key, ids: &ids };
    let found = verify_checkpoint(&checkpoint, generation, &log, &others, &checker())?;
    let name = &checkpoint.note().signatures()[found.line].name;
    assert_eq!(found, CheckpointSigner { line: found.line, name });
    Ok(found.line)
}

fn verify(text: &str, line: NoteSignature, generation: Generation, log: &Instance) -> Result<usize, Error> {
    verify_with(text, &[line], generation, log, &[])
}

#[test]
fn v2_log_with_its_own_name() {
    for signer in [ed25519(1), p256(1)] {
        let log = Instance::named(NAME, NAME, &signer);
        assert_eq!(verify(V2, signer.line(NAME, V2), Generation::V2, &log), Ok(0));
    }
}

#[test]
fn v1_log_with_either_id() {
    for signer in [ed25519(1), p256(1)] {
        let log = Instance::by_spki(NAME, &signer);
        assert_eq!(verify(V1, signer.spki_line(NAME, V1), Generation::V1, &log), Ok(0));
        assert_eq!(verify(V1, signer.line(NAME, V1), Generation::V1, &log), Ok(0));
    }
    let signer = ed25519(1);
    let log = Instance::by_spki(NAME, &signer);
    let line = signer.spki_line(NAME, V2);
    assert_eq!(verify(V2, line, Generation::V2, &log), Err(Error::CheckpointUnsigned));
}

#[test]
fn name_is_proved_by_an_id_that_contains_it() {
    let signer = ed25519(1);
    let log = Instance::named("write.example", NAME, &signer);
    assert_eq!(verify(V2, signer.line(NAME, V2), Generation::V2, &log), Ok(0));
    // The URL of the trusted root alone does not name this log: its id says another name.
    let text = "write.example\n1\nAAAA\n";
    let line = signer.line("write.example", text);
    assert_eq!(verify(text, line, Generation::V2, &log), Err(Error::CheckpointUnsigned));
    let ecdsa = p256(1);
    let log = Instance::named("write.example", NAME, &ecdsa);
    assert_eq!(verify(V2, ecdsa.line(NAME, V2), Generation::V2, &log), Err(Error::CheckpointUnsigned));
}

#[test]
fn id_of_another_length_binds_nothing() {
    let signer = ed25519(1);
    let key = signer.key();
    let id = c2sp_id(NAME, &key).unwrap();
    let signed = checkpoint(V2, &[signer.line(NAME, V2)]);
    let log = CheckpointLog { name: NAME, key: &key, ids: &[&id.full_id()[..4], &[]] };
    let found = verify_checkpoint(&signed, Generation::V2, &log, &[], &checker());
    assert_eq!(found, Err(Error::CheckpointUnsigned));
}

#[test]
fn lines_of_others_are_skipped_in_any_order() {
    let (signer, stranger) = (ed25519(1), ed25519(2));
    let log = Instance::named(NAME, NAME, &signer);
    let same_name = stranger.line(NAME, V2);
    let mut same_id = signer.line(NAME, V2);
    same_id.name = "other.example".into();
    let witness = stranger.cosign("witness.example", V2, 5);
    let lines = [same_name, same_id, witness, signer.line(NAME, V2)];
    assert_eq!(verify_with(V2, &lines, Generation::V2, &log, &[]), Ok(3));
    assert_eq!(verify_with(V2, &lines[..3], Generation::V2, &log, &[]), Err(Error::CheckpointUnsigned));
}

#[test]
fn line_of_a_known_log_must_verify() {
    let (signer, second) = (ed25519(1), ed25519(2));
    let log = Instance::named(NAME, NAME, &signer);
    let wrong = signer.line(NAME, V1);
    let lines = [signer.line(NAME, V2), wrong];
    let refused = verify_with(V2, &lines, Generation::V2, &log, &[]);
    assert_eq!(refused, Err(Error::CheckpointSignature { line: 1 }));
    let others = [Instance::named("b.example", "b.example", &second)];
    let lines = [second.line("b.example", V1), signer.line(NAME, V2)];
    assert_eq!(verify_with(V2, &lines, Generation::V2, &log, &[]), Ok(1));
    let refused = verify_with(V2, &lines, Generation::V2, &log, &others);
    assert_eq!(refused, Err(Error::CheckpointSignature { line: 0 }));
}

#[test]
fn another_known_log_is_not_the_log() {
    let (signer, second) = (ed25519(1), ed25519(2));
    let others = [Instance::named("b.example", "b.example", &second)];
    let log = Instance::named(NAME, NAME, &signer);
    let lines = [second.line("b.example", V2)];
    assert_eq!(verify_with(V2, &lines, Generation::V2, &log, &others), Err(Error::CheckpointLog));
    let lines = [second.line("b.example", V2), signer.line(NAME, V2)];
    assert_eq!(verify_with(V2, &lines, Generation::V2, &log, &others), Ok(1));
}

#[test]
fn log_in_two_windows_is_one_signer() {
    let signer = p256(1);
    let log = Instance::by_spki(NAME, &signer);
    let others = [Instance::by_spki(NAME, &signer)];
    assert_eq!(verify_with(V1, &[signer.spki_line(NAME, V1)], Generation::V1, &log, &others), Ok(0));
}

#[test]
fn origin_belongs_to_the_name() {
    let signer = p256(1);
    let log = Instance::by_spki(NAME, &signer);
    let origin = |origin: &str, generation: Generation| {
        let text = format!("{origin}\n1\nAAAA\n");
        verify(&text, signer.line(NAME, &text), generation, &log)
    };
    let (v1, v2) = (Generation::V1, Generation::V2);
    assert_eq!(origin("log.example - 0", v1), Ok(0));
    assert_eq!(origin("log.example", v2), Ok(0));
    assert_eq!(origin("log.example", v1), Err(Error::Generation));
    assert_eq!(origin("log.example - 123", v2), Err(Error::Generation));
    for wrong in [
        "log.example - ",
        "log.example - x",
        "log.example -1",
        "log.example2",
        "log.exampl",
        "x",
        "xlog.example",
    ] {
        assert_eq!(origin(wrong, v1), Err(Error::Origin), "{wrong}");
        assert_eq!(origin(wrong, v2), Err(Error::Origin), "{wrong}");
    }
}

#[test]
fn of_two_names_the_one_in_the_origin_counts() {
    let signer = ed25519(1);
    let key = signer.key();
    let (by_spki, by_name) = (spki_id(&key), c2sp_id(NAME, &key).unwrap());
    let log = CheckpointLog { name: "a.example", key: &key, ids: &[by_spki.full_id(), by_name.full_id()] };
    let lines = [signer.line("a.example", V2), signer.line(NAME, V2)];
    let reversed = [signer.line(NAME, V2), signer.line("a.example", V2)];
    for (lines, expected) in [(lines, 1), (reversed, 0)] {
        let signed = checkpoint(V2, &lines);
        let found = verify_checkpoint(&signed, Generation::V2, &log, &[], &checker()).unwrap();
        assert_eq!((found.line, found.name), (expected, NAME));
    }
}

#[test]
fn budget_is_no_verdict() {
    let signer = ed25519(1);
    let key = signer.key();
    let id = c2sp_id(NAME, &key).unwrap();
    let signed = checkpoint(V2, &[signer.line(NAME, V2)]);
    let log = CheckpointLog { name: NAME, key: &key, ids: &[id.full_id()] };
    let found = verify_checkpoint(&signed, Generation::V2, &log, &[], &Checker::new(&RustCrypto, 0));
    assert_eq!(found, Err(Error::SignatureTotal));
}
