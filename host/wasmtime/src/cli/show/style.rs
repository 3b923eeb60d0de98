//! Paint for terminals. Colour carries no meaning: the words say everything.

use anstyle::{AnsiColor, Style};

/// Whether to paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Colour,
}

/// Paints words, or leaves them alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Painter(Paint);

impl Painter {
    /// A painter.
    pub(crate) const fn new(paint: Paint) -> Self {
        Self(paint)
    }

    /// A good outcome.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    /// A bad outcome.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    /// A remark.
    pub(crate) fn remark(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    /// A heading.
    pub(crate) fn heading(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// What matters less.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    fn paint(self, style: Style, text: &str) -> String {
        match self.0 {
            Paint::Plain => text.to_owned(),
            Paint::Colour => format!("{style}{text}{style:#}"),
        }
    }
}
