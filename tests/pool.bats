# The limits of swim-ping's pool: per peer, in all, and how a sweep lives within them.

load helpers/start

# ping ARGS..: swim-ping as monitor.
ping() {
    make_ids monitor mon
    swim-ping -k "$IDS/mon" "$@"
}

@test "per-peer limit 2: the third at once fails by name, the two others still ack" {
    start_echo b --fault 'ping:delay=300ms'
    run_code 6 ping -c 3 -i 0 --parallel 3 --max-per-peer 2 "$(addr_of b)"
    assert_output_has ': pseq=3 leg=pool reason=PoolFull current=2 max=2$'
    [ "$(grep -c '^ack from b' <<<"$output")" = 2 ]
    assert_output_has '^3 pings, 2 acks, '
    [ "${lines[-1]}" = "pool: opened=2 reused=0 evicted=0 total=2 in-use=0 idle=2" ]
    end_node b TERM 0
    assert_field b echo-stats conns 2
}

@test "total limit 2, three servers, idle connections: the least recently used one goes" {
    start_echo b
    start_echo c
    start_echo d
    run_code 0 ping -c 1 --max-total 2 "$(addr_of b)" "$(addr_of c)" "$(addr_of d)"
    [ "$(grep -oE '^ack from [a-z]' <<<"$output" | tr '\n' ' ')" = "ack from b ack from c ack from d " ]
    [ "${lines[-1]}" = "pool: opened=3 reused=0 evicted=1 total=2 in-use=0 idle=2" ]
}

@test "a connection that comes back to find its place taken dials again" {
    start_echo b
    start_echo c
    start_echo d
    run_code 0 ping -c 2 -i 0 --max-total 2 "$(addr_of b)" "$(addr_of c)" "$(addr_of d)"
    [ "${lines[-1]}" = "pool: opened=6 reused=0 evicted=4 total=2 in-use=0 idle=2" ]
}

@test "total limit 2, three servers, all in use: PoolFull at once" {
    local began
    start_echo b --fault 'ping:delay=1s'
    start_echo c --fault 'ping:delay=1s'
    start_echo d --fault 'ping:delay=1s'
    began=$(now_ms)
    run_code 6 ping -c 1 --parallel 1 --max-total 2 --format line \
        "$(addr_of b)" "$(addr_of c)" "$(addr_of d)"
    [ $(($(now_ms) - began)) -lt $((10000 * STRETCH)) ]
    # The first line of all is the failure: it waited for nobody.
    [[ ${lines[0]} =~ \ no-ack\ .*\ leg=pool\ reason=PoolFull\ current=2\ max=2$ ]]
    [ "$(grep -c ' ack node=' <<<"$output")" = 2 ]
    assert_count d ' rx type=ping ' -eq 0
}

@test "exhaustion at total 1: the second fails cleanly, the first goes on working" {
    start_echo b --fault 'ping#1:delay=300ms'
    start_echo c
    run_code 6 ping -c 3 -i 100ms --parallel 1 --max-total 1 "$(addr_of b)" "$(addr_of c)"
    [ "$(grep -c '^ack from b' <<<"$output")" = 3 ]
    assert_output_has ': pseq=1 leg=pool reason=PoolFull current=1 max=1$'
}

# All of 127.0.0.0/8 is loopback: a server on the wildcard is seventy targets.
seventy() {
    local port i
    start_echo b -b 0.0.0.0:0 "$@"
    port=$(addr_of b | cut -d: -f2)
    for i in {1..70}; do echo "127.0.0.$i:$port"; done >"$OUT/list"
}

@test "seventy targets from a file, one after the other: none finds the pool full" {
    seventy
    run_code 0 ping -c 2 -i 0 -f "$OUT/list"
    [ "$(grep -c '^ack from b' <<<"$output")" = 140 ]
    [ "${lines[-1]}" = "pool: opened=70 reused=70 evicted=0 total=0 in-use=0 idle=0" ]
}

# Who waited for a place for as long as the ones before it take would be out of time with its own ack.
@test "seventy targets from a file, as many at once as there is room for: none times out waiting" {
    seventy --fault 'ping:delay=2s'
    run_code 0 ping -f "$OUT/list" --parallel 1 -W 3900ms
    [ "$(grep -c '^ack from b' <<<"$output")" = 70 ]
    [ "${lines[-1]}" = "pool: opened=70 reused=0 evicted=0 total=0 in-use=0 idle=0" ]
}

@test "--sweep does the same for targets that were typed, also with fewer places than pings" {
    start_echo b
    start_echo c
    start_echo d
    run_code 0 ping --sweep -c 4 -i 0 --parallel 4 --max-total 3 \
        "$(addr_of b)" "$(addr_of c)" "$(addr_of d)"
    [ "$(grep -c '^ack from' <<<"$output")" = 12 ]
    [ "${lines[-1]}" = "pool: opened=9 reused=3 evicted=0 total=0 in-use=0 idle=0" ]
}
