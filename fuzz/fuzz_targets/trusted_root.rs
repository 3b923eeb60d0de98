//! libFuzzer entry point of `trusted_root`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::trusted_root(input));
