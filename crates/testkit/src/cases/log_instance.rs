//! The log of an entry: its generation and its instance (L03, L04).

use cretula_crypto::HashAlgorithm;

use crate::bundle_builder::{BundleBuilder, EntryKind, EntryLog, EntrySpec};
use crate::json::Json;
use crate::window::Window;

use super::checkpoint::checkpoint;
use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V1, KEYLESS_V2};

pub(super) fn rows() -> Vec<Defect> {
    vec![
        refuses(
            "L03",
            "v1-without-tree-id",
            "log-inclusion/generation",
            &KEYLESS_V1,
            "an entry of v1 under an origin of v2",
            |b| {
                checkpoint(b, |text| text.origin = "rekor.north.example".into());
            },
        ),
        refuses(
            "L03",
            "v2-with-tree-id",
            "log-inclusion/generation",
            &KEYLESS_V2,
            "an entry of v2 under an origin of v1",
            |b| {
                checkpoint(b, |text| text.origin.push_str(" - 2605736670972794746"));
            },
        ),
        refuses(
            "L04",
            "unknown-v1",
            "time/missing",
            &KEYLESS_V1,
            "the log is not in the trusted root: its promise is no time",
            unknown_log,
        )
        .reported_by("M01")
        .noting("log-inclusion/unknown-log"),
        refuses(
            "L04",
            "unknown-v2",
            "log-inclusion/threshold",
            &KEYLESS_V2,
            "the log is not in the trusted root",
            unknown_log,
        )
        .reported_by("L21")
        .noting("log-inclusion/unknown-log"),
        refuses(
            "L04",
            "other-log-id",
            "log-inclusion/checkpoint-log",
            &KEYLESS_V2,
            "the entry names another log than the one that signed",
            |b| {
                let other = b.instance.rekor_v2[1].log.id.clone();
                b.entry(0).edit_entry(move |entry| {
                    entry.set("/logId/keyId", Json::bytes(&other));
                });
            },
        )
        .reported_by("L10"),
        accepts(
            "L04",
            "unknown-beside",
            &KEYLESS_V2,
            "an entry of an unknown log beside a good one counts for nothing",
            |b| {
                let mut unknown = EntrySpec::new(EntryLog::V2(1), EntryKind::HashedRekordV002, b.signed_at);
                unknown.edit_entry(|entry| entry.edit_bytes("/logId/keyId", |id| id[0] ^= 1));
                b.entries.push(unknown);
            },
        ),
        accepts(
            "L04",
            "by-checkpoint-key-id",
            &KEYLESS_V2,
            "the entry names the log by the id of its checkpoints, the trusted root by the hash of its key",
            listed_by_key,
        ),
        accepts(
            "L04",
            "by-key-and-four-bytes",
            &KEYLESS_V2,
            "the trusted root lists the hash of the key, and four bytes of the id of its checkpoints",
            |b| {
                let log = &b.instance.rekor_v2[0].log;
                let (id, hash) = (
                    log.id[..4].to_vec(),
                    HashAlgorithm::Sha256.digest(&[&log.key.spki()]).as_bytes().to_vec(),
                );
                let listed = hash.clone();
                b.edit_root(move |root| {
                    root.set(FIRST_V2, Json::object([("keyId", Json::bytes(&id))]));
                    root.set("/tlogs/2/logId/keyId", Json::bytes(&listed));
                });
                b.entry(0).edit_entry(move |entry| {
                    entry.set("/logId/keyId", Json::bytes(&hash));
                });
            },
        ),
        refuses(
            "L04",
            "other-checkpoint-key-id",
            "log-inclusion/threshold",
            &KEYLESS_V2,
            "an id that is neither that of the log nor that of its checkpoints",
            |b| {
                b.entry(0).edit_entry(|entry| entry.edit_bytes("/logId/keyId", |id| id[0] ^= 1));
            },
        )
        .arranged(listed_by_key)
        .reported_by("L21")
        .noting("log-inclusion/unknown-log"),
        refuses(
            "L04",
            "short-checkpoint-key-id",
            "log-inclusion/threshold",
            &KEYLESS_V2,
            "four bytes in place of an id",
            |b| {
                b.entry(0).edit_entry(|entry| entry.edit_bytes("/logId/keyId", |id| id.truncate(4)));
            },
        )
        .arranged(|b| {
            let id = b.instance.rekor_v2[0].log.id[..4].to_vec();
            b.edit_root(move |root| {
                root.set(FIRST_V2, Json::object([("keyId", Json::bytes(&id))]));
            });
        })
        .reported_by("L21")
        .noting("log-inclusion/unknown-log"),
        accepts(
            "L04",
            "split-windows",
            &KEYLESS_V1,
            "two instances of one key: the window of the second fits",
            |b| {
                let (start, middle) = (b.instance.start(), b.signed_at - 86_400);
                let mut later = b.instance.rekor_v1[0].clone();
                later.log.window = Some(Window::from(middle));
                b.instance.rekor_v1[0].log.window = Some(Window::between(start, middle));
                b.instance.rekor_v1.push(later);
            },
        ),
    ]
}

fn unknown_log(builder: &mut BundleBuilder) {
    let id = match builder.entries[0].log {
        EntryLog::V1(index) => builder.instance.rekor_v1[index].log.id.clone(),
        EntryLog::V2(index) => builder.instance.rekor_v2[index].log.id.clone(),
    };
    builder.edit_root(move |root| {
        root.list("/tlogs").retain(|log| *log.clone().at("/logId/keyId") != Json::bytes(&id));
    });
}

/// Id of the checkpoints of the first log of version 2, which stands behind two of version 1.
const FIRST_V2: &str = "/tlogs/2/checkpointKeyId";

fn listed_by_key(builder: &mut BundleBuilder) {
    let log = &builder.instance.rekor_v2[0].log;
    let (id, hash) = (log.id.clone(), HashAlgorithm::Sha256.digest(&[&log.key.spki()]));
    builder.edit_root(move |root| {
        root.set(FIRST_V2, Json::object([("keyId", Json::bytes(&id))]));
        root.set("/tlogs/2/logId/keyId", Json::bytes(hash.as_bytes()));
    });
}
