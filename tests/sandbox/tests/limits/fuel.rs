//! Fuel that runs out, wherever in the call: a denial, and the next call works.

use cretula_sandbox_tests::{Allowance, Denial, announce};
use cretula_testkit::cases::good;

use super::{FUEL_CAP, MAX_PAGES, Reply, inputs, metered};

#[test]
fn the_core_module_never_succeeds_with_less_fuel_than_it_needs() {
    const PARTS: u64 = 100;
    let request = inputs::good(&good::KEYLESS_V2).build().to_document();
    let call = |fuel: u64| metered().verify(&request, Allowance { fuel, pages: MAX_PAGES });
    let whole = call(FUEL_CAP);
    assert_eq!(Reply::of(&whole), "verified");
    for part in 0..PARTS {
        let fuel = whole.fuel * part / PARTS;
        assert_eq!(call(fuel).reply, Err(Denial::Fuel), "{fuel} of {}", whole.fuel);
        if part % 10 == 0 {
            assert_eq!(call(FUEL_CAP).reply, whole.reply, "after {fuel} of {}", whole.fuel);
        }
    }
    announce(&format!("{PARTS} parts of the fuel were denials, the whole was enough"));
}
