//! Reads what `cargo test … -- --show-output` prints: which test of which program ended how, and what it said.

use super::{
    count::Count,
    record::{Ending, Test},
    targets::{Program, Targets},
};

/// Begins a line in which a test says that it, or a part of it, was not run.
const SKIPPED: &str = "SKIPPED:";

/// Marks that libtest and rustdoc append to names.
const MARKS: [&str; 3] = [" - should panic", " - compile fail", " - compile"];

/// Reads line by line.
pub(super) struct Reader<'a> {
    targets: &'a Targets,
    program: Option<Program>,
    place: Place,
    /// A test whose ending stands on a later line.
    open: Option<String>,
    /// What the program said outside of its tests.
    skips: Vec<String>,
    /// The first test of this program in `tests`.
    first: usize,
    /// Every test that ended.
    pub(super) tests: Vec<Test>,
    /// The sum of the closing lines.
    pub(super) count: Count,
    /// What could not be read.
    pub(super) problems: Vec<String>,
}

/// Where in the output of a program a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Outside of the sections below.
    Tests,
    /// What successful tests wrote, and which test that is.
    Said(Option<String>),
    /// Names of successful tests.
    Names,
    /// What failed tests wrote, and their names.
    Failures,
}

impl<'a> Reader<'a> {
    pub(super) fn new(targets: &'a Targets) -> Self {
        Self {
            targets,
            program: None,
            place: Place::Tests,
            open: None,
            skips: Vec::new(),
            first: 0,
            tests: Vec::new(),
            count: Count::default(),
            problems: Vec::new(),
        }
    }

    /// Reads one line; returns what a person has to see of it.
    pub(super) fn line(&mut self, line: &str) -> Option<String> {
        if let Some(program) = self.targets.begun_by(line) {
            self.begin(program);
            return Some(line.to_owned());
        }
        if let Some(count) = line.strip_prefix("test result: ").and_then(|_| Count::of_line(line)) {
            self.end(count);
            return Some(line.to_owned());
        }
        match (&self.place, line) {
            (Place::Tests, "successes:") => self.enter(Place::Said(None)),
            (Place::Said(_), "successes:") => self.enter(Place::Names),
            (Place::Tests | Place::Names, "failures:") => {
                self.place = Place::Failures;
                Some(line.to_owned())
            }
            (Place::Said(test), _) => {
                let test = test.clone();
                self.said(test, line)
            }
            (Place::Names, _) => None,
            (Place::Failures, _) => Some(line.to_owned()),
            (Place::Tests, _) => {
                self.outside(line);
                Some(line.to_owned())
            }
        }
    }

    fn enter(&mut self, place: Place) -> Option<String> {
        self.place = place;
        None
    }

    fn begin(&mut self, program: Option<Program>) {
        if program.is_none() {
            self.problems.push("a test program that cargo did not announce".to_owned());
        }
        self.program = program;
        self.place = Place::Tests;
        self.open = None;
        self.skips.clear();
        self.first = self.tests.len();
    }

    /// A line among the endings of tests. A test may write between its name and its ending.
    fn outside(&mut self, line: &str) {
        if line.starts_with(SKIPPED) {
            self.skips.push(line.to_owned());
        }
        if let Some((name, rest)) = name_of(line) {
            match ending(rest) {
                Some(ending) => self.ended(name, ending),
                None => self.open = Some(name.to_owned()),
            }
        } else if let Some(ending) = ending(line)
            && let Some(name) = self.open.take()
        {
            self.ended(&name, ending);
        }
    }

    fn ended(&mut self, name: &str, ending: Ending) {
        self.open = None;
        let Some(program) = &self.program else { return };
        let name = MARKS.iter().find_map(|mark| name.strip_suffix(mark)).unwrap_or(name);
        self.tests.push(Test {
            package: program.package.clone(),
            binary: program.binary.clone(),
            name: name.to_owned(),
            ending,
            skips: Vec::new(),
        });
    }

    /// A line that a successful test wrote.
    fn said(&mut self, test: Option<String>, line: &str) -> Option<String> {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            return self.enter(Place::Said(Some(name.to_owned())));
        }
        let test = test.filter(|_| !line.trim().is_empty())?;
        if line.starts_with(SKIPPED) {
            let own = self.tests.iter_mut().skip(self.first).find(|ended| ended.name == test);
            if let Some(ended) = own {
                ended.skips.push(line.to_owned());
            }
        }
        Some(format!("  {test}: {line}"))
    }

    /// The closing line of a program.
    fn end(&mut self, count: Count) {
        let ours = self.tests.iter_mut().skip(self.first);
        let mut read: u64 = 0;
        for test in ours {
            test.skips.extend(self.skips.iter().cloned());
            read = read.saturating_add(1);
        }
        let counted = count.passed.saturating_add(count.failed).saturating_add(count.skipped);
        if read != counted {
            let program = self.program.as_ref().map_or("?", |program| program.package.as_str());
            self.problems.push(format!("{program}: {counted} tests ended, {read} of them were read"));
        }
        self.count.add(count);
        self.program = None;
        self.place = Place::Tests;
        self.skips.clear();
        self.first = self.tests.len();
    }
}

/// The name in `test NAME ... ENDING`, and what follows. Another thread may have written before it on the same line.
fn name_of(line: &str) -> Option<(&str, &str)> {
    let (before, rest) = line.split_once(" ... ").or_else(|| Some((line.strip_suffix(" ...")?, "")))?;
    let name = match before.strip_prefix("test ") {
        Some(name) => name,
        None => before.rsplit_once("test ")?.1,
    };
    Some((name, rest))
}

fn ending(text: &str) -> Option<Ending> {
    match text.trim() {
        "ok" => Some(Ending::Ok),
        "FAILED" => Some(Ending::Failed),
        "ignored" => Some(Ending::Ignored),
        text => text.starts_with("ignored, ").then_some(Ending::Ignored),
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Reader, Targets};

    fn targets() -> Targets {
        Targets::of_messages(concat!(
            r#"{"reason":"compiler-artifact","package_id":"path+file:///x/crates/tlog#cretula-tlog@0.1.0","target":{"kind":["lib"],"name":"cretula_tlog"},"profile":{"test":true},"executable":"/t/debug/deps/cretula_tlog-00aa"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","package_id":"path+file:///x/crates/tlog#cretula-tlog@0.1.0","target":{"kind":["test"],"name":"merkle"},"profile":{"test":true},"executable":"/t/debug/deps/merkle-00bb"}"#,
            "\n",
        ))
        .unwrap()
    }

    /// Tests with their numbers of skips, lines that are shown, and problems.
    type Read = (Vec<(String, Ending, usize)>, Vec<String>, Vec<String>);

    fn read(output: &str) -> Read {
        let targets = targets();
        let mut reader = Reader::new(&targets);
        let shown = output.lines().filter_map(|line| reader.line(line)).collect();
        let tests =
            reader.tests.iter().map(|test| (test.full_name(), test.ending, test.skips.len())).collect();
        (tests, shown, reader.problems)
    }

    #[test]
    fn tests_belong_to_their_programs() {
        let (tests, _, problems) = read(
            "
     Running unittests src/lib.rs (target/debug/deps/cretula_tlog-00aa)

running 3 tests
test a::b ... ok
test a::c - should panic ... ok
test slow ... ignored, takes an hour

successes:

successes:
    a::b
    a::c

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

     Running tests/merkle.rs (target/debug/deps/merkle-00bb)

running 1 test
test a::b ... FAILED

failures:

---- a::b stdout ----
test a::z ... ok

failures:
    a::b

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests cretula_tlog

running 1 test
test crates/tlog/src/lib.rs - test (line 3) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
",
        );
        let expected = [
            ("cretula-tlog::lib::a::b", Ending::Ok),
            ("cretula-tlog::lib::a::c", Ending::Ok),
            ("cretula-tlog::lib::slow", Ending::Ignored),
            ("cretula-tlog::merkle::a::b", Ending::Failed),
            ("cretula-tlog::doc::crates/tlog/src/lib.rs - test (line 3)", Ending::Ok),
        ];
        assert_eq!(tests, expected.map(|(name, ending)| (name.to_owned(), ending, 0)));
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn what_tests_say_is_shown_and_skips_are_kept() {
        let (tests, shown, _) = read(
            "
     Running tests/merkle.rs (target/debug/deps/merkle-00bb)
test a ... ok
test b ... ok

successes:

---- a stdout ----
12 trees
SKIPPED: no node


successes:
    a
    b

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
",
        );
        let counted = [("a", 1), ("b", 0)];
        let expected =
            counted.map(|(name, skips)| (format!("cretula-tlog::merkle::{name}"), Ending::Ok, skips));
        assert_eq!(tests, expected);
        assert!(shown.contains(&"  a: 12 trees".to_owned()));
        assert!(!shown.iter().any(|line| line.contains("successes")));
    }

    #[test]
    fn tests_may_write_into_the_lines() {
        let (tests, _, problems) = read(
            "
     Running tests/merkle.rs (target/debug/deps/merkle-00bb)
test a ... 12 seeds
SKIPPED: no vectors
ok
14 seedstest b ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
",
        );
        let names = ["a", "b"].map(|name| (format!("cretula-tlog::merkle::{name}"), Ending::Ok, 1));
        assert_eq!(tests, names);
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn lost_tests_and_unknown_programs_are_noticed() {
        let lost = "     Running tests/merkle.rs (target/debug/deps/merkle-00bb)\ntest result: ok. 2 passed; 0 failed";
        assert_eq!(read(lost).2.len(), 1);
        let unknown = "     Running tests/other.rs (target/debug/deps/other-00cc)\ntest a ... ok";
        let (tests, _, problems) = read(unknown);
        assert_eq!((tests.len(), problems.len()), (0, 1));
    }
}
