//! Evidence that belongs to something else: entries, promises, proofs and keys of others.

use crate::bundle_builder::{BundleBuilder, ContentSpec, EntryKind, EntryLog};
use crate::cases::defect::{Change, Defect, refuses};
use crate::cases::good::{
    DSSE_V2, Good, KEYLESS_V1_INTOTO, KEYLESS_V2, KEYLESS_V2_ENVELOPE, MANAGED, MANAGED_ENVELOPE, MANAGED_V2,
    TSA_ONLY, V01_PROMISE,
};
use crate::instance::Instance;
use crate::json::Json;

use super::row::{Row, row};

const ENTRY: &str = "/verificationMaterial/tlogEntries/0";

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2022-23649",
            "SET of another signature",
            "A promise of the log was checked by itself and not tied to the signature that it came with, so that the \
             promise of any other entry passed.",
            "time",
            &["l05-spliced", "l15-spliced", "l17-spliced", "l18-spliced", "l19-spliced"],
        )
        .also(&["GHSA-ccxc-vr6p-4858"])
        .adding(spliced)
        .in_test("the entries of all good bundles exchanged with those of the same bundles about another artifact"),
        row(
            "CVE-2022-36056",
            "log material not of this artifact; identity options without effect; broken evidence skipped",
            "A bundle verified with an entry about another artifact, with an identity that was not compared, or with \
             evidence that did not verify.",
            "log-binding",
            &[
                "l17-digest", "l18-payload-hash", "l19-payload-hash", "l15-digest", "a02-other-artifact",
                "i02-exact", "i02-no-match", "i02-key-of-another", "i03-other", "i04-other", "i04-missing",
                "i04-extension", "i08-other-authority", "i08-authority-url", "i01-type-demanded",
                "a02-logged-signature", "a04-signature", "c03-leaf-signature", "l05-signature", "l09-signature",
                "l14-hash", "l20-cosignature", "l09-second-line-bad", "s03-signature", "s06-bad-beside-good",
                "t07-signature",
            ],
        )
        .also(&["GHSA-8gw7-4j42-w388"])
        .adding(broken),
        row(
            "CVE-2026-22703",
            "entry not compared",
            "Digest, signature and key of a log entry were not all compared with those of the bundle.",
            "log-binding",
            &["l15-*", "l17-*", "l18-*", "l19-*"],
        )
        .also(&["GHSA-whqx-f9j3-ch6m"]),
        row(
            "CVE-2024-51746",
            "another entry used",
            "The log was asked for entries about the artifact, and one of another signature was taken.",
            "log-binding",
            &["l02-*", "l15-spliced", "l17-spliced", "l18-spliced", "l19-spliced"],
        )
        .also(&["GO-2024-3252"])
        .adding(foreign)
        .in_test(
            "every entry of the good bundles about one artifact in every good bundle about another, whatever its kind",
        ),
        row(
            "CVE-2023-47122",
            "log key taken from the log",
            "The key that verified the log's answers was fetched from that log.",
            "log-inclusion",
            &[
                "l04-unknown-v1", "l04-unknown-v2", "s06-unknown-log", "t06-brings-itself", "c08-unknown-authority",
                "p08-chain-is-no-anchor", "r09-no-log", "r09-no-root", "p02-unknown-inside",
            ],
        )
        .adding(brought),
    ]
}

/// The good bundle about another artifact, by the same signer.
pub(super) fn about_another(good: &Good, instance: &Instance) -> BundleBuilder {
    let mut other = (good.make)(instance);
    other.artifact = b"another artifact\n".to_vec();
    if matches!(other.content, ContentSpec::Envelope { .. }) {
        let payload = other.statement();
        *other.payload() = payload;
    }
    other
}

/// Puts the first entry of another bundle in place of the own one.
fn splice(builder: &mut BundleBuilder, good: &Good) {
    splice_at(builder, good, "");
}

/// Puts a part of the first entry of another bundle in place of the own one.
fn splice_at(builder: &mut BundleBuilder, good: &Good, part: &'static str) {
    let pointer = format!("{ENTRY}{part}");
    let (_, mut bundle) = about_another(good, &builder.instance).build_with_json();
    let taken = bundle.at(&pointer).clone();
    builder.edit_bundle(move |bundle| {
        bundle.set(&pointer, taken);
    });
}

fn spliced() -> Vec<Defect> {
    let promise = |id, base, bend: Change| {
        refuses("L05", id, "time/set", base, "the promise of the entry of another bundle of the signer", bend)
    };
    let proof = |id, base, bend: Change| {
        refuses(
            "L14",
            id,
            "log-inclusion/proof",
            base,
            "the proof of the entry of another bundle of the signer",
            bend,
        )
    };
    let entry = |check, id, code, base, bend: Change| {
        refuses(check, id, code, base, "the entry of another bundle of the same signer", bend)
    };
    const PROMISE: &str = "/inclusionPromise";
    const PROOF: &str = "/inclusionProof";
    vec![
        promise("spliced-intoto", &KEYLESS_V1_INTOTO, |b| splice_at(b, &KEYLESS_V1_INTOTO, PROMISE)),
        promise("spliced-promise-only", &V01_PROMISE, |b| splice_at(b, &V01_PROMISE, PROMISE)),
        promise("spliced-managed", &MANAGED, |b| splice_at(b, &MANAGED, PROMISE)),
        proof("spliced-hashedrekord", &MANAGED, |b| splice_at(b, &MANAGED, PROOF)),
        proof("spliced-dsse", &MANAGED_ENVELOPE, |b| splice_at(b, &MANAGED_ENVELOPE, PROOF)),
        proof("spliced-intoto", &KEYLESS_V1_INTOTO, |b| splice_at(b, &KEYLESS_V1_INTOTO, PROOF)),
        proof("spliced-v2", &MANAGED_V2, |b| splice_at(b, &MANAGED_V2, PROOF)),
        entry("L17", "spliced-promise-only", "log-binding/signature", &V01_PROMISE, |b| {
            splice(b, &V01_PROMISE)
        }),
        entry("L17", "spliced-managed", "log-binding/signature", &MANAGED, |b| splice(b, &MANAGED)),
        entry("L18", "spliced-managed", "log-binding/signature", &MANAGED_ENVELOPE, |b| {
            splice(b, &MANAGED_ENVELOPE)
        }),
        entry("L18", "v2-spliced", "log-binding/signature", &DSSE_V2, |b| splice(b, &DSSE_V2)),
        entry("L15", "spliced-envelope", "log-binding/body-differs", &KEYLESS_V2_ENVELOPE, |b| {
            splice(b, &KEYLESS_V2_ENVELOPE)
        }),
        entry("L15", "spliced-managed", "log-binding/body-differs", &MANAGED_V2, |b| splice(b, &MANAGED_V2)),
    ]
}

/// Entries of another kind, about another artifact.
fn foreign() -> Vec<Defect> {
    let foreign = |check, id, code, base, bend: Change| {
        refuses(check, id, code, base, "an entry of another kind, about another artifact", bend)
    };
    vec![
        foreign("L18", "foreign-in-intoto", "log-binding/signature", &KEYLESS_V1_INTOTO, |b| {
            splice(b, &MANAGED_ENVELOPE)
        }),
        foreign("L19", "foreign-in-dsse", "log-binding/signature", &MANAGED_ENVELOPE, |b| {
            splice(b, &KEYLESS_V1_INTOTO)
        }),
        foreign("L02", "foreign-hashedrekord-in-dsse", "log-binding/kind-content", &MANAGED_ENVELOPE, |b| {
            splice(b, &MANAGED)
        }),
        foreign("L02", "foreign-dsse-in-hashedrekord", "log-binding/kind-content", &MANAGED, |b| {
            splice(b, &MANAGED_ENVELOPE)
        }),
        foreign("L17", "foreign-v1-in-v2", "log-binding/signature", &KEYLESS_V2, |b| splice(b, &MANAGED)),
        foreign("L15", "foreign-envelope-in-message", "log-binding/body-differs", &KEYLESS_V2, |b| {
            splice(b, &KEYLESS_V2_ENVELOPE)
        }),
    ]
}

/// Evidence that nobody demands, and that does not verify.
fn broken() -> Vec<Defect> {
    vec![
        refuses(
            "L14",
            "not-demanded",
            "log-inclusion/proof",
            &TSA_ONLY,
            "an entry that is not demanded, with a proof that does not verify",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.edit_bytes("/inclusionProof/hashes/1", |hash| hash[31] ^= 1);
                });
            },
        )
        .arranged(|b| {
            b.entries.push(crate::EntrySpec::new(EntryLog::V2(0), EntryKind::HashedRekordV002, b.signed_at));
        }),
        refuses(
            "L05",
            "not-demanded",
            "time/set",
            &TSA_ONLY,
            "an entry that is not demanded, with a promise that does not verify",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.edit_bytes("/inclusionPromise/signedEntryTimestamp", |bytes| bytes[12] ^= 1);
                });
            },
        )
        .arranged(|b| {
            b.entries.push(crate::EntrySpec::new(EntryLog::V1(0), EntryKind::HashedRekordV001, b.signed_at));
        }),
        refuses(
            "L15",
            "not-demanded",
            "log-binding/body-differs",
            &TSA_ONLY,
            "an entry that is not demanded, about another artifact",
            |b| splice(b, &KEYLESS_V2),
        )
        .arranged(|b| {
            b.entries.push(crate::EntrySpec::new(EntryLog::V2(0), EntryKind::HashedRekordV002, b.signed_at));
        }),
        refuses(
            "S03",
            "not-demanded",
            "sct/signature",
            &KEYLESS_V2,
            "a promise of a CT log that is not demanded and does not verify",
            |b| {
                b.scts[0].edit(|sct| sct.signature[12] ^= 1);
            },
        )
        .arranged(|b| b.demand("/evidence/sct/threshold", Json::number(0))),
    ]
}

/// Keys that the bundle brings.
fn brought() -> Vec<Defect> {
    vec![
        refuses(
            "P02",
            "log-key-in-entry",
            "bundle-shape/unknown-member",
            &KEYLESS_V2,
            "an entry that brings the key of its log",
            bring_key,
        ),
        refuses(
            "L04",
            "log-key-in-entry",
            "log-inclusion/threshold",
            &KEYLESS_V2,
            "a log that only the entry itself brings the key of",
            |b| {
                b.edit_root(|root| {
                    root.remove("/tlogs/2");
                });
            },
        )
        .arranged(|b| {
            b.demand("/bundle/unknownMembers", Json::text("ignore"));
            bring_key(b);
        })
        .reported_by("L21")
        .noting("log-inclusion/unknown-log"),
    ]
}

fn bring_key(builder: &mut BundleBuilder) {
    let key = builder.instance.rekor_v2[0].log.key.spki();
    builder.entry(0).edit_entry(move |entry| {
        entry.set("/publicKey/rawBytes", Json::bytes(&key));
    });
}
