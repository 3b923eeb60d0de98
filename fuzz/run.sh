#!/bin/sh
# Explores fuzz targets: run.sh SECONDS [TARGET…]
set -eu

seconds=${1:?usage: run.sh SECONDS [TARGET…]}
shift
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
[ $# -gt 0 ] || set -- $(cd "$here/fuzz_targets" && ls ./*.rs | sed 's|^\./||; s|\.rs$||')

cargo run --quiet --package cretula-fuzz -- "$here/seeds"
cargo fuzz build -s none --fuzz-dir "$here"
for target in "$@"; do
    mkdir -p "$here/corpus/$target"
    log="$here/corpus/$target.log"
    status=0
    cargo fuzz run -s none --fuzz-dir "$here" "$target" "$here/corpus/$target" "$here/seeds/$target" -- \
        "-max_total_time=$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1 || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    reached=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
    echo "$target: ${runs:-0} executions, ${reached:-cov: 0}, exit code $status"
    [ "$status" -eq 0 ] || { tail -n 40 "$log"; exit "$status"; }
done
