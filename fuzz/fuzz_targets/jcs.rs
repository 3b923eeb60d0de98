//! libFuzzer entry point of `jcs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::jcs(input));
