//! Mutants of good bundles: bits of binary members, members taken from another bundle, removals and splices.
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use cretula_peers::{Part, Question};
use serde_json::Value;

use crate::inputs::Base;

/// Artifacts of bases are at most this long, in base64.
const MAX_ARTIFACT: usize = 1 << 16;

/// A mutant.
pub struct Mutant {
    /// Base, number and what was done.
    pub name: String,
    /// The request.
    pub request: Value,
    /// What part of a timestamp alone was changed.
    pub token_change: Option<Part>,
    /// Nothing but unread members of v2 entries was changed.
    pub v2_unread: bool,
}

/// SplitMix64: the same mutants everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| &from[self.below(from.len())])
    }
}

/// Whether mutants are made of an accepted input.
pub fn is_base(question: &Question) -> bool {
    question.artifact.as_ref().is_none_or(|artifact| artifact.len() <= MAX_ARTIFACT)
        && question.bundle.len() <= 1 << 18
}

/// The bundle of a request, as JSON.
///
/// # Errors
/// It is none.
pub fn bundle_of(request: &Value) -> Result<Value> {
    let text = request.get("bundle").and_then(Value::as_str).context("no bundle")?;
    Ok(serde_json::from_slice(&STANDARD.decode(text)?)?)
}

/// As many mutants as asked for, the bases in turn. Each base has its own sequence, so that a new base leaves those of
/// the others mostly as they were.
pub fn generate(bases: &[Base], count: usize) -> Vec<Mutant> {
    let mut sequences: Vec<_> = bases.iter().map(|base| Random(seed(&base.name))).collect();
    let mut mutants = Vec::with_capacity(count);
    while mutants.len() < count && !bases.is_empty() {
        for (base, random) in bases.iter().zip(&mut sequences) {
            if mutants.len() < count {
                mutants.extend(mutant(base, bases, random, mutants.len()));
            }
        }
    }
    mutants
}

/// FNV-1a of the name.
fn seed(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The next mutant of a base, if this attempt changed anything.
fn mutant(base: &Base, bases: &[Base], random: &mut Random, number: usize) -> Option<Mutant> {
    let mut bundle = base.bundle.clone();
    let what = mutate(&mut bundle, bases, random)?;
    (bundle != base.bundle).then_some(())?;
    let token_change = cretula_peers::token_change(&base.bundle, &bundle);
    let v2_unread = cretula_peers::differ_in_unread(&base.bundle, &bundle);
    let mut request = base.request.clone();
    request["bundle"] = Value::String(STANDARD.encode(bundle.to_string()));
    let name = format!("mutant {number} of {}: {what}", base.name);
    Some(Mutant { name, request, token_change, v2_unread })
}

fn mutate(bundle: &mut Value, bases: &[Base], random: &mut Random) -> Option<String> {
    let pointers = pointers(bundle);
    let binary: Vec<_> =
        pointers.iter().filter(|pointer| decoded(bundle, pointer).is_some()).cloned().collect();
    match random.below(10) {
        0..=3 => flip(bundle, random.pick(&binary)?, random),
        4..=5 => swap(bundle, random.pick(&pointers)?, bases, random),
        6 => remove(bundle, random.pick(&pointers)?),
        7 => splice(bundle, random.pick(&binary)?, bases, random),
        8 => edit_text(bundle, random.pick(&pointers)?, random),
        _ => repeat(bundle, random.pick(&pointers)?),
    }
}

/// Every place of a bundle but its root.
fn pointers(bundle: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), bundle)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                open.extend(members.iter().map(|(name, value)| (format!("{pointer}/{name}"), value)));
            }
            Value::Array(values) => {
                open.extend(values.iter().enumerate().map(|(at, value)| (format!("{pointer}/{at}"), value)));
            }
            _ => {}
        }
        if !pointer.is_empty() {
            found.push(pointer);
        }
    }
    found.sort();
    found
}

/// Members whose text is base64.
const BINARY: [&str; 11] = [
    "canonicalizedBody",
    "digest",
    "keyId",
    "payload",
    "rawBytes",
    "rootHash",
    "sig",
    "signature",
    "signedEntryTimestamp",
    "signedTimestamp",
    "hashes",
];

fn decoded(bundle: &Value, pointer: &str) -> Option<Vec<u8>> {
    let mut names = pointer.rsplit('/');
    let last = names.next()?;
    let name = if last.bytes().all(|byte| byte.is_ascii_digit()) { names.next()? } else { last };
    BINARY.contains(&name).then_some(())?;
    let bytes = STANDARD.decode(bundle.pointer(pointer)?.as_str()?).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

fn write(bundle: &mut Value, pointer: &str, bytes: &[u8]) -> Option<()> {
    *bundle.pointer_mut(pointer)? = Value::String(STANDARD.encode(bytes));
    Some(())
}

fn flip(bundle: &mut Value, pointer: &str, random: &mut Random) -> Option<String> {
    let mut bytes = decoded(bundle, pointer)?;
    let bit = random.below(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    write(bundle, pointer, &bytes)?;
    Some(format!("bit {bit} of {pointer}"))
}

fn swap(bundle: &mut Value, pointer: &str, bases: &[Base], random: &mut Random) -> Option<String> {
    let other = random.pick(bases)?;
    let value = other.bundle.pointer(pointer)?.clone();
    *bundle.pointer_mut(pointer)? = value;
    Some(format!("{pointer} of {}", other.name))
}

fn remove(bundle: &mut Value, pointer: &str) -> Option<String> {
    let (parent, last) = pointer.rsplit_once('/')?;
    match bundle.pointer_mut(parent)? {
        Value::Object(members) => drop(members.shift_remove(last)?),
        Value::Array(values) => drop(values.remove(last.parse().ok()?)),
        _ => return None,
    }
    Some(format!("without {pointer}"))
}

fn splice(bundle: &mut Value, pointer: &str, bases: &[Base], random: &mut Random) -> Option<String> {
    let mut bytes = decoded(bundle, pointer)?;
    let other = random.pick(bases)?;
    let foreign = decoded(&other.bundle, pointer).unwrap_or_default();
    let start = random.below(bytes.len());
    let end = (start + 1 + random.below(32)).min(bytes.len());
    let piece: Vec<u8> = match random.below(4) {
        0 => Vec::new(),
        1 => bytes[start..end].repeat(2),
        2 => vec![0; end - start],
        _ => foreign.get(start..end.min(foreign.len())).unwrap_or_default().to_vec(),
    };
    bytes.splice(start..end, piece);
    write(bundle, pointer, &bytes)?;
    Some(format!("bytes {start}..{end} of {pointer}"))
}

fn edit_text(bundle: &mut Value, pointer: &str, random: &mut Random) -> Option<String> {
    let Value::String(text) = bundle.pointer(pointer)? else { return None };
    let mut letters: Vec<char> = text.chars().collect();
    let at = random.below(letters.len() + 1);
    let letter = *random.pick(&['0', '1', '9', 'A', 'z', '+', '/', '=', '-', ' ', '\n', '\u{2014}'])?;
    match random.below(3) {
        0 if at < letters.len() => letters[at] = letter,
        1 if at < letters.len() => drop(letters.remove(at)),
        _ => letters.insert(at, letter),
    }
    *bundle.pointer_mut(pointer)? = Value::String(letters.into_iter().collect());
    Some(format!("letter {at} of {pointer}"))
}

fn repeat(bundle: &mut Value, pointer: &str) -> Option<String> {
    let (parent, last) = pointer.rsplit_once('/')?;
    let at: usize = last.parse().ok()?;
    let values = bundle.pointer_mut(parent)?.as_array_mut()?;
    values.insert(at, values.get(at)?.clone());
    Some(format!("{pointer} twice"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bases() -> Vec<Base> {
        let base = |name: &str, text: &str| {
            let bundle = json!({"mediaType": text, "messageSignature": {"signature": STANDARD.encode(text)}});
            Base {
                name: name.into(),
                request: json!({"bundle": STANDARD.encode(bundle.to_string())}),
                bundle,
            }
        };
        vec![base("one", "a first text"), base("two", "another text")]
    }

    #[test]
    fn the_same_mutants_are_made_each_time_and_none_is_its_base() {
        let (first, second) = (generate(&bases(), 100), generate(&bases(), 100));
        assert_eq!(first.len(), 100);
        for (index, (one, two)) in first.iter().zip(&second).enumerate() {
            assert_eq!((&one.name, &one.request), (&two.name, &two.request));
            assert!(one.name.starts_with(&format!("mutant {index} of ")), "{}", one.name);
            assert!(bases().iter().all(|base| !one.name.contains(&format!(" of {}: ", base.name))
                || bundle_of(&one.request).unwrap() != base.bundle));
        }
    }

    #[test]
    fn no_base_makes_no_mutant() {
        assert!(generate(&[], 10).is_empty());
    }
}
