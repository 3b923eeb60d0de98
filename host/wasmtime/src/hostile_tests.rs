//! Guests that mean harm: each ends as a denial, and the next call in another store works.
#![expect(clippy::disallowed_types, reason = "a test of the deadline measures it")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{Engine, component::Component};
use wit_component::ComponentEncoder;
use wit_parser::{ManglingAndAbi, Resolve};

use super::{Linker, ModulePre, Runtime, RuntimeOptions, Shared, Ticker, settings};
use crate::{InstanceMode, SandboxCause, SandboxError, Verdict, Verifier};

/// A component of our world in which every function has this body, in WebAssembly text.
fn guest(body: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let (package, _) = resolve.push_dir(wit).unwrap();
    let world = resolve.select_world(&[package], Some("module")).unwrap();
    let dummy =
        wit_component::dummy_module(&resolve, world, ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync));
    let text = wasmprinter::print_bytes(&dummy).unwrap();
    assert!(text.contains("unreachable") && text.contains("(memory (;0;) 0)"), "{text}");
    let text = text.replace("(memory (;0;) 0)", "(memory (;0;) 1)").replace("unreachable", body);
    let mut module = wat::parse_str(text).unwrap();
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
    runtime_within(body, Duration::from_millis(50))
}

fn runtime_within(body: &str, deadline: Duration) -> Runtime {
    let options = RuntimeOptions { deadline, ..RuntimeOptions::default() };
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

/// Answers what the request says. A request lies at 8: place and length of the reply, then one letter that commands,
/// then the text. Every function has this body; the allocator sees no command yet and returns 8.
const OBEDIENT: &str = "
    i32.const 16 i32.load8_u i32.const 84 i32.eq if unreachable end
    i32.const 16 i32.load8_u i32.const 76 i32.eq if loop br 0 end end
    i32.const 16 i32.load8_u i32.const 77 i32.eq if
        loop i32.const 64 memory.grow i32.const -1 i32.ne br_if 0 end unreachable
    end
    i32.const 8 return";

/// A request to [`OBEDIENT`]: `T`rap, `L`oop, `M`emory, or any other letter: reply with the text.
fn command(letter: u8, text: &str) -> Vec<u8> {
    placed(letter, 17, u32::try_from(text.len()).unwrap(), text)
}

fn placed(letter: u8, place: u32, length: u32, text: &str) -> Vec<u8> {
    [&place.to_le_bytes()[..], &length.to_le_bytes(), &[letter], text.as_bytes()].concat()
}

/// Nothing that ends is as slow, on a busy machine either.
const LONG: Duration = Duration::from_secs(60);

const VERIFIED: &str = r#"{"schema":"cretula/report/v1","verdict":"verified"}"#;

fn assert_denial(found: &Result<crate::Reply, SandboxError>, cause: SandboxCause, said: &str) {
    let error = found.as_ref().unwrap_err();
    assert_eq!(error.cause, cause, "{error}");
    assert!(error.to_string().starts_with(&format!("host/sandbox: {said}: ")), "{error}");
}

#[test]
fn after_each_cause_the_next_call_works() {
    for mode in [InstanceMode::Fresh, InstanceMode::Warm] {
        let verifier = Verifier::new(&runtime_within(OBEDIENT, Duration::from_millis(300)), mode);
        let call = |letter: u8| verifier.verify_json(&command(letter, VERIFIED));
        let works = || assert!(call(b'R').unwrap().is_verified());
        works();
        for _ in 0..2 {
            assert_denial(&call(b'T'), SandboxCause::Trap, "the module trapped");
            works();
            assert_denial(&call(b'L'), SandboxCause::Deadline, "the deadline passed");
            works();
            assert_denial(&call(b'M'), SandboxCause::Memory, "the memory limit was reached");
            works();
            let garbage = verifier.verify_json(&command(b'R', "verified"));
            assert_denial(&garbage, SandboxCause::Reply, "the reply cannot be read");
            works();
        }
    }
}

#[test]
fn replies_that_cannot_be_read_are_denials() {
    let verifier = Verifier::new(&runtime_within(OBEDIENT, LONG), InstanceMode::Warm);
    let wrong = [
        "",
        "\0",
        "{}",
        "null",
        "true",
        "verified",
        r#"["cretula/report/v1","verified"]"#,
        r#""verified""#,
        r#"{"verdict":"verified"}"#,
        r#"{"schema":"cretula/report/v1","verdict":"verified""#,
        r#"{"schema":"cretula/report/v1","verdict":"verified"}}"#,
        r#"{"schema":"cretula/report/v1","verdict":"VERIFIED"}"#,
        r#"{"schema":"cretula/report/v1","verdict":true}"#,
        r#"{"schema":"cretula/report/v2","verdict":"verified"}"#,
        r#"{"schema":"cretula/error/v1","verdict":"verified"}"#,
    ];
    for text in wrong {
        let found = verifier.verify_json(&command(b'R', text));
        assert_denial(&found, SandboxCause::Reply, "the reply cannot be read");
    }
    // Bytes that are no text, and lists that lie outside of the memory.
    assert!(verifier.verify_json(&placed(b'R', 0, 8, "")).is_err());
    for (place, length) in [(u32::MAX, 1), (17, u32::MAX), (1 << 16, 1), (0, (1 << 16) + 1)] {
        let found = verifier.verify_json(&placed(b'R', place, length, VERIFIED));
        assert_denial(&found, SandboxCause::Trap, "the module trapped");
    }
    assert!(verifier.verify_json(&command(b'R', VERIFIED)).unwrap().is_verified());
}

/// As [`Runtime::start`], except that instructions are counted and none is granted.
fn runtime_without_fuel(body: &str) -> Runtime {
    let mut config = settings();
    config.consume_fuel(true);
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, guest(body)).unwrap();
    let module = ModulePre::new(Linker::new(&engine).instantiate_pre(&component).unwrap()).unwrap();
    let ticker = Ticker::start(&engine).unwrap();
    let options = RuntimeOptions::default();
    let steps = std::sync::Mutex::default();
    let shared = Shared { engine, module, options, _ticker: ticker, steps };
    Runtime { shared: Arc::new(shared) }
}

#[test]
fn exhausted_fuel_is_a_denial() {
    for mode in [InstanceMode::Fresh, InstanceMode::Warm] {
        let starved = Verifier::new(&runtime_without_fuel(OBEDIENT), mode);
        let fed = Verifier::new(&runtime_within(OBEDIENT, LONG), mode);
        for letter in [b'R', b'L'] {
            let found = starved.verify_json(&command(letter, VERIFIED));
            assert_denial(&found, SandboxCause::Fuel, "fuel ran out");
            assert!(fed.verify_json(&command(b'R', VERIFIED)).unwrap().is_verified());
        }
    }
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
