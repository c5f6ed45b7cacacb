# swim-ping against an echo server: pings, acks, faults, what both sides print, exit codes.

load helpers/start

# ping WHO ARGS..: swim-ping of a program of this test, as monitor.
ping() {
    make_ids monitor mon
    swim-ping -k "$IDS/mon" "${@:2}" "$(addr_of "$1")"
}

@test "a ping is acked, and both sides say so" {
    start_echo b
    run_code 0 ping b -c 1
    assert_output_has '^ack from b \(127\.0\.0\.1:[0-9]+\): pseq=1 inc=1 via=direct conn=new time=[0-9]+\.[0-9]{3} ms handshake=[0-9]+\.[0-9] ms$'
    assert_output_has '^--- b ping statistics ---$'
    assert_output_has '^1 pings, 1 acks, 0% loss, time [0-9]+ ms$'
    assert_output_has '^rtt min/avg/max/mdev = ([0-9]+\.[0-9]{3}/){3}0\.000 ms$'
    [ "${lines[-1]}" = "pool: opened=1 reused=0 evicted=0 total=1 in-use=0 idle=1" ]
    wait_line b 'rx type=ping pseq=1 conn=1 from=mon'
    wait_line b 'tx type=ack pseq=1 conn=1 to=mon'
    end_node b TERM 0
    assert_field b echo-stats conns 1
    assert_field b echo-stats pings 1
    assert_field b echo-stats acks 1
}

@test "a ping that gets no answer is lost, and the target is fine if another one got through" {
    start_echo b --fault 'ping#2:no-ack'
    run_code 0 ping b -c 3 -i 0 -W 400ms
    assert_output_has '^no ack from b \(127\.0\.0\.1:[0-9]+\): pseq=2 leg=ack reason=timeout$'
    assert_output_has '^ack from b .*: pseq=3 .* conn=reused time=[0-9.]+ ms$'
    assert_output_has '^3 pings, 2 acks, 33\.33% loss, '
    assert_count b ' rx type=ping ' -eq 3
    assert_count b ' tx type=ack ' -eq 2
    end_node b TERM 0
}

@test "a target that acks nothing is exit code 1" {
    start_echo b --fault 'ping:no-ack'
    run_code 1 ping b -c 2 -i 0 -W 200ms
    assert_output_has '^2 pings, 0 acks, 100% loss, '
    [[ $output != *"rtt min"* ]]
}

@test "a dropped ping counts but is never seen to arrive" {
    start_echo b --fault 'ping#1:drop'
    run_code 0 ping b -c 2 -i 0 -W 300ms
    assert_count b ' rx type=ping ' -eq 1
    end_node b TERM 0
    assert_field b echo-stats pings 2
    assert_field b echo-stats acks 1
    assert_field b echo-stats dropped 1
}

@test "a delayed ack shows in the round trip" {
    start_echo b --fault 'ping:delay=150ms'
    run_code 0 ping b -c 1 --format json
    rtt=$(jq -r 'select(.event == "ack") | .rtt_ms' <<<"$output")
    [ "${rtt%.*}" -ge 150 ]
    [ "${rtt%.*}" -lt 1000 ]
}

@test "a server that dies during a ping ends it at once, and nothing stays in the pool" {
    start_echo b --fault 'ping#1:die=10ms'
    run_code 1 ping b -c 1 -W 2s
    assert_output_has '^no ack from b .*: pseq=1 leg=ack reason=refused$'
    [ "${lines[-1]}" = "pool: opened=1 reused=0 evicted=0 total=0 in-use=0 idle=0" ]
    end_itself b 137
}

@test "rules that come while it runs are announced and in force; clear drops them" {
    start_echo b --stdin
    tell_echo b 'ping@mon:no-ack'
    assert_field b fault rule ping@mon:no-ack
    run_code 1 ping b -c 1 -W 200ms
    tell_echo b clear
    run_code 0 ping b -c 1
    tell_echo b 'ping@other:no-ack'
    run_code 0 ping b -c 1
}

@test "a numbered rule that never fired is exit code 1 of the server" {
    start_echo b --fault 'ping#2:no-ack'
    run_code 0 ping b -c 1
    end_node b TERM 1
    grep -q "'ping#2:no-ack' never fired" "$OUT/b.err"
}

@test "an echo server ends after so many pings" {
    start_echo b -c 2
    run_code 0 ping b -c 2 -i 0
    end_itself b 0
    assert_field b echo-stats pings 2
    assert_field b echo-stats acks 2
}

@test "an echo server writes its address to a descriptor when it is ready" {
    make_ids member b
    run_code 0 swim-quic-echo -k "$IDS/b" -b "$HOST:0" --exit-after 10ms --ready-fd 7 7>"$OUT/ready"
    [ "$(cat "$OUT/ready")" = "$(grep -o ' addr=[^ ]*' <<<"${lines[0]}" | cut -d= -f2)" ]
    run_code 2 swim-quic-echo -k "$IDS/b" -b "$HOST:0" --ready-fd 77
}

@test "USR1 prints the counters of an echo server, which goes on" {
    start_echo b
    kill -USR1 "${PID[b]}"
    wait_line b 'echo-stats conns=0 pings=0'
    run_code 0 ping b -c 1
    end_node b INT 0
    wait_line b 'echo-stats conns=1 pings=1'
}

@test "an echo server needs a member's identity, its own name and rules that it knows" {
    make_ids member b
    make_ids monitor mon
    run_code 4 swim-quic-echo -k "$IDS/mon" -b "$HOST:0"
    run_code 4 swim-quic-echo -k "$IDS/b" -b "$HOST:0" -n c
    run_code 4 swim-quic-echo -k "$IDS/none" -b "$HOST:0"
    run_code 2 swim-quic-echo -k "$IDS/b" -b "$HOST:0" --fault 'ping:explode'
    run_code 2 swim-quic-echo -k "$IDS/b" -b "$HOST:0" operand
    start_echo c
    run_code 6 swim-quic-echo -k "$IDS/b" -b "$(addr_of c)"
}

@test "line and json forms hold the same facts" {
    start_echo b
    run_code 0 ping b -c 1 --format line
    assert_output_has '^[0-9T:.-]+Z ack node=b addr=127\.0\.0\.1:[0-9]+ inc=1 target=[^ ]+ pseq=1 via=direct conn=new rtt_ms=[0-9.]+ handshake_ms=[0-9.]+$'
    assert_output_has '^[0-9T:.-]+Z ping-stats node=b .* pings=1 acks=1 dup=0 loss=0 '
    assert_output_has '^[0-9T:.-]+Z pool opened=1 reused=0 evicted=0 total=1 in-use=0 idle=1$'
    [ ${#lines[@]} = 3 ]
    run_code 0 ping b -c 2 -i 0 -j
    [ "$(jq -r .event <<<"$output" | tr '\n' ' ')" = "ack ack ping-stats pool " ]
    jq -es '.[2] | .acks == 2 and .loss == 0 and .rtt_ms.max > 0' <<<"$output"
    run_code 0 ping b -c 1 --format line -q
    [ ${#lines[@]} = 2 ]
}

@test "-q prints the summaries alone, -D the time before each ping" {
    start_echo b
    run_code 0 ping b -c 2 -i 0 -q
    [ ${#lines[@]} = 4 ]
    [[ ${lines[0]} == "--- b "* ]]
    run_code 0 ping b -c 1 -D
    assert_output_has '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z ack from b '
}

@test "several targets take turns, each with its own numbers" {
    start_echo b
    start_echo c
    make_ids monitor mon
    run_code 0 swim-ping -k "$IDS/mon" -c 2 -i 10ms "$(addr_of b)" "c@$(addr_of c)"
    [ "$(grep -oE '^ack from [a-z]|pseq=[0-9]' <<<"$output" | tr '\n' ' ')" = \
        "ack from b pseq=1 ack from c pseq=1 ack from b pseq=2 ack from c pseq=2 " ]
    [ "${lines[-1]}" = "pool: opened=2 reused=2 evicted=0 total=2 in-use=0 idle=2" ]
}

@test "an answer under another name is refused with exit code 4" {
    start_echo b
    make_ids monitor mon
    run_code 4 swim-ping -k "$IDS/mon" "c@$(addr_of b)"
    assert_output_has '^no ack from c@127\.0\.0\.1:[0-9]+: pseq=1 leg=certificate reason=name-mismatch$'
    assert_output_has 'total=0 '
    run_code 0 swim-ping -k "$IDS/mon" "b@$(addr_of b)"
}

@test "parallel pings hold a connection each, and the one too many fails by name" {
    start_echo b --fault 'ping:delay=300ms'
    run_code 0 ping b -c 3 -i 0 --parallel 3
    assert_output_has '^pool: opened=3 reused=0 evicted=0 total=3 in-use=0 idle=3$'
    run_code 6 ping b -c 3 -i 0 --parallel 3 --max-per-peer 2
    assert_output_has '^no ack from .*: pseq=3 leg=pool reason=PoolFull current=2 max=2$'
    [ "$(grep -c '^ack from' <<<"$output")" = 2 ]
}

@test "SIGINT ends it with the summary; a ping under way is no loss" {
    start_echo b --fault 'ping#3:no-ack'
    make_ids monitor mon
    start_program ping swim-ping -k "$IDS/mon" -c 9 -i 0 -W 60s "$(addr_of b)"
    wait_line b 'rx type=ping pseq=3'
    end_node ping INT 0
    grep -q '^2 pings, 2 acks, 0% loss, ' "$OUT/ping.out"
    tail -n 1 "$OUT/ping.out" | grep -q '^pool: opened=1 reused=2 evicted=0 total=0 '
}

@test "an overall limit ends what is under way" {
    start_echo b --fault 'ping:no-ack'
    run_code 1 ping b -c 5 -w 300ms
    assert_output_has '^no ack from b .*: pseq=1 leg=ack reason=timeout$'
    assert_output_has '^1 pings, 0 acks, 100% loss, '
    run_code 1 ping b -c 5 -W 9s -t 200ms
    assert_output_has '^1 pings, 0 acks, 100% loss, '
}

@test "a second ack of one ping is dup=, never an ack" {
    start_echo b --fault 'ping#1:dup'
    run_code 0 ping b -c 3 -i 20ms
    assert_output_has '^3 pings, 3 acks, 0% loss, time [0-9]+ ms, dup=1$'
    assert_count b ' tx type=ack pseq=1 ' -eq 2
}

@test "an answer that is damaged or no ack is an error with its name" {
    start_echo b --fault 'ping#1:corrupt' --fault 'ping#2:garbage' --fault 'ping#3:nack'
    run_code 0 ping b -c 4 -i 0
    assert_output_has '^no ack from b .*: pseq=1 leg=ack reason=malformed$'
    assert_output_has '^no ack from b .*: pseq=2 leg=ack reason=malformed$'
    assert_output_has '^no ack from b .*: pseq=3 leg=ack reason=nack$'
    assert_output_has '^ack from b .*: pseq=4 '
    assert_output_has '^pool: opened=3 reused=1 evicted=0 total=1 '
    assert_field b 'tx type=ack pseq=1' damage corrupt
    assert_field b 'tx type=ack pseq=2' damage garbage
    wait_line b 'tx type=nack pseq=3'
}

@test "a connection that stalls times out and is given up, the next one works" {
    start_echo b --fault 'ping#1:stall'
    run_code 0 ping b -c 2 -i 0 -W 400ms
    assert_output_has '^no ack from b .*: pseq=1 leg=ack reason=timeout$'
    assert_output_has '^ack from b .*: pseq=2 .* conn=new '
    assert_count b ' tx .* conn=1 ' -eq 0
}

@test "a rule for a new connection acts before anything is said on it" {
    start_echo b --fault 'conn#1:close' --fault 'conn#2:reset' --fault 'conn#3:stall'
    run_code 0 ping b -c 4 -i 0 -W 400ms
    assert_output_has ': pseq=1 leg=handshake reason=closed$'
    assert_output_has ': pseq=2 leg=handshake reason=reset$'
    assert_output_has ': pseq=3 leg=handshake reason=timeout$'
    assert_output_has '^ack from b .*: pseq=4 '
}

@test "-x tells how many acks make a target fine" {
    start_echo b --fault 'ping#2:no-ack' --fault 'ping#5:no-ack' --fault 'ping#8:no-ack'
    run_code 0 ping b -c 3 -i 0 -W 200ms -x 2
    run_code 1 ping b -c 3 -i 0 -W 200ms -x 3
    run_code 1 ping b -c 3 -i 0 -W 200ms -x all
    run_code 0 ping b -c 3 -i 0 -W 200ms -x all
}

@test "-o is done with a target at its first ack, -l never is" {
    start_echo b --fault 'ping#1-2:no-ack'
    run_code 0 ping b -l -o -i 0 -W 150ms
    assert_output_has '^3 pings, 1 acks, '
    run_code 0 ping b -o -c 5 --parallel 3 -i 0
    [ "$(grep -c '^ack from' <<<"$output")" = 1 ]
    assert_output_has ' in-use=0 '
    run_code 0 ping b -l -i 0 -w 300ms -q
    [[ $output =~ ([0-9]+)\ pings,\ ([0-9]+)\ acks ]]
    [ "${BASH_REMATCH[2]}" -ge 10 ]
}

@test "-a prints the targets that acked, -u the others, and nothing else" {
    start_echo b
    start_echo c --fault 'ping:no-ack'
    make_ids monitor mon
    run_code 1 swim-ping -k "$IDS/mon" -W 200ms -a "$(addr_of b)" "c@$(addr_of c)"
    [ "$output" = "$(addr_of b)" ]
    run_code 1 swim-ping -k "$IDS/mon" -W 200ms -u "$(addr_of b)" "c@$(addr_of c)"
    [ "$output" = "c@$(addr_of c)" ]
    run_code 1 swim-ping -k "$IDS/mon" -W 200ms -u --format line "$(addr_of b)" "c@$(addr_of c)"
    [ ${#lines[@]} = 1 ]
    [[ $output == *" ping-stats node=c "* ]]
    run_code 0 swim-ping -k "$IDS/mon" -u "$(addr_of b)"
    [ -z "$output" ]
}

@test "--new-conn dials for each ping" {
    start_echo b
    run_code 0 ping b -c 3 -i 0 --new-conn
    [ "$(grep -c ' conn=new ' <<<"$output")" = 3 ]
    [ "${lines[-1]}" = "pool: opened=3 reused=0 evicted=0 total=0 in-use=0 idle=0" ]
    end_node b TERM 0
    assert_field b echo-stats conns 3
}

@test "-4 and -6 choose the family" {
    # shellcheck disable=SC2034 # start_echo binds to it
    HOST='[::1]'
    start_echo six
    HOST=127.0.0.1
    start_echo four
    make_ids monitor mon
    run_code 0 swim-ping -k "$IDS/mon" -4 "$(addr_of four)"
    run_code 0 swim-ping -k "$IDS/mon" -6 "$(addr_of six)"
    run_code 2 swim-ping -k "$IDS/mon" -4 "$(addr_of six)"
    run_code 2 swim-ping -k "$IDS/mon" -6 "$(addr_of four)"
    run_code 0 swim-ping -k "$IDS/mon" -4 "localhost:$(addr_of four | cut -d: -f2)"
}

@test "targets from a file: comments, blank lines, CRLF, repeated ones" {
    start_echo b
    start_echo c
    make_ids monitor mon
    printf '# ours\n\n  %s  # the first\r\nc@%s\r\n\t\n%s\n' \
        "$(addr_of b)" "$(addr_of c)" "$(addr_of b)" >"$OUT/list"
    run_code 0 swim-ping -k "$IDS/mon" -f "$OUT/list"
    [ "$(grep -c '^ack from' <<<"$output")" = 2 ]
    [ "${lines[-1]}" = "pool: opened=2 reused=0 evicted=0 total=0 in-use=0 idle=0" ]
    run_code 0 swim-ping -k "$IDS/mon" -a -f - <"$OUT/list"
    [ "$output" = "$(addr_of b)"$'\n'"c@$(addr_of c)" ]
}

@test "a bad line of a file is named by its number, an empty file has no target" {
    make_ids monitor mon
    printf '127.0.0.1:1\n\n127.0.0.1:x\n' >"$OUT/bad"
    run_code 2 swim-ping -k "$IDS/mon" -f "$OUT/bad"
    assert_output_has "$OUT/bad: line 3: target '127.0.0.1:x'"
    echo '127.0.0.1:1 127.0.0.1:2' >"$OUT/two"
    run_code 2 swim-ping -k "$IDS/mon" -f "$OUT/two"
    assert_output_has ' line 1: one target a line '
    echo '# nothing' >"$OUT/none"
    run_code 2 swim-ping -k "$IDS/mon" -f "$OUT/none"
    run_code 2 swim-ping -k "$IDS/mon" -f "$OUT/absent"
    run_code 2 swim-ping -k "$IDS/mon" -f - </dev/null
}

@test "bad options and targets are exit code 2 before anything happens" {
    make_ids monitor mon
    for arg in '-c 0' '-c x' '-i 2x' '-W 0' '--parallel 0' '--max-total 0' '--format xml' \
        '--nonsense' '-x 0' '-x most' '-x 2' '-o -x 2 -c 2' '-l -c 3' '-a -u' '-4 -6' '-6' \
        '--connect :1' '--via @all' '--via 127.0.0.1:2'; do
        # shellcheck disable=SC2086 # an option and its argument
        run_code 2 swim-ping -k "$IDS/mon" $arg 127.0.0.1:1
        [[ $output != *pool:* ]]
    done
    for target in '' ':1' '127.0.0.1:99999' '127.0.0.1:0' '@' '@al' '@=x' '@Role=x' 'b@' '@b@127.0.0.1:1'; do
        run_code 2 swim-ping -k "$IDS/mon" "$target"
        [[ $output != *pool:* ]]
    done
    run_code 2 swim-ping -k "$IDS/mon"
    run_code 4 swim-ping -k "$IDS/none" 127.0.0.1:1
}
