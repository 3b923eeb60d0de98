//! libFuzzer entry point of `checkpoint`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::checkpoint(input));
