//! The record of a run of the test command: what `cargo xtask promises` reads.

use std::fs;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::{count::Count, tree::Tree};
use crate::{promises::Lane, root::Root};

const SCHEMA: &str = "cretula/tests/v1";

/// What a run of the test command did.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    schema: String,
    /// Seconds since 1970 at which the run began.
    pub(crate) started: u64,
    /// The sources that it began with.
    pub(crate) tree: Tree,
    /// The lanes that it ran.
    pub(crate) lanes: Vec<Lane>,
    /// Its steps, in their order.
    pub(crate) steps: Vec<StepRecord>,
}

/// How one step ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StepRecord {
    /// Its headline.
    pub(crate) name: String,
    /// Whether it ran to its end without an error and a failed test.
    pub(crate) ok: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) problem: Option<String>,
    /// How long it took.
    pub(crate) millis: u64,
    /// What it counted; `None` for a step that is one check, such as the lints.
    pub(crate) count: Option<Count>,
    /// Its tests, where they are known by name.
    pub(crate) tests: Vec<Test>,
}

/// One test that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Test {
    /// Name of the package, or of another runner.
    pub(crate) package: String,
    /// Name of the test program in it.
    pub(crate) binary: String,
    /// Its own name; empty if the whole program was not run.
    pub(crate) name: String,
    /// How it ended.
    pub(crate) ending: Ending,
    /// What it said that it did not do.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) skips: Vec<String>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ending {
    /// As expected.
    Ok,
    /// Otherwise.
    Failed,
    /// Not run.
    Ignored,
}

impl Test {
    /// Stands for every test of a program that was not run.
    pub(crate) fn program_not_run(package: &str, binary: &str, why: &str) -> Self {
        Self {
            package: package.to_owned(),
            binary: binary.to_owned(),
            name: String::new(),
            ending: Ending::Ignored,
            skips: vec![why.to_owned()],
        }
    }

    /// `package::binary::name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}::{}::{}", self.package, self.binary, self.name)
    }
}

impl Record {
    /// A run that begins.
    #[expect(clippy::disallowed_types, reason = "a developer command says when it ran")]
    pub(crate) fn begin(tree: Tree, lanes: Vec<Lane>) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let started = now.map_or(0, |time| time.as_secs());
        Self { schema: SCHEMA.to_owned(), started, tree, lanes, steps: Vec::new() }
    }

    /// Every test of every step.
    pub(crate) fn tests(&self) -> impl Iterator<Item = &Test> {
        self.steps.iter().flat_map(|step| &step.tests)
    }

    /// Writes `target/cretula/tests.json`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn write(&self, root: &Root) -> Result<()> {
        let place = root.output();
        fs::create_dir_all(&place)?;
        fs::write(place.join("tests.json"), serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    /// Reads what the last run wrote.
    ///
    /// # Errors
    /// If there is no record, or if another version of the command wrote it.
    pub(crate) fn read(root: &Root) -> Result<Self> {
        const NEXT: &str = "run `cargo xtask test`";
        let place = root.output().join("tests.json");
        let text =
            fs::read(&place).with_context(|| format!("there is no record of a run of the tests: {NEXT}"))?;
        let record = Self::parse(&text).with_context(|| format!("the record cannot be read: {NEXT}"))?;
        if record.schema != SCHEMA {
            bail!("another version wrote the record: {NEXT}");
        }
        Ok(record)
    }

    #[expect(clippy::disallowed_methods, reason = "a file of this command, outside of the module")]
    pub(crate) fn parse(text: &[u8]) -> Result<Self> {
        Ok(serde_json::from_slice(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Ending, Lane, Record, StepRecord, Test, Tree};

    #[test]
    fn records_are_read_back() {
        let mut record = Record::begin(Tree::default(), vec![Lane::Fast]);
        let test = |skips| Test {
            package: "p".into(),
            binary: "lib".into(),
            name: "a::b".into(),
            ending: Ending::Ok,
            skips,
        };
        record.steps.push(StepRecord {
            name: "vectors".into(),
            ok: false,
            problem: Some("one differs".into()),
            millis: 3,
            count: Some(Count { passed: 1, failed: 1, skipped: 0 }),
            tests: vec![test(vec!["SKIPPED: a".into()]), test(Vec::new())],
        });
        let text = serde_json::to_vec(&record).unwrap();
        let again = Record::parse(&text).unwrap();
        assert_eq!(serde_json::to_vec(&again).unwrap(), text);
        assert_eq!(again.tests().count(), 2);
    }
}
