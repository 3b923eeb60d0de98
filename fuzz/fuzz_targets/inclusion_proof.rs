//! libFuzzer entry point of `inclusion_proof`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::inclusion_proof(input));
