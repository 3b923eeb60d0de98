//! RFC 8785 canonical JSON of a checked text. Numbers must be integers within ±(2^53−1), except with feature `jcs-doubles`.
//!
//! Memory besides the result: 4 bytes for each member of the objects that are open, and one entry for each level.
use crate::json::{Kind, Value, compare_names, scan, write};
use alloc::vec::Vec;
use core::fmt;

/// Greatest integer that every reader of JSON keeps (RFC 7493 §2.2).
const MAX_INTEGER: u64 = 9_007_199_254_740_991;

/// Why a value has no canonical form here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JcsError {
    /// Offset of the number.
    pub offset: usize,
}

impl fmt::Display for JcsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "number without canonical form at byte {}", self.offset)
    }
}

impl core::error::Error for JcsError {}

/// Canonical bytes.
///
/// # Errors
/// A number that is not an integer within ±(2^53−1), as in `1.0`, `1e3` or 2^53; with feature `jcs-doubles` one that
/// is too large for a double.
pub fn canonicalize(value: &Value<'_>) -> Result<Vec<u8>, JcsError> {
    let mut writer = Writer { root: *value, out: Vec::new(), open: Vec::new(), names: Vec::new() };
    writer.start(0)?;
    while let Some(position) = writer.next_value() {
        writer.start(position)?;
    }
    Ok(writer.out)
}

/// Positions count from the start of the root value.
struct Writer<'a> {
    root: Value<'a>,
    out: Vec<u8>,
    open: Vec<Open>,
    /// Positions of the names of all objects that are open; those of one object are sorted.
    names: Vec<u32>,
}

/// A container that is being written.
enum Open {
    List {
        /// Where the next element may stand.
        position: usize,
    },
    Object {
        /// Index of its first name.
        first_name: usize,
        /// Index of the next one.
        next_name: usize,
    },
}

impl Writer<'_> {
    /// Writes a scalar, or the start of a container.
    fn start(&mut self, position: usize) -> Result<(), JcsError> {
        let bytes = self.root.source().as_bytes();
        match bytes.get(position) {
            Some(b'[') => {
                self.out.push(b'[');
                self.open.push(Open::List { position: position.saturating_add(1) });
                Ok(())
            }
            Some(b'{') => {
                self.out.push(b'{');
                self.open_object(position);
                Ok(())
            }
            _ => self.scalar(&Value::at(self.root.source(), position, self.root.offset())),
        }
    }

    /// RFC 8785 §3.2.3: members sorted by the UTF-16 code units of their names.
    fn open_object(&mut self, position: usize) {
        let text = self.root.source();
        let first_name = self.names.len();
        let mut at = scan::skip_separators(text.as_bytes(), position.saturating_add(1));
        while text.as_bytes().get(at) == Some(&b'"') {
            self.names.push(u32::try_from(at).unwrap_or(u32::MAX));
            at = scan::value_end(text.as_bytes(), after_name(text, at));
            at = scan::skip_separators(text.as_bytes(), at);
        }
        let names = self.names.get_mut(first_name..).unwrap_or_default();
        names.sort_unstable_by(|left, right| compare_names(text, index(*left), index(*right)));
        self.open.push(Open::Object { first_name, next_name: first_name });
    }

    /// Writes what stands before the next value and returns where that is; `None` at the end.
    fn next_value(&mut self) -> Option<usize> {
        loop {
            let next = match self.open.last_mut()? {
                Open::List { position } => next_element(self.root.source(), position),
                Open::Object { next_name, .. } => {
                    let name = self.names.get(*next_name).copied().map(index);
                    *next_name = next_name.saturating_add(1);
                    name
                }
            };
            match next {
                Some(position) => return Some(self.before_value(position)),
                None => self.close(),
            }
        }
    }

    /// Separator and name, if it is a name that stands at the position and not an element.
    fn before_value(&mut self, position: usize) -> usize {
        write::push_separator(&mut self.out);
        if matches!(self.open.last(), Some(Open::List { .. })) {
            return position;
        }
        self.text(&Value::at(self.root.source(), position, 0));
        self.out.push(b':');
        after_name(self.root.source(), position)
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Object { first_name, .. }) => {
                self.names.truncate(first_name);
                self.out.push(b'}');
            }
            Some(Open::List { .. }) => self.out.push(b']'),
            None => {}
        }
    }

    fn scalar(&mut self, value: &Value<'_>) -> Result<(), JcsError> {
        match value.kind() {
            Kind::Number => number(value.source(), &mut self.out).ok_or(JcsError { offset: value.offset() }),
            Kind::Text => {
                self.text(value);
                Ok(())
            }
            Kind::Null | Kind::Bool | Kind::List | Kind::Object => {
                self.out.extend_from_slice(value.source().as_bytes());
                Ok(())
            }
        }
    }

    /// RFC 8785 §3.2.2.2.
    fn text(&mut self, value: &Value<'_>) {
        write::push_text(&mut self.out, &value.as_text().unwrap_or_default());
    }
}

fn next_element(text: &str, position: &mut usize) -> Option<usize> {
    let start = scan::skip_separators(text.as_bytes(), *position);
    if matches!(text.as_bytes().get(start), None | Some(b']')) {
        return None;
    }
    *position = scan::value_end(text.as_bytes(), start);
    Some(start)
}

/// Where the value of the member starts whose name starts at `at`.
fn after_name(text: &str, at: usize) -> usize {
    scan::skip_separators(text.as_bytes(), scan::string_end(text.as_bytes(), at))
}

fn index(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// RFC 8785 §3.2.2.3.
fn number(text: &str, out: &mut Vec<u8>) -> Option<()> {
    match integer(text) {
        Some("-0") => out.push(b'0'),
        Some(digits) => out.extend_from_slice(digits.as_bytes()),
        None => double(text, out)?,
    }
    Some(())
}

/// The text of an integer within ±(2^53−1), which is its canonical form.
fn integer(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let small = digits.parse::<u64>().is_ok_and(|magnitude| magnitude <= MAX_INTEGER);
    small.then_some(text)
}

/// A double as ECMAScript writes it.
#[cfg(feature = "jcs-doubles")]
fn double(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let double = text.parse::<f64>().ok().filter(|double| double.is_finite())?;
    out.extend_from_slice(ryu_js::Buffer::new().format_finite(double).as_bytes());
    Some(())
}

#[cfg(not(feature = "jcs-doubles"))]
const fn double(_text: &str, _out: &mut Vec<u8>) -> Option<()> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{JsonLimits, parse};
    use alloc::string::{String, ToString};

    const LIMITS: JsonLimits = JsonLimits { max_depth: 64, max_members: 64, max_string_bytes: 1024 };

    fn canonical(text: &str) -> Result<String, JcsError> {
        let value = parse(text.as_bytes(), &LIMITS).expect("JSON");
        canonicalize(&value).map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
    }

    #[test]
    fn the_place_of_a_number_is_named() {
        let error = canonical("[1.5]").unwrap_err();
        assert_eq!(error.to_string(), "number without canonical form at byte 1");
    }

    #[test]
    fn sorting_example_of_rfc_8785_section_3_2_3() {
        let text = r#"{ "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis" }"#;
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
            \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
            \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical(text).as_deref(), Ok(expected));
    }

    #[test]
    fn nested_containers() {
        let text = " { \"b\" : [ 1 , { \"d\" : null , \"c\" : [ ] } , \"\\/\\u000A\" ] , \"a\" : { } } ";
        assert_eq!(canonical(text).as_deref(), Ok(r#"{"a":{},"b":[1,{"c":[],"d":null},"/\n"]}"#));
        assert_eq!(canonical(" [ ] ").as_deref(), Ok("[]"));
        assert_eq!(canonical(" \"x\" ").as_deref(), Ok("\"x\""));
        let deep = "[".repeat(64) + &"]".repeat(64);
        assert_eq!(canonical(&deep), Ok(deep));
    }

    #[test]
    fn integers() {
        assert_eq!(
            canonical("[-0, 0, -7, 9007199254740991, -9007199254740991]").as_deref(),
            Ok("[0,0,-7,9007199254740991,-9007199254740991]")
        );
    }

    #[cfg(not(feature = "jcs-doubles"))]
    #[test]
    fn other_numbers_are_refused() {
        for text in ["1.0", "1e3", "-0.0", "9007199254740992", "-9007199254740992", "18446744073709551616"] {
            assert_eq!(canonical(&alloc::format!(" [{text}]")), Err(JcsError { offset: 2 }), "{text}");
        }
    }

    #[cfg(feature = "jcs-doubles")]
    #[test]
    fn doubles_are_written_as_in_rfc_8785_appendix_b() {
        for (text, expected) in [
            ("-0.0", "0"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("9007199254740992", "9007199254740992"),
            ("295147905179352830000", "295147905179352830000"),
            ("1e21", "1e+21"),
            ("1e20", "100000000000000000000"),
            ("333333333.33333329", "333333333.3333333"),
            ("1E30", "1e+30"),
            ("4.50", "4.5"),
            ("2e-3", "0.002"),
            ("0.000000000000000000000000001", "1e-27"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected));
        }
        assert_eq!(canonical("[1e400]"), Err(JcsError { offset: 1 }));
    }
}
