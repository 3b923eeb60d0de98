//! The comment at the head of a file, which is what a user reads before copying it.

use crate::{File, Kind, Report};

/// The sentence about the level begins with what the way can carry, and the head leaves the level to the
/// verifier.
pub(super) fn level(file: &File, report: &mut Report) {
    let head = file.head().join(" ");
    let promised = match file.kind {
        Kind::SignDigests => "SLSA level: Build L2 at most,",
        Kind::BuildImage => "SLSA level: can carry Build L3, because ",
        Kind::Component => "SLSA level: Build L1. Build L2 at most where ",
    };
    if !head.contains(promised) {
        report.line(1, "", format!("the head does not say: {promised}"));
    }
    if !head.contains("for the verifier's policy to give, by the pair of signer and builder.id") {
        report.line(1, "", "the head does not say who gives the level");
    }
}

/// Nobody should learn from the example to name a workflow by a branch.
pub(super) fn commit(file: &File, report: &mut Report) {
    let mut examples = 0;
    for (line, text) in (1..).zip(file.head()) {
        let is_example = text.starts_with("uses: ") || text.starts_with("- component: ");
        if is_example && !text.ends_with("@COMMIT") {
            report.line(line, "", "the example does not name the file by commit");
        }
        examples += usize::from(is_example);
    }
    if examples == 0 {
        report.line(1, "", "the head has no example");
    }
}
