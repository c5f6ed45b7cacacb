# Readers of a node's output that are slow, stop, or go away: the node never waits for them.

load helpers/start

# A node whose standard output is a pipe, read by a program of its own into $OUT/NAME.read.
start_piped() { # NAME ARGS..
    local name=$1
    mkfifo "$OUT/$name.pipe"
    start_program "$name.reader" bash -c "exec cat '$OUT/$name.pipe' >'$OUT/$name.read'"
    make_ids member "$name"
    start_program "$name" bash -c 'pipe=$1; shift; exec "$@" >"$pipe"' - "$OUT/$name.pipe" \
        swim-node -k "$IDS/$name" -b "$HOST:0" -s "$BATS_TEST_TMPDIR/state/$name" \
        --profile local --events-all "${@:2}"
    wait_until 10 "$name to listen" grep -q 'listening' "$OUT/$name.read"
    # Where the helpers look for its address.
    echo "- listening addr=$(<"$BATS_TEST_TMPDIR/state/$name/node.addr")" >"$OUT/$name.out"
}

read_has() { # NAME REGEX
    grep -qE -- "$2" "$OUT/$1.read"
}

info_above() { # NAME KEY N: whether what swim-stat says of the node itself is above N
    [ "$(stat "$1" info -o "$2" -H)" -gt "$3" ]
}

# Waits until the node has sent more than by now, its answers to swim-stat not counted.
probes_on() { # NAME
    wait_until 10 "$1 to send more" \
        info_above "$1" packets_out $(($(stat "$1" info -o packets_out -H) + 100))
}

@test "a reader that stops reading: the node probes on, and tells what was dropped when it goes on" {
    # The more it prints the sooner its reader's pipe and its own buffer are full.
    start_node n2
    start_piped n1 -J "$(addr_of n2)" --probe-interval 11ms --probe-timeout 10ms \
        --suspicion-mult 100 --silence-floor 60s --format json
    wait_alive n2 2
    kill -STOP "${PID[n1.reader]}"
    wait_until 60 "n1 to drop events" info_above n1 dropped 0
    probes_on n1
    wait_sees n2 'alive=2,suspect=0,dead=0'
    kill -CONT "${PID[n1.reader]}"
    wait_until 20 "n1 to tell what it dropped" read_has n1 '"event": ?"overflow"'
    [ "$(grep -m 1 -E '"event": ?"overflow"' "$OUT/n1.read" | jq .dropped)" -gt 0 ]
    # Every line is whole, and numbers are missing only where it says so.
    jq -s -e 'map(.seq) | . == (sort | unique)' "$OUT/n1.read" >/dev/null
    [ ! -s "$OUT/n1.err" ]
    end_node n1 TERM 0
}

@test "a reader that goes away: the node lives on, says so once, and leaves as ever" {
    start_node n2
    start_piped n1 -J "$(addr_of n2)"
    wait_alive n2 2
    end_node n1.reader KILL
    wait_until 10 "n1 to give its output up" grep -q 'no more events are written' "$OUT/n1.err"
    probes_on n1
    wait_sees n1 'alive=2,suspect=0,dead=0'
    refute_line n2 ' member-(suspect|dead|leave) ' 10
    end_node n1 TERM 0
    [ "$(wc -l <"$OUT/n1.err")" = 1 ]
    wait_line n2 'member-leave node=n1'
}

@test "no output at all: a node whose standard output is closed runs as any other" {
    make_ids member n1
    start_node n2
    start_program n1 bash -c 'exec "$@" >&-' - swim-node -k "$IDS/n1" -b "$HOST:0" \
        -s "$BATS_TEST_TMPDIR/state/n1" --profile local -J "$(addr_of n2)"
    wait_alive n2 2
    end_node n1 TERM 0
    wait_line n2 'member-leave node=n1'
}
