//! libFuzzer entry point of `timestamp_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::timestamp_token(input));
