# Connections are kept and used again: by swim-ping, and by the members of a cluster.

load helpers/start

@test "ten pings use one connection, seen from both sides" {
    start_echo b
    make_ids monitor mon
    run_code 0 swim-ping -k "$IDS/mon" -c 10 -i 20ms "$(addr_of b)"
    [ "${lines[-1]}" = "pool: opened=1 reused=9 evicted=0 total=1 in-use=0 idle=1" ]
    [ "$(grep -c ' conn=new ' <<<"$output")" = 1 ]
    [ "$(grep -c ' conn=reused ' <<<"$output")" = 9 ]
    end_node b TERM 0
    assert_field b echo-stats conns 1
    assert_field b echo-stats pings 10
    assert_field b echo-stats acks 10
}

@test "a full pool evicts the connection that was used longest ago" {
    start_echo b
    start_echo c
    start_echo d
    make_ids monitor mon
    run_code 0 swim-ping -k "$IDS/mon" -c 1 --max-total 2 \
        "$(addr_of b)" "$(addr_of c)" "$(addr_of d)"
    [ "${lines[-1]}" = "pool: opened=3 reused=0 evicted=1 total=2 in-use=0 idle=2" ]
}

# The members that this node has connections with, one a line, sorted.
peers_of() {
    stat "$1" pool -H -o peer | grep -xE '[a-d] *' | sort
}

one_connection_per_peer() {
    local name
    for name in a b c d; do
        [ "$(peers_of $name | tr -d ' ' | tr '\n' ' ')" = "$(echo a b c d | tr -d "$name" | xargs) " ] ||
            fail_with "$name has connections with: $(peers_of $name | xargs)"
    done
}

@test "four members have one connection per pair from the fifth period on, for fifty periods" {
    local name opened=()
    start_cluster a b c d
    for name in a b c d; do wait_lines $name probe 5 60; done
    one_connection_per_peer
    for name in a b c d; do opened+=("$(count_lines $name ' pool-open ')"); done
    for name in a b c d; do wait_lines $name probe 55 60; done
    one_connection_per_peer
    for name in a b c d; do
        assert_count $name ' pool-open ' -eq "${opened[0]}"
        opened=("${opened[@]:1}")
    done
}
