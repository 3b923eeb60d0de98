//! Counting by distinct operators, never by items or keys.

use alloc::{string::String, vec::Vec};
use cretula_crypto::Digest;

/// The party behind one piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operator {
    /// Name in the trusted root. All instances without one count as one operator together.
    pub(crate) name: Option<String>,
    /// SHA-256 of the key that made the evidence. One key counts once under whatever names.
    pub(crate) key: Digest,
}

/// Number of distinct operators: names that share a key, directly or through others, are one.
pub(crate) fn count_operators<'a>(evidence: impl IntoIterator<Item = &'a Operator>) -> u32 {
    let mut groups: Vec<Vec<&Operator>> = Vec::new();
    for item in evidence {
        let (joined, mut rest): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|group| group.iter().any(|other| other.name == item.name || other.key == item.key));
        let mut group: Vec<&Operator> = joined.into_iter().flatten().collect();
        if !group.contains(&item) {
            group.push(item);
        }
        rest.push(group);
        groups = rest;
    }
    u32::try_from(groups.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cretula_crypto::HashAlgorithm;

    fn operator(name: Option<&str>, key: u8) -> Operator {
        Operator { name: name.map(Into::into), key: HashAlgorithm::Sha256.digest(&[&[key]]) }
    }

    #[test]
    fn unnamed_instances_are_one_operator() {
        assert_eq!(count_operators(&[operator(None, 1), operator(None, 2)]), 1);
    }

    #[test]
    fn a_shared_key_joins_names_in_any_order() {
        let a = operator(Some("a"), 1);
        let b = operator(Some("b"), 2);
        let bridge = operator(Some("b"), 1);
        assert_eq!(count_operators([&a, &b]), 2);
        assert_eq!(count_operators([&a, &b, &bridge]), 1);
        assert_eq!(count_operators([&bridge, &b, &a]), 1);
    }

    #[test]
    fn duplicates_never_raise_a_count() {
        let a = operator(Some("a"), 1);
        assert_eq!(count_operators([&a, &a, &a]), 1);
        assert_eq!(count_operators([]), 0);
    }
}
