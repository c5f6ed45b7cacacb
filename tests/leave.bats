# swim-leave: its own node with a reason or a drain, and others by force.

load helpers/start

@test "a leave carries its reason to all others" {
    start_cluster n1 n2 n3
    run_code 0 leave n3 -m 'kernel update'
    wait_line n1 'member-leave node=n3'
    assert_count n1 ' member-leave .*node=n3 .*reason="kernel\\u0020update"' -eq 1
    wait_line n2 'member-leave node=n3'
    end_itself n3 0
}

@test "a drain is told to all at once, answers to its end, and then leaves" {
    start_cluster n1 n2 n3
    make_ids monitor mon
    local address
    address=$(addr_of n3)
    start_program drain swim-leave -k "$IDS/n3" --connect "$address" --drain 2s -m moving
    wait_line drain 'leaving node=n3 drain_ms=2000'
    wait_line n1 'member-leave node=n3 reason=moving'
    wait_line n2 'member-leave node=n3 reason=moving'
    run_code 0 swim-ping -k "$IDS/mon" -c 1 "$address"
    refute_now n3 ' shutdown '
    end_itself drain 0
    end_itself n3 0
    assert_count drain ' shutdown .*rc=ok ' -eq 6
    refute_now n1 ' member-dead .*node=n3'
}

@test "--no-wait returns at once; the node goes all the same" {
    start_cluster n1 n2
    run_code 0 leave n2 --no-wait
    [ -z "$output" ]
    end_itself n2 0
    wait_line n1 'member-leave node=n2'
}

@test "a dead member can be forced to have left: unknown 1, live 1 without --yes, left 0" {
    start_cluster n1 n2 n3
    run_code 1 leave n1 --force nobody
    assert_output_has 'nobody is unknown here'
    run_code 1 leave n1 --force n3
    assert_output_has 'n3 is alive: .*--yes'
    end_node n3 KILL
    wait_line n1 'member-dead node=n3'
    run_code 0 leave n1 --force n3
    wait_line n1 'member-leave node=n3 reason=forced'
    wait_line n2 'member-leave node=n3'
    run_code 0 leave n1 --force n3
    run_code 0 stat n1 --expect 'node.n3=left'
}

@test "a live member that is forced out says that it is not so" {
    start_cluster n1 n2 n3
    run_code 0 leave n1 --force n3 --yes
    wait_line n3 'refute was=left'
    run_code 0 stat n1 --wait 'alive>=3,node.n3.inc>1' -t 10s
    run_code 0 stat n2 --wait 'alive>=3,node.n3.inc>1' -t 10s
}

@test "a pruned member is forgotten by all, and can come back under its name" {
    start_cluster n1 n2 n3
    end_node n3 KILL
    wait_line n1 'member-dead node=n3'
    run_code 0 leave n1 --force n3 --prune
    wait_line n1 'member-reap node=n3'
    wait_line n2 'member-reap node=n3'
    run_code 1 leave n1 --force n3
    start_node n3 -J n1
    run_code 0 stat n1 --wait 'alive>=3' -t 10s
    run_code 0 stat n2 --wait 'alive>=3' -t 10s
}

@test "the dead and the left are forgotten after a while" {
    start_node n1 --reap-after 2s
    start_node n2 --reap-after 2s -J n1
    start_node n3 --reap-after 2s -J n1
    wait_sees n1 3
    end_node n3 KILL
    end_node n2 TERM 0
    wait_line n1 'member-reap node=n2' 20
    wait_line n1 'member-reap node=n3' 20
    run_code 0 stat n1 --expect 'dead=0,left=0,alive=1'
}

@test "a monitor may force nobody out: 5; what does not fit together: 2" {
    start_cluster n1 n2
    make_ids monitor mon
    run_code 5 swim-leave -k "$IDS/mon" --connect "$(addr_of n1)" --force n2
    run_code 2 leave n1 --prune
    run_code 2 leave n1 --force n2 --drain 2s
    run_code 2 leave n1 --force 'a b'
    run_code 2 leave n1 -m "$(printf 'x%.0s' {1..129})"
    run_code 0 stat n1 --expect 'alive=2'
}
