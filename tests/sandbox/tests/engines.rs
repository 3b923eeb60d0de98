//! The same report, byte for byte, in every engine.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use cretula::InstanceMode;
use cretula_sandbox_tests::{
    ComponentEngine, CoreEngine, Engine, Native, ProcessEngine, announce, built, demo_request, shared_vectors,
};
use cretula_vectors::{Prepared, bundle_requests};

/// The engines of this machine, the native one first.
fn engines() -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(Native::default()),
        Box::new(ComponentEngine::new(InstanceMode::Fresh).unwrap()),
        Box::new(ComponentEngine::new(InstanceMode::Warm).unwrap()),
        Box::new(CoreEngine::new(&built("cretula.core.wasm").unwrap()).unwrap()),
    ];
    match ProcessEngine::node().unwrap() {
        Some(node) => engines.push(Box::new(node)),
        None => announce("SKIPPED: node is not installed; its replies were not compared"),
    }
    match ProcessEngine::wazero().unwrap() {
        Some(wazero) => engines.push(Box::new(wazero)),
        None => announce("replies of wazero are compared in the hosts lane"),
    }
    match ProcessEngine::npm().unwrap() {
        Some(package) => engines.push(Box::new(package)),
        None => announce("replies of the npm package are compared in the hosts lane"),
    }
    match ProcessEngine::chromium().unwrap() {
        Some(chromium) => engines.push(Box::new(chromium)),
        None => announce("replies of Chromium are compared in the hosts lane"),
    }
    engines
}

fn compare(engines: &mut [Box<dyn Engine>], name: &str, request: &[u8]) -> Vec<u8> {
    let mut first: Option<Vec<u8>> = None;
    for engine in engines {
        let reply =
            engine.verify(request).unwrap_or_else(|error| panic!("{name} in {}: {error:#}", engine.name()));
        match &first {
            None => first = Some(reply),
            Some(first) => assert!(
                *first == reply,
                "{name} differs in {}:\n{}\n{}",
                engine.name(),
                String::from_utf8_lossy(first),
                String::from_utf8_lossy(&reply)
            ),
        }
    }
    first.unwrap()
}

#[test]
fn all_bundle_vectors() {
    let Some(folder) = shared_vectors().unwrap() else { return };
    let mut engines = engines();
    let mut compared = 0_u32;
    for case in bundle_requests(&folder).unwrap() {
        if let Prepared::Request(request) = &case.prepared {
            compare(&mut engines, &format!("{} by {}", case.id, case.variant), request);
            compared += 1;
        }
    }
    announce(&format!("{compared} requests had equal replies in {} engines", engines.len()));
    assert!(compared > 200);
}

#[test]
fn the_demo_and_wrong_requests() {
    let mut engines = engines();
    let demo = demo_request().unwrap();
    let reply = compare(&mut engines, "demo", &demo);
    assert!(String::from_utf8(reply).unwrap().contains(r#""verdict":"verified""#));
    for wrong in [
        &b""[..],
        b"{",
        b"null",
        b"{}",
        br#"{"schema":"cretula/verify-request/v1"}"#,
        b"\xff\xfe",
        b"[[[[[[[",
    ] {
        compare(&mut engines, "wrong request", wrong);
    }
    // The same request after others, to show that nothing of them stays.
    compare(&mut engines, "demo again", &demo);
}
