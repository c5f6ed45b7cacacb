# swim-diff: whether the members see the same, and who sees what otherwise.

load helpers/start

# diff_of WHO ARGS..: swim-diff from a node on, as monitor.
diff_of() {
    make_ids monitor mon
    swim-diff -k "$IDS/mon" --connect "$(addr_of "$1")" "${@:2}"
}

agree() { diff_of "$@" >/dev/null; }

# Members that tell each other nothing but at a join, for long enough.
SILENT=(--profile wan --probe-interval 1h --gossip-interval 1h)

@test "members that agree: nothing is printed but with -v, and the exit code is 0" {
    start_cluster n1 n2 n3
    wait_until 10 "the members to agree" agree n1
    run -0 --separate-stderr diff_of n2
    [ -z "$output$stderr" ]
    run -0 --separate-stderr diff_of n3 -v
    [ -z "$output" ]
    # shellcheck disable=SC2154 # bats sets it
    [[ $stderr =~ swim-diff:\ 3\ members\ asked,\ 0\ of\ them\ in\ vain,\ 0\ disagreements,\ the\ view\ of\ n3\ is\ [0-9a-f]{16} ]]
    [ "$(stat n1 info -H -o view)" = "$(grep -oE '[0-9a-f]{16}' <<<"$stderr")" ]
}

@test "a dead or left record that only some hold is no disagreement" {
    start_cluster n1 n2 n3
    end_node n3 KILL
    wait_line n1 'member-dead node=n3'
    wait_line n2 'member-dead node=n3'
    start_node n4 -J n1 # it never hears of n3
    wait_sees n4 'alive=3'
    wait_sees n2 'alive=3'
    wait_until 10 "the members to agree" agree n1
    run_code 0 diff_of n4
    [ -z "$output" ]
}

# n3 was started anew, and n2 alone has heard of it; n4 came, and that n3 has not heard of it.
disagreeing() {
    start_node n1 "${SILENT[@]}"
    start_node n2 -J n1 "${SILENT[@]}"
    wait_line n2 'joined peer=n1'
    start_node n3 -J n2 "${SILENT[@]}"
    wait_line n1 'member-join node=n3'
    OLD=$(addr_of n3)
    end_node n3 KILL
    start_node n3 -J n2 "${SILENT[@]}" -T role=web
    wait_line n2 'member-alive node=n3'
    start_node n4 -J n1 "${SILENT[@]}"
    wait_line n2 'member-join node=n4'
    wait_line n4 'joined peer=n1'
    NEW=$(addr_of n3)
}

news_have_spread() {
    has_line n1 ' member-alive .*node=n3 ' || has_line n3 ' member-join .*node=n4 '
}

# diff_in_disagreement ARGS..: as `run diff_of ARGS..`. A sync that is due just then, once a minute,
# would spread the news: then all begins anew.
diff_in_disagreement() {
    local name
    for _ in {1..8}; do
        disagreeing
        run diff_of "$@"
        news_have_spread || return 0
        for name in n1 n2 n3 n4; do end_node "$name" KILL; done
    done
    fail_with "the news have spread each time"
}

@test "a disagreement is a line: what differs, who sees it how, and how many" {
    diff_in_disagreement n2
    # shellcheck disable=SC2154 # bats sets it
    [ "$status" = 1 ]
    [ "${#lines[@]}" = 2 ]
    [ "$(cut -d' ' -f2- <<<"${lines[0]}")" = "diff node=n3 what=inc seen_by=n2 state=alive inc=2 \
addr=$NEW tags=\"role=web\" other=n1 others=2 other_state=alive other_inc=1 other_addr=$OLD other_tags=-" ]
    [ "$(cut -d' ' -f2- <<<"${lines[1]}")" = "diff node=n4 what=state seen_by=n2 state=alive inc=1 \
addr=$(addr_of n4) tags=- other=n3 others=1 other_state=unknown other_inc=- other_addr=- other_tags=-" ]
}

@test "in JSON too, and who is not where the node asked believes can't be asked" {
    diff_in_disagreement n1 -j
    [ "$status" = 1 ]
    jq -es --arg old "$OLD" --arg new "$NEW" 'length == 2 and
        (.[0] | .event == "diff" and .node == "n3" and .what == "inc" and .seen_by == "n1" and
            .inc == 1 and .addr == $old and .tags == null and .other == "n2" and .others == 1 and
            .other_inc == 2 and .other_addr == $new and .other_tags == "role=web") and
        (.[1] | .event == "unasked" and .node == "n3" and .addr == $old and .leg == "udp" and
            .reason == "refused")' <<<"$output"
}

@test "who can't be asked is a line with leg and reason, within -t, and the exit code is 1" {
    start_node n1 --silence-floor 30s
    start_node n2 -J n1 --silence-floor 30s
    start_node n3 -J n1
    for name in n1 n2 n3; do wait_alive "$name" 3; done
    kill -STOP "${PID[n3]}"
    local before
    before=$(now_ms)
    run_code 1 diff_of n1 -t 1s
    [ $(($(now_ms) - before)) -lt $((4000 * STRETCH)) ]
    [ "$(grep -c ' unasked ' <<<"$output")" = 1 ]
    assert_output_has " unasked node=n3 addr=$(addr_of n3) leg=(udp|handshake) reason=(no-reply|timeout)\$"
    # A process that was killed, before it is missed.
    end_node n3 KILL
    run_code 1 diff_of n2 -t 1s
    assert_output_has " unasked node=n3 addr=$(addr_of n3) leg=udp reason=refused\$"
}

@test "a member that answers no questions is said to be one" {
    start_echo mute
    start_node n1 -J mute
    wait_alive n1 2
    run_code 1 diff_of n1 -t 2s
    [ "${#lines[@]}" = 1 ]
    assert_output_has " unasked node=mute addr=$(addr_of mute) leg=alpn reason=alpn\$"
}

@test "many are asked at once" {
    many_nodes
    local name names=(m1 m2 m3 m4 m5 m6)
    start_cluster n1 n2
    for name in "${names[@]}"; do start_node "$name" -J n1 --silence-floor 30s; done
    wait_alive n1 8
    wait_alive n2 8
    for name in "${names[@]}"; do kill -STOP "${PID[$name]}"; done
    local before
    before=$(now_ms)
    run_code 1 diff_of n1 -t 1s
    [ $(($(now_ms) - before)) -lt $((3000 * STRETCH)) ] # not six seconds
    [ "$(grep -c ' unasked ' <<<"$output")" -ge 1 ]
}

@test "bad arguments are exit code 2; no node 3, no identity 4, who may not look 5" {
    run_code 2 swim-diff operand
    run_code 2 swim-diff --format table
    run_code 2 swim-diff -t never
    start_node n1
    make_ids monitor mon
    run_code 3 swim-diff -k "$IDS/mon" --connect 127.0.0.1:1 -t 5s
    run_code 4 swim-diff -k "$IDS/none" --connect "$(addr_of n1)"
    make_ids member m
    run_code 5 swim-diff -k "$IDS/m" --connect "$(addr_of n1)"
    run_code 0 swim-diff -k "$IDS/mon" --connect "$(addr_of n1)"
}
