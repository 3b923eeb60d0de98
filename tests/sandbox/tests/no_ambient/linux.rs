//! By filters of system calls (seccomp).

use std::{os::unix::process::ExitStatusExt as _, process::Command};

use cretula::{InstanceMode, Verifier};
use cretula_sandbox_tests::{announce, demo_request, runtime};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter_all_threads};

/// Calls of Linux on x86-64 that open files or sockets.
const FORBIDDEN: &[(i64, &str)] = &[
    (2, "open"),
    (41, "socket"),
    (42, "connect"),
    (53, "socketpair"),
    (85, "creat"),
    (257, "openat"),
    (304, "open_by_handle_at"),
    (425, "io_uring_setup"),
    (437, "openat2"),
];

/// The signal of a process that makes a forbidden call.
const SIGSYS: i32 = 31;

/// Status of a child on a machine that has no such filters.
const NO_FILTERS: i32 = 42;

const ROLE: &str = "CRETULA_NO_AMBIENT";

/// Whoever makes a forbidden call from here on, in any thread, is killed.
fn forbid() {
    let rules = FORBIDDEN.iter().map(|(number, _)| (*number, Vec::new())).collect();
    let (otherwise, forbidden) = (SeccompAction::Allow, SeccompAction::KillProcess);
    let filter = SeccompFilter::new(rules, otherwise, forbidden, TargetArch::x86_64).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    if apply_filter_all_threads(&program).is_err() {
        std::process::exit(NO_FILTERS);
    }
}

/// This test program again, as one test in this role.
fn child(role: &str) -> std::process::Output {
    let arguments = ["--exact", "linux::a_child_in_its_role", "--nocapture", "--test-threads", "1"];
    Command::new(std::env::current_exe().unwrap()).args(arguments).env(ROLE, role).output().unwrap()
}

/// Does nothing unless it is started by the tests below.
#[test]
fn a_child_in_its_role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    // What a program does once, before it verifies.
    let runtime = runtime(64 << 20).unwrap();
    let requests = requests();
    forbid();
    match role.as_str() {
        "verify" => {
            let mut verified = 0;
            for mode in [InstanceMode::Fresh, InstanceMode::Warm] {
                let verifier = Verifier::new(&runtime, mode);
                for request in &requests {
                    verified +=
                        u32::from(verifier.verify_json(request).is_ok_and(|reply| reply.is_verified()));
                    // Refusals and errors must not look for anything either.
                    drop(verifier.verify_json(request.get(1..).unwrap_or_default()));
                    drop(verifier.inspect_json(request));
                    drop(verifier.check_policy_json(request));
                }
            }
            println!("verified {verified}");
        }
        "open" => drop(std::fs::File::open("/dev/null")),
        "connect" => drop(std::net::TcpStream::connect("127.0.0.1:1")),
        _ => {}
    }
    std::process::exit(0);
}

/// The demo's bundle, and nine of the cases that are accepted.
fn requests() -> Vec<Vec<u8>> {
    let good = cretula_cases::checks().unwrap().into_iter();
    let good = good.filter(|case| case.expected == cretula_cases::Expected::Verified);
    let good = good.step_by(30).map(|case| case.request);
    std::iter::once(demo_request().unwrap()).chain(good).take(10).collect()
}

#[test]
fn verification_opens_no_file_and_no_socket() {
    let output = child("verify");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() == Some(NO_FILTERS) {
        announce("SKIPPED: this kernel has no system call filters; 1 test not run");
        return;
    }
    assert!(output.status.success(), "{:?}\n{text}", output.status);
    assert!(text.contains("verified 20"), "{text}");
    // The filter works: whoever does these things is killed.
    for role in ["open", "connect"] {
        assert_eq!(child(role).status.signal(), Some(SIGSYS), "{role}");
    }
    announce("10 bundles were verified in two modes without any of 9 system calls; 2 controls were killed");
}
