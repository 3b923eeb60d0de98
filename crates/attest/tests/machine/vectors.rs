//! Bytes that do not change unseen.
//!
//! A pinned digest that changes is a change of a format: of states, which then need another version, or of what
//! services are sent. The failed assertion shows the digest to write here.

use cretula_attest::exchange::{Signer, rekor_v2::Submission};
use cretula_attest::machine::{self, Action, Step};
use cretula_attest::parse_request;
use cretula_crypto::{HashAlgorithm, KeyDetails};
use cretula_encoding::base64;
use serde_json::Value;

use crate::chance::{Chance, cases};
use crate::world::World;

fn sha256(bytes: &[u8]) -> String {
    HashAlgorithm::Sha256.digest(&[bytes]).to_hex()
}

/// States and actions of a run.
fn run(profile: &str) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut world = World::new(profile);
    let mut step = world.begin();
    let mut actions = vec![machine::encode_action(&step)];
    while let Some(reply) = world.perform(&step.action) {
        step = world.resume(&step, reply);
        actions.push(machine::encode_action(&step));
    }
    assert!(matches!(step.action, Action::Done(_)));
    (world.states, actions)
}

#[test]
fn equal_requests_times_and_replies_give_equal_bytes() {
    for profile in ["public-v1", "public-v2", "tsa", "managed", "managed-offline", "private-ca"] {
        assert_eq!(run(profile), run(profile), "{profile}");
    }
}

#[test]
fn the_bytes_of_states_and_actions_are_pinned() {
    for (profile, states, actions) in PINNED {
        let (found_states, found_actions) = run(profile);
        let found = (sha256(&found_states.concat()), sha256(&found_actions.concat()));
        assert_eq!(found, (states.into(), actions.into()), "{profile}");
    }
}

/// Profile, SHA-256 of all states of its run, SHA-256 of all actions.
const PINNED: [(&str, &str, &str); 3] = [
    (
        "public-v1",
        "19943f6b794d36c899163b827e3e056352476410e833c1bd659a7393f5733a43",
        "88390e73090bc4c341b46edc7f1193cf90daba328ea307a6ae8f0ae4e6f023b8",
    ),
    (
        "public-v2",
        "8d5866b6678082cce376e7e9b0cb0536514c5916f517ee22ac483370d8f22ba2",
        "3f16d5279683c2e85b627214086a73b45898a84717f7cc5d3bc992ac77f13d4a",
    ),
    (
        "managed",
        "209e27f0338e311bf96140c27aa4d7e873053ddbc8750446da2265a430f90de3",
        "135febbaec971e85c21af7e2ce3f37f4c049f860549b60a5c5bf0d95511d0700",
    ),
];

/// Writes a value with the members of every object in a random order; below `trust` they stay, since those bytes are
/// kept as they are.
fn write(value: &Value, chance: &mut Chance, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            chance.shuffle(&mut members);
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                out.push_str(&format!("{}:", Value::from(name.as_str())));
                if name == "trust" { out.push_str(&value.to_string()) } else { write(value, chance, out) }
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write(item, chance, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[test]
fn the_order_of_members_in_a_request_changes_nothing() {
    let mut world = World::new("public-v2");
    let expected = world.begin();
    let mut chance = Chance::new(4);
    let mut texts = std::collections::BTreeSet::new();
    for _ in 0..cases(1000, 10_000) {
        let mut text = String::new();
        write(&world.request, &mut chance, &mut text);
        let request = parse_request(text.as_bytes()).unwrap();
        let step: Step = machine::begin(&request, world.time(), &mut world.roots);
        assert_eq!(step, expected);
        texts.insert(sha256(text.as_bytes()));
    }
    assert!(texts.len() >= 999);
}

/// P-256, the generator of the curve as the point.
pub(crate) const SPKI: [u8; 91] = hex_literal::hex!(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
);

#[test]
fn what_rekor_v2_is_sent_has_the_recorded_form() {
    let digest = HashAlgorithm::Sha256.digest(&[b"sig"]);
    let submission = |signer| Submission {
        digest: &digest,
        details: KeyDetails::PKIX_ECDSA_P256_SHA_256,
        signature: b"\x30\x06\x02\x01\x01\x02\x01\x01",
        signer,
    };
    let (digest, key) = (base64::encode(digest.as_bytes()), base64::encode(&SPKI));
    let of_key = format!(
        r#"{{"hashedRekordRequestV002":{{"digest":"{digest}","signature":{{"content":"MAYCAQECAQE=","verifier":{{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{{"rawBytes":"{key}"}}}}}}}}}}"#
    );
    let key_of = submission(Signer::PublicKey(&SPKI));
    assert_eq!(String::from_utf8(key_of.request_body().unwrap()).unwrap(), of_key);
    let body = format!(
        r#"{{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{{"hashedRekordV002":{{"data":{{"algorithm":"SHA2_256","digest":"{digest}"}},"signature":{{"content":"MAYCAQECAQE=","verifier":{{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{{"rawBytes":"{key}"}}}}}}}}}}}}"#
    );
    assert_eq!(String::from_utf8(key_of.entry_body()).unwrap(), body);
    let of_certificate = submission(Signer::Certificate(b"\x30\x00"));
    let text = String::from_utf8(of_certificate.request_body().unwrap()).unwrap();
    assert_eq!(
        text,
        of_key.replace(
            &format!(r#""publicKey":{{"rawBytes":"{key}"}}"#),
            r#""x509Certificate":{"rawBytes":"MAA="}"#
        )
    );
}
