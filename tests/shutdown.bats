# How a node ends: phase by phase, forced, or without a word.

load helpers/start

phases_of() { # WHO
    grep -oE ' shutdown .*phase=[a-z]+' "$OUT/$1.out" | grep -oE '[a-z]+$' | xargs
}

@test "TERM leaves: five phases in order, exit 0, left on the others" {
    start_cluster n1 n2 n3
    end_node n2 TERM 0
    [ "$(phases_of n2)" = "leave gossip health pool registry done" ]
    assert_count n2 ' shutdown .*rc=ok ' -eq 6
    assert_count n2 ' shutdown .*phase=leave .*confirmed=[1-9]' -eq 1
    wait_line n1 'member-leave node=n2'
    wait_line n3 'member-leave node=n2'
    refute_line n1 'member-dead .*node=n2' 10
}

@test "INT does the same as TERM" {
    start_cluster n1 n2
    end_node n2 INT 0
    [ "$(phases_of n2)" = "leave gossip health pool registry done" ]
    wait_line n1 'member-leave node=n2'
}

@test "a node alone leaves at once: nobody has to confirm" {
    start_node n1
    end_node n1 TERM 0
    assert_count n1 ' shutdown .*phase=leave rc=ok .*confirmed=0' -eq 1
}

@test "QUIT stops without a leave: exit 0, no leave phase, dead on the others" {
    start_cluster n1 n2 n3
    end_node n3 QUIT 0
    refute_now n3 ' shutdown .*phase=leave'
    wait_line n1 'member-dead node=n3'
    wait_line n2 'member-dead node=n3'
    refute_now n1 ' member-leave .*node=n3'
}

# Signals that come before the first is taken are one; so it is sent until it has told.
ended_by_more_signals() { # WHO SIGNAL
    has_ended "$1" || ! kill -s "$2" "${PID[$1]}"
}

@test "a second signal forces: 128 and its number" {
    start_cluster n1 n2
    # n1 is stopped, so nobody can confirm the leave and the second signal meets it.
    kill -STOP "${PID[n1]}"
    wait_until 10 "n2 to end by its second SIGTERM" ended_by_more_signals n2 TERM
    end_itself n2 143
    kill -CONT "${PID[n1]}"
    refute_now n2 ' shutdown .*phase=done'
}

@test "swim-leave prints the phases up to done and ends when the node is gone" {
    start_cluster n1 n2 n3
    run_code 0 leave n3
    [ "$(grep -oE ' phase=[a-z]+' <<<"$output" | cut -d= -f2 | xargs)" = \
        "leave gossip health pool registry done" ]
    end_itself n3 0
    run_code 3 leave n3 -t 2s
}

# n1 is stopped: its socket takes what comes, and confirms nothing.
@test "a peer that confirms nothing is cut by the limit, the next phases run, and it is told" {
    start_node n1 --profile lan
    start_node n2 --profile lan --leave-timeout 2s -J n1
    wait_sees n2 2
    kill -STOP "${PID[n1]}"
    end_node n2 TERM 0
    kill -CONT "${PID[n1]}"
    [ "$(phases_of n2)" = "leave gossip health pool registry done" ]
    assert_count n2 ' shutdown .*phase=leave rc=timeout elapsed_ms=20[0-9][0-9].* confirmed=0' -eq 1
    assert_count n2 ' shutdown .*phase=(gossip|health|registry) rc=ok ' -eq 3
    assert_count n2 ' shutdown .*phase=done rc=timeout ' -eq 1
}

@test "swim-leave says 1 when a phase ran out of its time" {
    start_node n1 --profile lan
    start_node n2 --profile lan --leave-timeout 2s -J n1
    wait_sees n2 2
    kill -STOP "${PID[n1]}"
    run_code 1 leave n2
    assert_output_has ' phase=leave rc=timeout '
    assert_output_has ' phase=done rc=timeout '
    end_itself n2 0
    kill -CONT "${PID[n1]}"
}

cold() { # WHO: no connection of its pool is left
    stat "$1" pool -H >"$OUT/pool" && [ ! -s "$OUT/pool" ]
}

@test "a leave is left on all and never dead also when every connection was cold" {
    local name quiet=(--probe-interval 60s --pool-idle 500ms)
    start_node n1 "${quiet[@]}"
    for name in n2 n3 n4; do start_node "$name" "${quiet[@]}" -J n1; done
    for name in n1 n2 n3 n4; do wait_sees "$name" 4; done
    for name in n1 n2 n3 n4; do wait_until 20 "$name to be cold" cold "$name"; done
    end_node n4 TERM 0
    assert_count n4 ' shutdown .*phase=leave rc=ok .* confirmed=3' -eq 1
    for name in n1 n2 n3; do
        wait_line "$name" 'member-leave node=n4'
        refute_now "$name" ' member-dead '
    done
}
