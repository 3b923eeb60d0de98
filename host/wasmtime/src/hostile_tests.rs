//! Guests that mean harm: each ends as a denial, and the next call in another store works.
#![expect(clippy::disallowed_types, reason = "a test of the deadline measures it")]

use std::time::{Duration, Instant};

use wasmtime::component::Component;
use wit_component::ComponentEncoder;
use wit_parser::{ManglingAndAbi, Resolve};

use super::{Runtime, RuntimeOptions};
use crate::{InstanceMode, SandboxCause, Verdict, Verifier};

/// A component of our world in which every function has this body, in WebAssembly text.
fn guest(body: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let (package, _) = resolve.push_dir(wit).unwrap();
    let world = resolve.select_world(&[package], Some("module")).unwrap();
    let dummy =
        wit_component::dummy_module(&resolve, world, ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync));
    let text = wasmprinter::print_bytes(&dummy).unwrap();
    assert!(text.contains("unreachable"), "{text}");
    let mut module = wat::parse_str(text.replace("unreachable", body)).unwrap();
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

fn runtime(body: &str) -> Runtime {
    let options = RuntimeOptions { deadline: Duration::from_millis(50), ..RuntimeOptions::default() };
    Runtime::start(options, |engine| Component::new(engine, guest(body))).unwrap()
}

fn cause(body: &str) -> SandboxCause {
    let verifier = Verifier::new(&runtime(body), InstanceMode::Warm);
    let first = verifier.verify_json(b"").unwrap_err();
    // The instance is gone; the next call meets the same guest in a store of its own.
    assert_eq!(verifier.verify_json(b"").unwrap_err().cause, first.cause);
    first.cause
}

#[test]
fn a_trap_is_a_denial() {
    assert_eq!(cause("unreachable"), SandboxCause::Trap);
    assert_eq!(cause("i32.const 1 i32.const 0 i32.div_u drop unreachable"), SandboxCause::Trap);
}

#[test]
fn an_endless_loop_ends_at_the_deadline() {
    let start = Instant::now();
    assert_eq!(cause("loop br 0 end unreachable"), SandboxCause::Deadline);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_memory_bomb_is_refused() {
    let bomb = "loop i32.const 256 memory.grow i32.const -1 i32.ne br_if 0 end unreachable";
    assert_eq!(cause(bomb), SandboxCause::Memory);
}

#[test]
fn a_guest_that_imports_does_not_start() {
    let importing = r#"(component (import "wasi:clocks/monotonic-clock@0.2.0" (instance)))"#;
    let started = Runtime::start(RuntimeOptions::default(), |engine| Component::new(engine, importing));
    assert!(started.is_err());
}

#[test]
fn the_real_module_works_after_a_deadline_and_after_a_memory_refusal() {
    let hurried = RuntimeOptions { deadline: Duration::ZERO, ..RuntimeOptions::default() };
    let verifier = Verifier::new(&Runtime::new(hurried).unwrap(), InstanceMode::Warm);
    // Long enough for several ticks of the clock, whatever the machine.
    let long = format!(r#"{{"schema":"cretula/verify-request/v1","bundle":"{}"}}"#, "A".repeat(20 << 20));
    match verifier.verify_json(long.as_bytes()) {
        Err(error) => {
            assert!(matches!(error.cause, SandboxCause::Deadline | SandboxCause::Memory), "{error}")
        }
        Ok(reply) => assert!(!reply.is_verified()),
    }
    let narrow = RuntimeOptions { max_memory_bytes: 4 << 20, ..RuntimeOptions::default() };
    let verifier = Verifier::new(&Runtime::new(narrow).unwrap(), InstanceMode::Warm);
    assert_eq!(verifier.verify_json(long.as_bytes()).unwrap_err().cause, SandboxCause::Memory);
    assert_eq!(verifier.verify_json(b"{").unwrap().verdict(), Verdict::Failure);
}
