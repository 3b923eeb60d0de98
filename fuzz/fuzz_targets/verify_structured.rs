//! libFuzzer entry point of `verify_structured`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::verify_structured(input));
