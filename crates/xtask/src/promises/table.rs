//! Reads the tables of SPECIFICATION.md.

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use super::name::Name;

/// The columns of a table of promises.
const COLUMNS: [&str; 5] = ["id", "promise", "number", "test", "lane"];

/// The heading of the list of ids that are not used any more, `- A11: why`.
const RETIRED: &str = "## Retired";

/// Begins the test column of a promise that is not met, followed by what is missing.
const PENDING: &str = "*pending*";

/// When a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Lane {
    /// Every change.
    #[serde(rename = "F")]
    Fast,
    /// With the fast lane in the project's CI.
    #[serde(rename = "hosts")]
    Hosts,
    /// Before a merge.
    #[serde(rename = "S")]
    Slow,
    /// Before a release.
    #[serde(rename = "R")]
    Release,
}

/// A test that a promise names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: Name,
    pub(super) lane: Lane,
}

/// One promise.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) promise: String,
    pub(super) number: String,
    pub(super) tests: Vec<Named>,
    pub(super) lanes: Vec<Lane>,
    /// What is missing, if it is not met.
    pub(super) pending: Option<String>,
}

/// All promises.
#[derive(Debug)]
pub(super) struct Specification {
    pub(super) rows: Vec<Row>,
    retired: Vec<String>,
}

impl Lane {
    /// As the column has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Fast => "F",
            Self::Hosts => "hosts",
            Self::Slow => "S",
            Self::Release => "R",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Fast, Self::Hosts, Self::Slow, Self::Release]
            .into_iter()
            .find(|lane| lane.word() == word.trim())
    }
}

impl Specification {
    /// Reads the file.
    ///
    /// # Errors
    /// If a row is malformed or an id stands twice.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut rows = Vec::new();
        let mut retired = Vec::new();
        let mut in_retired = false;
        for (number, line) in (1_u32..).zip(text.lines()) {
            if line.starts_with('#') {
                in_retired = line.trim() == RETIRED;
            } else if in_retired {
                retired.extend(retired_id(line).with_context(|| format!("line {number}"))?);
            } else if line.starts_with('|') {
                rows.extend(row(line).with_context(|| format!("line {number}"))?);
            }
        }
        unique(rows.iter().map(|row| row.id.as_str()).chain(retired.iter().map(String::as_str)))?;
        if rows.is_empty() {
            bail!("there is no promise");
        }
        Ok(Self { rows, retired })
    }

    /// Every id that was ever used.
    pub(super) fn ids(&self) -> BTreeSet<String> {
        self.rows.iter().map(|row| &row.id).chain(&self.retired).cloned().collect()
    }
}

/// The ids in a file whose other columns need not be readable.
pub(super) fn ids_of(text: &str) -> BTreeSet<String> {
    let in_tables = text.lines().filter_map(|line| cells(line).first().map(|id| (*id).to_owned()));
    let in_lists = text.lines().filter_map(|line| retired_id(line).ok().flatten());
    in_tables.chain(in_lists).filter(|id| is_id(id)).collect()
}

fn unique<'a>(ids: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            bail!("{id} stands twice: ids are never reused");
        }
    }
    Ok(())
}

/// A letter and a number.
fn is_id(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && !letters.as_str().is_empty()
        && !letters.as_str().starts_with('0')
        && letters.all(|letter| letter.is_ascii_digit())
}

fn retired_id(line: &str) -> Result<Option<String>> {
    let Some(item) = line.strip_prefix("- ") else { return Ok(None) };
    let (id, why) = item.split_once(": ").with_context(|| format!("no reason in `{item}`"))?;
    if !is_id(id) || why.trim().is_empty() {
        bail!("a retired id is `- ID: why`, not `{item}`");
    }
    Ok(Some(id.to_owned()))
}

/// The cells of a row of a table.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|').and_then(|rest| rest.strip_suffix('|'));
    inner.map(|inner| inner.split('|').map(str::trim).collect()).unwrap_or_default()
}

/// A row of a table of promises; nothing for the line of headings and the one below it.
fn row(line: &str) -> Result<Option<Row>> {
    let cells = cells(line);
    if cells == COLUMNS || cells.iter().all(|cell| cell.chars().all(|letter| letter == '-' || letter == ':'))
    {
        return Ok(None);
    }
    let [id, promise, number, tests, lanes] = cells.as_slice() else {
        bail!("a row has {} cells: {}", COLUMNS.len(), COLUMNS.join(", "));
    };
    if !is_id(id) {
        bail!("`{id}` is no id: a capital letter and a number");
    }
    parsed(id, promise, number, tests, lanes).map(Some).with_context(|| (*id).to_owned())
}

fn parsed(id: &str, promise: &str, number: &str, tests: &str, lanes: &str) -> Result<Row> {
    if promise.is_empty() || number.is_empty() {
        bail!("the promise or its number is missing");
    }
    let lanes: Vec<Lane> = lanes
        .split('/')
        .map(|word| Lane::parse(word).with_context(|| format!("`{}` is no lane", word.trim())))
        .collect::<Result<_>>()?;
    let first = *lanes.first().context("the lane is missing")?;
    let pending = match tests.strip_prefix(PENDING) {
        Some(rest) => Some(reason(rest)?),
        None => None,
    };
    let named = named(tests, first)?;
    if named.is_empty() && pending.is_none() {
        bail!("no test is named, and it is not {PENDING}");
    }
    let (id, promise, number) = (id.to_owned(), promise.to_owned(), number.to_owned());
    Ok(Row { id, promise, number, tests: named, lanes, pending })
}

/// What is missing: the text after the mark, up to the first name of a test.
fn reason(rest: &str) -> Result<String> {
    let words = rest.strip_prefix(':').context("a pending row says what is missing, `*pending*: …`")?;
    let words = words.split('`').next().unwrap_or_default().trim().trim_end_matches([';', ':']).trim();
    if words.is_empty() {
        bail!("a pending row says what is missing");
    }
    Ok(words.to_owned())
}

/// The names in a cell: each code span is one, with its lane in parentheses after it if that is not the first of the row.
fn named(cell: &str, first: Lane) -> Result<Vec<Named>> {
    let parts: Vec<&str> = cell.split('`').collect();
    if parts.len().is_multiple_of(2) {
        bail!("a code span does not end");
    }
    let mut named = Vec::new();
    for span in parts.windows(3).step_by(2) {
        let [_, name, after] = span else { continue };
        let mark = after.strip_prefix(" (").and_then(|rest| rest.split_once(')')).map(|(word, _)| word);
        let lane = mark.and_then(Lane::parse).unwrap_or(first);
        named.push(Named { name: Name::parse(name).map_err(|error| anyhow!(error))?, lane });
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::{Lane, Row, Specification, ids_of};

    const HEAD: &str = "# Title\n\n| id | promise | number | test | lane |\n|---|---|---|---|---|\n";

    fn rows(rows: &str) -> anyhow::Result<Vec<Row>> {
        Specification::parse(&format!("{HEAD}{rows}")).map(|specification| specification.rows)
    }

    fn refused(text: &str, why: &str) {
        let error = format!("{:#}", rows(text).unwrap_err());
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn rows_are_read() {
        let rows = rows(concat!(
            "| A1 | None is accepted | 0 of 20 | `step: vectors`, `a::lib::b::*` (S) and `node::t::c, d` (hosts) | F / S |\n",
            "| B12 | Later | 5 | *pending*: the host is missing; `a::lib::c` | R |\n",
            "| B13 | Later | 5 | *pending*: all | S |\n",
        ))
        .unwrap();
        let tests: Vec<Vec<(String, Lane)>> = rows
            .iter()
            .map(|row| row.tests.iter().map(|test| (test.name.to_string(), test.lane)).collect())
            .collect();
        assert_eq!(
            tests,
            [
                vec![
                    ("step: vectors".to_owned(), Lane::Fast),
                    ("a::lib::b::*".to_owned(), Lane::Slow),
                    ("node::t::c, d".to_owned(), Lane::Hosts)
                ],
                vec![("a::lib::c".to_owned(), Lane::Release)],
                vec![],
            ]
        );
        let pending: Vec<_> = rows.iter().map(|row| row.pending.as_deref()).collect();
        assert_eq!(pending, [None, Some("the host is missing"), Some("all")]);
        assert_eq!(rows[0].lanes, [Lane::Fast, Lane::Slow]);
        assert_eq!((rows[1].promise.as_str(), rows[1].number.as_str()), ("Later", "5"));
    }

    #[test]
    fn malformed_rows_are_refused() {
        refused("| A1 | x | 0 | `step: vectors` |\n", "5 cells");
        refused("| a1 | x | 0 | `step: vectors` | F |\n", "no id");
        refused("| A01 | x | 0 | `step: vectors` | F |\n", "no id");
        refused("| A1 | x | 0 | `step: vectors` | Q |\n", "`Q` is no lane");
        refused("| A1 | x | 0 | by hand | F |\n", "no test is named");
        refused("| A1 | x | 0 | `cargo xtask build` | F |\n", "neither");
        refused("| A1 | x | 0 | `step: vectors | F |\n", "does not end");
        refused("| A1 | x | 0 | *pending* | F |\n", "what is missing");
        refused("| A1 | x | 0 | *pending*: `a::lib::b` | F |\n", "what is missing");
        refused("| A1 |  | 0 | `step: vectors` | F |\n", "is missing");
        refused("", "no promise");
    }

    #[test]
    fn ids_are_never_reused() {
        let row = "| A1 | x | 0 | `step: vectors` | F |\n";
        refused(&format!("{row}{row}"), "A1 stands twice");
        refused(&format!("{row}\n## Retired\n\n- A1: nobody needs it\n"), "A1 stands twice");
        refused(&format!("{row}\n## Retired\n\n- A2\n"), "no reason");
        let text = format!("{HEAD}{row}\n## Retired\n\nNot used any more.\n\n- A2: nobody needs it\n");
        let ids = Specification::parse(&text).unwrap().ids();
        assert_eq!(ids.iter().map(String::as_str).collect::<Vec<_>>(), ["A1", "A2"]);
        assert_eq!(ids_of(&text), ids);
    }

    #[test]
    fn ids_of_another_form_of_the_file() {
        let ids = ids_of("| id | x |\n|---|---|\n| H6 | four | cells | only |\n| **A** | | | |\n");
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["H6"]);
    }
}
