//! Records of runs: kept, killed, changed.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::world::*;
use crate::attestor::{AttestOrder, Facts, FileJournal, Journal as _, JournalError, Record};

#[test]
fn a_run_that_was_killed_anywhere_is_taken_up_again() {
    for profile in ["public-v2", "managed", "private-ca"] {
        let steps = {
            let world = World::new(profile);
            let records = Records::default();
            block_on(world.attestor().attest(&world.order().with_journal(&records))).unwrap();
            records.kept.into_inner().unwrap().len()
        };
        for stop_at in 1..=steps {
            let world = World::new(profile);
            let records = Records::default();
            records.stop_at.store(u64::try_from(stop_at).unwrap(), Ordering::SeqCst);
            let killed =
                block_on(world.attestor().attest(&world.order().with_journal(&records))).unwrap_err();
            assert_eq!(killed.code, "host/journal");
            let record = records.kept.lock().unwrap().last().cloned().unwrap();
            let record = Record::parse(&record.encode()).unwrap();
            let tokens = world.tokens();
            let order = world.order().with_token_source(&tokens);
            let sealed = block_on(world.attestor().resume(&order, record));
            let sealed = sealed.unwrap_or_else(|error| panic!("{profile}, killed at {stop_at}: {error}"));
            assert!(world.verifies(sealed.bundle()));
        }
    }
}

#[test]
fn a_record_of_another_request_leads_to_no_bundle() {
    let mut world = World::new("managed");
    world.change_services(|services| services["rekorTlogUrls"] = json!([]));
    let records = Records::default();
    let other = AttestOrder::new(
        "m",
        Facts::of_token(&world.claims),
        format!(r#"{{"subjects":[{{"digest":{{"sha256":"{}"}}}}]}}"#, "1".repeat(64)).as_bytes(),
    );
    block_on(world.attestor().attest(&other.with_journal(&records))).unwrap();
    let mut codes = Vec::new();
    for record in records.kept.into_inner().unwrap() {
        let failure = block_on(world.attestor().resume(&world.order(), record)).unwrap_err();
        codes.push(failure.code);
    }
    codes.sort();
    codes.dedup();
    assert_eq!(codes, ["bundle/self-verify", "guard/subject"]);
}

#[test]
fn a_journal_in_a_file_is_complete_or_not_there() {
    let folder = std::env::temp_dir().join(format!("cretula-journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let journal = FileJournal::new(&folder.join("run.json"));
    assert!(matches!(journal.read(), Err(JournalError::Io(_))));
    let record = Record { state: vec![1, 2, 3], signed: Vec::new() };
    journal.keep(&record).unwrap();
    assert_eq!(journal.read().unwrap(), record);
    std::fs::write(folder.join("run.json"), b"{}").unwrap();
    assert!(matches!(journal.read(), Err(JournalError::Format)));
    journal.forget();
    assert!(!folder.join("run.json").exists());
    std::fs::remove_dir_all(&folder).unwrap();
}
