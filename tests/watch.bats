# swim-watch: the members, sync, then what happens; and what a reader has missed is told.

load helpers/start

# start_watch NAME WHO ARGS..: a watcher of that node, in the background.
start_watch() {
    local name=$1 who=$2
    shift 2
    make_ids monitor mon
    start_program "$name" swim-watch -k "$IDS/mon" --connect "$(addr_of "$who")" "$@"
}

before_sync() { # WHO: its lines before sync, without times
    sed '/ sync /,$d' "$OUT/$1.out" | cut -d' ' -f2-
}

@test "the members come first, then sync, then each event as it comes" {
    start_cluster n1 n2
    start_watch w n1
    wait_line w sync
    [ "$(before_sync w | grep -c '^member-alive ')" -eq 2 ]
    assert_field w sync seq "$(before_sync w | grep -oE 'seq=[0-9]+' | tail -n 1 | cut -d= -f2)"
    start_node n3 -J n1
    wait_line w 'member-join node=n3'
    end_node n3 KILL
    wait_line w 'member-dead node=n3'
    end_node w TERM 143
}

@test "numbers rise by one from sync on, and lines and JSON say the same" {
    start_cluster n1 n2
    start_watch lines n1 --no-snapshot
    start_watch objects n1 --no-snapshot -j
    wait_line lines sync
    wait_until 10 "the JSON sync" grep -q '"event":"sync"' "$OUT/objects.out"
    start_node n3 -J n1
    wait_line lines 'member-join node=n3'
    end_node n3 TERM 0
    wait_line lines 'member-leave node=n3'
    wait_until 10 "the same in JSON" grep -q '"event":"member-leave"' "$OUT/objects.out"
    grep -oE ' seq=[0-9]+' "$OUT/lines.out" | cut -d= -f2 >"$OUT/seqs"
    seq "$(head -n 1 "$OUT/seqs")" "$(tail -n 1 "$OUT/seqs")" | diff - "$OUT/seqs"
    # Each object is a line too, with the same time, event and number.
    grep -oE '^[^ ]+ [^ ]+ seq=[0-9]+' "$OUT/lines.out" >"$OUT/told"
    jq -r 'select(.event != "sync") | "\(.time) \(.event) seq=\(.seq)"' "$OUT/objects.out" |
        sed '/ member-leave /q' >"$OUT/asked"
    [ "$(wc -l <"$OUT/asked")" -ge 2 ]
    run ! grep -vxFf "$OUT/told" "$OUT/asked"
}

@test "--until ends with 0 as soon as it is true, be it at sync; never true by -t is 1" {
    start_cluster n1 n2
    start_watch now n1 --until 'alive>=2'
    end_itself now 0
    [ "$(tail -n 1 "$OUT/now.out" | cut -d' ' -f2)" = sync ]
    start_watch later n1 --until 'node.n2=dead'
    wait_line later sync
    end_node n2 KILL
    end_itself later 0
    start_watch never n1 --until 'alive>=9' -t 300ms
    end_itself never 1
    start_watch enough n1 -t 300ms
    end_itself enough 0
}

@test "-c counts lines behind sync, -E and -T choose them, and marks are always told" {
    start_node n1
    start_watch w n1 -c 1 -E 'member-j*,nothing' -E joined -T role=w*
    wait_line w sync
    start_node n2 -J n1 -T role=db
    start_node n3 -J n1 -T role=web
    end_itself w 0
    assert_count w ' member-' -eq 1
    assert_field w member-join node n3
}

@test "--since goes on from the ring; beyond it, or of another process, there is a gap" {
    start_cluster n1 n2
    start_watch first n1 -c 1
    wait_line first sync
    local instance last
    instance=$(grep -oE 'instance=[0-9a-f]+' "$OUT/first.out" | cut -d= -f2)
    last=$(grep -oE ' sync seq=[0-9]+' "$OUT/first.out" | cut -d= -f2)
    start_node n3 -J n1
    wait_line n1 'member-join node=n3'
    start_watch again n1 --since "$instance:$last" -c 1
    end_itself again 0
    [ "$(sed -n 2p "$OUT/again.out" | grep -oE ' seq=[0-9]+')" = " seq=$((last + 1))" ]
    refute_now again ' gap '
    start_watch future n1 --since 99999
    wait_line future 'gap reason=ring'
    wait_line future sync
    [ "$(before_sync future | grep -c '^member-alive ')" -eq 3 ]
    start_watch other n1 --since "1234:$last"
    wait_line other 'gap reason=instance'
    wait_line other sync
}

@test "the node that leaves tells its phases, and that is the end: 0" {
    start_cluster n1 n2
    start_watch w n2
    start_watch unmet n2 --until 'alive>=9'
    wait_line w sync
    wait_line unmet sync
    end_node n2 TERM 0
    end_itself w 0
    assert_count w ' shutdown .*phase=done ' -eq 1
    end_itself unmet 1
}

@test "a node that is lost is told and is exit code 3; with --retry it is watched again" {
    own_host
    start_node n1
    local address
    address=$(addr_of n1)
    start_watch w n1
    start_watch again n1 --retry
    wait_line w sync
    wait_line again sync
    end_node n1 KILL
    start_node n1 -b "$address"
    end_itself w 3
    assert_count w ' watch-lost ' -eq 1
    wait_line again 'gap reason=instance'
    wait_until 10 "a second sync" more_lines again ' sync ' 1
    start_node n2 -J n1
    wait_line again 'member-join node=n2'
}

@test "a closed output ends it quietly, also when nothing happens" {
    start_node n1
    make_ids monitor mon
    run_code 0 bash -c "set -o pipefail
        swim-watch -k '$IDS/mon' --connect $(addr_of n1) -t 20s 2>'$OUT/quiet' | sed -n '/ sync /q'"
    [ ! -s "$OUT/quiet" ]
}

@test "-x runs a command for each line, with the line as its input" {
    start_node n1
    # shellcheck disable=SC2016
    start_watch w n1 -E member-join -c 1 -x 'echo "$SWIM_EVENT $SWIM_NODE"; cut -d" " -f2; exit 3'
    wait_line w sync
    start_node n2 -J n1
    end_itself w 0
    grep -qx 'member-join n2' "$OUT/w.out"
    grep -qx 'member-join' "$OUT/w.out"
    grep -q "ended with 3" "$OUT/w.err"
}

more_events() { # WHO N: its node has told so many events
    [ "$(stat "$1" info -H -o events)" -ge "$2" ]
}

@test "a reader that stops is told what it lost, and the node does not wait for it" {
    local long fast=(--probe-interval 11ms --probe-timeout 10ms)
    long=$(printf 'n%.0s' {1..60}) # long lines fill a queue sooner
    start_node n1 "${fast[@]}"
    start_node "$long" "${fast[@]}" -J n1
    wait_sees n1 2
    start_watch w n1
    wait_line w sync
    kill -STOP "${PID[w]}"
    wait_until 60 "n1 to tell 1300 events" more_events n1 1300
    kill -CONT "${PID[w]}"
    wait_line w 'overflow dropped=*' 30
    wait_sees n1 2
}

@test "bad arguments are exit code 2; who may not look is 5, a stranger 4" {
    start_node n1
    start_watch a n1 --until alive
    end_itself a 2
    start_watch b n1 --until 'pool.total>1'
    end_itself b 2
    local term
    for term in 'rtt_ms.p99<5' 'cert_days>1' 'node.n1.rtt_ms<5' 'node.n1.cert_days>1' 'node.n1.age>1'; do
        run_code 2 swim-watch --until "alive>=1,$term" # needs no node to know it
        assert_output_has "^swim-watch: --until: '$term' is not about members"
    done
    start_watch c n1 --since x
    end_itself c 2
    start_watch d n1 -T role
    end_itself d 2
    make_ids member m
    run_code 5 swim-watch -k "$IDS/m" --connect "$(addr_of n1)" -t 5s
    run_code 3 swim-watch -k "$IDS/m" --connect 127.0.0.1:1 -t 5s
    run_code 4 swim-watch -k "$IDS/none" --connect "$(addr_of n1)"
}
