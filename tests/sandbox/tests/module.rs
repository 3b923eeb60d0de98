//! The built files: what they import, export and contain.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails"
)]

use cretula::MODULE_SHA256;
use cretula_sandbox_tests::{CoreEngine, Engine as _, built, demo_request, repository};
use wasmparser::{Parser, Payload};

fn exports(core: &[u8]) -> String {
    let mut lines = Vec::new();
    for payload in Parser::new(0).parse_all(core) {
        let Payload::ExportSection(section) = payload.unwrap() else { continue };
        for export in section {
            let export = export.unwrap();
            lines.push(format!("{} {}\n", format!("{:?}", export.kind).to_ascii_lowercase(), export.name));
        }
    }
    lines.sort();
    lines.concat()
}

#[test]
fn nothing_is_imported() {
    for name in ["cretula.wasm", "cretula.core.wasm"] {
        let file = built(name).unwrap();
        let (mut sections, mut depth) = (0, 0);
        for payload in Parser::new(0).parse_all(&file) {
            sections += 1;
            match payload.unwrap() {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                // The core module inside of the component must not import either; a component that only gives types
                // their names may be told them by the outer one.
                Payload::ImportSection(section) => assert_eq!(section.count(), 0, "{name}"),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    assert_eq!(section.count(), 0, "{name}")
                }
                _ => {}
            }
        }
        assert!(sections > 5, "{name} was not parsed");
    }
}

fn imports(core: &[u8]) -> String {
    let mut lines = Vec::new();
    for payload in Parser::new(0).parse_all(core) {
        let Payload::ImportSection(section) = payload.unwrap() else { continue };
        for import in section.into_imports() {
            let import = import.unwrap();
            lines.push(format!("{} {}\n", import.module, import.name));
        }
    }
    lines.concat()
}

#[test]
fn the_imports_are_those_of_the_checked_in_list() {
    let listed = std::fs::read_to_string(repository().join("tests/sandbox/imports.txt")).unwrap();
    assert_eq!(imports(&built("cretula.core.wasm").unwrap()), listed);
    assert_eq!(listed, "", "the module imports nothing");
}

#[test]
fn the_exports_are_those_of_the_checked_in_list() {
    let listed = std::fs::read_to_string(repository().join("tests/sandbox/exports.txt")).unwrap();
    assert_eq!(exports(&built("cretula.core.wasm").unwrap()), listed);
}

#[test]
fn the_component_holds_the_core_module_unchanged() {
    let component = built("cretula.wasm").unwrap();
    let core = built("cretula.core.wasm").unwrap();
    assert!(component.windows(core.len()).any(|window| window == core));
}

#[test]
fn the_host_embeds_the_component_that_was_built() {
    assert!(cretula::module_bytes() == built("cretula.wasm").unwrap());
    assert_eq!(MODULE_SHA256.len(), 64);
}

#[test]
fn the_interfaces_are_those_of_the_wit_folder() {
    let (resolve, world) = match wit_component::decode(&built("cretula.wasm").unwrap()).unwrap() {
        wit_component::DecodedWasm::Component(resolve, world) => (resolve, world),
        wit_component::DecodedWasm::WitPackage(..) => panic!("not a component"),
    };
    let mut source = wit_parser::Resolve::default();
    let (package, _) = source.push_dir(repository().join("wit")).unwrap();
    let source_world = source.select_world(&[package], Some("module")).unwrap();
    assert!(resolve.worlds[world].imports.is_empty());
    let names = |resolve: &wit_parser::Resolve, world: wit_parser::WorldId| {
        let mut functions = Vec::new();
        for item in resolve.worlds[world].exports.values() {
            let wit_parser::WorldItem::Interface { id, .. } = item else { panic!("exports are interfaces") };
            let interface = resolve.id_of(*id).unwrap();
            for function in resolve.interfaces[*id].functions.values() {
                functions.push(format!("{interface}#{} {}", function.name, function.params.len()));
            }
            for (name, kind) in &resolve.interfaces[*id].types {
                functions.push(format!("{interface}.{name} {:?}", shape(resolve, *kind)));
            }
        }
        functions.sort();
        functions
    };
    let built = names(&resolve, world);
    assert_eq!(built, names(&source, source_world));
    assert!(built.len() > 30, "{built:?}");
}

/// Names of fields and cases: what a caller sees of a type.
fn shape(resolve: &wit_parser::Resolve, id: wit_parser::TypeId) -> Vec<String> {
    match &resolve.types[id].kind {
        wit_parser::TypeDefKind::Record(record) => {
            record.fields.iter().map(|field| field.name.clone()).collect()
        }
        wit_parser::TypeDefKind::Variant(variant) => {
            variant.cases.iter().map(|case| case.name.clone()).collect()
        }
        wit_parser::TypeDefKind::Enum(cases) => cases.cases.iter().map(|case| case.name.clone()).collect(),
        wit_parser::TypeDefKind::Flags(_) => panic!("no flags"),
        _ => Vec::new(),
    }
}

#[test]
fn every_item_of_the_contract_is_documented_and_dated() {
    for file in ["verification.wit", "portable.wit", "world.wit"] {
        let text = std::fs::read_to_string(repository().join("wit").join(file)).unwrap();
        let mut before: Vec<&str> = Vec::new();
        for line in text.lines().map(str::trim) {
            let starts_item = ["interface ", "record ", "variant ", "enum ", "world "]
                .iter()
                .any(|word| line.starts_with(word))
                || (line.contains(": func(") && !line.starts_with("///"));
            if starts_item {
                assert!(
                    before.iter().any(|line| line.starts_with("///")),
                    "{file}: {line} has no documentation"
                );
                assert!(before.iter().any(|line| line.starts_with("@since")), "{file}: {line} has no @since");
            }
            let continues = line.starts_with("///") || line.starts_with("@since");
            if continues { before.push(line) } else { before.clear() }
        }
    }
}

#[test]
fn a_real_bundle_is_verified_by_the_core_module() {
    let mut core = CoreEngine::new(&built("cretula.core.wasm").unwrap()).unwrap();
    let reply = String::from_utf8(core.verify(&demo_request().unwrap()).unwrap()).unwrap();
    assert!(reply.contains(r#""verdict":"verified""#), "{reply}");
}
