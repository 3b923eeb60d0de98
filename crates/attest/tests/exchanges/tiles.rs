//! Entries read back from the tiles of a log after a duplicate.

use cretula_attest::exchange::LogEntry;
use cretula_attest::exchange::rekor_tiles::{
    CHECKPOINT_PATH, READ_PREFIX, ReadPlan, Tile, entries_path, plan,
};
use cretula_attest::exchange::rekor_v2::{self, Submission, read_entry};
use cretula_crypto::HashAlgorithm;
use cretula_testkit::serve::{Place, RekorV2Lie};
use cretula_testkit::{CheckpointText, MerkleTree, Note};
use cretula_tlog::leaf_hash;

use crate::support::{NOW, Signed, World, at, code, instance};

const LOG: Place = Place::RekorV2(0);

/// Reads a path of a log below its prefix.
fn read(world: &mut World, path: &str) -> Vec<u8> {
    let reply = world.get(LOG, &format!("{READ_PREFIX}{path}"));
    assert_eq!(reply.status, 200, "{path}");
    reply.body
}

/// Reads the entry at an index from the services.
fn recover(world: &mut World, signed: &Signed, index: u64) -> Result<LogEntry, cretula_attest::AttestError> {
    let checkpoint = read(world, CHECKPOINT_PATH);
    let paths: Vec<String> =
        plan(&checkpoint, index, &world.means())?.tiles().iter().map(Tile::path).collect();
    let tiles: Vec<Vec<u8>> = paths.iter().map(|path| read(world, path)).collect();
    let times = [at(NOW)];
    plan(&checkpoint, index, &world.means())?.read_entry(&tiles, &world.expect_v2(signed, &times))
}

#[test]
fn a_duplicate_is_read_from_tiles() {
    for keyless in [true, false] {
        let mut world = World::new(instance());
        let signed = world.sign(keyless);
        let first = world.log_v2(&signed);
        for others in [0, 1, 140] {
            for number in 0..others {
                add_other(&mut world, &signed, number);
            }
            let conflict = world.log_v2(&signed);
            let index: u64 = conflict.header("x-log-index").unwrap().parse().unwrap();
            assert_eq!(conflict.status, 409);
            let found = recover(&mut world, &signed, index).unwrap();
            let times = [at(NOW)];
            let expected = world.expect_v2(&signed, &times);
            assert_eq!(read_entry(&found.encode(), &expected), Ok(found.clone()));
            let written = read_entry(&first.body, &expected).unwrap();
            assert_eq!((found.log_index, found.log_id), (written.log_index, written.log_id));
        }
        assert!(world.services.log_size(LOG) > 256);
    }
}

/// Somebody logs another signature.
fn add_other(world: &mut World, signed: &Signed, number: u64) {
    let message = number.to_be_bytes();
    let signature = world.key.sign(world.key.scheme(), &message);
    let digest = HashAlgorithm::Sha256.digest(&[&message]);
    let submission = Submission { digest: &digest, signature: &signature, ..signed.submission() };
    let body = submission.request_body().unwrap();
    world.post(LOG, rekor_v2::PATH, "application/json", body);
}

#[test]
fn a_duplicate_of_somebody_else_is_another_entry() {
    let mut world = World::lying(LOG, RekorV2Lie::Conflict);
    let signed = world.sign(true);
    let conflict = world.log_v2(&signed);
    let index = conflict.header("x-log-index").unwrap().parse().unwrap();
    assert_eq!(code(recover(&mut world, &signed, index)), "rekor/other-entry");
    assert_eq!(code(recover(&mut world, &signed, index - 1)), "rekor/other-entry");
    let size = world.services.log_size(LOG);
    assert_eq!(code(recover(&mut world, &signed, size)), "rekor/duplicate");
    assert_eq!(code(recover(&mut world, &signed, u64::MAX)), "rekor/duplicate");
}

// ---- trees of any size ------------------------------------------------------------------------------------------

/// A checkpoint that the first log of the instance signed.
fn checkpoint(world: &World, size: u64, root: &[u8]) -> String {
    let log = &world.services.instance().rekor_v2[0];
    let text = CheckpointText::new(&log.origin(), size, root).encode();
    let line = log.checkpoint_line(&text);
    Note { text, lines: vec![line] }.encode()
}

/// Rows of hashes by level of tiles, made pair by pair.
struct Rows(Vec<Vec<[u8; 32]>>);

impl Rows {
    fn new(leaves: Vec<[u8; 32]>) -> Self {
        let mut rows = vec![leaves];
        while rows.last().unwrap().len() >= 256 {
            let mut row = rows.last().unwrap().clone();
            for _ in 0..8 {
                row = row.as_chunks::<2>().0.iter().map(|[left, right]| parent(left, right)).collect();
            }
            rows.push(row);
        }
        Self(rows)
    }

    /// The tile at a path, exactly as wide as the path says.
    fn tile(&self, path: &str) -> Vec<u8> {
        let path = path.strip_prefix("tile/").unwrap();
        let (level, rest) = path.split_once('/').unwrap();
        let (number, width) = rest.split_once(".p/").unwrap_or((rest, "256"));
        let number: usize = number.replace(['x', '/'], "").parse().unwrap();
        let row = &self.0[level.parse::<usize>().unwrap()];
        let width: usize = width.parse().unwrap();
        let tile = row.chunks(256).nth(number).unwrap();
        assert!(tile.len() == width, "{path} is as wide as its level");
        tile.concat()
    }
}

fn parent(left: &[u8], right: &[u8]) -> [u8; 32] {
    HashAlgorithm::Sha256.digest(&[&[1], left, right]).as_bytes().try_into().unwrap()
}

/// A log of this size with the entry of `signed` at an index: its checkpoint and its rows.
fn log(world: &World, signed: &Signed, index: u64, size: u64) -> (String, Rows) {
    let body = signed.submission().entry_body();
    let (mut tree, mut leaves) = (MerkleTree::default(), Vec::new());
    for position in 0..size {
        let other = position.to_be_bytes();
        let entry = if position == index { &body[..] } else { &other[..] };
        tree.push(entry);
        leaves.push(*leaf_hash(entry).as_bytes());
    }
    (checkpoint(world, size, &tree.root()), Rows::new(leaves))
}

fn read_tiles(plan: &ReadPlan<'_>, rows: &Rows) -> Vec<Vec<u8>> {
    plan.tiles().iter().map(|tile| rows.tile(&tile.path())).collect()
}

fn check(world: &World, signed: &Signed, index: u64, size: u64) {
    let (checkpoint, rows) = log(world, signed, index, size);
    let plan = plan(checkpoint.as_bytes(), index, &world.means()).unwrap();
    let times = [at(NOW)];
    let found = plan.read_entry(&read_tiles(&plan, &rows), &world.expect_v2(signed, &times));
    assert_eq!(found.map(|entry| entry.log_index), Ok(index), "{index} of {size}");
}

#[test]
fn every_entry_of_small_trees_is_proved() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    for size in 1..=20 {
        for index in 0..size {
            check(&world, &signed, index, size);
        }
    }
}

#[test]
fn trees_around_the_width_of_tiles_are_proved() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    for size in [255, 256, 257, 258, 300, 511, 512, 513, 767, 1025] {
        for index in [0, 1, 127, 128, 254, 255, 256, 257, size / 2, size - 2, size - 1] {
            if index < size {
                check(&world, &signed, index, size);
            }
        }
    }
    for size in [65_535, 65_536, 65_537, 65_792, 65_793, 66_049, 131_073] {
        for index in [0, 255, 256, 65_535, 65_536, size / 2 + 1, size - 1] {
            if index < size {
                check(&world, &signed, index, size);
            }
        }
    }
}

#[test]
fn full_tiles_stand_for_partial_ones_and_wrong_tiles_for_nothing() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    let (index, size) = (3, 300);
    let (checkpoint, rows) = log(&world, &signed, index, size);
    let plan = plan(checkpoint.as_bytes(), index, &world.means()).unwrap();
    let paths: Vec<_> = plan.tiles().iter().map(Tile::path).collect();
    assert_eq!(paths, ["tile/0/000", "tile/0/001.p/44"]);
    assert_eq!(plan.tiles()[1].full().path(), "tile/0/001");
    let times = [at(NOW)];
    let expected = world.expect_v2(&signed, &times);
    let honest = read_tiles(&plan, &rows);
    let bent = |edit: fn(&mut Vec<Vec<u8>>)| {
        let mut tiles = honest.clone();
        edit(&mut tiles);
        code(plan.read_entry(&tiles, &expected))
    };
    assert_eq!(bent(|tiles| tiles[1].resize(256 * 32, 7)), "");
    assert_eq!(bent(|tiles| tiles[1].resize(45 * 32, 7)), "rekor/format");
    assert_eq!(bent(|tiles| tiles[1].truncate(43 * 32)), "rekor/format");
    assert_eq!(bent(|tiles| tiles[1].push(0)), "rekor/format");
    assert_eq!(bent(Vec::clear), "rekor/format");
    assert_eq!(bent(|tiles| drop(tiles.pop())), "rekor/format");
    assert_eq!(bent(|tiles| tiles[0][3 * 32] ^= 1), "rekor/other-entry");
    assert_eq!(bent(|tiles| tiles[0][2 * 32] ^= 1), "rekor/proof");
    assert_eq!(bent(|tiles| tiles[1][0] ^= 1), "rekor/proof");
}

/// No tree is too large for a plan: at most two tiles in each of eight levels.
#[test]
fn the_largest_tree_needs_few_tiles() {
    let world = World::new(instance());
    let size = (1 << 63) - 1;
    let largest = checkpoint(&world, size, &[7; 32]);
    for index in [0, 1, 255, 256, 1 << 40, size / 2, size - 257, size - 1] {
        let plan = plan(largest.as_bytes(), index, &world.means()).unwrap();
        let tiles = plan.tiles();
        assert!((8..=16).contains(&tiles.len()), "{index}: {}", tiles.len());
        for tile in tiles {
            let level: u32 = tile.path().split('/').nth(1).unwrap().parse().unwrap();
            assert!(level < 8 && tile.path().len() < 64, "{}", tile.path());
        }
    }
    let last = plan(largest.as_bytes(), size - 1, &world.means()).unwrap();
    let paths: Vec<_> = last.tiles().iter().map(Tile::path).collect();
    assert_eq!(paths[0], "tile/0/x036/x028/x797/x018/x963/967.p/255");
    assert_eq!(paths[7], "tile/7/000.p/127");
    let signed = World::new(instance()).sign(false);
    let tiles: Vec<_> = last.tiles().iter().map(|_| vec![0; 256 * 32]).collect();
    let expected = world.expect_v2(&signed, &[]);
    assert_eq!(code(last.read_entry(&tiles, &expected)), "rekor/other-entry");
    let beyond = checkpoint(&world, 1 << 63, &[7; 32]);
    assert_eq!(code(plan(beyond.as_bytes(), 0, &world.means())), "rekor/checkpoint");
    let empty = checkpoint(&world, 0, &[7; 32]);
    assert_eq!(code(plan(empty.as_bytes(), 0, &world.means())), "rekor/duplicate");
}

#[test]
fn paths_are_those_of_tlog_tiles() {
    let path = |number: u64, size: u64| entries_path(number * 256, size);
    assert_eq!(path(0, 256), "tile/entries/000");
    assert_eq!(path(0, 9), "tile/entries/000.p/9");
    assert_eq!(path(999, u64::MAX), "tile/entries/999");
    assert_eq!(path(1000, u64::MAX), "tile/entries/x001/000");
    assert_eq!(path(1_234_067, 1_234_067 * 256 + 1), "tile/entries/x001/x234/067.p/1");
    assert_eq!(entries_path(511, 512), "tile/entries/001");
}

#[test]
fn only_a_log_of_the_trusted_root_leads_to_tiles() {
    let world = World::new(instance());
    let honest = checkpoint(&world, 9, &[7; 32]);
    let check = |text: &str| code(plan(text.as_bytes(), 0, &world.means()));
    assert_eq!(check(&honest), "");
    assert_eq!(check(&honest.replacen("\n9\n", "\n8\n", 1)), "rekor/checkpoint");
    assert_eq!(check(""), "rekor/checkpoint");
    assert_eq!(code(plan(b"\xff", 0, &world.means())), "rekor/checkpoint");
    let unsigned: Vec<&str> = honest.split("\u{2014}").collect();
    assert_eq!(check(unsigned[0]), "rekor/checkpoint");
    let mut nobody = instance();
    nobody.rekor_v2.clear();
    let stranger = World::new(nobody);
    assert_eq!(code(plan(honest.as_bytes(), 0, &stranger.means())), "rekor/checkpoint");
    let short = checkpoint(&world, 9, &[7; 31]);
    assert_eq!(check(&short), "rekor/checkpoint");
}
