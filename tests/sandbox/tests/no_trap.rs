//! Over-long, truncated, nested and random input gets a typed answer, never a trap.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::time::{Duration, Instant};

use cretula::{InstanceMode, Runtime, RuntimeOptions, Verdict, Verifier};
use cretula_encoding::base64;
use cretula_sandbox_tests::{announce, demo_request, shared_vectors};
use cretula_vectors::{Prepared, bundle_requests};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// A request that is accepted, taken apart around its bundle.
struct Template {
    name: String,
    before: String,
    bundle: Vec<u8>,
    after: String,
}

impl Template {
    fn new(name: &str, request: &[u8]) -> Self {
        let text = String::from_utf8(request.to_vec()).unwrap();
        let start = text.find(r#""bundle":""#).unwrap() + r#""bundle":""#.len();
        let length = text[start..].find('"').unwrap();
        let bundle = base64::decode(&text[start..start + length]).unwrap();
        let (before, after) = (text[..start].to_owned(), text[start + length..].to_owned());
        Self { name: name.to_owned(), before, bundle, after }
    }

    fn with(&self, bundle: &[u8]) -> Vec<u8> {
        format!("{}{}{}", self.before, base64::encode(bundle), self.after).into_bytes()
    }
}

/// Ten accepted bundles of as many sources as there are; without the shared vectors only the project's own.
fn templates(verifier: &Verifier) -> Vec<Template> {
    let mut templates = vec![Template::new("demo", &demo_request().unwrap())];
    let Some(folder) = shared_vectors().unwrap() else { return templates };
    let mut sources = Vec::new();
    for case in bundle_requests(&folder).unwrap() {
        let Prepared::Request(request) = &case.prepared else { continue };
        let source = case.id.split('/').next().unwrap_or_default().to_owned();
        let uses = sources.iter().filter(|used| **used == source).count();
        if uses < 2 && verifier.verify_json(request).unwrap().is_verified() {
            templates.push(Template::new(&case.id, request));
            sources.push(source);
        }
    }
    templates.truncate(10);
    announce(&templates.iter().map(|template| template.name.as_str()).collect::<Vec<_>>().join(", "));
    templates
}

fn verifier() -> Verifier {
    // Debug machines are slow: the deadline is not what is tested here.
    let options = RuntimeOptions { deadline: Duration::from_secs(30), ..RuntimeOptions::default() };
    Verifier::new(&Runtime::new(options).unwrap(), InstanceMode::Warm)
}

/// Runs every request on two threads and returns how many had each verdict.
fn run_all(verifier: &Verifier, requests: &[(String, Vec<u8>)]) -> (usize, usize, usize) {
    let (left, right) = requests.split_at(requests.len() / 2);
    let count = |half: &[(String, Vec<u8>)]| {
        let mut counts = (0, 0, 0);
        for (name, request) in half {
            match verifier.verify_json(request).unwrap_or_else(|error| panic!("{name}: {error}")).verdict() {
                Verdict::Verified => counts.0 += 1,
                Verdict::Refused => counts.1 += 1,
                Verdict::Failure => counts.2 += 1,
            }
        }
        counts
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| count(right));
        let (a, b) = (count(left), other.join().unwrap());
        (a.0 + b.0, a.1 + b.1, a.2 + b.2)
    })
}

#[test]
fn every_prefix_of_ten_real_bundles() {
    let verifier = verifier();
    for template in templates(&verifier) {
        let whole = template.bundle.trim_ascii_end().len();
        let requests: Vec<_> = (0..whole)
            .map(|length| {
                (format!("{} cut to {length}", template.name), template.with(&template.bundle[..length]))
            })
            .collect();
        let (verified, refused, failures) = run_all(&verifier, &requests);
        assert_eq!((verified, failures), (0, 0), "{}", template.name);
        assert_eq!(refused, whole);
    }
}

#[test]
fn ten_thousand_byte_mutations() {
    const SEED: u64 = 20_261_124;
    let verifier = verifier();
    let templates = templates(&verifier);
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut requests = Vec::new();
    for number in 0..10_000 {
        let template = &templates[number % templates.len()];
        let mut bundle = template.bundle.clone();
        for _ in 0..=(random.next_u32() % 3) {
            mutate(&mut bundle, &mut random);
        }
        if bundle != template.bundle {
            requests
                .push((format!("{} mutant {number} of seed {SEED}", template.name), template.with(&bundle)));
        }
    }
    let start = Instant::now();
    let (verified, refused, failures) = run_all(&verifier, &requests);
    announce(&format!("{verified} verified, {refused} refused in {:.1?}", start.elapsed()));
    assert_eq!(failures, 0, "a bundle is never the caller's mistake");
    // White space, a key id or an unused member may change without consequence; little else.
    assert!(verified < requests.len() / 50, "{verified} of {} mutants verified", requests.len());
}

/// One byte is changed, removed, doubled or inserted.
fn mutate(bundle: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let place = usize::try_from(random.next_u64() % bundle.len() as u64).unwrap();
    let byte = random.next_u32().to_le_bytes()[0];
    match random.next_u32() % 4 {
        0 => bundle[place] = byte,
        1 => drop(bundle.remove(place)),
        2 => bundle.insert(place, bundle[place]),
        _ => bundle.insert(place, byte),
    }
}

#[test]
fn nested_long_and_random_documents() {
    let verifier = verifier();
    let demo = Template::new("demo", &demo_request().unwrap());
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut requests = Vec::new();
    for depth in [31, 32, 33, 1000, 100_000] {
        requests.push((format!("lists {depth} deep"), demo.with("[".repeat(depth).as_bytes())));
        requests.push((format!("objects {depth} deep"), demo.with("{\"a\":".repeat(depth).as_bytes())));
        requests.push((format!("request {depth} deep"), "[".repeat(depth).into_bytes()));
    }
    for length in [1, 100, 10_000, 1 << 20, (1 << 20) + 1] {
        let mut bytes = vec![0; length];
        random.fill_bytes(&mut bytes);
        requests.push((format!("{length} random bytes as bundle"), demo.with(&bytes)));
        requests.push((format!("{length} random bytes as request"), bytes));
        requests.push((format!("{length} spaces"), demo.with(&vec![b' '; length])));
    }
    for (name, request) in requests {
        let reply = verifier.verify_json(&request).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!reply.is_verified(), "{name}");
    }
    let over = demo.with(&vec![b'0'; (1 << 20) + 1]);
    let reply = String::from_utf8(verifier.verify_json(&over).unwrap().into_json()).unwrap();
    assert!(reply.contains(r#""code":"limits/bundle-bytes""#), "{reply}");
}
