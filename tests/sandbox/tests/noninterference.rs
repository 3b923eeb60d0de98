//! A call does not depend on earlier calls: on one warm instance, in any order, each reply is the one of a fresh call.
//!
//! `CRETULA_SLOW=1` runs 1,000 calls in 20 orders; without it fewer are run.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use cretula::{InstanceMode, Verifier};
use cretula_cases::checks;
use cretula_sandbox_tests::{Allowance, Metered, announce, built, demo_request, runtime};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// A request and its reply from an instance that served nothing before.
struct Call {
    request: Vec<u8>,
    reply: Vec<u8>,
}

/// Good and bad requests with different trusted roots, and requests that are no documents.
fn requests(count: usize) -> Vec<Vec<u8>> {
    let cases = checks().unwrap();
    let mut requests = vec![demo_request().unwrap(), Vec::new(), b"{".to_vec(), b"\xff".to_vec()];
    requests.push(format!("{{\"schema\":\"{}\"}}", "x".repeat(100_000)).into_bytes());
    let room = count - requests.len();
    // Every n-th case, round and round, so that accepted and refused ones of all checks are there.
    let step = if room < cases.len() { cases.len() / room } else { 1 };
    requests.extend((0..room).map(|index| cases[index * step % cases.len()].request.clone()));
    requests
}

fn shuffle(order: &mut [usize], random: &mut ChaCha8Rng) {
    for last in (1..order.len()).rev() {
        let other = random.next_u64() % u64::try_from(last + 1).unwrap();
        order.swap(last, usize::try_from(other).unwrap());
    }
}

#[test]
fn replies_do_not_depend_on_earlier_calls() {
    let slow = std::env::var("CRETULA_SLOW").is_ok_and(|value| value == "1");
    let (count, orders) = if slow { (1000, 20) } else { (150, 4) };
    let module = Metered::new(&built("cretula.core.wasm").unwrap()).unwrap();
    let fresh = |request: Vec<u8>| {
        let reply = module.verify(&request, Allowance::GENEROUS).reply.unwrap();
        Call { request, reply }
    };
    let calls: Vec<Call> = requests(count).into_iter().map(fresh).collect();
    let accepted = calls.iter().filter(|call| is_verified(&call.reply)).count();
    assert!(accepted * 4 > count && accepted * 4 < count * 3, "{accepted} of {count} are accepted");

    let runtime = runtime(64 << 20).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut pages = 0;
    for number in 0..orders {
        let mut order: Vec<usize> = (0..count).collect();
        shuffle(&mut order, &mut random);
        let mut session = module.start(Allowance::GENEROUS).unwrap();
        let warm = Verifier::new(&runtime, InstanceMode::Warm);
        for index in order {
            let Call { request, reply } = &calls[index];
            let found = session.verify(request, Allowance::GENEROUS.fuel);
            assert!(found.reply.as_ref() == Ok(reply), "order {number}, call {index}, core module");
            assert!(warm.verify_json(request).unwrap().json() == reply, "order {number}, call {index}, host");
            pages = pages.max(found.pages);
        }
    }
    announce(&format!(
        "{count} calls ({accepted} accepted) in {orders} orders, on one core instance and in the warm host: equal to \
         fresh ones; {pages} pages at most"
    ));
}

fn is_verified(reply: &[u8]) -> bool {
    reply.starts_with(br#"{"#) && String::from_utf8_lossy(reply).contains(r#""verdict":"verified""#)
}

/// Both share one engine and module: stores of several threads do not see each other.
#[test]
fn parallel_stores_do_not_see_each_other() {
    let runtime = runtime(64 << 20).unwrap();
    let requests = requests(40);
    let fresh = Verifier::new(&runtime, InstanceMode::Fresh);
    let replies: Vec<_> = requests.iter().map(|request| fresh.verify_json(request).unwrap()).collect();
    let warm = Verifier::new(&runtime, InstanceMode::Warm);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (warm, requests, replies) = (&warm, &requests, &replies);
            scope.spawn(move || {
                let mut order: Vec<usize> = (0..requests.len()).collect();
                shuffle(&mut order, &mut ChaCha8Rng::seed_from_u64(thread));
                for index in order {
                    assert!(
                        warm.verify_json(&requests[index]).unwrap() == replies[index],
                        "{thread} {index}"
                    );
                }
            });
        }
    });
    announce("4 threads with 40 calls each: equal to fresh ones");
}
