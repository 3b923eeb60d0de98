//! The built files: what they import, export and contain.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails"
)]

use cretula::MODULE_SHA256;
use cretula_sandbox_tests::{CoreEngine, Engine as _, announce, built, demo_request, repository};
use wasmparser::{Parser, Payload};
use wit_parser::{FunctionKind, Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem};

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

/// The interfaces of a built component.
fn decoded(name: &str) -> (Resolve, WorldId) {
    match wit_component::decode(&built(name).unwrap()).unwrap() {
        wit_component::DecodedWasm::Component(resolve, world) => (resolve, world),
        wit_component::DecodedWasm::WitPackage(..) => panic!("not a component"),
    }
}

#[test]
fn the_interfaces_are_those_of_the_wit_folder() {
    let (built, world) = decoded("cretula.wasm");
    assert!(built.worlds[world].imports.is_empty());
    let (source, source_world) = wit(&[], "module");
    let (built, listed) = (contract(&built, world), contract(&source, source_world));
    assert_eq!(built, listed);
    let count = |word: &str| listed.iter().filter(|line| line.contains(word)).count();
    let counts = (count(": func("), count(" = record "), count(" = variant ") + count(" = enum "));
    announce(&format!(
        "equal: {} functions, {} records, {} variants and enums",
        counts.0, counts.1, counts.2
    ));
    assert!(counts.0 >= 16 && counts.1 >= 35 && counts.2 >= 7, "{listed:#?}");
}

#[test]
fn the_signer_is_the_world_of_the_wit_folder() {
    let (built, world) = decoded("cretula-signer.wasm");
    let (source, source_world) = wit(&[], "signer");
    assert_eq!(contract(&built, world), contract(&source, source_world));
    let imports: Vec<_> = built.worlds[world].imports.keys().map(|name| built.name_world_key(name)).collect();
    assert_eq!(imports, ["cretula:core/keys@1.0.0", "cretula:core/services@1.0.0"]);
}

#[test]
fn the_signer_holds_the_component_unchanged() {
    let (signer, component) = (built("cretula-signer.wasm").unwrap(), built("cretula.wasm").unwrap());
    let (mut depth, mut nested) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(&signer) {
        match payload.unwrap() {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentSection { unchecked_range, .. } if depth == 1 => {
                let range = usize::try_from(unchecked_range.start).unwrap()
                    ..usize::try_from(unchecked_range.end).unwrap();
                nested.push(signer[range] == component[..]);
            }
            _ => {}
        }
    }
    nested.sort_unstable();
    assert_eq!(nested, [false, true], "the adapter and the module");
}

/// What the comparison would not see is found here: each change of one word changes the description.
#[test]
fn a_changed_type_of_the_wit_folder_is_noticed() {
    let (source, world) = wit(&[], "signer");
    let listed = contract(&source, world);
    for (old, new) in [
        ("value: string,", "value: list<u8>,"),
        ("value: string,", "value: option<string>,"),
        ("not-before: string,", "not-before: option<string>,"),
        ("checks: list<check>,", "checks: list<claim>,"),
        ("index: option<u32>,", "index: option<u64>,"),
        ("    refused,", "    denied,"),
        ("bytes(list<u8>),", "bytes(string),"),
        ("bytes(list<u8>),", "bytes,"),
        ("-> result<report, failure>", "-> result<report, string>"),
        ("-> result<report, failure>", "-> result<option<report>, failure>"),
        ("verify: func(request: list<u8>)", "verify: func(asked: list<u8>)"),
        ("version: func() -> list<u8>", "version: func() -> string"),
        ("claims: option<list<u8>>,", "claims: list<u8>,"),
        ("id: u64,", "id: u32,"),
        ("throttled(option<u32>),", "throttled(u32),"),
        ("sign: func(message: list<u8>)", "sign: func(digest: list<u8>)"),
        ("resource transparency-log {", "resource transparency-log {\nerase: func();"),
        ("-> result<finished, failure>", "-> result<finished, string>"),
        ("    denied,", "    refused,"),
    ] {
        let (changed, world) = wit(&[(old, new)], "signer");
        assert_ne!(contract(&changed, world), listed, "{old} became {new}");
    }
}

/// Every file of the contract.
fn wit_files() -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(repository().join("wit"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wit"))
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() >= 8, "{files:?}");
    files
}

/// A world of the folder, after replacements in its text, each of which must change something.
fn wit(changes: &[(&str, &str)], world: &str) -> (Resolve, WorldId) {
    let mut group = wit_parser::SourceMap::default();
    let mut changed = false;
    for (file, mut text) in wit_files() {
        for (old, new) in changes {
            changed |= text.contains(old);
            text = text.replace(old, new);
        }
        group.push(std::path::Path::new(&file), text);
    }
    assert_ne!(changed, changes.is_empty(), "{changes:?} are not in the folder");
    let mut resolve = Resolve::default();
    let package = resolve.push_group(group.parse().map_err(|error| error.1).unwrap()).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    (resolve, world)
}

/// Each function and type, exported or imported, with all of its parts, one a line.
fn contract(resolve: &Resolve, world: WorldId) -> Vec<String> {
    let world = &resolve.worlds[world];
    let imports = world.imports.values().map(|item| ("import", item));
    let exports = world.exports.values().map(|item| ("export", item));
    let mut lines = Vec::new();
    for (way, item) in imports.chain(exports) {
        let WorldItem::Interface { id, .. } = item else { panic!("a world has interfaces only") };
        let interface = resolve.id_of(*id).unwrap();
        for function in resolve.interfaces[*id].functions.values() {
            let parameters = function.params.iter().map(|parameter| (&parameter.name, Some(&parameter.ty)));
            let parameters = parts(resolve, parameters);
            let result =
                function.result.as_ref().map_or("nothing".to_owned(), |result| named(resolve, result));
            assert!(
                matches!(function.kind, FunctionKind::Freestanding | FunctionKind::Method(_)),
                "{interface}#{} is asynchronous, static or a constructor",
                function.name
            );
            lines.push(format!("{way} {interface}#{}: func({parameters}) -> {result}", function.name));
        }
        for (name, id) in &resolve.interfaces[*id].types {
            lines.push(format!("{way} {interface}.{name} = {}", definition(resolve, *id)));
        }
    }
    lines.sort();
    lines
}

/// A type as it stands in another one: by its interface and name if it has one, else by its definition.
fn named(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else { return format!("{ty:?}").to_ascii_lowercase() };
    let definition_of = &resolve.types[*id];
    match (&definition_of.name, definition_of.owner) {
        (Some(name), TypeOwner::Interface(interface)) => {
            format!("{}.{name}", resolve.id_of(interface).unwrap())
        }
        (Some(name), TypeOwner::World(_) | TypeOwner::None) => panic!("{name} is in no interface"),
        (None, _) => definition(resolve, *id),
    }
}

fn definition(resolve: &Resolve, id: TypeId) -> String {
    let maybe = |ty: &Option<Type>| ty.as_ref().map_or("_".to_owned(), |ty| named(resolve, ty));
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| (&field.name, Some(&field.ty)));
            format!("record {{{}}}", parts(resolve, fields))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| (&case.name, case.ty.as_ref()));
            format!("variant {{{}}}", parts(resolve, cases))
        }
        TypeDefKind::Enum(cases) => {
            format!("enum {{{}}}", parts(resolve, cases.cases.iter().map(|case| (&case.name, None))))
        }
        TypeDefKind::Option(ty) => format!("option<{}>", named(resolve, ty)),
        TypeDefKind::List(ty) => format!("list<{}>", named(resolve, ty)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", maybe(&result.ok), maybe(&result.err)),
        TypeDefKind::Tuple(tuple) => {
            let types: Vec<String> = tuple.types.iter().map(|ty| named(resolve, ty)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        TypeDefKind::Type(ty) => named(resolve, ty),
        TypeDefKind::Resource => "resource".to_owned(),
        TypeDefKind::Handle(Handle::Own(id)) => format!("own<{}>", named(resolve, &Type::Id(*id))),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", named(resolve, &Type::Id(*id))),
        other => panic!("the contract has no {}", other.as_str()),
    }
}

/// Names with their types, in their order, which belongs to the contract.
fn parts<'a>(resolve: &Resolve, parts: impl Iterator<Item = (&'a String, Option<&'a Type>)>) -> String {
    let part = |(name, ty): (&String, Option<&Type>)| match ty {
        Some(ty) => format!("{name}: {}", named(resolve, ty)),
        None => name.clone(),
    };
    parts.map(part).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_item_of_the_contract_is_documented_and_dated() {
    for (file, text) in wit_files() {
        let mut before: Vec<&str> = Vec::new();
        for line in text.lines().map(str::trim) {
            let starts_item = ["interface ", "record ", "variant ", "enum ", "resource ", "world "]
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
