//! The page of codes: those of verification, of generation and signing, and of the host.

use std::collections::BTreeSet;

use anyhow::Result;
use cretula_attest::ErrorKind;
use cretula_verify::{
    Stage,
    tables::{CODES, CodeDoc},
};

use super::{Generated, docs::NOTICE};
use crate::root::Root;

/// Codes of the host alone, and what each means.
const OF_THE_HOST: &[(&str, &str)] = &[
    ("audit/unavailable", "the audit event could not be written, so nothing was signed"),
    ("auth/invalid", "the ID token is not accepted; the audit event says why, the caller is not told"),
    ("config/expired", "no trust configuration is in force"),
    ("host/cancelled", "the caller gave up while a run waited; it can be taken up again"),
    ("host/clock", "the clock of the host shows a time after the year 9999"),
    (
        "host/compile",
        "WebAssembly may not be compiled here, as under a Content-Security-Policy without 'wasm-unsafe-eval'",
    ),
    (
        "host/expectation",
        "nobody, or two, are named as those who may have signed, or a repository is none that is known",
    ),
    ("host/http", "the client for services cannot be set up"),
    ("host/journal", "the state of a run could not be kept, so its next step was not taken"),
    ("host/module", "the module is missing, is another one, imports something or cannot be compiled"),
    ("host/object", "a value of the caller is not plain data: a getter, an instance of a class, a cycle"),
    ("host/options", "something that the host needs to be told is missing or wrong"),
    ("host/random", "the operating system gave no random bytes"),
    ("host/source", "an artifact is of a kind that cannot be read here"),
    ("host/token", "no ID token for the certificate authority could be had"),
    ("host/worker", "the worker that verifies did not start, or ended"),
];

/// `docs/codes.md`.
pub(super) fn page(_: &Root) -> Result<Vec<Generated>> {
    Ok(vec![("docs/codes.md".to_owned(), text().into_bytes())])
}

fn text() -> String {
    let mut page = format!(
        "{NOTICE}\n# Codes\n\nPrograms match codes and nothing else. A code is never renamed and never used \
         for something else; new ones may be added in any version. Those of verification come first: the \
         area of a code is its stage, and the stages stand in the order in which a refusal is chosen as the \
         primary one. Then come those of generation and signing, and those of the host alone. A code that \
         stands in two parts means the same in both; only `predicate/type` is read by the document that \
         holds it.\n\n# Verification\n"
    );
    of_verification(&mut page, "Outside of the verdict", |area| {
        !Stage::ALL.iter().any(|stage| stage.area() == area)
    });
    for stage in Stage::ALL {
        of_verification(&mut page, stage.area(), |area| area == stage.area());
    }
    page.push_str(
        "\n# Generation and signing\n\nCodes of `statement`, of `guard`, and of an action `failed`, by \
         area.\n",
    );
    of_generation(&mut page);
    page.push_str(
        "\n# The host\n\nCodes that the hosts (wasmtime, Go, npm) give besides those of the module; \
         `host/sandbox` stands above.\n\n| code | meaning |\n|---|---|\n",
    );
    for (code, meaning) in OF_THE_HOST {
        page.push_str(&format!("| `{code}` | {meaning} |\n"));
    }
    page
}

fn of_verification(page: &mut String, title: &str, belongs: impl Fn(&str) -> bool) {
    page.push_str(&format!("\n## {title}\n\n| code | check | meaning |\n|---|---|---|\n"));
    let of_area = |row: &&CodeDoc| row.code.split('/').next().is_some_and(&belongs);
    for row in CODES.iter().filter(of_area) {
        page.push_str(&format!("| `{}` | {} | {} |\n", row.code, row.check, row.meaning));
    }
}

fn of_generation(page: &mut String) {
    let area = |kind: &ErrorKind| kind.code().split('/').next().unwrap_or_default();
    let areas: BTreeSet<&str> = ErrorKind::ALL.iter().map(area).collect();
    for title in areas {
        page.push_str(&format!("\n## Generation: {title}\n\n| code | meaning |\n|---|---|\n"));
        for kind in ErrorKind::ALL.iter().filter(|kind| area(kind) == title) {
            page.push_str(&format!("| `{}` | {} |\n", kind.code(), kind.sentence()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{CODES, ErrorKind, OF_THE_HOST, text};
    use crate::root::Root;

    /// Literals that look like a code of a known area and are none: paths of members and of services.
    const NO_CODES: &[&str] =
        &["config/ref", "config/uri", "host/go", "signature/content", "signature/verifier"];

    /// Codes that a crate has and nobody outside of the module sees.
    const INTERNAL: &[&str] = &["predicate/malformed"];

    /// The codes of the page.
    fn of_the_page() -> BTreeSet<String> {
        let page = text();
        let codes = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        codes.map(String::from).collect()
    }

    /// How a host says which code it gives, without white space.
    const GIVEN: &[&str] = &["Failure::host(\"", ".coded(\"", "CODE:&'staticstr=\""];

    /// Every literal of the form area/name in the sources of hosts and crates, with a file that has it.
    fn literals() -> BTreeMap<String, PathBuf> {
        let mut found = BTreeMap::new();
        for (path, source) in sources() {
            let codes = source.split('"').filter(|literal| is_code(literal));
            found.extend(codes.map(|code| (code.to_owned(), path.clone())));
        }
        found
    }

    /// The sources of hosts and crates.
    fn sources() -> BTreeMap<PathBuf, String> {
        let root = Root::of_this_build();
        let mut open: Vec<PathBuf> = ["crates", "host", "npm/src"].map(|folder| root.join(folder)).into();
        let mut found = BTreeMap::new();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if path.is_dir() && name != "target" && name != "node_modules" {
                    open.push(path);
                } else if is_source(&path) {
                    found.insert(path.clone(), fs::read_to_string(&path).unwrap());
                }
            }
        }
        found
    }

    /// Tests outside of `src` hold codes that are meant to be wrong; this file holds all of its own.
    fn is_source(path: &Path) -> bool {
        let is_in_src = path.components().any(|part| part.as_os_str() == "src");
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("rs" | "ts") => is_in_src && !path.ends_with("generate/codes.rs"),
            Some("go") => !path.to_string_lossy().ends_with("_test.go"),
            _ => false,
        }
    }

    fn is_code(text: &str) -> bool {
        let is_word = |word: &str| {
            let mut bytes = word.bytes();
            bytes.next().is_some_and(|first| first.is_ascii_lowercase())
                && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        text.split_once('/').is_some_and(|(area, name)| is_word(area) && is_word(name))
    }

    #[test]
    fn every_code_of_the_sources_is_on_the_page() {
        let (page, literals) = (of_the_page(), literals());
        let area = |code: &str| code.split('/').next().map(String::from);
        let areas: BTreeSet<_> = page.iter().map(|code| area(code)).collect();
        let is_known =
            |code: &str| page.contains(code) || NO_CODES.contains(&code) || INTERNAL.contains(&code);
        let missing: Vec<_> =
            literals.iter().filter(|(code, _)| areas.contains(&area(code)) && !is_known(code)).collect();
        assert!(missing.is_empty(), "not on the page: {missing:?}");
        for code in NO_CODES.iter().chain(INTERNAL) {
            assert!(literals.contains_key(*code) && !page.contains(*code), "{code} is not needed here");
        }
        assert!(page.len() > 300 && page.iter().all(|code| is_code(code)), "{}", page.len());
    }

    /// A code of an area that the page does not know yet.
    #[test]
    fn every_code_that_a_host_gives_is_on_the_page() {
        let page = of_the_page();
        let mut given = BTreeSet::new();
        for source in sources().into_values() {
            let source: String = source.split_whitespace().collect();
            for start in GIVEN {
                let codes = source.split(start).skip(1).filter_map(|rest| rest.split('"').next());
                given.extend(codes.filter(|code| is_code(code)).map(String::from));
            }
        }
        let missing: Vec<_> = given.difference(&page).collect();
        assert!(missing.is_empty(), "not on the page: {missing:?}");
        assert!(given.len() > 10, "{given:?}");
    }

    /// What the head of the page says.
    #[test]
    fn two_parts_share_only_codes_that_mean_the_same() {
        let of_verification: BTreeSet<&str> = CODES.iter().map(|row| row.code).collect();
        let both =
            ErrorKind::ALL.iter().map(|kind| kind.code()).filter(|code| of_verification.contains(code));
        let apart: Vec<_> =
            both.filter(|code| !code.starts_with("input/") && !code.starts_with("limits/")).collect();
        assert_eq!(apart, ["predicate/type"]);
    }

    #[test]
    fn codes_of_the_host_are_given_by_it() {
        let literals = literals();
        for (code, _) in OF_THE_HOST {
            assert!(literals.contains_key(*code), "nobody gives {code}");
        }
        assert!(OF_THE_HOST.is_sorted());
    }
}
