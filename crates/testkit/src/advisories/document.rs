//! Advisories as files.

use std::collections::{BTreeMap, BTreeSet};

use super::{Advisory, LATER, code};
use crate::cases::{Case, Expected, data};

const NOTICE: &str = "<!-- Written by `cargo xtask generate`. -->\n";

/// Files by their path below the folder of the advisories.
#[must_use]
pub fn files(advisories: &[Advisory]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut roots = BTreeSet::new();
    for advisory in advisories {
        let cases: Vec<&Case> = advisory.filed().collect();
        let document = data::document(advisory.class, &clauses(advisory), &cases);
        files.insert(format!("{}/cases.json", advisory.id), document);
        files.insert(format!("{}/README.md", advisory.id), page(advisory).into_bytes());
        roots.extend(cases.iter().flat_map(|case| &case.inputs.roots));
    }
    files.extend(roots.into_iter().map(|root| (format!("roots/{}", data::root_name(root)), root.clone())));
    files.insert("README.md".into(), index(advisories).into_bytes());
    files
}

/// Public clauses of what refuses.
fn clauses(advisory: &Advisory) -> String {
    let clauses: BTreeSet<&str> = advisory.negatives().map(|case| case.clause).collect();
    clauses.into_iter().collect::<Vec<_>>().join("; ")
}

fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: BTreeSet<&str> = items.into_iter().collect();
    items.into_iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

/// The check that says no; that of the case where the call itself fails.
fn refusing_check(case: &Case) -> &'static str {
    match case.expected {
        Expected::Refused { check, .. } => check,
        Expected::Failed { .. } | Expected::Verified => case.check,
    }
}

fn page(advisory: &Advisory) -> String {
    let ids: Vec<&str> = advisory.ids().collect();
    let title = if ids.is_empty() { advisory.id.to_string() } else { ids.join(", ") };
    let codes = list(advisory.negatives().filter_map(code));
    let checks = list(advisory.negatives().map(refusing_check));
    let (refused, accepted) = (advisory.negatives().count(), advisory.positives().count());
    let mut page = format!(
        "{NOTICE}\n# {title}\n\nClass: {}.\n\n{}\n\n| | |\n|---|---|\n| refused at | `{}` |\n| codes | {codes} |\n\
         | checks | {checks} |\n| clauses | {} |\n| cases | {refused} refused, {accepted} accepted |\n",
        advisory.class,
        advisory.story,
        advisory.stage,
        clauses(advisory),
    );
    let named = list(
        advisory.negatives().map(|case| case.name.as_str()).filter(|name| advisory.of_checks.contains(*name)),
    );
    page.push_str(
        "\n`cases.json` holds the cases that were made for this, or one pair of those of the checks.\n",
    );
    if !named.is_empty() {
        page.push_str(&format!("\nIn `tests/vectors/checks`, with their twins: {named}.\n"));
    }
    if !advisory.in_test.is_empty() {
        page.push_str(&format!(
            "\nNot kept as files, and made by `crates/testkit/tests/advisories.rs`: {}.\n",
            advisory.in_test
        ));
    }
    for (row, left) in LATER
        .iter()
        .filter(|row| row.id == advisory.id || advisory.ids().any(|id| row.id.contains(id)))
        .map(|row| (row.reason, row.what))
    {
        page.push_str(&format!("\nLater: {left}; {row}.\n"));
    }
    page
}

fn index(advisories: &[Advisory]) -> String {
    let ids: BTreeSet<&str> = advisories.iter().flat_map(Advisory::ids).collect();
    let cases: usize = advisories.iter().map(|advisory| advisory.cases.len()).sum();
    let mut page = format!(
        "{NOTICE}\n# Published advisories\n\nWhat went wrong in other verifiers, as cases. {} public ids and {} lessons \
         in {} folders, {cases} cases; each has cases that are refused and their accepted twins, which differ in one \
         thing. `cases.json` is a document of `cretula/cases/v1`, which `tests/vectors/cases` describes; the trusted roots \
         that it names are in `roots/`. A case that stands in `tests/vectors/checks` is named in the README of the folder \
         and not written again.\n\n| id | folder | stage | refused | accepted |\n|---|---|---|---|---|\n",
        ids.len(),
        advisories.iter().filter(|advisory| advisory.ids().next().is_none()).count(),
        advisories.len(),
    );
    for advisory in advisories {
        let ids: Vec<&str> = advisory.ids().collect();
        let names = if ids.is_empty() { format!("lesson: {}", advisory.class) } else { ids.join(", ") };
        page.push_str(&format!(
            "| {names} | [`{0}`]({0}/README.md) | `{1}` | {2} | {3} |\n",
            advisory.id,
            advisory.stage,
            advisory.negatives().count(),
            advisory.positives().count(),
        ));
    }
    page.push_str(
        "\n## Not as files\n\nThe test `crates/testkit/tests/advisories.rs` runs every case above and makes these itself:\n\n",
    );
    for advisory in advisories.iter().filter(|advisory| !advisory.in_test.is_empty()) {
        page.push_str(&format!("- `{}`: {}\n", advisory.id, advisory.in_test));
    }
    page.push_str("\n## Later\n\n| id | what | why |\n|---|---|---|\n");
    for row in LATER {
        page.push_str(&format!("| {} | {} | {} |\n", row.id, row.what, row.reason));
    }
    page
}
