//! The signer: the module, unchanged, and the adapter that takes its steps.

use anyhow::{Context, Result};
use wac_graph::{CompositionGraph, EncodeOptions, PackageId, types::Package};
use wasmparser::{Parser, Payload};

/// What the adapter exports.
pub(super) const ATTESTOR: &str = "cretula:core/attestor@1.0.0";

/// Composes both components: what the adapter wants and the module has comes from the module, the rest is imported.
/// Everything that the module exports is exported again, so its types are named for what the adapter exports.
///
/// # Errors
/// If one of them is no component, or their types do not fit.
pub(super) fn compose(module: &[u8], adapter: &[u8]) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let inner = register(&mut graph, "cretula:module", module)?;
    let outer = register(&mut graph, "cretula:adapter", adapter)?;
    let offered: Vec<String> = graph.types()[graph[inner].ty()].exports.keys().cloned().collect();
    let wanted: Vec<String> = graph.types()[graph[outer].ty()].imports.keys().cloned().collect();
    let (inner, outer) = (graph.instantiate(inner), graph.instantiate(outer));
    for name in offered {
        let export = graph.alias_instance_export(inner, &name)?;
        graph.export(export, &name)?;
        if wanted.contains(&name) {
            graph.set_instantiation_argument(outer, &name, export)?;
        }
    }
    let attestor = graph.alias_instance_export(outer, ATTESTOR)?;
    graph.export(attestor, ATTESTOR)?;
    let options = EncodeOptions { define_components: true, validate: true, processor: None };
    let composed = graph.encode(options).context("module and adapter do not fit together")?;
    super::custom::strip(&composed, |_| false)
}

fn register(graph: &mut CompositionGraph, name: &str, component: &[u8]) -> Result<PackageId> {
    let package = Package::from_bytes(name, None, component.to_vec(), graph.types_mut())?;
    Ok(graph.register_package(package)?)
}

/// Names that a component imports, sorted. What the components inside import is what the outer one hands to them.
///
/// # Errors
/// If the component cannot be read.
pub(super) fn imports(component: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in outer(component)? {
        if let Payload::ComponentImportSection(section) = payload {
            for import in section {
                names.push(import?.name.name.to_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Names that a component exports, sorted.
///
/// # Errors
/// If the component cannot be read.
pub(super) fn exports(component: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in outer(component)? {
        if let Payload::ComponentExportSection(section) = payload {
            for export in section {
                names.push(export?.name.name.to_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}

/// The components that lie directly in a component, byte for byte.
///
/// # Errors
/// If the component cannot be read.
pub(super) fn nested(component: &[u8]) -> Result<Vec<&[u8]>> {
    let mut found = Vec::new();
    for payload in outer(component)? {
        if let Payload::ComponentSection { unchecked_range, .. } = payload {
            let range = usize::try_from(unchecked_range.start)?..usize::try_from(unchecked_range.end)?;
            found.push(component.get(range).context("a component lies outside of its parent")?);
        }
    }
    Ok(found)
}

/// Sections of the component itself, without those of what lies in it.
fn outer(component: &[u8]) -> Result<Vec<Payload<'_>>> {
    let (mut payloads, mut depth) = (Vec::new(), 0_u32);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        if matches!(payload, Payload::Version { .. }) {
            depth = depth.saturating_add(1);
        } else if matches!(payload, Payload::End(_)) {
            depth = depth.saturating_sub(1);
        } else if depth == 1 {
            payloads.push(payload);
        }
    }
    Ok(payloads)
}
