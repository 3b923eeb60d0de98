//! Verification opens no file and no socket: a child process forbids itself both, and verifies.
#![cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        clippy::unwrap_used,
        reason = "a test that cannot go on fails"
    )
)]

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux;

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
#[test]
fn only_on_linux() {
    cretula_sandbox_tests::announce(
        "SKIPPED: system calls are filtered on Linux on x86-64 only; 1 test not run",
    );
}
