# Connections that die: each way has its name, nothing dead stays in the pool, and a ping that goes on
# finds a server that has come back.

load helpers/start

# ping ARGS..: swim-ping as monitor.
ping() {
    make_ids monitor mon
    swim-ping -k "$IDS/mon" "$@"
}

EMPTY="pool: opened=1 reused=0 evicted=0 total=0 in-use=0 idle=0"

@test "the process dies mid-ping: refused, exit code 1, nothing pooled" {
    local began
    start_echo b --fault 'ping#1:die=10ms'
    began=$(now_ms)
    run_code 1 ping -c 1 -W 2s "$(addr_of b)"
    [ $(($(now_ms) - began)) -lt $((1900 * STRETCH)) ]
    assert_output_has '^no ack from b .*: pseq=1 leg=ack reason=refused$'
    [ "${lines[-1]}" = "$EMPTY" ]
    end_itself b 137
}

@test "the connection is closed mid-ping: closed, exit code 1, nothing pooled" {
    start_echo b --fault 'ping#1:close'
    run_code 1 ping -c 1 -W 9s "$(addr_of b)"
    assert_output_has '^no ack from b .*: pseq=1 leg=ack reason=closed$'
    [ "${lines[-1]}" = "$EMPTY" ]
}

@test "the connection is reset mid-ping: reset, exit code 1, nothing pooled" {
    start_echo b --fault 'ping#1:reset'
    run_code 1 ping -c 1 -W 9s "$(addr_of b)"
    assert_output_has '^no ack from b .*: pseq=1 leg=ack reason=reset$'
    [ "${lines[-1]}" = "$EMPTY" ]
}

# restart_echo NAME: kills it and starts it again at once, on the same port. Sets ADDR.
restart_echo() {
    ADDR=$(addr_of "$1")
    end_node "$1" KILL 137
    start_echo "$1" -b "$ADDR"
}

@test "a -l ping goes on and acks again within a second of a restart: resets are recognised" {
    local acks began
    start_echo b
    make_ids monitor mon
    start_program ping swim-ping -k "$IDS/mon" -l -i 100ms "$(addr_of b)"
    wait_until 10 "three acks" more_lines ping '^ack from b ' 2
    restart_echo b
    began=$(now_ms)
    acks=$(count_lines ping '^ack from b ')
    wait_until 10 "another ack" more_lines ping '^ack from b ' "$acks"
    [ $(($(now_ms) - began)) -lt $((1000 * STRETCH)) ]
    # Nobody waited for a time-out: pings between were refused or reset.
    end_node ping INT 0
    assert_count ping 'reason=(timeout|idle|no-reply)' -eq 0
    tail -n 1 "$OUT/ping.out" | grep -Eq '^pool: opened=[2-9] .* total=1 '
}

@test "a restart between two pings shows as a reset of the pooled connection" {
    start_echo b
    make_ids monitor mon
    start_program ping swim-ping -k "$IDS/mon" -c 3 -i 1500ms "$(addr_of b)"
    wait_until 10 "an ack" more_lines ping '^ack from b ' 0
    restart_echo b
    end_itself ping 0
    assert_count ping '^no ack from b .*: pseq=2 leg=ack reason=reset$' -eq 1
    assert_count ping '^ack from b .*: pseq=3 .* conn=new ' -eq 1
}

@test "black hole before the handshake: the socket takes, nothing answers" {
    start_echo b
    kill -STOP "${PID[b]}"
    run_code 1 ping -c 1 -W 500ms "$(addr_of b)"
    kill -CONT "${PID[b]}"
    assert_output_has '^no ack from 127[^ ]*: pseq=1 leg=udp reason=no-reply$'
    [ "${lines[-1]}" = "pool: opened=0 reused=0 evicted=0 total=0 in-use=0 idle=0" ]
}

@test "black hole after the handshake: the ping times out and its connection is given up" {
    start_echo b
    make_ids monitor mon
    start_program ping swim-ping -k "$IDS/mon" -c 2 -i 1s -W 500ms -x all "$(addr_of b)"
    wait_until 10 "an ack" more_lines ping '^ack from b ' 0
    kill -STOP "${PID[b]}"
    end_itself ping 1
    kill -CONT "${PID[b]}"
    assert_count ping '^no ack from b .*: pseq=2 leg=ack reason=timeout$' -eq 1
    [ "$(tail -n 1 "$OUT/ping.out")" = "pool: opened=1 reused=1 evicted=0 total=0 in-use=0 idle=0" ]
}
