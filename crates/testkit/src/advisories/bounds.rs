//! Input without end, and work without end.

use cretula_attestation::pae;

use crate::asn1::{oid, seq};
use crate::bundle_builder::{BundleBuilder, SignerSpec};
use crate::ca::{CertificateAuthority, Identity, Member};
use crate::cases::defect::{Defect, accepts, fails, refuses};
use crate::cases::good::{MANAGED, TSA_ENVELOPE, TSA_ONLY};
use crate::certificate::{BASIC_CONSTRAINTS, SUBJECT_ALT_NAME, alt_names, basic_constraints, uri};
use crate::instance::OPERATORS;
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2024-45395",
            "endless data, many attestations",
            "Whoever supplied a bundle, a log entry or a list of attestations decided how much memory and time was spent.",
            "limits",
            &[
                "p01-*", "p11-*", "p01-limit-json-depth",
                "a06-limit-artifact-bytes",
            ],
        )
        .also(&[
            "GHSA-cq38-jh5f-37mq", "CVE-2023-46737", "GHSA-vfp6-jrw2-99g9", "GHSA-88jx-383q-w4qc",
            "GHSA-95pr-fxf5-86gv", "CVE-2024-29902", "CVE-2024-29903",
        ])
        .in_test(
            "every limit at its value and one above; bundles and artifacts of 100 MB; JSON of a million levels",
        ),
        row(
            "CVE-2025-66506",
            "split on attacker input",
            "Text of the input was split at a separator into as many pieces as its author wanted.",
            "identity",
            &["i02-limit-pattern-input"],
        )
        .also(&["GHSA-f83f-xpx7-ffpw", "CVE-2025-66564", "GHSA-4qg8-fj49-pxjh"])
        .adding(separators)
        .in_test("OIDs, names, media types and payload types of a million separators"),
        row(
            "CVE-2023-30551",
            "expansion, unbounded labels",
            "Compressed input was expanded without a bound, or text of the input became a label without a bound.",
            "bundle-shape",
            &["i04-limit-claim-bytes"],
        )
        .also(&["CVE-2026-48702", "CVE-2026-49835"])
        .adding(compressed)
        .in_test("no text of a refusal or of a row of any case here is longer than its bound"),
        row(
            "RUSTSEC-2023-0053",
            "exponential path building",
            "Certificates that name each other as issuers made the search for a path take exponential time.",
            "limits",
            &["c08-limit-signature-checks", "c08-limit-path-steps", "c08-limit-name-comparisons", "c08-mixed"],
        )
        .adding(meshes),
    ]
}

fn set_name(builder: &mut BundleBuilder, name: String) {
    builder.edit_leaf(move |leaf| leaf.extension(SUBJECT_ALT_NAME).value = alt_names(&[uri(&name)]));
}

/// A name of the repository with this many slashes more.
fn slashes(builder: &mut BundleBuilder, count: usize) {
    set_name(builder, format!("https://github.com/acme/app{}", "/".repeat(count)));
}

fn separators() -> Vec<Defect> {
    vec![
        refuses(
            "I02",
            "slashes",
            "identity/san",
            &TSA_ONLY,
            "a name with so many slashes that no pattern is matched with it",
            |b| {
                slashes(b, 2040);
            },
        )
        .arranged(|b| {
            slashes(b, 2000);
            b.demand(
                "/signers/certificate/san",
                Json::object([("glob", Json::text("https://github.com/acme/**"))]),
            );
        }),
        accepts(
            "C06",
            "long-oid",
            &TSA_ONLY,
            "an extension, not critical, whose identifier has 500 arcs",
            |b| {
                b.edit_leaf(|leaf| {
                    leaf.set(&format!("1.2.3{}", ".1".repeat(500)), false, crate::asn1::null());
                });
            },
        ),
        refuses(
            "C06",
            "long-oid-critical",
            "chain/critical-extension",
            &TSA_ONLY,
            "a critical extension whose identifier has 500 arcs",
            |b| {
                b.edit_leaf(|leaf| leaf.extension(&format!("1.2.3{}", ".1".repeat(500))).critical = true);
            },
        )
        .arranged(|b| {
            b.edit_leaf(|leaf| {
                leaf.set(&format!("1.2.3{}", ".1".repeat(500)), false, crate::asn1::null());
            });
        }),
        refuses(
            "C03",
            "long-oid-algorithm",
            "chain/algorithm",
            &TSA_ONLY,
            "a key whose algorithm has an identifier of 500 arcs",
            |b| {
                b.edit_leaf(|leaf| {
                    let algorithm = seq(&[&oid(&format!("1.2.3{}", ".1".repeat(500)))]);
                    leaf.spki = seq(&[&algorithm, &crate::asn1::bits(&[4; 65])]);
                });
            },
        ),
        refuses(
            "P04",
            "semicolons",
            "bundle-shape/media-type",
            &TSA_ONLY,
            "a media type of 1000 parameters",
            |b| {
                b.edit_bundle(|bundle| bundle.text_at("/mediaType").push_str(&";v=0".repeat(1000)));
            },
        ),
    ]
}

/// The bytes as gzip, which stores them (RFC 1951 §3.2.4, RFC 1952 §2.3).
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("one block");
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        bytes,
        &(!crc).to_le_bytes(),
        &u32::from(length).to_le_bytes(),
    ]
    .concat()
}

fn compressed() -> Vec<Defect> {
    vec![
        refuses("P02", "compressed", "bundle-shape/json", &TSA_ONLY, "the bundle as gzip", |b| {
            b.edits.bundle_bytes.push(Box::new(|bytes| *bytes = gzip(bytes)));
        }),
        refuses("R01", "compressed", "trusted-root/json", &TSA_ONLY, "the trusted root as gzip", |b| {
            b.edits.root_bytes.push(Box::new(|bytes| *bytes = gzip(bytes)));
        }),
        fails("I07", "compressed", "policy/malformed", &TSA_ONLY, "the policy as gzip", |b| {
            b.edits.inputs.push(Box::new(|inputs| inputs.policy = gzip(&inputs.policy)));
        }),
        refuses(
            "A05",
            "compressed",
            "artifact/statement",
            &TSA_ENVELOPE,
            "a signed statement as gzip",
            |b| {
                let payload = gzip(&b.statement().encode());
                let message = pae(crate::bundle_builder::IN_TOTO, &payload);
                b.edits.message.push(Box::new(|signed| *signed = message));
                b.edit_bundle(move |bundle| {
                    bundle.set("/dsseEnvelope/payload", Json::bytes(&payload));
                });
            },
        ),
        refuses("L01", "compressed", "log-binding/body", &MANAGED, "a logged body as gzip", |b| {
            b.entry(0).edit_body_bytes(|body| *body = gzip(body));
        }),
        refuses(
            "P02",
            "long-member",
            "bundle-shape/unknown-member",
            &TSA_ONLY,
            "an unknown member with a name of 2000 letters",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set(&format!("/{}", "x".repeat(2000)), Json::null());
                });
            },
        ),
        refuses(
            "L01",
            "long-kind",
            "log-binding/kind-unsupported",
            &MANAGED,
            "an entry of a kind of 700 letters",
            |b| {
                let kind = "rekord\n".repeat(100);
                let again = kind.clone();
                b.entry(0).edit_body(|body| {
                    body.set("/kind", Json::text(kind));
                });
                b.entry(0).edit_entry(|entry| {
                    entry.set("/kindVersion/kind", Json::text(again));
                });
            },
        ),
    ]
}

/// Certificates with the issuer's name and key, each signed by that key: every one may stand above every other. They
/// take the place of the issuer.
fn mesh(builder: &mut BundleBuilder, count: u8) {
    let authority = &builder.instance.certificate_authorities[0];
    let (issuer, key) = (authority.issuer().certificate.clone(), authority.issuer().key.clone());
    builder.edit_root(move |root| {
        let listed = root.list("/certificateAuthorities/0/certChain/certificates");
        listed.remove(0);
        for index in 0..count {
            let mut node = issuer.clone();
            node.issuer.clone_from(&node.subject);
            node.serial = crate::asn1::int(index + 1);
            node.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
            node.key_ids(Some(&key));
            let der = node.sign(&key, key.scheme());
            listed.insert(0, Json::object([("rawBytes", Json::bytes(&der))]));
        }
    });
}

/// As [`mesh`], each with a key of its own and signed by the next: a ring.
fn ring(builder: &mut BundleBuilder, count: usize) {
    let authority = &builder.instance.certificate_authorities[0];
    let issuer = authority.issuer().certificate.clone();
    let (first, seed) = (authority.issuer().key.clone(), builder.instance.seed);
    let key = move |index: usize| match index % count {
        0 => first.clone(),
        index => SigningKey::derive(&seed, &format!("ring {index}"), Algorithm::P256),
    };
    builder.edit_root(move |root| {
        let node = |index: usize| {
            let (own, above) = (key(index), key(index + 1));
            let mut node = issuer.clone();
            node.spki = own.spki();
            node.issuer.clone_from(&node.subject);
            node.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
            node.key_ids(Some(&above));
            Json::object([("rawBytes", Json::bytes(&node.sign(&above, above.scheme())))])
        };
        let listed = root.list("/certificateAuthorities/0/certChain/certificates");
        listed.remove(0);
        for index in (0..count).rev() {
            listed.insert(0, node(index));
        }
    });
}

fn meshes() -> Vec<Defect> {
    vec![
        refuses(
            "C08",
            "mesh",
            "limits/chain",
            &TSA_ONLY,
            "three issuers of one name and key, each above each, and no way out",
            |b| mesh(b, 3),
        ),
        accepts(
            "C08",
            "mesh-beside",
            &TSA_ONLY,
            "two issuers of that name and key, listed before the one that has an issuer",
            mesh_beside,
        ),
        refuses(
            "C08",
            "ring",
            "limits/chain",
            &TSA_ONLY,
            "three issuers of one name, each issued by the next, and no way out",
            |b| ring(b, 3),
        ),
        refuses(
            "C08",
            "namesakes",
            "chain/signature",
            &TSA_ONLY,
            "six authorities with the names of the right one, which is not there",
            |b| {
                b.edit_root(|root| {
                    root.remove("/certificateAuthorities/6");
                });
            },
        )
        .arranged(|b| namesakes(b, 6))
        .reported_by("C03"),
        refuses(
            "C08",
            "longer-than-any",
            "limits/chain",
            &TSA_ONLY,
            "a path of five certificates, two of one name",
            |b| chain_of(b, "third"),
        )
        .arranged(|b| chain_of(b, "second")),
    ]
}

/// Two nodes of a mesh are tried before the issuer.
fn mesh_beside(builder: &mut BundleBuilder) {
    let issuer = builder.instance.certificate_authorities[0].chain()[0].clone();
    mesh(builder, 2);
    builder.edit_root(move |root| {
        let listed = root.list("/certificateAuthorities/0/certChain/certificates");
        listed.insert(2, Json::object([("rawBytes", Json::bytes(&issuer))]));
    });
}

fn chain_of(builder: &mut BundleBuilder, name: &str) {
    let key = SigningKey::derive(&builder.instance.seed, &format!("mesh {name}"), Algorithm::P256);
    let from = builder.instance.start();
    let members = &mut builder.instance.certificate_authorities[0].members;
    for member in members.iter_mut() {
        member.certificate.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
    }
    let mut below = Member::authority("north.example issuing", key, members.last(), None, from);
    below.certificate.serial = crate::asn1::int(u8::try_from(name.len()).expect("a short name"));
    members.push(below);
}

/// Lists authorities with the names of the right one, and keys of their own, before it.
fn namesakes(builder: &mut BundleBuilder, count: usize) {
    let seed = builder.instance.seed;
    let from = builder.instance.start();
    let namesake = |index: usize| {
        let seed = seed.derive(&format!("namesake {index}"));
        CertificateAuthority::new(&seed, OPERATORS[0], Algorithm::P256, from)
    };
    let authorities = (0..count).map(namesake);
    builder.instance.certificate_authorities.splice(0..0, authorities);
    builder.signer = SignerSpec::Certificate { ca: count, identity: Identity::workflow() };
}
