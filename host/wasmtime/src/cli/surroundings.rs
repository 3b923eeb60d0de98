//! What the command takes from its surroundings: the clock, the terminal, and `NO_COLOR`. Nowhere else are they read.

use std::io::{self, IsTerminal as _, Write as _};

use super::{
    outcome::Exit,
    show::style::{Paint, Painter},
};

/// The present time in Unix seconds; `None` if the clock stands before 1970.
#[expect(clippy::disallowed_types, reason = "the one place where the command reads the clock")]
pub(crate) fn now() -> Option<u64> {
    use std::time::SystemTime;
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok().map(|elapsed| elapsed.as_secs())
}

/// A variable of the environment. Which ones there are stands where it is called: those of token endpoints, passphrases
/// and transit engines, and no others.
pub(crate) fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Result and diagnostics of the process.
#[derive(Debug)]
pub(crate) struct Output {
    result: Paint,
    diagnostics: Paint,
    failed: bool,
}

impl Output {
    /// Standard output and standard error; colour only on a terminal and without `NO_COLOR`.
    pub(crate) fn of_process() -> Self {
        let paint = |terminal: bool| if terminal && colour_admitted() { Paint::Colour } else { Paint::Plain };
        Self {
            result: paint(io::stdout().is_terminal()),
            diagnostics: paint(io::stderr().is_terminal()),
            failed: false,
        }
    }

    /// How results are painted.
    pub(crate) const fn painter(&self) -> Painter {
        Painter::new(self.result)
    }

    /// How diagnostics are painted.
    pub(crate) const fn diagnostics(&self) -> Painter {
        Painter::new(self.diagnostics)
    }

    /// Writes the result.
    pub(crate) fn result(&mut self, text: &[u8]) {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text).and_then(|()| stdout.flush());
        // A reader that has seen enough, such as `head`, is no failure.
        self.failed |= written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    }

    /// Writes to standard error; that nobody reads it changes nothing.
    pub(crate) fn note(&self, text: &str) {
        drop(io::stderr().lock().write_all(text.as_bytes()));
    }

    /// A result that could not be written is no success.
    pub(crate) fn finish(&self, exit: Exit) -> Exit {
        if self.failed && exit == Exit::Success {
            self.note("cretula: the result could not be written\n");
            return Exit::Internal;
        }
        exit
    }
}

/// <https://no-color.org>: set and not empty.
fn colour_admitted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
