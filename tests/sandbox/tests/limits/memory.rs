//! Memory that is refused at each page: a denial each time, and the next call in another store works.

use cretula::{InstanceMode, SandboxCause, Verifier};
use cretula_sandbox_tests::{Allowance, Denial, PAGE, announce, runtime};
use cretula_testkit::cases::good;

use super::{FUEL_CAP, MAX_PAGES, Reply, inputs, metered};

fn requests() -> [(&'static str, Vec<u8>); 2] {
    [
        ("typical", inputs::good(&good::KEYLESS_V2).build().to_document()),
        ("large predicate", inputs::predicate(inputs::dense("[]", 300 << 10)).to_document()),
    ]
}

#[test]
fn the_core_module_never_succeeds_with_less_memory_than_it_needs() {
    for (name, request) in requests() {
        let whole = metered().verify(&request, Allowance { fuel: FUEL_CAP, pages: MAX_PAGES });
        assert_eq!(Reply::of(&whole), "verified", "{name}");
        for pages in 0..whole.pages {
            let measured = metered().verify(&request, Allowance { fuel: FUEL_CAP, pages });
            assert_eq!(measured.reply, Err(Denial::Memory), "{name} with {pages} pages");
            assert!(measured.refused && measured.pages <= pages);
        }
        let enough = metered().verify(&request, Allowance { fuel: FUEL_CAP, pages: whole.pages });
        assert_eq!(enough.reply, whole.reply);
        announce(&format!(
            "{name}: {} page counts were denials, {} pages are enough",
            whole.pages, whole.pages
        ));
    }
}

#[test]
fn the_host_says_memory_at_each_page_count() {
    for (name, request) in requests() {
        let mut denials = 0;
        loop {
            let outcome = runtime(denials * PAGE)
                .map(|runtime| Verifier::new(&runtime, InstanceMode::Warm).verify_json(&request));
            match outcome {
                Ok(Err(error)) => assert_eq!(error.cause, SandboxCause::Memory, "{name} {denials}: {error}"),
                // A pool of instances smaller than the memory that the module begins with does not start.
                Err(_) => assert!(denials < 20, "{name} {denials}"),
                Ok(Ok(reply)) => {
                    assert!(reply.is_verified());
                    break;
                }
            }
            denials += 1;
        }
        announce(&format!("{name}: the host denied {denials} page counts"));
        assert!(denials > 10);
    }
}
