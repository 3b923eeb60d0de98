//! From the linked core module to the component, and back to the module inside it.

use anyhow::{Context, Result, bail};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use super::custom;

/// Makes the component. Names and producers are removed; the type that wit-bindgen left in the module becomes the component's.
///
/// # Errors
/// If the module carries no component type or cannot be encoded.
pub(super) fn encode(named: &[u8]) -> Result<Vec<u8>> {
    let module = custom::strip(named, |section| section.starts_with("component-type"))?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .context("the linked module carries no component type")?
        .encode()
        .context("the module cannot be encoded as a component")?;
    custom::strip(&component, |_| false)
}

/// The core module inside a component, byte for byte.
///
/// # Errors
/// Unless there is exactly one module. (The components inside a component only name the types of an interface.)
pub(super) fn inner_module(component: &[u8]) -> Result<&[u8]> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload? {
            found.push(usize::try_from(unchecked_range.start)?..usize::try_from(unchecked_range.end)?);
        }
    }
    let [range] = found.as_slice() else {
        bail!("one module in the component was expected, found {}", found.len());
    };
    component.get(range.clone()).context("the module lies outside of the component")
}
