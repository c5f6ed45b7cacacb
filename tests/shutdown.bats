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
