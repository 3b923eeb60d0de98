//! Counts of tests, read from what test runners print.

use serde::{Deserialize, Serialize};

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// As expected.
    pub(crate) passed: u64,
    /// Otherwise.
    pub(crate) failed: u64,
    /// Not run.
    pub(crate) skipped: u64,
}

impl Count {
    /// Adds another count.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
        self.skipped = self.skipped.saturating_add(other.skipped);
    }

    /// Reads the closing line of one test program of `cargo test`, or of one of our runners (`N passed, N failed`).
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let counts = match line.strip_prefix("test result: ") {
            Some(rest) => rest.split_once(". ").map(|(_, counts)| counts)?,
            None => line.starts_with(|first: char| first.is_ascii_digit()).then_some(line)?,
        };
        let mut count = Self::default();
        let mut known = 0_u32;
        for part in counts.split([',', ';']) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse() else { continue };
            match what {
                "passed" => count.passed = number,
                "failed" => count.failed = number,
                "ignored" | "skipped" => count.skipped = number,
                _ => continue,
            }
            known = known.saturating_add(1);
        }
        (known >= 2).then_some(count)
    }

    /// The plain closing line.
    pub(crate) fn line(self) -> String {
        let mut line = format!("{} passed, {} failed", self.passed, self.failed);
        if self.skipped > 0 {
            line.push_str(&format!(", {} skipped", self.skipped));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn closing_lines_are_read() {
        let cargo =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(Count::of_line(cargo), Some(Count { passed: 12, failed: 0, skipped: 1 }));
        assert_eq!(Count::of_line("3 passed, 1 failed"), Some(Count { passed: 3, failed: 1, skipped: 0 }));
        for other in ["running 3 tests", "test a ... ok", "3 passed", ""] {
            assert_eq!(Count::of_line(other), None);
        }
    }

    #[test]
    fn own_line_is_read_back() {
        let count = Count { passed: 5, failed: 0, skipped: 2 };
        assert_eq!(Count::of_line(&count.line()), Some(count));
    }
}
