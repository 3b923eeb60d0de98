//! Promises of CT logs (S01–S07).

use crate::bundle_builder::{BundleBuilder, SctSpec};
use crate::ct::SctEntry;
use crate::json::Json;
use crate::window::Window;

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V2, SAME_NAME, TWO_OF_EACH};

pub(super) fn rows() -> Vec<Defect> {
    [lists(), signatures(), windows(), thresholds(), detached()].concat()
}

fn list(builder: &mut BundleBuilder, edit: fn(&mut Vec<u8>)) {
    builder.edits.sct_list.push(Box::new(edit));
}

fn lists() -> Vec<Defect> {
    let bad = |id, sentence, bend| refuses("S01", id, "sct/list", &KEYLESS_V2, sentence, bend);
    let member = |id, sentence, bend| refuses("S02", id, "sct/list", &KEYLESS_V2, sentence, bend);
    vec![
        bad("not-wrapped", "a list that is not inside of an OCTET STRING", |b| {
            list(b, |list| {
                let header = if list[1] < 0x80 { 2 } else { 3 };
                list.drain(..header);
            });
        }),
        bad("empty", "an empty list", |b| list(b, |list| *list = crate::asn1::octets(&[0, 0]))),
        bad("trailing", "a byte after the list", |b| {
            list(b, |list| {
                let header = if list[1] < 0x80 { 2 } else { 3 };
                let mut inner = list.split_off(header);
                inner.push(0);
                *list = crate::asn1::octets(&inner);
            });
        }),
        bad("length", "a list longer than its bytes", |b| {
            list(b, |list| {
                let header = if list[1] < 0x80 { 2 } else { 3 };
                list[header + 1] += 1;
            });
        }),
        bad("element-length", "an element shorter than its bytes", |b| {
            list(b, |list| {
                let header = if list[1] < 0x80 { 2 } else { 3 };
                list[header + 3] -= 1;
            });
        })
        .reported_by("S02"),
        member("version", "a promise of version 2", |b| {
            b.scts[0].edit(|sct| sct.version = 1);
        }),
        refuses("S02", "hash", "sct/list", &KEYLESS_V2, "a hash that is not SHA-256", |b| {
            b.scts[0].edit(|sct| sct.hash = 5);
        }),
        refuses(
            "S02",
            "algorithm",
            "sct/signature",
            &KEYLESS_V2,
            "an algorithm that does not fit the log's key",
            |b| {
                b.scts[0].edit(|sct| sct.signature_algorithm = 1);
            },
        ),
    ]
}

fn signatures() -> Vec<Defect> {
    let bad = |id, base, sentence, bend| refuses("S03", id, "sct/signature", base, sentence, bend);
    vec![
        bad("signature", &KEYLESS_V2, "a signature that does not verify", |b| {
            b.scts[0].edit(|sct| sct.signature[12] ^= 1);
        }),
        bad("time", &KEYLESS_V2, "another time than the signed one", |b| {
            b.scts[0].edit(|sct| sct.timestamp += 1);
        }),
        bad("other-log", &KEYLESS_V2, "the signature of another log", |b| {
            let id = b.instance.ct_logs[1].log.id.clone();
            b.scts[0].edit(move |sct| sct.log_id = id);
        }),
        bad("extensions-dropped", &KEYLESS_V2, "signed extensions that are not there", |b| {
            b.scts[0].edit(|sct| sct.extensions.clear());
        })
        .arranged(|b| b.scts[0].extensions = vec![0, 0, 5, 0, 0, 0, 0, 9]),
        bad("extensions-added", &KEYLESS_V2, "extensions that are not signed", |b| {
            b.scts[0].edit(|sct| sct.extensions = vec![0, 0, 5, 0, 0, 0, 0, 9]);
        }),
        bad("other-certificate", &KEYLESS_V2, "a promise for another certificate", |b| {
            b.scts[0].edit_input(|input| {
                if let SctEntry::Precertificate { tbs, .. } = &mut input.entry {
                    let last = tbs.len() - 1;
                    tbs[last] ^= 1;
                }
            });
        }),
        bad("kind", &KEYLESS_V2, "an embedded promise signed as a detached one", |b| {
            b.scts[0].edit_input(|input| {
                if let SctEntry::Precertificate { tbs, .. } = &input.entry {
                    input.entry = SctEntry::Certificate(tbs.clone());
                }
            });
        }),
        refuses(
            "S04",
            "other-issuer",
            "sct/signature",
            &KEYLESS_V2,
            "a promise for the key of another issuer",
            |b| other_issuer(b, 1),
        )
        .reported_by("S03"),
        refuses(
            "S04",
            "same-name-issuer",
            "sct/signature",
            &SAME_NAME,
            "a promise for the key of an issuer of the same name, which did not sign",
            |b| other_issuer(b, 0),
        )
        .reported_by("S03"),
    ]
}

fn other_issuer(builder: &mut BundleBuilder, authority: usize) {
    let spki = builder.instance.certificate_authorities[authority].issuer().key.spki();
    builder.scts[0].edit_input(move |input| {
        if let SctEntry::Precertificate { issuer_key_hash, .. } = &mut input.entry {
            *issuer_key_hash = cretula_crypto::HashAlgorithm::Sha256.digest(&[&spki]).as_bytes().to_vec();
        }
    });
}

fn windows() -> Vec<Defect> {
    let window = |id, sentence, bend| refuses("S05", id, "sct/log-window", &KEYLESS_V2, sentence, bend);
    vec![
        window("retired", "the log was retired a second before", |b| {
            let (start, time) = (b.instance.start(), b.scts[0].timestamp / 1000);
            b.instance.ct_logs[0].log.window = Some(Window::between(start, time - 1));
        }),
        window("fraction", "the log was retired seven milliseconds before", |b| {
            let (start, time) = (b.instance.start(), b.scts[0].timestamp / 1000);
            b.instance.ct_logs[0].log.window = Some(Window::between(start, time));
        }),
        window("not-in-use", "the log came into use a second later", |b| {
            b.instance.ct_logs[0].log.window = Some(Window::from(b.scts[0].timestamp / 1000 + 1));
        }),
        accepts("S05", "at-the-end", &KEYLESS_V2, "the log was retired at that very moment", |b| {
            let (start, time) = (b.instance.start(), b.scts[0].timestamp / 1000);
            b.scts[0].timestamp = time * 1000;
            b.instance.ct_logs[0].log.window = Some(Window::between(start, time));
        }),
        accepts("S05", "at-the-start", &KEYLESS_V2, "the log came into use at that very moment", |b| {
            let time = b.scts[0].timestamp / 1000;
            b.scts[0].timestamp = time * 1000;
            b.instance.ct_logs[0].log.window = Some(Window::from(time));
        }),
        accepts(
            "S05",
            "split-windows",
            &KEYLESS_V2,
            "two instances of one key: the window of the second fits",
            |b| {
                let (start, middle) = (b.instance.start(), b.signed_at - 86_400);
                let mut later = b.instance.ct_logs[0].clone();
                later.log.window = Some(Window::from(middle));
                b.instance.ct_logs[0].log.window = Some(Window::between(start, middle));
                b.instance.ct_logs.push(later);
            },
        ),
    ]
}

fn thresholds() -> Vec<Defect> {
    let threshold = |id, base, sentence, bend| refuses("S06", id, "sct/threshold", base, sentence, bend);
    vec![
        refuses("S06", "none", "sct/missing", &KEYLESS_V2, "no promise", |b| b.scts.clear()),
        accepts("S06", "none-demanded", &KEYLESS_V2, "no promise where none is demanded", |b| {
            b.scts.clear();
            b.demand("/evidence/sct/threshold", Json::number(0));
        }),
        threshold("unknown-log", &KEYLESS_V2, "a promise of an unknown log", |b| {
            b.edit_root(|root| {
                root.remove("/ctlogs/0");
            });
        })
        .noting("sct/threshold"),
        threshold("one-of-two", &TWO_OF_EACH, "one promise where two logs are demanded", |b| {
            b.scts.pop();
        }),
        threshold("same-log", &TWO_OF_EACH, "two promises of one log", |b| {
            b.scts[1].log = 0;
            b.scts[1].timestamp += 1;
        }),
        threshold("one-operator", &TWO_OF_EACH, "two logs of one operator", |b| {
            b.instance.ct_logs[1].log.operator = Some("north.example".into())
        }),
        threshold("no-operators", &TWO_OF_EACH, "two logs without operator count as one", |b| {
            for log in &mut b.instance.ct_logs {
                log.log.operator = None;
            }
        }),
        refuses(
            "S06",
            "bad-beside-good",
            "sct/signature",
            &KEYLESS_V2,
            "a bad promise of a known log beside a good one",
            |b| {
                let mut bad = SctSpec::new(1, b.signed_at - 4);
                bad.edit(|sct| sct.signature[12] ^= 1);
                b.scts.push(bad);
            },
        )
        .reported_by("S03"),
        accepts(
            "S06",
            "unknown-beside-good",
            &KEYLESS_V2,
            "a promise of an unknown log beside a good one",
            |b| {
                let mut unknown = SctSpec::new(1, b.signed_at - 4);
                unknown.edit(|sct| sct.log_id[0] ^= 1);
                b.scts.push(unknown);
            },
        )
        .noting("sct/threshold"),
    ]
}

fn detached() -> Vec<Defect> {
    vec![
        refuses(
            "S07",
            "not-admitted",
            "sct/missing",
            &KEYLESS_V2,
            "a detached promise where the policy does not admit one",
            |b| {
                b.policy.remove("/evidence/sct/detached");
            },
        )
        .arranged(with_detached)
        .reported_by("S06"),
        refuses(
            "S07",
            "not-given",
            "sct/missing",
            &KEYLESS_V2,
            "a detached promise is admitted and not given",
            |b| b.detached_sct = None,
        )
        .arranged(with_detached)
        .reported_by("S06"),
        refuses(
            "S07",
            "signature",
            "sct/signature",
            &KEYLESS_V2,
            "a detached promise for another certificate",
            |b| {
                if let Some(sct) = &mut b.detached_sct {
                    sct.edit_input(|input| input.entry = SctEntry::Certificate(b"another".to_vec()));
                }
            },
        )
        .arranged(with_detached)
        .reported_by("S03"),
    ]
}

/// The promise stands beside the certificate in place of inside of it.
fn with_detached(builder: &mut BundleBuilder) {
    builder.detached_sct = builder.scts.pop();
    builder.demand("/evidence/sct/detached", Json::bool(true));
}
