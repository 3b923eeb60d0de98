//! libFuzzer entry point of `statement`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::statement(input));
