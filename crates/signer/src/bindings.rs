//! Bindings generated from `wit/`: the only place of the adapter with `unsafe` code.
#![expect(unsafe_code, reason = "generated code of the canonical ABI")]

wit_bindgen::generate!({
    inline: "
        package cretula:adapter;

        world adapter {
          import cretula:core/provenance@1.0.0;
          import cretula:core/signing@1.0.0;
          import cretula:core/keys@1.0.0;
          import cretula:core/services@1.0.0;
          export cretula:core/attestor@1.0.0;
        }
    ",
    path: "../../wit",
    world: "cretula:adapter/adapter",
    generate_all,
});

export!(Adapter with_types_in crate::bindings);

use crate::Adapter;
