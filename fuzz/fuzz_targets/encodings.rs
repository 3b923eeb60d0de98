//! libFuzzer entry point of `encodings`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::encodings(input));
