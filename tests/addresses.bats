# Hosts with several addresses: which one is told to others, and which one answers.

load helpers/start
load helpers/netns

# Two hosts with two addresses each; the second one of a host ends in 10x. Told to others is the one
# on the way to the rest of the world.
two_hosts() {
    local i name
    netns_hosts a b
    for i in 1 2; do
        name=$(cut -d ' ' -f "$i" <<<'a b')
        netns_in "$name" ip addr add "10.99.0.10$i/24" dev eth0
        netns_in "$name" ip addr add "fd99::10$i/64" dev eth0 nodad preferred_lft 0
        netns_in "$name" ip route add default via 10.99.0.200
        netns_in "$name" ip -6 route add default via fd99::200
    done
    make_ids monitor mon
}

# The second address of a answers too, from itself: it could not be heard else.
ping_from_b() { # ADDR
    run_code 0 netns_in b swim-ping -k "$IDS/mon" -c 2 -i 10ms "$1"
    [ "$(grep -cF "ack from a ($1):" <<<"$output")" = 2 ]
}

@test "two nodes on the IPv4 wildcard find each other, and each address answers from itself" {
    two_hosts
    start_node a -b 0.0.0.0:7436
    start_node b -b 0.0.0.0:7436 -J 10.99.0.1:7436
    assert_field a listening advertise 10.99.0.1:7436
    assert_field b listening advertise 10.99.0.2:7436
    wait_line b 'member-join node=a addr=10.99.0.1:7436'
    wait_line a 'member-join node=b addr=10.99.0.2:7436'
    wait_lines a 'probe node=b via=direct rc=ack' 3
    wait_lines b 'probe node=a via=direct rc=ack' 3
    ping_from_b 10.99.0.1:7436
    ping_from_b 10.99.0.101:7436
}

@test "two nodes on the wildcard of both families find each other, and each address answers from itself" {
    two_hosts
    start_node a -b '[::]:7436'
    start_node b -b '[::]:7436' -J '[fd99::1]:7436'
    assert_field b listening advertise '[fd99::2]:7436'
    wait_line a 'member-join node=b addr=[fd99::2]:7436'
    wait_alive b 2
    wait_lines a 'probe node=b via=direct rc=ack' 3
    wait_lines b 'probe node=a via=direct rc=ack' 3
    ping_from_b '[fd99::1]:7436'
    ping_from_b '[fd99::101]:7436'
    ping_from_b 10.99.0.1:7436
    ping_from_b 10.99.0.101:7436
}

@test "a node that joins by the second address of its seed is a member at the first" {
    two_hosts
    start_node a -b 0.0.0.0:7436
    start_node b -b 0.0.0.0:7436 -J 10.99.0.101:7436
    wait_line b 'joined peer=a'
    wait_line b 'member-join node=a addr=10.99.0.1:7436'
    wait_lines a 'probe node=b via=direct rc=ack' 3
    wait_lines b 'probe node=a via=direct rc=ack' 3
}
