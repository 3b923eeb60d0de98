//! `verifiedLevels` of a summary (SLSA v1.2 verification summary).
use alloc::collections::BTreeSet;
use alloc::string::String;

use crate::error::{AttestError, ErrorKind};

/// Tracks and their greatest level.
const TRACKS: [(&str, u8); 2] = [("BUILD", 3), ("SOURCE", 4)];
/// Values of SLSA that are no levels.
const TWO_PARTY_REVIEWED: &str = "SLSA_SOURCE_TWO_PARTY_REVIEWED";
pub(super) const REPRODUCED: &str = "SLSA_BUILD_REPRODUCED";
/// The only value of a summary that says no.
pub(crate) const FAILED: &str = "FAILED";
/// Longest custom value.
const CUSTOM_BYTES: usize = 64;

/// What one value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level<'l> {
    /// A value of an organisation, or a property of SLSA.
    Other,
    /// A level of a track; `None`: not evaluated.
    Track { track: &'l str, number: Option<u8> },
}

impl<'l> Level<'l> {
    /// Reads one value.
    ///
    /// # Errors
    /// `vsa/level-form`, `vsa/level-reserved`, `vsa/level-custom`.
    pub(super) fn parse(text: &'l str) -> Result<Self, ErrorKind> {
        let Some(rest) = text.strip_prefix("SLSA_") else {
            return if is_custom(text) { Ok(Self::Other) } else { Err(ErrorKind::VsaLevelCustom) };
        };
        if let Some((track, number)) = rest.split_once("_LEVEL_") {
            return track_level(track, number).ok_or(ErrorKind::VsaLevelForm);
        }
        if matches!(text, TWO_PARTY_REVIEWED | REPRODUCED) {
            return Ok(Self::Other);
        }
        Err(if looks_like_level(rest) { ErrorKind::VsaLevelForm } else { ErrorKind::VsaLevelReserved })
    }
}

fn track_level<'l>(track: &'l str, number: &str) -> Option<Level<'l>> {
    let (track, greatest) = TRACKS.into_iter().find(|(known, _)| *known == track)?;
    if number == "UNEVALUATED" {
        return Some(Level::Track { track, number: None });
    }
    let [digit @ b'0'..=b'9'] = number.as_bytes() else { return None };
    let number = digit.wrapping_sub(b'0');
    (number <= greatest).then_some(Level::Track { track, number: Some(number) })
}

/// As in `SLSA_L3`, `SLSA_LEVEL_3` and `SLSA_BUILD_L3`.
fn looks_like_level(rest: &str) -> bool {
    rest.split('_').any(|word| {
        let digits = word.strip_prefix('L').unwrap_or_default();
        word == "LEVEL" || !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_custom(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=CUSTOM_BYTES).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(rest)
        && text != FAILED
}

/// Checks the values of a summary that passed.
///
/// # Errors
/// As [`Level::parse`]; `vsa/level-duplicate` for two values of one track or one value twice, `vsa/level-custom` for a
/// custom value of a source summary that is not `ORG_SOURCE_…`.
pub(crate) fn check_levels(levels: &[String], is_source: bool, pointer: &str) -> Result<(), AttestError> {
    let mut seen = BTreeSet::new();
    for (index, text) in levels.iter().enumerate() {
        let refuse =
            |kind: ErrorKind| AttestError::new(kind, kind.sentence()).at(alloc::format!("{pointer}/{index}"));
        let level = Level::parse(text).map_err(refuse)?;
        let key = match level {
            Level::Track { track, .. } => track,
            Level::Other if is_source && !text.starts_with("SLSA_") && !text.starts_with("ORG_SOURCE_") => {
                return Err(refuse(ErrorKind::VsaLevelCustom));
            }
            Level::Other => text.as_str(),
        };
        if !seen.insert(key) {
            return Err(refuse(ErrorKind::VsaLevelDuplicate));
        }
    }
    Ok(())
}

/// Whether a value is a numbered level.
pub(crate) fn is_track_level(text: &str) -> bool {
    matches!(Level::parse(text), Ok(Level::Track { number: Some(_), .. }))
}

/// Whether a level is above the greatest one of its track.
pub(crate) fn is_above(text: &str, greatest: &str) -> bool {
    let (Ok(level), Ok(greatest)) = (Level::parse(text), Level::parse(greatest)) else { return false };
    match (level, greatest) {
        (Level::Track { track, number }, Level::Track { track: other, number: greatest }) => {
            track == other && number > greatest
        }
        (Level::Other, _) | (_, Level::Other) => false,
    }
}

/// Whether a caller with this maximum may have a value stated: a level of the same track that is not above it, level 0
/// or not evaluated on any track; of what has no level, the properties that are named.
pub(crate) fn is_within(text: &str, greatest: Option<&str>, properties: &[String]) -> bool {
    match (Level::parse(text), greatest.map(Level::parse)) {
        (Ok(Level::Track { number: None | Some(0), .. }), _) => true,
        (Ok(Level::Track { track, number }), Some(Ok(Level::Track { track: other, number: greatest }))) => {
            track == other && number <= greatest
        }
        (Ok(Level::Track { .. }), _) | (Err(_), _) => false,
        (Ok(Level::Other), _) => properties.iter().any(|property| property == text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn check(levels: &[&str], is_source: bool) -> Result<(), &'static str> {
        let levels: Vec<String> = levels.iter().map(ToString::to_string).collect();
        check_levels(&levels, is_source, "/l").map_err(|error| error.code())
    }

    #[test]
    fn forms() {
        let long = "A".repeat(64);
        for good in [
            "SLSA_BUILD_LEVEL_0",
            "SLSA_BUILD_LEVEL_3",
            "SLSA_SOURCE_LEVEL_4",
            "SLSA_BUILD_LEVEL_UNEVALUATED",
            "SLSA_BUILD_REPRODUCED",
            "SLSA_SOURCE_TWO_PARTY_REVIEWED",
            "ORG_X9",
            "A",
            &long,
        ] {
            assert_eq!(check(&[good], false), Ok(()), "{good}");
        }
        let longer = "A".repeat(65);
        for (wrong, code) in [
            ("SLSA_BUILD_LEVEL_4", "vsa/level-form"),
            ("SLSA_SOURCE_LEVEL_5", "vsa/level-form"),
            ("SLSA_BUILD_LEVEL_03", "vsa/level-form"),
            ("SLSA_BUILD_LEVEL_", "vsa/level-form"),
            ("SLSA_DEPS_LEVEL_1", "vsa/level-form"),
            ("SLSA_LEVEL_3", "vsa/level-form"),
            ("SLSA_L3", "vsa/level-form"),
            ("SLSA_BUILD_L3", "vsa/level-form"),
            ("SLSA_BUILD_HERMETIC", "vsa/level-reserved"),
            ("SLSA_", "vsa/level-reserved"),
            ("org_x", "vsa/level-custom"),
            ("9A", "vsa/level-custom"),
            ("", "vsa/level-custom"),
            ("A-B", "vsa/level-custom"),
            (longer.as_str(), "vsa/level-custom"),
        ] {
            assert_eq!(check(&[wrong], false), Err(code), "{wrong}");
        }
    }

    #[test]
    fn one_value_for_each_track() {
        assert_eq!(check(&["SLSA_BUILD_LEVEL_3", "SLSA_SOURCE_LEVEL_3", "ORG_X"], false), Ok(()));
        assert_eq!(check(&["SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_2"], false), Err("vsa/level-duplicate"));
        let unevaluated = ["SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_UNEVALUATED"];
        assert_eq!(check(&unevaluated, false), Err("vsa/level-duplicate"));
        assert_eq!(check(&["ORG_X", "ORG_X"], false), Err("vsa/level-duplicate"));
        assert_eq!(check(&["SLSA_SOURCE_LEVEL_3", "ORG_SOURCE_X"], true), Ok(()));
        assert_eq!(check(&["SLSA_SOURCE_LEVEL_3", "ORG_X"], true), Err("vsa/level-custom"));
    }

    #[test]
    fn comparison_within_a_track() {
        assert!(is_above("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_2"));
        assert!(is_above("SLSA_BUILD_LEVEL_0", "SLSA_BUILD_LEVEL_UNEVALUATED"));
        assert!(!is_above("SLSA_BUILD_LEVEL_2", "SLSA_BUILD_LEVEL_2"));
        assert!(!is_above("SLSA_SOURCE_LEVEL_4", "SLSA_BUILD_LEVEL_2"));
        assert!(!is_above("ORG_X", "SLSA_BUILD_LEVEL_2"));
    }

    #[test]
    fn what_a_caller_may_have_stated() {
        let properties = ["SLSA_BUILD_REPRODUCED".to_string(), "ORG_X".to_string()];
        let within = |text, greatest| is_within(text, greatest, &properties);
        let two = Some("SLSA_BUILD_LEVEL_2");
        for good in [
            "SLSA_BUILD_LEVEL_2",
            "SLSA_BUILD_LEVEL_1",
            "SLSA_SOURCE_LEVEL_0",
            "SLSA_BUILD_REPRODUCED",
            "ORG_X",
        ] {
            assert!(within(good, two), "{good}");
        }
        for wrong in [
            "SLSA_BUILD_LEVEL_3",
            "SLSA_SOURCE_LEVEL_1",
            "SLSA_SOURCE_TWO_PARTY_REVIEWED",
            "ORG_Y",
            "org",
            "FAILED",
        ] {
            assert!(!within(wrong, two), "{wrong}");
        }
        assert!(within("SLSA_BUILD_LEVEL_0", None) && within("SLSA_BUILD_LEVEL_UNEVALUATED", None));
        assert!(!within("SLSA_BUILD_LEVEL_1", None) && !within("SLSA_BUILD_LEVEL_1", Some("FAILED")));
    }
}
