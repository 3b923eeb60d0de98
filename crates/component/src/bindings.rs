//! Bindings generated from `wit/`: the only place of the module with `unsafe` code.
#![expect(unsafe_code, reason = "generated code of the canonical ABI")]

wit_bindgen::generate!({ path: "../../wit", world: "module" });

export!(Module with_types_in crate::bindings);

use crate::Module;
