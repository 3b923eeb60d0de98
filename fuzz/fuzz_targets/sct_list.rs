//! libFuzzer entry point of `sct_list`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::sct_list(input));
