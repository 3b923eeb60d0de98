//! libFuzzer entry point of `log_body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::log_body(input));
