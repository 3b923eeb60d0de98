//! What the built files promise: no imports, the listed exports, WebAssembly 2.0, no floats.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, bail};
use wasmparser::{FunctionBody, Parser, Payload, ValType, Validator, WasmFeatures};

use super::{Built, compose, size};
use crate::{root::Root, say};

/// The checked-in list of exports of the core module.
const EXPORTS: &str = "tests/sandbox/exports.txt";

/// What the signer imports, in order of the names.
const SIGNER_IMPORTS: [&str; 2] = ["cretula:core/keys@1.0.0", "cretula:core/services@1.0.0"];

/// Checks the files.
///
/// # Errors
/// Names the first promise that is broken.
pub(super) fn check(root: &Root, built: &Built) -> Result<()> {
    check_imports(&built.component)?;
    check_exports(root, &built.core)?;
    check_signer(built)?;
    check_features(built)?;
    say::line("imports 0, exports as listed, WebAssembly 2.0 without floats");
    say::line(
        "signer: imports keys and services, exports all of the module and attestor, holds it unchanged",
    );
    Ok(())
}

/// Counts the imports of the component itself and of every module in it.
///
/// The components inside only name the types and functions of an exported interface; what they "import" is what the
/// outer component hands to them.
fn check_imports(component: &[u8]) -> Result<()> {
    let mut names = Vec::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        if let Payload::Version { .. } = payload {
            depth = depth.saturating_add(1);
        } else if let Payload::End(_) = payload {
            depth = depth.saturating_sub(1);
        } else if let Payload::ImportSection(section) = payload {
            for import in section.into_imports() {
                let import = import?;
                names.push(format!("{}#{}", import.module, import.name));
            }
        } else if let (Payload::ComponentImportSection(section), 1) = (payload, depth) {
            for import in section {
                names.push(import?.name.name.to_owned());
            }
        }
    }
    if !names.is_empty() {
        bail!("the module must import nothing, but imports {}", names.join(", "));
    }
    Ok(())
}

/// The signer imports two interfaces, exports what the module exports and one more, and holds the module byte for byte.
fn check_signer(built: &Built) -> Result<()> {
    let imports = compose::imports(&built.signer)?;
    if imports != SIGNER_IMPORTS {
        bail!("the signer must import {SIGNER_IMPORTS:?}, but imports {imports:?}");
    }
    let mut expected = compose::exports(&built.component)?;
    expected.push(compose::ATTESTOR.to_owned());
    expected.sort();
    let exports = compose::exports(&built.signer)?;
    if exports != expected {
        bail!("the signer must export {expected:?}, but exports {exports:?}");
    }
    let nested = compose::nested(&built.signer)?;
    if nested.iter().filter(|nested| **nested == built.component).count() != 1 {
        bail!("the module is not one of the {} components in the signer", nested.len());
    }
    Ok(())
}

fn check_exports(root: &Root, core: &[u8]) -> Result<()> {
    let found = exports(core)?;
    let path = root.join(EXPORTS);
    let listed = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    if listed != found {
        bail!("the exports of the core module differ from {EXPORTS}; found:\n{found}");
    }
    Ok(())
}

/// The exports of a core module, one a line, in order of their names.
fn exports(core: &[u8]) -> Result<String> {
    let mut lines = Vec::new();
    for payload in Parser::new(0).parse_all(core) {
        if let Payload::ExportSection(section) = payload? {
            for export in section {
                let export = export?;
                lines.push(format!(
                    "{} {}\n",
                    format!("{:?}", export.kind).to_ascii_lowercase(),
                    export.name
                ));
            }
        }
    }
    lines.sort();
    Ok(lines.concat())
}

/// WebAssembly 2.0 without floating point.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2.difference(WasmFeatures::FLOATS)
}

fn check_features(built: &Built) -> Result<()> {
    let Err(error) = Validator::new_with_features(features()).validate_all(&built.core) else {
        return Ok(());
    };
    let floats = functions_with_floats(&built.named)?;
    bail!("not WebAssembly 2.0 without floats: {error}; functions with floats: {floats:?}")
}

/// Names of the functions that use floating point, with the first such instruction.
fn functions_with_floats(named: &[u8]) -> Result<BTreeMap<String, String>> {
    let names = size::function_names(named)?;
    let mut found = BTreeMap::new();
    for (index, body) in size::bodies(named)? {
        if let Some(operator) = first_float(&body)? {
            let name = names.get(&index).cloned().unwrap_or_else(|| format!("function {index}"));
            found.insert(name, operator);
        }
    }
    Ok(found)
}

fn first_float(body: &FunctionBody<'_>) -> Result<Option<String>> {
    for local in body.get_locals_reader()? {
        let (_, kind) = local?;
        if matches!(kind, ValType::F32 | ValType::F64) {
            return Ok(Some("local".to_owned()));
        }
    }
    for operator in body.get_operators_reader()? {
        let text = format!("{:?}", operator?);
        if text.starts_with("F32") || text.starts_with("F64") {
            return Ok(Some(text));
        }
    }
    Ok(None)
}
