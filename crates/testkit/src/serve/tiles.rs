//! The read side of a tiled log (C2SP tlog-tiles): hashes and entries in tiles of 256.

use super::growing_log::GrowingLog;

const WIDTH: u64 = 256;

/// The tile at a path such as `0/x001/067`, `1/000.p/3` or `entries/000.p/9`; `None` if the log is not that large.
pub(super) fn tile(log: &GrowingLog, path: &str) -> Option<Vec<u8>> {
    let (level, rest) = path.split_once('/')?;
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|width| (1..WIDTH).contains(width))?),
        None => (rest, WIDTH),
    };
    let first = tile_number(number)?.checked_mul(WIDTH)?;
    match level {
        "entries" => entries(log, first, width),
        _ => hashes(log, level.parse().ok().filter(|level| *level < 7)?, first, width),
    }
}

/// Groups of three digits, all but the last with `x` in front.
fn tile_number(path: &str) -> Option<u64> {
    let (front, last) = path.rsplit_once('/').map_or((None, path), |(front, last)| (Some(front), last));
    let front = front.into_iter().flat_map(|front| front.split('/')).map(|group| group.strip_prefix('x'));
    front.chain([Some(last)]).try_fold(0_u64, |number, group| {
        let group =
            group.filter(|group| group.len() == 3 && group.bytes().all(|digit| digit.is_ascii_digit()))?;
        number.checked_mul(1000)?.checked_add(group.parse().ok()?)
    })
}

fn hashes(log: &GrowingLog, level: u32, first: u64, width: u64) -> Option<Vec<u8>> {
    let span = WIDTH.checked_pow(level)?;
    if first.checked_add(width)?.checked_mul(span)? > log.size() {
        return None;
    }
    Some((first..first + width).flat_map(|index| log.tree(index * span, span).root()).collect())
}

/// Each with its length in two octets.
fn entries(log: &GrowingLog, first: u64, width: u64) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for index in first..first.checked_add(width)? {
        let (body, _) = log.entry(index)?;
        bundle.extend(u16::try_from(body.len()).expect("a short entry").to_be_bytes());
        bundle.extend(body);
    }
    Some(bundle)
}
