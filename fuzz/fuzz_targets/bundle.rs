//! libFuzzer entry point of `bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::bundle(input));
