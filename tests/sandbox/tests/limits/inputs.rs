//! Inputs that cost much and break no limit.

use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::base64;
use cretula_testkit::{
    Algorithm, BundleBuilder, CertificateAuthority, CertificateSpec, CtLog, EntryKind, EntryLog, EntrySpec,
    GivenArtifact, GivenKey, Inputs, Instance, Json, RekorV1, Seed, SigningKey, TimestampAuthority,
    TimestampSpec, Witness, algorithm_identifier,
    cases::{
        NOW, SEED,
        good::{self, Good},
    },
};
use serde_json::{Value, json};

/// The services of the fixtures.
pub(crate) fn instance() -> Instance {
    Instance::new(SEED, NOW)
}

/// A good bundle of the fixtures.
pub(crate) fn good(good: &Good) -> BundleBuilder {
    (good.make)(&instance())
}

fn edit(document: &mut Vec<u8>, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(document).unwrap();
    change(&mut value);
    *document = serde_json::to_vec(&value).unwrap();
}

/// Public key of an RSA modulus that nobody has factors of, with the largest exponent.
fn rsa_spki(bits: usize, number: u8) -> Vec<u8> {
    let mut modulus = vec![0xff; bits / 8];
    modulus[1] = number;
    let integer = |bytes: &[u8]| tlv(0x02, &[&[0][..], bytes].concat());
    let key = tlv(0x30, &[integer(&modulus), integer(&[0xff; 4])].concat());
    // rsaEncryption, NULL
    let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0].as_slice();
    tlv(0x30, &[algorithm, &tlv(0x03, &[&[0][..], &key].concat())].concat())
}

/// A DER element.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match content.len() {
        short @ 0..=127 => vec![tag, u8::try_from(short).unwrap()],
        _ => [&[tag, 0x80 | u8::try_from(length.len()).unwrap()][..], &length].concat(),
    };
    [head.as_slice(), content].concat()
}

fn given(spki: Vec<u8>) -> GivenKey {
    GivenKey { id: "release".into(), key: spki, ..GivenKey::default() }
}

/// A managed key after `count` others of its id, which are tried in vain.
pub(crate) fn keys(algorithm: Algorithm, count: usize) -> Inputs {
    let instance = instance();
    let key = SigningKey::derive(&SEED, "signer", algorithm);
    let scheme = key.scheme();
    let mut builder =
        BundleBuilder::managed(&instance, key, scheme).logged(EntryLog::V1(0), EntryKind::HashedRekordV001);
    let details = builder.keys[0].key_details.clone();
    let others = (0..count).map(|number| GivenKey {
        key_details: details.clone(),
        ..given(SigningKey::derive(&SEED, &format!("other {number}"), algorithm).spki())
    });
    builder.keys = others.chain(builder.keys).collect();
    builder.build()
}

/// Managed RSA keys, tried in vain.
pub(crate) fn rsa_keys(bits: usize, count: u8) -> Inputs {
    let mut inputs = keys(Algorithm::P256, 0);
    inputs.keys = (0..count).map(|number| given(rsa_spki(bits, number))).collect();
    let signature = base64::encode(&vec![0x7f; bits / 8]);
    edit(&mut inputs.bundle, |bundle| bundle["messageSignature"]["signature"] = json!(signature));
    inputs
}

/// Entries whose checkpoints have `witnesses` cosignatures each, all demanded.
pub(crate) fn witnesses(entries: u64, witnesses: usize) -> Inputs {
    let mut builder = good(&good::WITNESSED);
    let operator = |number: usize| format!("operator{number}.example");
    builder.instance.witnesses =
        (0..witnesses).map(|number| Witness::new(&builder.instance.seed, &operator(number))).collect();
    let listed = builder.instance.witnesses.iter().map(|witness| {
        Json::object([("vkey", Json::text(witness.vkey())), ("operator", Json::text(&witness.operator))])
    });
    let listed = Json::List(listed.collect());
    builder.policy.set("/evidence/witness/witnesses", listed);
    let signed_at = builder.signed_at;
    builder.entries = (0..entries)
        .map(|before| {
            let mut entry = EntrySpec::new(EntryLog::V2(0), EntryKind::HashedRekordV002, signed_at);
            entry.others = (before, 1);
            entry.witnesses = (0..witnesses).map(|witness| (witness, signed_at + 2)).collect();
            entry
        })
        .collect();
    builder.build()
}

/// `authorities` authorities, each with two namesakes of the issuer that are tried in vain.
pub(crate) fn namesakes(algorithm: Algorithm, authorities: usize) -> Inputs {
    let mut builder = good(&good::KEYLESS_V2);
    let (seed, start) = (builder.instance.seed, builder.instance.start());
    builder.instance.certificate_authorities =
        vec![CertificateAuthority::new(&seed, "north.example", algorithm, start)];
    let authority = builder.instance.certificate_authorities[0].clone();
    let others =
        [0, 1].map(|number| SigningKey::derive(&seed, &format!("namesake {number}"), algorithm).spki());
    let mut inputs = builder.build();
    list_namesakes(&mut inputs, &authority, others, authorities);
    inputs
}

/// The same with RSA moduli of 8192 bits, and a leaf that nobody signed.
pub(crate) fn rsa_namesakes(authorities: usize) -> Inputs {
    let mut builder = good(&good::KEYLESS_V2);
    let scheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
    let authority = builder.instance.certificate_authorities[0].clone();
    let cretula_testkit::SignerSpec::Certificate { identity, .. } = &builder.signer else {
        panic!("a certificate")
    };
    let leaf = authority.leaf(&builder.key, identity, builder.signed_at - 5);
    let signature = tlv(0x03, &[vec![0], vec![0x7f; 1024]].concat());
    let signed = [leaf.tbs(scheme), algorithm_identifier(scheme), signature].concat();
    builder.scts.clear();
    let mut inputs = builder.build();
    edit(&mut inputs.bundle, |bundle| {
        bundle["verificationMaterial"]["certificate"]["rawBytes"] =
            json!(base64::encode(&tlv(0x30, &signed)));
    });
    list_namesakes(&mut inputs, &authority, [1, 2].map(|number| rsa_spki(8192, number)), authorities);
    inputs
}

fn list_namesakes(
    inputs: &mut Inputs,
    authority: &CertificateAuthority,
    keys: [Vec<u8>; 2],
    authorities: usize,
) {
    let (root, issuer) = (&authority.members[0], &authority.members[1].certificate);
    // The key id stays, so that the leaf leads to each of them.
    let namesake = |spki| CertificateSpec { spki, ..issuer.clone() }.sign(&root.key, root.key.scheme());
    let listed = keys.map(|key| json!({"rawBytes": base64::encode(&namesake(key))}));
    edit(&mut inputs.roots[0], |root| {
        let mut authority = root["certificateAuthorities"][0].clone();
        authority["certChain"]["certificates"].as_array_mut().unwrap().splice(0..0, listed);
        root["certificateAuthorities"] = Value::Array(vec![authority; authorities]);
    });
}

/// `roots` trusted roots of `instances` services of each kind; only the last knows the services of the bundle.
pub(crate) fn roots(roots: u8, instances: usize) -> Inputs {
    let mut inputs = good(&good::KEYLESS_V2).build();
    let known = inputs.roots.remove(0);
    for number in 1..roots {
        let seed = Seed::new([number; 32]);
        let mut other = instance();
        let start = other.start();
        let name = |index: usize| format!("{index}.example");
        other.certificate_authorities = (0..instances)
            .map(|index| CertificateAuthority::new(&seed, &name(index), Algorithm::P521, start))
            .collect();
        other.ct_logs =
            (0..instances).map(|index| CtLog::new(&seed, &name(index), Algorithm::P256, start)).collect();
        other.rekor_v1 =
            (0..instances).map(|index| RekorV1::new(&seed, &name(index), Algorithm::P384, start)).collect();
        other.rekor_v2 = Vec::new();
        other.timestamp_authorities = (0..instances)
            .map(|index| TimestampAuthority::new(&seed, &name(index), Algorithm::P521, start))
            .collect();
        inputs.roots.push(other.trusted_root());
    }
    inputs.roots.push(known);
    inputs
}

const CLAIMS: [(u8, &str); 6] = [
    (9, "buildSignerUri"),
    (11, "runnerEnvironment"),
    (16, "sourceRepositoryOwnerUri"),
    (18, "buildConfigUri"),
    (21, "runInvocationUri"),
    (24, "tokenSubject"),
];

/// What stands in the long claims.
const FILLER: &str = "ab/";

/// A leaf whose claims have this many bytes each.
fn long_claims(builder: &mut BundleBuilder, bytes: usize) {
    use cretula_testkit::SignerSpec;
    let SignerSpec::Certificate { identity, .. } = &mut builder.signer else { panic!("a certificate") };
    let text = FILLER.repeat(bytes / FILLER.len());
    identity.claims.retain(|(number, _)| *number == 1 || *number == 8);
    identity.claims.extend(CLAIMS.map(|(number, _)| (number, tlv(0x0c, text.as_bytes()))));
}

/// `nodes` signers, each with a pattern for each of six claims of `bytes` bytes, none of which matches but the last
/// signer; at `times` times, for `authorities` authorities.
pub(crate) fn patterns(
    nodes: usize,
    bytes: usize,
    times: u64,
    authorities: usize,
    form: (&str, &str),
) -> Inputs {
    let mut builder = good(&good::KEYLESS_V2);
    long_claims(&mut builder, bytes);
    let signed_at = builder.signed_at;
    builder.timestamps = (1..=times).map(|after| TimestampSpec::new(0, signed_at + after)).collect();
    let issuer = "https://token.actions.githubusercontent.com";
    let san = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
    let pattern = || Json::object([(form.0, Json::text(form.1))]);
    let leaf = |claims: Json| {
        let leaf = [("san", Json::text(san)), ("issuer", Json::text(issuer)), ("claims", claims)];
        Json::object([("certificate", Json::object(leaf))])
    };
    let claims = Json::Object(CLAIMS.map(|(_, name)| (name.to_owned(), pattern())).into());
    let listed = (0..nodes).map(|_| leaf(claims.clone())).collect();
    builder.policy.set("/signers", Json::object([("any", Json::List(listed))]));
    let mut inputs = builder.build();
    edit(&mut inputs.roots[0], |root| {
        let authority = root["certificateAuthorities"][0].clone();
        root["certificateAuthorities"] = Value::Array(vec![authority; authorities]);
    });
    inputs
}

/// A statement about `subjects` subjects with `digests` digests each, and `artifacts` artifacts; the last subject is
/// the artifact.
pub(crate) fn subjects(subjects: usize, digests: usize, artifacts: usize) -> Inputs {
    let mut builder = good(&good::KEYLESS_V1_DSSE);
    let mut statement = builder.statement();
    let right = statement.at("/subject/0").clone();
    let digest = |number: usize| {
        let other = |index: usize| (format!("other{index}"), Json::text(format!("{number:064x}")));
        let mut members: Vec<(String, Json)> = (1..digests).map(other).collect();
        members.push(("sha256".into(), Json::text(format!("{number:064x}"))));
        Json::Object(members)
    };
    let subject = |number: usize| {
        Json::object([("name", Json::text(format!("subject {number}"))), ("digest", digest(number))])
    };
    let listed = (1..subjects).map(subject).chain([right]).collect();
    statement.set("/subject", Json::List(listed));
    builder = with_payload(builder, statement);
    builder.artifacts = Some(vec![GivenArtifact::Bytes(builder.artifact.clone()); artifacts]);
    builder.build()
}

fn with_payload(mut builder: BundleBuilder, statement: Json) -> BundleBuilder {
    use cretula_testkit::ContentSpec;
    let ContentSpec::Envelope { payload, .. } = &mut builder.content else { panic!("an envelope") };
    *payload = statement;
    builder
}

/// A statement whose predicate is this.
pub(crate) fn predicate(value: String) -> Inputs {
    let builder = good(&good::KEYLESS_V1_DSSE);
    let mut statement = builder.statement();
    statement.set("/predicate", Json::Raw(value));
    with_payload(builder, statement).build()
}

/// A bundle with a member that the policy lets be skipped.
pub(crate) fn skipped(value: &str) -> Inputs {
    let mut builder = good(&good::KEYLESS_V2);
    builder.policy.set("/bundle/unknownMembers", Json::text("ignore"));
    let mut inputs = builder.build();
    let end = format!(",\"more\":{value}}}");
    assert_eq!(inputs.bundle.pop(), Some(b'}'));
    inputs.bundle.extend_from_slice(end.as_bytes());
    inputs
}

/// Elements that cost much memory for their bytes, between brackets, in at most this many bytes.
pub(crate) fn dense(element: &str, bytes: usize) -> String {
    let count = (bytes - 1) / (element.len() + 1);
    format!("[{}]", vec![element; count].join(","))
}

/// Tokens of about this many bytes, with `certificates` certificates each.
pub(crate) fn tokens(algorithm: Algorithm, count: u64, certificates: usize, bytes: usize) -> Inputs {
    let mut builder = good(&good::KEYLESS_V2);
    let (seed, start) = (builder.instance.seed, builder.instance.start());
    let mut authority = TimestampAuthority::new(&seed, "north.example", algorithm, start);
    authority.lists_signer = false;
    authority.embeds_signer = true;
    builder.instance.timestamp_authorities = vec![authority.clone()];
    let (others, signed_at) =
        (builder.instance.certificate_authorities[1].chain().remove(0), builder.signed_at);
    builder.timestamps = (1..=count)
        .map(|after| {
            let mut timestamp = TimestampSpec::new(0, signed_at + after);
            let other = others.clone();
            timestamp.edit_token(move |token| {
                token.certificates.extend(vec![other; certificates - 1]);
                let oid = [6, 4, 42, 3, 4, 8];
                let extension = tlv(0x30, &[&oid[..], &tlv(0x04, &vec![0; bytes])].concat());
                token.tst_info.push(tlv(0xa1, &extension));
            });
            timestamp
        })
        .collect();
    builder.build()
}

/// Entries with checkpoints of `lines` lines of unknown signers, `bytes` bytes each.
pub(crate) fn checkpoints(entries: u64, lines: usize, bytes: usize) -> Inputs {
    let mut builder = good(&good::KEYLESS_V2);
    let signed_at = builder.signed_at;
    builder.entries = (0..entries)
        .map(|before| {
            let mut entry = EntrySpec::new(EntryLog::V2(0), EntryKind::HashedRekordV002, signed_at);
            entry.others = (before, 1);
            entry.edit_note(move |note| {
                note.lines.extend((1..lines).map(|number| cretula_testkit::NoteLine {
                    name: format!("signer{number}.example"),
                    key_id: [1, 2, 3, 4],
                    signature: vec![0; bytes],
                }));
            });
            entry
        })
        .collect();
    builder.build()
}

/// An artifact of this many bytes.
pub(crate) fn artifact(bytes: usize, algorithm: Algorithm) -> Inputs {
    let key = SigningKey::derive(&SEED, "signer", algorithm);
    let scheme = key.scheme();
    let mut builder = BundleBuilder::managed(&instance(), key, scheme);
    builder.artifact = vec![7; bytes];
    builder.logged(EntryLog::V1(0), EntryKind::HashedRekordV001).build()
}

/// A leaf with `extensions` extensions and `scts` promises, by logs of one id that are listed `logs` times.
pub(crate) fn promises(extensions: usize, scts: u64, logs: usize) -> Inputs {
    use cretula_testkit::{SctSpec, SignerSpec};
    let mut builder = good(&good::KEYLESS_V2);
    let signed_at = builder.signed_at;
    builder.scts = (0..scts).map(|before| SctSpec::new(0, signed_at - 4 - before)).collect();
    let SignerSpec::Certificate { identity, .. } = &mut builder.signer else { panic!("a certificate") };
    let present = 5 + identity.claims.len();
    let more = extensions.saturating_sub(present + 1);
    identity.claims.extend((0..more).map(|number| (u8::try_from(60 + number).unwrap(), tlv(0x0c, b"x"))));
    let mut inputs = builder.build();
    edit(&mut inputs.roots[0], |root| {
        let log = root["ctlogs"][0].clone();
        let mut listed = vec![log; logs];
        for (number, log) in listed.iter_mut().enumerate() {
            // All but the last ended before.
            if number + 1 < logs {
                log["publicKey"]["validFor"] = json!({"start": "2020-01-01T00:00:00Z", "end": format!("2020-01-02T00:00:{:02}Z", number % 60)});
            }
        }
        root["ctlogs"] = Value::Array(listed);
    });
    inputs
}

/// The body of the log entry is this; no log has it.
pub(crate) fn body(value: &str) -> Inputs {
    let mut inputs = good(&good::KEYLESS_V1).build();
    let body = base64::encode(value.as_bytes());
    edit(&mut inputs.bundle, |bundle| {
        bundle["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"] = json!(body);
    });
    inputs
}

/// A trusted root with a member that nobody knows.
pub(crate) fn dense_roots(count: usize, element: &str) -> Inputs {
    let mut inputs = good(&good::KEYLESS_V2).build();
    let root = inputs.roots[0].clone();
    let more = dense(element, (1 << 20) - root.len() - 20);
    let mut document = root[..root.len() - 1].to_vec();
    document.extend_from_slice(format!(",\"more\":{more}}}").as_bytes());
    // Different bytes, so that none is remembered.
    inputs.roots =
        (0..count).map(|number| [document.as_slice(), " ".repeat(number).as_bytes()].concat()).collect();
    inputs
}
