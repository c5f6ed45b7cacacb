# Nobody there: an error that names the leg, exit code 1, nothing in the pool.

load helpers/start

# A port of loopback that nothing listens on: one that an echo server had until just now.
free_port() {
    start_echo gone
    end_node gone TERM 0
    GONE=$(addr_of gone)
}

@test "nothing listens: refused at once, exit code 1, nothing pooled" {
    local began
    free_port
    make_ids monitor mon
    began=$(now_ms)
    run_code 1 swim-ping -k "$IDS/mon" -c 1 -W 10s "$GONE"
    [ $(($(now_ms) - began)) -lt 5000 ]
    assert_output_has "^no ack from $GONE: pseq=1 leg=udp reason=refused\$"
    assert_output_has '^1 pings, 0 acks, 100% loss, '
    [ "${lines[-1]}" = "pool: opened=0 reused=0 evicted=0 total=0 in-use=0 idle=0" ]
}

@test "the same over IPv6" {
    # shellcheck disable=SC2034 # start_echo binds to it
    HOST='[::1]'
    free_port
    make_ids monitor mon
    run_code 1 swim-ping -k "$IDS/mon" -c 1 -W 10s "$GONE"
    assert_output_has 'leg=udp reason=refused$'
    start_echo b
    run_code 0 swim-ping -k "$IDS/mon" -c 1 "$(addr_of b)"
    assert_output_has '^ack from b \(\[::1\]:[0-9]+\): '
}

@test "a process that is stopped takes packets and answers none: no reply" {
    start_echo b
    make_ids monitor mon
    kill -STOP "${PID[b]}"
    run_code 1 swim-ping -k "$IDS/mon" -c 1 -W 300ms "$(addr_of b)"
    assert_output_has 'pseq=1 leg=udp reason=no-reply$'
    assert_output_has '^pool: opened=0 reused=0 evicted=0 total=0 in-use=0 idle=0$'
}

@test "a server that stops between two pings: the ping times out and its connection is given up" {
    start_echo b
    make_ids monitor mon
    start_program ping swim-ping -k "$IDS/mon" -c 2 -i 500ms -W 300ms "$(addr_of b)"
    wait_line b 'tx type=ack pseq=1'
    kill -STOP "${PID[b]}"
    end_itself ping 0
    grep -q '^no ack from b .*: pseq=2 leg=ack reason=timeout$' "$OUT/ping.out"
    grep -q '^pool: opened=1 reused=1 evicted=0 total=0 ' "$OUT/ping.out"
}

@test "a host name that does not resolve is exit code 2, and a name that does is looked up" {
    start_echo b
    make_ids monitor mon
    run_code 2 swim-ping -k "$IDS/mon" -c 1 no-such-host.invalid:7436
    assert_output_has '^no ack from no-such-host\.invalid:7436: pseq=1 leg=resolve reason=unresolved$'
    assert_output_has 'swim-ping: no-such-host\.invalid:7436: '
    # Where the name has an IPv6 address too, nothing answers there and the next one is tried.
    run_code 0 swim-ping -k "$IDS/mon" -c 1 "localhost:$(addr_of b | cut -d: -f2)"
}

@test "one target that is away does not hide the other" {
    free_port
    start_echo b
    make_ids monitor mon
    run_code 1 swim-ping -k "$IDS/mon" -c 1 "$GONE" "$(addr_of b)"
    assert_output_has "^no ack from $GONE: "
    assert_output_has '^ack from b '
}
