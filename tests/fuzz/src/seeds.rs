//! Inputs to start from, made of the cases of the virtual Sigstore.

use std::collections::{BTreeMap, BTreeSet};

use cretula_bundle::{Bundle, BundleRules, Content, TrustedRootDocument, UnknownMembers};
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, pem};
use cretula_pki::Certificate;
use cretula_testkit::Json;
use cretula_verify::Request;
use cretula_verify::documents::parse_request;

use crate::{checkpoint, resume_state, signing_replies, timestamp_token, verify_structured};

/// Inputs of each target.
pub type Seeds = BTreeMap<&'static str, BTreeSet<Vec<u8>>>;

/// The seeds of every target.
///
/// # Panics
/// If the project's own cases are not readable.
#[must_use]
pub fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    for case in cretula_cases::checks().expect("the project's own cases") {
        add(&mut seeds, "component_abi", [&[4][..], &case.request].concat());
        if let Ok((request, _)) = parse_request(&case.request) {
            of_request(&mut seeds, &request);
        }
    }
    for note in checkpoint::seeds() {
        add(&mut seeds, "checkpoint", note);
    }
    for response in timestamp_token::seeds() {
        add(&mut seeds, "timestamp_token", response);
    }
    for input in signing_replies::seeds() {
        add(&mut seeds, "signing_replies", input);
    }
    for input in resume_state::seeds() {
        add(&mut seeds, "resume_state", input);
    }
    structured(&mut seeds);
    by_hand(&mut seeds);
    seeds
}

fn add(seeds: &mut Seeds, target: &'static str, input: Vec<u8>) {
    seeds.entry(target).or_default().insert(input);
}

fn of_request(seeds: &mut Seeds, request: &Request) {
    add(seeds, "bundle", request.bundle.clone());
    add(seeds, "policy", request.policy.clone());
    add(seeds, "component_abi", [&[2][..], &request.bundle].concat());
    add(seeds, "component_abi", [&[3][..], &request.policy].concat());
    add(seeds, "jcs", request.policy.clone());
    for key in &request.keys {
        add(seeds, "certificate", key.key.spki().to_vec());
    }
    for root in &request.roots {
        add(seeds, "trusted_root", root.clone());
        if let Ok(root) = TrustedRootDocument::parse(root, &Limits::default()) {
            let authorities = root.certificate_authorities().iter().chain(root.timestamp_authorities());
            authorities
                .flat_map(|authority| &authority.cert_chain)
                .for_each(|der| of_certificate(seeds, der));
        }
    }
    let rules = BundleRules {
        allow_chain_in_v03: true,
        unknown_members: UnknownMembers::Ignore,
        ..BundleRules::default()
    };
    if let Ok(bundle) = Bundle::parse(&request.bundle, &rules, &Limits::default()) {
        of_bundle(seeds, &bundle);
    }
}

fn of_bundle(seeds: &mut Seeds, bundle: &Bundle) {
    let certificates = bundle.material().leaf_certificate().into_iter();
    let above = bundle.material().unverified_intermediates().iter().map(Vec::as_slice);
    certificates.chain(above).for_each(|der| of_certificate(seeds, der));
    for entry in bundle.log_entries() {
        if let Some(body) = &entry.canonicalized_body {
            add(seeds, "log_body", body.clone());
            add(seeds, "jcs", body.clone());
        }
        if let Some(proof) = &entry.inclusion_proof {
            add(seeds, "checkpoint", proof.checkpoint.clone().into_bytes());
        }
    }
    for token in bundle.timestamps() {
        add(seeds, "timestamp_token", token.clone());
        add(seeds, "encodings", token.clone());
    }
    if let Content::Envelope(envelope) = bundle.content() {
        add(seeds, "statement", envelope.payload.clone());
        let signature = Json::object([("sig", Json::bytes(&envelope.signature))]);
        let document = Json::object([
            ("payloadType", Json::text(&envelope.payload_type)),
            ("payload", Json::bytes(&envelope.payload)),
            ("signatures", Json::List(vec![signature])),
        ]);
        add(seeds, "statement", document.encode());
    }
}

fn of_certificate(seeds: &mut Seeds, der: &[u8]) {
    add(seeds, "certificate", der.to_vec());
    let Ok(certificate) = Certificate::parse(der, &Limits::default()) else { return };
    add(seeds, "encodings", der.to_vec());
    add(seeds, "encodings", pem::encode("CERTIFICATE", der).into_bytes());
    if let Some(list) = certificate.extension(cretula_pki::oid::SCT_LIST) {
        add(seeds, "sct_list", [&[2][..], list.value].concat());
        // OCTET STRING, length of the list, length of the timestamp.
        let header = if list.value.get(1).is_some_and(|length| *length < 0x80) { 2 } else { 3 };
        if let Some(sct) = list.value.get(header + 4..) {
            add(seeds, "sct_list", [&[0][..], sct].concat());
            add(seeds, "sct_list", sct.to_vec());
        }
        if let Some(list) = list.value.get(header + 2..) {
            add(seeds, "sct_list", [&[1][..], list].concat());
        }
    }
}

/// Every base with itself, with a neighbour, and with one small change.
fn structured(seeds: &mut Seeds) {
    let count = verify_structured::base_count();
    for index in 0..count {
        let bytes = |index: usize| u32::try_from(index).expect("a count").to_be_bytes();
        let (own, next) = (bytes(index), bytes((index + 1) % count));
        add(seeds, "verify_structured", [&own[1..], &own[1..], &[0]].concat());
        let mutation = u8::try_from(index % 16).expect("below 16");
        add(seeds, "verify_structured", [&own[1..], &next[1..], &[0, mutation, own[3], 3, 1]].concat());
    }
}

fn by_hand(seeds: &mut Seeds) {
    for text in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"b":1,"a":[true,false,null,-1,0,9007199254740991]}"#,
        r#"{"\u20ac":"Euro","\r":"CR","\ufb33":"D","1":"One","\ud83d\ude00":"S","\u0080":"C","\u00f6":"o"}"#,
        r#"["\u0000\b\t\n\f\r\u001f\"\\\/","\ud834\udd1e"]"#,
        "[1e400,1E5,-0,0.1,1.5e-3,123456789012345678901234567890]",
        r#"{"a":1,"\u0061":2}"#,
        r#"["\ud800"]"#,
        " [ 1 , 2 ] ",
    ] {
        add(seeds, "jcs", text.into());
        add(seeds, "component_abi", [&[4], text.as_bytes()].concat());
    }
    for text in [
        "Zm9vYg==",
        "-_-_",
        "00ff",
        "1.3.6.1.4.1.57264.1.8",
        "2.999.18446744073709551615",
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00.250+01:00",
        "2016-12-31T23:59:60Z",
        "\u{202e}\u{0}\"\\",
    ] {
        add(seeds, "encodings", text.into());
        add(seeds, "encodings", base64::encode(text.as_bytes()).into_bytes());
    }
    for size in 0..24_u8 {
        let numbers =
            |shift: u8| [&[shift][..], &[size; 8], &[size.wrapping_mul(3); 8], &[3, 1, 2, 3]].concat();
        for shift in [0, 40, 56, 60] {
            add(seeds, "inclusion_proof", [numbers(shift), vec![size; usize::from(size) * 17]].concat());
        }
    }
    let state = cretula_verify::portable::hash(br#"["sha256","sha384"]"#, b"abc");
    add(seeds, "component_abi", [&[1][..], &state].concat());
    add(seeds, "component_abi", b"\x00\x01\x40\x80\x00\x02\x03\x04\x05hashed in pieces".to_vec());
}
