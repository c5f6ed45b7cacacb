# A cluster forms, loses a member, lets one leave, takes one back.

load helpers/start

# The incarnation of a member as a node sees it.
inc_of() { # WHO NODE
    stat "$1" members -n "$2" -H -o inc
}

ended_by_kill() { # NODE SURVIVOR..: killed, and every survivor declares it dead, by name
    local dead=$1 who
    shift
    end_node "$dead" KILL 137
    for who in "$@"; do
        wait_line "$who" "member-dead node=$dead"
        assert_count "$who" "^[^ ]+ member-dead .*node=$dead .*by=($(tr ' ' '|' <<<"$*")) " -eq 1
        wait_sees "$who" "node.$dead=dead,alive=$#"
    done
}

@test "three nodes converge from one seed, all started together" {
    start_cluster n1 n2 n3
    wait_line n2 'joined peer=* members=*'
    wait_line n1 'member-join node=n2'
    wait_line n1 'member-join node=n3'
    wait_line n3 'member-join node=n2'
    refute_now n1 ' member-(suspect|dead) '
}

@test "eight nodes converge from one seed, all started together" {
    many_nodes
    start_cluster n1 n2 n3 n4 n5 n6 n7 n8
    local who
    for who in n1 n2 n3 n4 n5 n6 n7 n8; do
        assert_count "$who" '^[^ ]+ member-join ' -ge 7
    done
}

@test "a node killed by SIGKILL is dead on all others, and each line names the accuser" {
    start_cluster n1 n2 n3 n4
    ended_by_kill n4 n1 n2 n3
}

@test "a node that leaves is left on all others, never dead, and prints its five phases in order" {
    start_cluster n1 n2 n3 n4
    leave n4 >"$OUT/leave.out"
    end_itself n4 0
    local who
    for who in n1 n2 n3; do
        wait_line "$who" 'member-leave node=n4'
        wait_sees "$who" 'node.n4=left,alive=3'
    done
    [ "$(grep -oE ' shutdown .*phase=[a-z]+' "$OUT/n4.out" | grep -oE '[a-z]+$' | xargs)" = \
        "leave gossip health pool registry done" ]
    assert_count n4 ' shutdown .*phase=leave rc=ok .*confirmed=[1-9]' -eq 1
    for who in n1 n2 n3; do refute_line "$who" 'member-(suspect|dead) .*node=n4' 15; done
}

@test "restarted at once under its name on a new port: alive above its old incarnation, no conflict" {
    start_cluster n1 n2 n3
    local before
    before=$(inc_of n1 n3)
    end_node n3 KILL 137
    start_node n3 -J n1
    wait_alive n3 3
    wait_sees n1 "alive=3,node.n3=alive,node.n3.inc>$before"
    wait_sees n2 "alive=3,node.n3=alive,node.n3.inc>$before"
    assert_field n3 listening node n3
    [ "$(stat n2 members -n n3 -H -o addr)" = "$(addr_of n3)" ]
    local who
    for who in n1 n2 n3; do refute_line "$who" ' conflict ' 3; done
}

@test "restarted at once under its name on the same port: alive above its old incarnation, no conflict" {
    start_cluster n1 n2 n3
    local before address
    before=$(inc_of n1 n3)
    address=$(addr_of n3)
    end_node n3 KILL 137
    start_node n3 -b "$address" -J n1
    [ "$(addr_of n3)" = "$address" ]
    wait_alive n3 3
    wait_sees n1 "alive=3,node.n3=alive,node.n3.inc>$before"
    wait_sees n2 "alive=3,node.n3=alive,node.n3.inc>$before"
    local who
    for who in n1 n2 n3; do refute_line "$who" ' conflict ' 3; done
}

@test "one that was declared dead comes back under its name and is alive on all" {
    start_cluster n1 n2 n3
    ended_by_kill n3 n1 n2
    start_node n3 -J n1
    wait_line n1 'member-alive node=n3'
    wait_line n2 'member-alive node=n3'
    wait_alive n3 3
}

@test "tags are seen by all" {
    start_node n1 -T role=db -T zone=a
    start_node n2 -J n1 -T role=web
    start_node n3 -J n2
    wait_alive n1 3
    wait_alive n2 3
    wait_alive n3 3
    wait_line n3 'member-join node=n1 tag.role=db tag.zone=a'
    wait_line n3 'member-join node=n2 tag.role=web'
    wait_line n1 'member-join node=n2 tag.role=web'
    run_code 0 stat n3 members -n n1 -H -o node,tags
    assert_output_has 'role=db'
    assert_output_has 'zone=a'
}

@test "over IPv6: three nodes form, one is killed, one leaves" {
    [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6 || skip "no IPv6 loopback"
    export HOST='[::1]'
    start_cluster n1 n2 n3 n4
    [[ $(addr_of n1) == "[::1]:"* ]]
    ended_by_kill n4 n1 n2 n3
    leave n3 >"$OUT/leave.out"
    end_itself n3 0
    wait_line n1 'member-leave node=n3'
    wait_line n2 'member-leave node=n3'
    refute_line n1 'member-dead .*node=n3' 5
}
