//! libFuzzer entry point of `certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::certificate(input));
