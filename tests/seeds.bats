# Seeds that are dead, late, mute, unknown to the resolver, or ourselves.

load helpers/start

# An address that nobody listens at any more.
dead_address() {
    start_node gone
    end_node gone KILL 137
    addr_of gone
}

@test "two seeds of which one is dead: the node joins by the other and tries on" {
    own_host
    dead_address >/dev/null
    start_node n1
    start_node n2 -J gone -J n1
    wait_line n2 "join-retry peer=$(addr_of gone) leg=udp reason=refused"
    wait_line n2 'joined peer=n1'
    wait_alive n2 2
    wait_lines n2 "join-retry peer=$(addr_of gone)" 2 20
}

@test "a seed that answers nothing does not hold up the other one" {
    start_echo mute
    kill -STOP "${PID[mute]}"
    start_node n1
    start_node n2 -J mute -J n1
    wait_line n2 'joined peer=n1' 3
    wait_alive n2 2
    wait_line n2 "join-retry peer=$(addr_of mute) leg=udp reason=no-reply" 20
}

@test "a seed that comes up last: the others wait for it, and all form" {
    own_host
    local seed who
    dead_address >/dev/null
    seed=$(addr_of gone)
    for who in n2 n3 n4; do start_node $who -J "$seed"; done
    for who in n2 n3 n4; do wait_lines $who "join-retry peer=$seed" 2; done
    start_node n1 -b "$seed"
    for who in n1 n2 n3 n4; do wait_sees $who alive=4 20; done
}

@test "a seed whose name does not resolve is told, never an end" {
    start_node n1
    start_node n2 -J no-such-host.invalid:7436 -J n1
    wait_line n2 'joined peer=n1'
    wait_line n2 'join-retry peer=no-such-host.invalid:7436 leg=resolve' 20
    wait_lines n2 'join-retry peer=no-such-host.invalid:7436 leg=resolve' 2 30
    wait_sees n2 alive=2
    start_node n3 -J no-such-host.invalid
    wait_line n3 'join-retry peer=no-such-host.invalid* leg=resolve' 20
    wait_sees n3 alive=1
    end_node n3 TERM 0
}

@test "a seed that is ourselves is skipped" {
    own_host
    dead_address >/dev/null
    start_node n1 -b "$(addr_of gone)" -J gone
    wait_line n1 'join-retry peer=* reason=self'
    start_node n2 -J n1
    wait_alive n1 2
    assert_count n1 ' join-retry ' -eq 1
}

@test "a seed that died is looked for until it lives again: halves meet by their seeds" {
    own_host
    local who
    start_cluster n1 n2 n3
    local seed
    seed=$(addr_of n1)
    end_node n1 KILL 137
    for who in n2 n3; do wait_sees $who 'node.n1=dead' 20; done
    # It comes back without knowing anybody, at its old address.
    start_node n1 -b "$seed"
    for who in n1 n2 n3; do wait_sees $who 'alive=3,dead=0' 30; done
    wait_sees n2 'node.n1.inc>1'
}
