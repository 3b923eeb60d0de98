//! libFuzzer entry point of `policy`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::policy(input));
