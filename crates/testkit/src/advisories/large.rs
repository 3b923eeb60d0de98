//! What is too large, or too many, for files: made when the test runs.

use std::rc::Rc;

use crate::asn1::oid;
use crate::bundle_builder::BundleBuilder;
use crate::cases::defect::{Change, Defect, fails, refuses};
use crate::cases::good::{self, KEYLESS_V1_DSSE, KEYLESS_V2, MANAGED_V2, TSA_ENVELOPE};
use crate::cases::{Case, NOW, SEED, defect_cases};
use crate::inputs::Inputs;
use crate::instance::Instance;
use crate::json::Json;

use super::binding::about_another;
use super::patterns::set_name;

const ENTRY: &str = "/verificationMaterial/tlogEntries/0";
const MILLION: usize = 1_000_000;

/// Input without end, each with its accepted twin.
#[must_use]
pub fn cases() -> Vec<Case> {
    let instance = Instance::new(SEED, NOW);
    [levels(), separators()].concat().iter().flat_map(|defect| defect_cases(defect, &instance)).collect()
}

fn raise_limit(builder: &mut BundleBuilder) {
    builder.options.limits.push(("bundle-bytes".into(), 16 << 20));
}

fn levels() -> Vec<Defect> {
    vec![
        refuses(
            "P01",
            "million-levels",
            "limits/json-depth",
            &KEYLESS_V2,
            "a bundle of a million levels",
            |b| b.edit_bundle_text(|_| "[".repeat(MILLION)),
        ),
        refuses(
            "A05",
            "million-levels",
            "limits/predicate-depth",
            &TSA_ENVELOPE,
            "a signed payload of a million levels",
            |b| {
                *b.payload() = Json::Raw("[".repeat(MILLION) + &"]".repeat(MILLION));
            },
        )
        .arranged(raise_limit),
        refuses(
            "R01",
            "million-levels",
            "limits/json-depth",
            &KEYLESS_V2,
            "a trusted root of a million levels",
            |b| {
                b.edits.root_bytes.push(Box::new(|bytes| *bytes = b"[".repeat(MILLION)));
            },
        ),
        fails("I07", "many-levels", "limits/json-depth", &KEYLESS_V2, "a policy of 200000 levels", |b| {
            b.edits.inputs.push(Box::new(|inputs| inputs.policy = b"[".repeat(200_000)));
        }),
    ]
}

fn separators() -> Vec<Defect> {
    let large = |check, id, code, base, sentence, bend: Change| {
        refuses(check, id, code, base, sentence, bend).arranged(raise_limit)
    };
    vec![
        large(
            "P04",
            "million-semicolons",
            "bundle-shape/media-type",
            &KEYLESS_V2,
            "a media type of a million parameters",
            |b| {
                b.edit_bundle(|bundle| bundle.text_at("/mediaType").push_str(&";".repeat(MILLION)));
            },
        ),
        large(
            "A05",
            "million-slashes",
            "artifact/payload-type",
            &KEYLESS_V1_DSSE,
            "a payload type of a million slashes",
            |b| {
                if let crate::ContentSpec::Envelope { payload_type, .. } = &mut b.content {
                    payload_type.push_str(&"/".repeat(MILLION));
                }
            },
        ),
        large(
            "P11",
            "million-slashes",
            "limits/certificate-bytes",
            &KEYLESS_V2,
            "a name of a million slashes",
            |b| set_name(b, &format!("https://github.com{}", "/".repeat(MILLION))),
        ),
        large(
            "P11",
            "million-arcs",
            "limits/certificate-bytes",
            &KEYLESS_V2,
            "an extension whose identifier has a million arcs",
            |b| {
                b.edit_leaf(|leaf| {
                    leaf.set(&format!("1.2{}", ".1".repeat(MILLION)), false, Vec::new());
                });
            },
        ),
        large(
            "P11",
            "million-arcs-of-a-policy",
            "limits/token-bytes",
            &KEYLESS_V2,
            "a token whose policy has a million arcs",
            |b| {
                b.timestamp(0)
                    .edit_token(|token| token.tst_info[1] = oid(&format!("1.2{}", ".1".repeat(MILLION))));
            },
        ),
        large(
            "T12",
            "many-arcs-of-a-policy",
            "time/token-request",
            &KEYLESS_V2,
            "a token whose policy has 60000 arcs",
            |b| {
                b.timestamp(0)
                    .edit_token(|token| token.tst_info[1] = oid(&format!("1.2{}", ".1".repeat(60_000))));
            },
        )
        .arranged(|b| {
            b.demand("/evidence/time/onInvalidToken", Json::text("refuse"));
            b.demand("/evidence/time/policyOids", Json::List(vec![Json::text("1.3.6.1.4.1.57264.2")]));
        }),
        fails(
            "I07",
            "many-dots",
            "limits/policy-bytes",
            &KEYLESS_V2,
            "a policy with an identifier of a million arcs",
            |b| {
                let arcs = Json::text(format!("1.2{}", ".1".repeat(MILLION)));
                b.demand("/evidence/time/policyOids", Json::List(vec![arcs]));
            },
        ),
    ]
}

/// The first entry of every good bundle about another artifact, in every good bundle: none is verified.
pub fn splices() -> impl Iterator<Item = (String, Inputs)> {
    let instance = Instance::new(SEED, NOW);
    let mut own = Vec::new();
    let mut entries = Vec::new();
    for good in good::ALL {
        let builder = (good.make)(&instance);
        if builder.entries.is_empty() {
            continue;
        }
        own.push((good.name, builder.build_with_json()));
        let (_, mut bundle) = about_another(good, &instance).build_with_json();
        entries.push((good.name, bundle.at(ENTRY).clone()));
    }
    let entries = Rc::new(entries);
    own.into_iter().flat_map(move |(name, (inputs, bundle))| {
        let count = entries.len();
        let entries = Rc::clone(&entries);
        (0..count).map(move |index| {
            let (other, entry) = &entries[index];
            let mut bundle = bundle.clone();
            bundle.set(ENTRY, entry.clone());
            (format!("{other} in {name}"), Inputs { bundle: bundle.encode(), ..inputs.clone() })
        })
    })
}

/// Proofs of an entry of a tree: as it is, with a hash too many, with one too few (if there is one).
#[derive(Debug)]
pub struct Proofs {
    /// Which entry of which tree.
    pub name: String,
    /// The right proof.
    pub right: Inputs,
    /// Wrong ones.
    pub wrong: Vec<Inputs>,
}

/// Every index of every tree of 1 to 64 entries, and the borders of trees around powers of two up to 257.
pub fn trees() -> impl Iterator<Item = Proofs> {
    let small = (1..=64).flat_map(|size| (0..size).map(move |index| (size, index)));
    let large = [65, 127, 128, 129, 255, 256, 257].into_iter().flat_map(|size: u64| {
        let half = size.next_power_of_two() / 2;
        [0, half - 1, half, size - 2, size - 1].map(|index| (size, index.min(size - 1)))
    });
    let instance = Instance::new(SEED, NOW);
    small.chain(large).map(move |(size, index)| proofs(&instance, size, index))
}

fn proofs(instance: &Instance, size: u64, index: u64) -> Proofs {
    let mut builder = (MANAGED_V2.make)(instance);
    // Nothing but the log is needed; certificates of authorities take long to sign.
    builder.instance.certificate_authorities.clear();
    builder.instance.timestamp_authorities.clear();
    builder.entry(0).others = (index, size - 1 - index);
    let (right, bundle) = builder.build_with_json();
    let changed = |change: fn(&mut Vec<Json>)| {
        let mut bundle = bundle.clone();
        change(bundle.list(&format!("{ENTRY}/inclusionProof/hashes")));
        Inputs { bundle: bundle.encode(), ..right.clone() }
    };
    let mut wrong = vec![changed(|hashes| hashes.push(Json::bytes(&[7; 32])))];
    if size > 1 {
        wrong.push(changed(|hashes| {
            hashes.pop();
        }));
    }
    Proofs { name: format!("{index} of {size}"), right, wrong }
}
