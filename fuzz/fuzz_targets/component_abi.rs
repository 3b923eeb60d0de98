//! libFuzzer entry point of `component_abi`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cretula_fuzz::component_abi(input));
