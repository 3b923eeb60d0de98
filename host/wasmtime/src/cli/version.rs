//! `cretula --version`.

use cretula::MODULE_SHA256;

use super::{
    outcome::{Exit, Trouble},
    show::text::row,
    surroundings::Output,
    trust::EMBEDDED,
};

/// Version of the engine, as the workspace pins it.
const WASMTIME: &str = "48.0.8";

/// Prints what runs here.
///
/// # Errors
/// None at present; the signature is that of every command.
pub(crate) fn run(output: &mut Output) -> Result<Exit, Trouble> {
    let text = [
        format!("cretula {}\n", env!("CARGO_PKG_VERSION")),
        row("module", &format!("sha256:{MODULE_SHA256}")),
        row("contract", "cretula:core@1.0.0"),
        row("engine", &format!("wasmtime {WASMTIME}")),
        row("trusted roots", EMBEDDED),
    ]
    .concat();
    output.result(text.as_bytes());
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_the_pinned_one() {
        let workspace = include_str!("../../../../Cargo.toml");
        assert!(workspace.contains(&format!("wasmtime = {{ version = \"={WASMTIME}\"")), "{WASMTIME}");
    }
}
