//! libFuzzer entry point of `signing_replies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::signing_replies(input));
