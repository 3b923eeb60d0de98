//! Whatever is at most 1 MiB long ends below the cap of fuel, in a document that is no success (C3).

use cretula_encoding::base64;
use cretula_sandbox_tests::{Allowance, announce};
use cretula_testkit::{Inputs, cases::good};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::{FUEL_CAP, MAX_PAGES, Reply, WORST_LEGAL_FUEL, inputs, mega, metered};

const MIB: usize = 1 << 20;

/// Arrays in arrays, each with two of the next: 2^k leaves.
fn doubled(levels: usize) -> Vec<u8> {
    let inner = (0..levels).fold("1".to_owned(), |inner, _| format!("[{inner},{inner}]"));
    inner.into_bytes()
}

fn repeated(part: &str) -> Vec<u8> {
    part.repeat(MIB / part.len()).into_bytes()
}

/// Texts that mean trouble to readers of JSON.
fn texts() -> Vec<(String, Vec<u8>)> {
    let members = |count: usize| {
        let members: Vec<String> = (0..count).map(|index| format!("\"{:08}\":0", count - index)).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    };
    let mut texts: Vec<(String, Vec<u8>)> = [
        "[",
        "{",
        "{\"a\":",
        "[[],",
        "[{",
        "\"",
        "\\",
        "9",
        "-",
        "1e",
        "0.",
        " ",
        "\n",
        ",",
        ":",
        "null",
        "\u{0}",
        "\u{feff}",
        "\u{10ffff}",
        "\"\\u0000",
        "\"\\ud800",
        "\"a\":1,",
        "{}",
        "[]",
        "/*",
    ]
    .iter()
    .map(|part| (format!("{part:?} repeated"), repeated(part)))
    .collect();
    texts.extend([
        ("2^16 leaves of nested pairs".to_owned(), doubled(16)),
        (
            "31 levels of nested lists".to_owned(),
            inputs::dense(&("[".repeat(30) + &"]".repeat(30)), MIB).into(),
        ),
        ("4096 members".to_owned(), members(4096)),
        ("80,000 members".to_owned(), members(80_000)),
        ("one name 100,000 times".to_owned(), format!("{{{}\"a\":0}}", "\"a\":0,".repeat(100_000)).into()),
        ("one string of 1 MiB".to_owned(), format!("\"{}\"", "x".repeat(MIB - 2)).into()),
        ("a string of escapes".to_owned(), format!("\"{}\"", "\\u0041".repeat(MIB / 6 - 2)).into()),
        ("a number of 1 MiB".to_owned(), "1".repeat(MIB).into()),
        ("a fraction of 1 MiB".to_owned(), format!("0.{}1e-9", "0".repeat(MIB - 9)).into()),
        ("a list of numbers".to_owned(), inputs::dense("1", MIB).into()),
        ("a list of fractions".to_owned(), inputs::dense("1.7976931348623157e308", MIB).into()),
    ]);
    texts
}

/// Bytes that mean trouble to readers of DER.
fn elements() -> Vec<(String, Vec<u8>)> {
    // Each in the next, as deep as 60 KiB allow.
    let nested = |tag: u8| {
        (0..15_000).fold(
            Vec::new(),
            |inner: Vec<u8>, _| {
                if inner.len() > 60_000 { inner } else { inputs::tlv(tag, &inner) }
            },
        )
    };
    let listed = |element: &[u8]| inputs::tlv(0x30, &element.repeat(60_000 / element.len()));
    vec![
        ("nested sequences".to_owned(), nested(0x30)),
        ("nested sets".to_owned(), nested(0x31)),
        ("nested contexts".to_owned(), nested(0xa0)),
        ("a sequence of NULLs".to_owned(), listed(&[5, 0])),
        ("a sequence of sequences".to_owned(), listed(&[0x30, 0])),
        ("a long identifier".to_owned(), inputs::tlv(0x06, &[0xff; 60_000])),
        ("a long integer".to_owned(), inputs::tlv(0x02, &[0x7f; 60_000])),
        ("a length that is not there".to_owned(), vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        ("indefinite lengths".to_owned(), [0x30, 0x80].repeat(30_000)),
        ("high tags".to_owned(), [0x3f, 0xff].repeat(30_000)),
    ]
}

fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// The places of a bundle where base64 stands, by members on the way: in a bundle with an entry of Rekor v1, and in one
/// with an entry of Rekor v2 and a timestamp.
const PLACES_V1: &[&str] = &[
    "verificationMaterial/certificate/rawBytes",
    "verificationMaterial/tlogEntries/0/canonicalizedBody",
    "verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp",
    "verificationMaterial/tlogEntries/0/inclusionProof/rootHash",
    "verificationMaterial/tlogEntries/0/logId/keyId",
    "messageSignature/messageDigest/digest",
    "messageSignature/signature",
];
const PLACES_V2: &[&str] = &[
    "verificationMaterial/tlogEntries/0/canonicalizedBody",
    "verificationMaterial/tlogEntries/0/logId/keyId",
    "verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp",
    "messageSignature/signature",
];

/// The bundle with these bytes at a place.
fn placed(inputs: &Inputs, place: &str, bytes: &[u8]) -> Inputs {
    let mut bundle: serde_json::Value = serde_json::from_slice(&inputs.bundle).unwrap();
    *bundle.pointer_mut(&format!("/{place}")).unwrap() = base64::encode(bytes).into();
    Inputs { bundle: serde_json::to_vec(&bundle).unwrap(), ..inputs.clone() }
}

/// Patterns that make engines that go back slow, or automata large.
const PATTERNS: &[&str] = &[
    "(a*)*b",
    "(a|a)*b",
    "(a|aa)+$",
    "(.*)*x",
    "(.*.*)*x",
    "((((a+)+)+)+)+b",
    "(x+x+)+y",
    "(a?){50}a{50}",
    "((a{100}){100}){100}",
    "[a-z]{1000}",
    "(a|b|c|d|e|f|g){400}",
    ".{0,1000}x",
    "(?:a?b?/?){800}x",
    "((((((((((a?){2}){2}){2}){2}){2}){2}){2}){2}){2}){2}x",
    "(?i)(k|K|\u{17f}){300}x",
    "\\w{500}x",
    "(?:){1000}x",
    "a{0,4294967295}",
    "a{99999999999}",
    "(?P<n>a)(?P<n>b)",
    "[[:alpha:]&&[^a]]{200}x",
    "b**",
    "(((((((((((((((((((((",
];

fn requests() -> Vec<(String, Vec<u8>)> {
    let v1 = inputs::good(&good::KEYLESS_V1).build();
    let v2 = inputs::good(&good::KEYLESS_V2).build();
    let dsse = inputs::good(&good::KEYLESS_V1_DSSE).build();
    let mut requests = Vec::new();
    let mut add = |name: String, request: Vec<u8>| requests.push((name, request));
    let noises = [(1, 1), (1000, 2), (MIB, 3)]
        .map(|(length, seed)| (format!("{length} bytes of noise"), noise(length, seed)));
    for (name, text) in texts().into_iter().chain(noises) {
        let text = &text[..text.len().min(MIB)];
        let short = &text[..text.len().min(256 << 10)];
        add(format!("{name} as request"), text.to_vec());
        add(format!("{name} as bundle"), Inputs { bundle: text.to_vec(), ..v2.clone() }.to_document());
        add(format!("{name} as policy"), Inputs { policy: short.to_vec(), ..v2.clone() }.to_document());
        add(
            format!("{name} as trusted root"),
            Inputs { roots: vec![text.to_vec()], ..v2.clone() }.to_document(),
        );
        let body = placed(&v1, PLACES_V1[1], &text[..text.len().min(700 << 10)]);
        add(format!("{name} as log body"), body.to_document());
        let payload = placed(&dsse, "dsseEnvelope/payload", &text[..text.len().min(700 << 10)]);
        add(format!("{name} as payload"), payload.to_document());
    }
    for (name, element) in elements() {
        for (inputs, places) in [(&v1, PLACES_V1), (&v2, PLACES_V2)] {
            for place in places {
                add(format!("{name} at {place}"), placed(inputs, place, &element).to_document());
            }
        }
        let mut keys = inputs::keys(cretula_testkit::Algorithm::P256, 0);
        keys.keys[0].key.clone_from(&element);
        add(format!("{name} as key"), keys.to_document());
    }
    for pattern in PATTERNS {
        for (nodes, form) in [(1, "regex"), (40, "regex"), (40, "glob")] {
            let inputs = inputs::patterns(nodes, 2040, 1, 1, (form, pattern));
            add(format!("{nodes} × {form} {pattern}"), inputs.to_document());
        }
    }
    requests
}

#[test]
fn any_input_ends_below_the_cap() {
    let (mut most, mut pages, mut wrong) = ((0, String::new()), 0, Vec::new());
    let requests = requests();
    for (name, request) in &requests {
        let measured = metered().verify(request, Allowance { fuel: FUEL_CAP, pages: MAX_PAGES });
        match &measured.reply {
            Ok(_) if Reply::of(&measured) == "verified" => wrong.push(format!("{name}: verified")),
            Ok(_) => {}
            Err(denial) => wrong.push(format!("{name}: {denial:?}")),
        }
        pages = pages.max(measured.pages);
        if measured.fuel > most.0 {
            most = (measured.fuel, name.clone());
        }
    }
    let (fuel, name) = most;
    announce(&format!(
        "{} hostile inputs; most fuel {} million by {name}; most pages {pages}",
        requests.len(),
        mega(fuel)
    ));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(fuel <= WORST_LEGAL_FUEL && requests.len() > 350);
}
