# Whom swim-ping pings: members that a node knows by name or tag, and nodes that others ping for us.

load helpers/start

# ping ARGS..: swim-ping as monitor, names asked of the node a.
ping() {
    make_ids monitor mon
    swim-ping -k "$IDS/mon" --connect "$(addr_of a)" "$@"
}

@test "a name is asked of the node, and its certificate must say it" {
    start_cluster a b
    run_code 0 ping b
    assert_output_has "^ack from b \\($(addr_of b)\\): pseq=1 inc=[0-9]+ via=direct conn=new "
    run_code 0 ping -c 2 -i 0 a b
    [ "$(grep -c '^ack from' <<<"$output")" = 4 ]
}

@test "a name that nobody knows is a loss of its own, exit code 1" {
    start_cluster a b
    run_code 1 ping b nobody
    assert_output_has '^no ack from nobody: pseq=1 leg=resolve reason=not-found$'
    assert_output_has '^ack from b '
    assert_output_has '^swim-ping: nobody: '
}

@test "@all are the members that have not left, the node that is asked too" {
    start_cluster a b c
    run_code 0 ping @all
    [ "$(grep -oE '^ack from [abc] ' <<<"$output" | sort | tr -d '\n')" = \
        "ack from a ack from b ack from c " ]
    [ "${lines[-1]}" = "pool: opened=3 reused=0 evicted=0 total=0 in-use=0 idle=0" ]
    leave c
    wait_sees a node.c=left
    run_code 0 ping -a @all
    [ "$(sort <<<"$output" | xargs)" = "a b" ]
}

@test "a dead member is of @all, and -u names it" {
    start_cluster a b c
    end_node c KILL
    wait_sees a node.c=dead
    run_code 1 ping -W 500ms -u @all
    [ "$output" = c ]
    run_code 1 ping @all
    assert_output_has '^no ack from c: pseq=1 leg=udp reason=refused$'
}

@test "@KEY=VALUE are the members with that tag; none is exit code 1" {
    start_node a
    start_node b -J a -T role=web
    start_node c -J a -T role=db
    for name in a b c; do wait_alive $name 3; done
    run_code 0 ping -a @role=web
    [ "$output" = b ]
    run_code 0 ping -a @role=web c @role=db
    [ "$output" = $'b\nc' ]
    run_code 1 ping @role=none
    assert_output_has '^swim-ping: @role=none: no member '
    run_code 0 ping -a -f - <<<"@role=db"
    [ "$output" = c ]
}

@test "a node that can't be asked is exit code 1, and what needs no name is pinged" {
    start_echo a
    end_node a TERM
    start_echo b
    run_code 1 ping -t 5s b @all "$(addr_of b)"
    assert_output_has '^no ack from b: pseq=1 leg=resolve reason=unreachable$'
    assert_output_has '^ack from b '
    assert_output_has "^swim-ping: .*$(addr_of a).*nothing listens"
}

@test "a helper pings for us" {
    start_cluster a b c
    run_code 0 ping -c 2 -i 0 --via b c
    assert_output_has "^ack from c \\($(addr_of c)\\): pseq=1 inc=[0-9]+ via=b conn=new time="
    assert_output_has '^ack from c .*: pseq=2 inc=[0-9]+ via=b conn=reused time='
    assert_output_has '^--- c ping statistics ---$'
    [ "${lines[-1]}" = "pool: opened=1 reused=1 evicted=0 total=1 in-use=0 idle=1" ]
    wait_line b 'ping-req node=c from=mon helper=b rc=ack'
}

@test "several helpers are asked in turn, over a connection each" {
    start_cluster a b c
    run_code 0 ping -c 4 -i 0 --via "b@$(addr_of b)" --via a "c@$(addr_of c)"
    [ "$(grep -oE ' via=[a-z]' <<<"$output" | tr -d '\n')" = " via=b via=a via=b via=a" ]
    assert_output_has '^pool: opened=2 reused=2 '
}

@test "a target that is not a member can be pinged through one" {
    start_cluster a b
    start_echo c
    run_code 0 ping --via a "c@$(addr_of c)"
    assert_output_has '^ack from c .* via=a '
    wait_line c 'rx type=ping from=a'
}

@test "a helper that gets no ack says so; one that is silent or away is named" {
    start_cluster a b
    start_echo c --fault 'ping:no-ack'
    run_code 1 ping -W 1s --via a "c@$(addr_of c)"
    assert_output_has '^no ack from c@.*: pseq=1 via=a leg=via reason=nack$'
    run_code 1 ping -W 300ms --via "$(addr_of c)" b
    assert_output_has '^no ack from b: pseq=1 via=c leg=via reason=(nack|timeout)$'
    end_node c TERM 0
    run_code 1 ping -W 1s --via "$(addr_of c)" b
    assert_output_has "^no ack from b: pseq=1 via=$(addr_of c) leg=via reason=refused\$"
    run_code 4 ping --via "x@$(addr_of a)" b
    assert_output_has ' leg=via reason=name-mismatch$'
}

@test "a helper serves a whole sweep" {
    start_cluster a b c
    run_code 0 ping --via a --parallel 2 -c 2 -i 0 @all
    [ "$(grep -c '^ack from .* via=a ' <<<"$output")" = 6 ]
    [[ $output != *PoolFull* ]]
}
