//! Output of the commands. Nothing else in this program prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

/// Prints one line of a result.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Prints the headline of a step.
pub(crate) fn headline(text: &str) {
    println!("\n== {text}");
}

/// Prints why a command failed.
pub(crate) fn problem(text: &str) {
    eprintln!("error: {text}");
}
