//! Sizes of the built files, their budget, and where the bytes come from.

use std::{collections::BTreeMap, fs, io::Write};

use anyhow::{Context, Result, bail};
use brotli::{CompressorWriter, enc::BrotliEncoderParams};
use wasmparser::{FunctionBody, KnownCustom, Name, Parser, Payload};

use super::{Built, COMPONENT, CORE, SIGNER, sha256_hex};
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
    print(SIGNER, built.signer.len(), brotli(&built.signer)?, &built.signer);
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

/// The crate in a mangled function name: the first path segment, also of the type that a trait is implemented for.
fn crate_of(name: &str) -> &str {
    if let Some(path) = name.strip_prefix("_ZN") {
        let segment = path.trim_start_matches(|character: char| character.is_ascii_digit());
        return first_word(segment);
    }
    if name.starts_with("_R") {
        // A crate root is `C`, a disambiguator `s…_`, the length of its name, and its name.
        let root = name.split_once("Cs").and_then(|(_, rest)| rest.split_once('_')).map(|(_, rest)| rest);
        let named = root.map(|rest| rest.trim_start_matches(|character: char| character.is_ascii_digit()));
        return named.map_or("?", first_word);
    }
    if name.contains("cretula:core") || name.starts_with("cabi_") { "cretula_component" } else { "?" }
}

/// The first word that is no piece of escaped punctuation.
fn first_word(segment: &str) -> &str {
    let mut rest = segment;
    loop {
        rest = rest.trim_start_matches(['_', '.', ' ']);
        match rest.strip_prefix('$').and_then(|escape| escape.split_once('$')) {
            Some((_, after)) => rest = after,
            None => break,
        }
    }
    let end = rest.find(|character: char| {
        !(character.is_ascii_lowercase() || character == '_' || character.is_ascii_digit())
    });
    let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or("?");
    // Lengths of further segments follow without a separator: `core3fmt` is `core`.
    let known = ["alloc", "core", "std", "dlmalloc", "compiler_builtins"];
    known.into_iter().find(|known| word.starts_with(known)).unwrap_or_else(|| cut_at_length(word))
}

/// Cuts where a decimal length and another word follow.
fn cut_at_length(word: &str) -> &str {
    let known = ["p256", "p384", "p521", "sha1", "sha2", "ed25519_dalek", "curve25519_dalek"];
    if let Some(known) = known.into_iter().find(|known| word.starts_with(known)) {
        return known;
    }
    word.split(|character: char| character.is_ascii_digit())
        .next()
        .filter(|word| !word.is_empty())
        .unwrap_or("?")
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
        for (name, expected) in [
            ("_ZN14cretula_verify8verifier7attempt7Attempt3run17h810627e5b9ba13fcE", "cretula_verify"),
            ("_ZN134_$LT$primeorder..point_arithmetic..Equation$u20$as$u20$x..Y$GT$10add17h0E", "primeorder"),
            ("_ZN152_$LT$p521..arithmetic..Loose$u20$as$u20$core..ops..arith..Mul$GT$3mul17h0E", "p521"),
            ("_ZN4core3fmt5write17h0E", "core"),
            ("_RNvMs0_NtCsjqx8TIyZbP9_8dlmalloc8dlmallocINtB5_8Dlmalloc6malloc", "dlmalloc"),
            ("cabi_realloc", "cretula_component"),
        ] {
            assert_eq!(crate_of(name), expected, "{name}");
        }
    }
}
