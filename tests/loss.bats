# A network that loses packets, blocks one way, splits and heals: eight hosts around a bridge.

load helpers/start
load helpers/netns

# One of these at a time, beside tests of other files.
export BATS_NO_PARALLELIZE_WITHIN_FILE=true

hosts=(n1 n2 n3 n4 n5 n6 n7 n8)

# Eight members, each on a host of its own.
eight_hosts() { # ARGS..
    local name
    netns_hosts "${hosts[@]}"
    start_node n1 -b 10.99.0.1:7436 "$@"
    for name in "${hosts[@]:1}"; do
        launch_node "$name" -b "$(netns_host_addr "$name"):7436" -J 10.99.0.1:7436 "$@"
    done
    for name in "${hosts[@]}"; do wait_sees "$name" alive=8 30; done
}

nobody_dead() {
    local name
    for name in "${hosts[@]}"; do refute_now "$name" ' member-dead '; done
}

@test "a tenth of all packets lost, both ways, for a minute: no live node is called dead" {
    eight_hosts --profile lan
    local name
    for name in "${hosts[@]}"; do netns_lose "$name" 10; done
    # A minute of periods; local health may stretch them.
    wait_lines n1 probe $(($(count_lines n1 ' probe ') + 55)) 150
    nobody_dead
    for name in "${hosts[@]}"; do [ "$(netns_dropped "$name")" -ge 10 ]; done
    netns_heal
    for name in "${hosts[@]}"; do wait_sees "$name" alive=8,suspect=0,dead=0 30; done
    nobody_dead
}

@test "one way blocked between two nodes: nobody is called dead" {
    local name
    eight_hosts --profile lan
    netns_block n3 n7
    wait_lines n3 probe $(($(count_lines n3 ' probe ') + 20)) 60
    wait_lines n7 probe $(($(count_lines n7 ' probe ') + 5)) 60
    nobody_dead
    [ "$(netns_dropped n3)" -gt 2 ]
    for name in n1 n2 n4 n5 n6 n8; do assert_count "$name" ' member-suspect ' -eq 0; done
    wait_sees n1 alive=8
}

@test "a split of four and four, dead to each other, heals by itself: all alive without a restart" {
    many_nodes
    eight_hosts
    local name
    netns_split n1 n2 n3 n4 / n5 n6 n7 n8
    for name in "${hosts[@]}"; do wait_sees "$name" alive=4,dead=4 40; done
    for name in "${hosts[@]}"; do
        wait_line "$name" 'partition side=even seen=4 known=8' 40
    done
    netns_heal
    for name in "${hosts[@]}"; do wait_sees "$name" alive=8,suspect=0,dead=0 40; done
    for name in "${hosts[@]}"; do wait_line "$name" partition-healed 20; done
}
