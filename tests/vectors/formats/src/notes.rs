//! Signed notes, checkpoints and verifier keys (C2SP signed-note, tlog-checkpoint).
use std::collections::BTreeSet;

use cretula_encoding::{base64, hex, limits::Limits};
use cretula_tlog::{Checkpoint, CheckpointBody, Error, NoteDefect, SignedNote, VerifierKey, verify_note};
use serde::Deserialize;

use crate::FormatCase;
use crate::read;
use crate::verdict::{Facts, Judgement, Refusal, Verdict};

#[derive(Deserialize)]
struct Expectation {
    key_id_hex: Option<String>,
    key_name: Option<String>,
    origin: Option<String>,
    rest: Option<String>,
    root_hash_base64: Option<String>,
    signatures: Option<usize>,
    size: Option<u64>,
    verified_signatures: Option<usize>,
    vkeys: Option<Vec<String>>,
}

pub(crate) fn checkpoint_body(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    let Ok(text) = str::from_utf8(&case.file) else {
        return Ok(Verdict::Reject(Error::from(NoteDefect::Utf8).into()));
    };
    match CheckpointBody::parse(text) {
        Ok(body) => Ok(body_facts(&expectation, &body).verdict()),
        Err(error) => Ok(Verdict::Reject(error.into())),
    }
}

pub(crate) fn checkpoint_note(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    match Checkpoint::parse(&case.file, &Limits::default()) {
        Ok(checkpoint) => {
            let mut facts = body_facts(&expectation, checkpoint.body());
            let signatures = checkpoint.note().signatures().len();
            facts.compare("signatures", expectation.signatures.as_ref(), &signatures);
            Ok(facts.verdict())
        }
        Err(error) => Ok(Verdict::Reject(error.into())),
    }
}

fn body_facts(expectation: &Expectation, body: &CheckpointBody) -> Facts {
    let mut facts = Facts::default();
    let rest: String = body.extensions().iter().map(|line| format!("{line}\n")).collect();
    facts.compare("origin", expectation.origin.as_deref(), body.origin());
    facts.compare("size", expectation.size.as_ref(), &body.tree_size());
    facts.compare("root", expectation.root_hash_base64.as_ref(), &base64::encode(body.root()));
    facts.compare("rest", expectation.rest.as_ref(), &rest);
    facts
}

pub(crate) fn signed_note(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    let note = match SignedNote::parse(&case.file, &Limits::default()) {
        Ok(note) => note,
        Err(error) => return Ok(Verdict::Reject(error.into())),
    };
    let mut facts = Facts::default();
    facts.compare("signatures", expectation.signatures.as_ref(), &note.signatures().len());
    if let Some(first) = note.signatures().first() {
        facts.compare("name", expectation.key_name.as_ref(), &first.name);
        facts.compare("key id", expectation.key_id_hex.as_ref(), &hex::encode(&first.key_id));
    }
    facts.compare("bytes", Some(case.file.as_slice()), note.encode().as_bytes());
    Ok(facts.verdict())
}

pub(crate) fn verify_note_with_keys(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    let vkeys = expectation.vkeys.as_deref().unwrap_or_default();
    let keys: Result<Vec<VerifierKey>, Error> = vkeys.iter().map(|text| VerifierKey::parse(text)).collect();
    let keys = keys.map_err(|error| format!("vkey: {error}"))?;
    match verify_by_first_key(case, &keys, expectation.origin.as_deref()) {
        Ok(verified) => {
            let mut facts = Facts::default();
            facts.compare("verified signatures", expectation.verified_signatures.as_ref(), &verified);
            Ok(facts.verdict())
        }
        Err(refusal) => Ok(Verdict::Reject(refusal)),
    }
}

/// How many distinct keys signed; the first one must be among them.
fn verify_by_first_key(
    case: &FormatCase,
    keys: &[VerifierKey],
    origin: Option<&str>,
) -> Result<usize, Refusal> {
    let note = SignedNote::parse(&case.file, &Limits::default())?;
    let signers = verify_note(&note, keys, &read::checker())?;
    let distinct: BTreeSet<usize> = signers.iter().map(|signer| signer.key).collect();
    if !distinct.contains(&0) {
        return Err(Refusal::by("L09", "log-inclusion/checkpoint-unsigned", "the first key has not signed"));
    }
    if let Some(origin) = origin {
        let body = CheckpointBody::parse(note.signed_text())?;
        if body.origin() != origin {
            return Err(Refusal::by("L11", "log-inclusion/origin", "another origin"));
        }
    }
    Ok(distinct.len())
}

pub(crate) fn verifier_key(case: &FormatCase) -> Judgement {
    let text = str::from_utf8(&case.file).map_err(|_| "vkey is not UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    match VerifierKey::parse(text) {
        Ok(key) => {
            let mut facts = Facts::default();
            facts.compare("text", Some(text), &key.encode());
            Ok(facts.verdict())
        }
        Err(error) => Ok(Verdict::Reject(error.into())),
    }
}
