//! Limits of trusted roots, policies and keys.

use crate::asn1::{oid, seq};
use crate::bundle_builder::BundleBuilder;
use crate::ca::{ISSUER, WORKFLOW};
use crate::inputs::GivenKey;
use crate::json::Json;

use super::content::limit;
use crate::cases::defect::{Defect, accepts, fails, refuses};
use crate::cases::good::{KEYLESS_V2, MANAGED};

pub(super) fn rows() -> Vec<Defect> {
    [trust(), policies(), keys()].concat()
}

fn trust() -> Vec<Defect> {
    vec![
        refuses(
            "R01",
            "limit-trusted-root-bytes",
            "limits/trusted-root-bytes",
            &KEYLESS_V2,
            "a trusted root of 1 MiB and a byte",
            |b| {
                b.edits.root_bytes.push(Box::new(|bytes| bytes.push(b' ')));
            },
        )
        .arranged(|b| b.edits.root_bytes.push(Box::new(|bytes| bytes.resize(1 << 20, b' ')))),
        refuses(
            "R01",
            "limit-trusted-root-instances",
            "limits/trusted-root-instances",
            &KEYLESS_V2,
            "65 logs",
            |b| add_logs(b, 1),
        )
        .arranged(|b| add_logs(b, 60)),
        fails("R01", "limit-trusted-roots", "limits/trusted-roots", &KEYLESS_V2, "nine trusted roots", |b| {
            add_roots(b, 1)
        })
        .arranged(|b| add_roots(b, 7)),
    ]
}

fn add_logs(builder: &mut BundleBuilder, count: usize) {
    builder.edit_root(move |root| {
        let log = root.at("/tlogs/1").clone();
        root.list("/tlogs").extend(std::iter::repeat_n(log, count));
    });
}

fn add_roots(builder: &mut BundleBuilder, count: usize) {
    builder.edits.inputs.push(Box::new(move |inputs| {
        let root = inputs.roots[0].clone();
        inputs.roots.extend(std::iter::repeat_n(root, count));
    }));
}

fn leaf(san: Json) -> Json {
    Json::object([("certificate", Json::object([("san", san), ("issuer", Json::text(ISSUER))]))])
}

/// The right signer beside others.
fn signers(builder: &mut BundleBuilder, others: Vec<Json>) {
    let nodes = std::iter::once(leaf(Json::text(WORKFLOW))).chain(others).collect();
    builder.demand("/signers", Json::object([("any", Json::List(nodes))]));
}

fn policies() -> Vec<Defect> {
    vec![
        fails(
            "I07",
            "limit-policy-bytes",
            "limits/policy-bytes",
            &KEYLESS_V2,
            "a policy of 256 KiB and a byte",
            |b| {
                b.edits.inputs.push(Box::new(|inputs| inputs.policy.push(b' ')));
            },
        )
        .arranged(|b| b.edits.inputs.push(Box::new(|inputs| inputs.policy.resize(256 << 10, b' ')))),
        fails("I07", "limit-policy-nodes", "limits/policy-nodes", &KEYLESS_V2, "257 nodes", |b| {
            signers(b, vec![leaf(Json::text("https://example.com")); 255])
        })
        .arranged(|b| signers(b, vec![leaf(Json::text("https://example.com")); 254])),
        fails("I07", "limit-policy-depth", "limits/policy-depth", &KEYLESS_V2, "nine levels", |b| {
            nest_signers(b, 8)
        })
        .arranged(|b| nest_signers(b, 7)),
        fails("I07", "limit-pattern-bytes", "policy/pattern", &KEYLESS_V2, "a pattern of 1025 bytes", |b| {
            long_pattern(b, 1025)
        })
        .arranged(|b| long_pattern(b, 1024)),
        fails(
            "I07",
            "limit-pattern-compiled",
            "policy/pattern",
            &KEYLESS_V2,
            "a short pattern with a large automaton",
            |b| patterns(b, 1, "(x{100}){100}"),
        )
        .arranged(|b| patterns(b, 1, "(x{10}){10}")),
        fails(
            "I07",
            "limit-pattern-compiled-total",
            "policy/pattern",
            &KEYLESS_V2,
            "many patterns whose automata are large together",
            |b| patterns(b, 200, "(x{10}){10}"),
        )
        .arranged(|b| patterns(b, 2, "(x{10}){10}")),
        refuses(
            "I02",
            "limit-pattern-input",
            "identity/san",
            &KEYLESS_V2,
            "a name of a byte more than the limit, which is lowered, fits no pattern",
            |b| {
                limit(b, "pattern-input", 73);
            },
        )
        .arranged(|b| {
            limit(b, "pattern-input", 74);
            b.demand(
                "/signers/certificate/san",
                Json::object([("glob", Json::text("https://github.com/acme/**"))]),
            );
        }),
    ]
}

fn nest_signers(builder: &mut BundleBuilder, levels: usize) {
    let nested = (0..levels)
        .fold(leaf(Json::text(WORKFLOW)), |inner, _| Json::object([("any", Json::List(vec![inner]))]));
    builder.demand("/signers", nested);
}

fn long_pattern(builder: &mut BundleBuilder, length: usize) {
    let glob = format!("https://{}*", "x".repeat(length - 9));
    signers(builder, vec![leaf(Json::object([("glob", Json::Text(glob))]))]);
}

fn patterns(builder: &mut BundleBuilder, count: usize, regex: &str) {
    signers(builder, vec![leaf(Json::object([("regex", Json::text(regex))])); count]);
}

fn keys() -> Vec<Defect> {
    let refused = |id, sentence, bend| fails("A01", id, "input/key", &MANAGED, sentence, bend);
    vec![
        fails("A01", "limit-managed-keys", "limits/managed-keys", &MANAGED, "257 keys", |b| add_keys(b, 1))
            .arranged(|b| add_keys(b, 255)),
        refused("limit-rsa-bits-low", "an RSA key of 2047 bits", |b| add_rsa(b, 2047, &[1, 0, 1])),
        accepts("A01", "limit-rsa-bits-least", &MANAGED, "an RSA key of 2048 bits", |b| {
            add_rsa(b, 2048, &[1, 0, 1])
        }),
        accepts("A01", "limit-rsa-bits-most", &MANAGED, "an RSA key of 8192 bits", |b| {
            add_rsa(b, 8192, &[1, 0, 1])
        }),
        refused("limit-rsa-bits-high", "an RSA key of 8193 bits", |b| add_rsa(b, 8193, &[1, 0, 1])),
        refused("limit-rsa-exponent-1", "an RSA key with exponent 1", |b| add_rsa(b, 2048, &[1])),
        accepts("A01", "limit-rsa-exponent-3", &MANAGED, "an RSA key with exponent 3", |b| {
            add_rsa(b, 2048, &[3])
        }),
        refused("limit-rsa-exponent-even", "an RSA key with an even exponent", |b| {
            add_rsa(b, 2048, &[1, 0, 0])
        }),
        accepts("A01", "limit-rsa-exponent-most", &MANAGED, "an RSA key with the greatest exponent", |b| {
            add_rsa(b, 2048, &[0, 255, 255, 255, 255])
        }),
        refused("limit-rsa-exponent-high", "an RSA key with an exponent above 32 bits", |b| {
            add_rsa(b, 2048, &[1, 0, 0, 0, 1])
        }),
        fails(
            "A01",
            "limit-total-name",
            "input/unknown-member",
            &MANAGED,
            "a limit that nobody knows",
            |b| limit(b, "signatures", 1),
        ),
    ]
}

fn add_keys(builder: &mut BundleBuilder, count: usize) {
    let mut key = builder.keys[0].clone();
    key.id = "other".into();
    builder.keys.extend(std::iter::repeat_n(key, count));
}

/// Gives one more key, which nobody uses: an odd number of this many bits, and an exponent.
fn add_rsa(builder: &mut BundleBuilder, bits: usize, exponent: &[u8]) {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    modulus[0] = u8::try_from(0xff_u32 >> ((8 - bits % 8) % 8)).expect("a byte");
    if modulus[0] & 0x80 != 0 {
        modulus.insert(0, 0);
    }
    let integer = |bytes: &[u8]| cretula_encoding::der::encode(cretula_encoding::der::Tag::INTEGER, &[bytes]);
    let public = seq(&[&integer(&modulus), &integer(exponent)]);
    let algorithm = seq(&[&oid("1.2.840.113549.1.1.1"), &crate::asn1::null()]);
    let key = seq(&[&algorithm, &crate::asn1::bits(&public)]);
    builder.keys.push(GivenKey { id: "unused".into(), key, ..GivenKey::default() });
}
