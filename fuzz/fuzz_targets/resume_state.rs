//! libFuzzer entry point of `resume_state`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::resume_state(input));
