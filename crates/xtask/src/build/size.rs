//! Sizes of the built files, their budget, and where the bytes come from.

use std::{collections::BTreeMap, fs, io::Write};

use anyhow::{Context, Result, bail};
use brotli::{CompressorWriter, enc::BrotliEncoderParams};
use wasmparser::{FunctionBody, KnownCustom, Name, Parser, Payload};

use super::{Built, COMPONENT, CORE, sha256_hex};
use crate::{root::Root, say};

/// The checked-in budget of the component.
const BUDGET: &str = "crates/component/size-budget.json";

/// Prints sizes and digests and compares those of the component with the budget.
///
/// # Errors
/// If the component is larger than its budget.
pub(super) fn check(root: &Root, built: &Built) -> Result<()> {
    let budget = budget(root)?;
    let raw = built.component.len();
    let packed = brotli(&built.component)?;
    print(COMPONENT, raw, packed, &built.component);
    print(CORE, built.core.len(), brotli(&built.core)?, &built.core);
    for (what, size) in [("raw", raw), ("brotli", packed)] {
        let limit = *budget.get(what).with_context(|| format!("{BUDGET} has no member {what}"))?;
        if size > limit {
            bail!("{COMPONENT} has {size} bytes ({what}), {BUDGET} allows {limit}");
        }
    }
    Ok(())
}

fn print(name: &str, raw: usize, packed: usize, content: &[u8]) {
    say::line(&format!("{name}: {raw} bytes, brotli {packed}, sha256 {}", sha256_hex(content)));
}

#[expect(clippy::disallowed_methods, reason = "a checked-in file of this repository")]
fn budget(root: &Root) -> Result<BTreeMap<String, usize>> {
    let text = fs::read_to_string(root.join(BUDGET)).with_context(|| format!("cannot read {BUDGET}"))?;
    serde_json::from_str(&text).with_context(|| format!("{BUDGET} is not an object of numbers"))
}

/// Length after brotli with quality 11.
fn brotli(content: &[u8]) -> Result<usize> {
    let parameters = BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    let mut writer = CompressorWriter::with_params(Vec::new(), 1 << 16, &parameters);
    writer.write_all(content)?;
    Ok(writer.into_inner().len())
}

/// Prints the bytes of code per crate, largest first.
///
/// # Errors
/// If the module cannot be read.
pub(super) fn print_by_crate(named: &[u8]) -> Result<()> {
    let names = function_names(named)?;
    let mut sizes = BTreeMap::<String, usize>::new();
    for (index, body) in bodies(named)? {
        let name = names.get(&index).map_or("?", |name| crate_of(name));
        let size = sizes.entry(name.to_owned()).or_default();
        *size = size.saturating_add(body.as_bytes().len());
    }
    let mut rows: Vec<_> = sizes.into_iter().collect();
    rows.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in rows {
        say::line(&format!("{size:>9}  {name}"));
    }
    Ok(())
}

/// The crate in a demangled function name.
fn crate_of(name: &str) -> &str {
    let start =
        name.trim_start_matches(['<', '&', '[', '(']).trim_start_matches("mut ").trim_start_matches("dyn ");
    start.split_once("::").map_or("?", |(first, _)| first)
}

/// Function names by index, from the name section.
///
/// # Errors
/// If the module cannot be read.
pub(super) fn function_names(named: &[u8]) -> Result<BTreeMap<u32, String>> {
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(named) {
        let Payload::CustomSection(section) = payload? else { continue };
        let KnownCustom::Name(subsections) = section.as_known() else { continue };
        for subsection in subsections {
            let Name::Function(functions) = subsection? else { continue };
            for naming in functions {
                let naming = naming?;
                names.insert(naming.index, naming.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// Function bodies by index. The module imports nothing, so the first body has index 0.
///
/// # Errors
/// If the module cannot be read.
pub(super) fn bodies(named: &[u8]) -> Result<Vec<(u32, FunctionBody<'_>)>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(named) {
        if let Payload::CodeSectionEntry(body) = payload? {
            found.push((u32::try_from(found.len())?, body));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::crate_of;

    #[test]
    fn the_crate_is_the_first_path_segment() {
        assert_eq!(crate_of("<alloc::vec::Vec<T> as core::fmt::Debug>::fmt"), "alloc");
        assert_eq!(crate_of("cretula_verify::portable::verify"), "cretula_verify");
        assert_eq!(crate_of("memcpy"), "?");
    }
}
