# What all programs have in common: help, version, mistakes, standard output, signals, and where
# they look when nobody tells them.

load helpers/start

programs() {
    local folder
    for folder in "$BATS_TEST_DIRNAME"/../cmd/swim-*/; do basename "$folder"; done
}

# An address that nothing listens on: of an echo server that has ended.
gone() {
    start_echo gone
    end_node gone TERM 0
    GONE=$(addr_of gone)
}

@test "help is on standard output, names every option once, and is no error" {
    local program
    for program in $(programs); do
        run -0 --separate-stderr "$program" --help
        [ -z "$stderr" ]
        [[ ${lines[0]} == "Usage: $program "* ]]
        assert_output_has '^  -h, --help '
        [ -z "$(grep -oE -e '^ .{5}--[a-z-]+' <<<"$output" | sort | uniq -d)" ]
        [ "$output" = "$("$program" -h)" ]
    done
}

@test "the version is one line with the versions of wire and libraries" {
    local program
    for program in $(programs); do
        run -0 --separate-stderr "$program" --version
        [ -z "$stderr" ]
        [ ${#lines[@]} = 1 ]
        assert_output_has "^$program [0-9.]+ \(wire 1, ngtcp2 [0-9.]+, GnuTLS [0-9.]+\)\$"
        [ "$output" = "$("$program" -V)" ]
    done
}

@test "an unknown option is exit code 2, is named on standard error, and nothing is printed" {
    local program
    for program in $(programs); do
        run -2 --separate-stderr "$program" --no-such-option
        [ -z "$output" ]
        # shellcheck disable=SC2154 # bats sets it
        [[ ${stderr_lines[0]} == "$program: unknown or ambiguous option --no-such-option" ]]
        [[ $stderr == *"$program --help"* ]]
        run -2 --separate-stderr "$program" --help=yes
        [[ ${stderr_lines[0]} == "$program: --help: takes no argument" ]]
    done
}

@test "an operand that a program does not take is exit code 2 before anything happens" {
    local program
    for program in swim-leave swim-node swim-quic-echo; do
        run_code 2 "$program" -k "$BATS_TEST_TMPDIR/none" operand
        assert_output_has "^$program: takes no operand: 'operand'"
    done
    run_code 2 swim-stat -k "$BATS_TEST_TMPDIR/none" members operand
    run_code 2 swim-stat -k "$BATS_TEST_TMPDIR/none" operand
}

@test "bad arguments say what was expected, and of a variable its name" {
    run_code 2 swim-stat -t 2x
    assert_output_has "^swim-stat: --timeout: '2x' is no duration \(like 200ms, 1.5s, 2m\)\$"
    run_code 2 swim-stat --timeout 0
    run_code 2 swim-stat --connect a:b:c:99999
    run_code 2 swim-stat --format yaml
    assert_output_has "'yaml' is none of table, line, json, csv, prometheus, nagios"
    run_code 2 swim-stat -n 'not a name'
    run_code 2 swim-stat -o state,nothing
    assert_output_has "^swim-stat: --columns: 'nothing' is none of state, node, "
    run_code 2 swim-stat -s gone
    run_code 2 swim-stat info -s alive
    run_code 2 swim-stat --wait alive --expect alive=1
    run_code 2 swim-stat --expect alive
    assert_output_has "^swim-stat: --expect: 'alive' compares nothing"
    run_code 2 swim-stat --wait 'rtt_ms<5'
    SWIM_FORMAT=yaml run_code 2 swim-stat
    assert_output_has "^swim-stat: SWIM_FORMAT: 'yaml' is none of "
    SWIM_CONNECT=a:b:c:99999 run_code 2 swim-leave
    assert_output_has '^swim-leave: SWIM_CONNECT: '
}

@test "a form that only another program has is no mistake in SWIM_FORMAT" {
    gone
    make_ids operator op
    SWIM_FORMAT=text run_code 3 swim-stat -k "$IDS/op" --connect "$GONE"
    SWIM_FORMAT=table run_code 3 swim-leave -k "$IDS/op" --connect "$GONE"
}

@test "a full disk or a closed standard output is told and is exit code 6" {
    local program
    for program in $(programs); do
        run_code 6 bash -c "$program --help >/dev/full"
        assert_output_has "^$program: standard output: "
        run_code 6 bash -c "$program --version >&-"
    done
}

@test "without an identity: exit code 4, where it looked, and the commands that make one" {
    [ ! -e /etc/swim ] || skip "this machine has an identity for all"
    local program
    for program in swim-stat swim-leave; do
        run_code 4 "$program" --connect 127.0.0.1:1
        assert_output_has "$XDG_CONFIG_HOME/swim/id, /etc/swim/id, /etc/swim/monitor"
        assert_output_has 'swim-keys init .*swim-keys issue'
    done
}

@test "the identity is found in its places, the variable before them, the option before all" {
    gone
    make_ids operator op
    run_code 3 swim-stat -k "$IDS/op" --connect "$GONE"
    SWIM_IDENTITY=$IDS/op run_code 3 swim-stat --connect "$GONE"
    SWIM_IDENTITY=$IDS/none run_code 3 swim-stat -k "$IDS/op" --connect "$GONE"
    mkdir -p "$XDG_CONFIG_HOME/swim"
    cp -r "$IDS/op" "$XDG_CONFIG_HOME/swim/id"
    run_code 3 swim-stat --connect "$GONE"
    CREDENTIALS_DIRECTORY=$IDS/gone run_code 3 swim-stat -v --connect "$GONE"
    assert_output_has ' as member gone of test$'
    chmod 0640 "$XDG_CONFIG_HOME/swim/id/key.pem"
    run_code 4 swim-stat --connect "$GONE"
    assert_output_has "key.pem.*0?640"
    SWIM_IDENTITY=$IDS/none run_code 4 swim-stat --connect "$GONE"
}

@test "nobody there is exit code 3 with the leg, a name that does not resolve 2" {
    gone
    make_ids operator op
    local program
    for program in swim-stat swim-leave; do
        run --separate-stderr "$program" -k "$IDS/op" --connect "$GONE"
        [ "$status" = 3 ]
        [ -z "$output" ]
        [[ $stderr == "$program: peer $GONE: udp: "* ]]
        run_code 2 "$program" -k "$IDS/op" --connect no-such-host.invalid
    done
}

@test "the node of this host is found by the address in its state directory" {
    gone
    make_ids operator op
    mkdir "$BATS_TEST_TMPDIR/state"
    echo "$GONE" >"$BATS_TEST_TMPDIR/state/node.addr"
    SWIM_STATE=$BATS_TEST_TMPDIR/state run_code 3 swim-stat -k "$IDS/op"
    assert_output_has "peer $GONE: "
    echo nonsense:nonsense:1 >"$BATS_TEST_TMPDIR/state/node.addr"
    SWIM_STATE=$BATS_TEST_TMPDIR/state run_code 2 swim-stat -k "$IDS/op"
    assert_output_has "state/node.addr: 'nonsense:nonsense:1' is no address"
}

@test "a signal ends a tool that waits, though it was started with it ignored" {
    gone
    make_ids operator op
    # A shell without job control ignores SIGINT in what it starts in the background.
    start_program wait swim-stat -v -k "$IDS/op" --connect "$GONE" --wait 1 -t 20s
    wait_until 5 "swim-stat to ask" grep -q asking "$OUT/wait.err"
    end_node wait INT 130
}

@test "--wait for a node that never comes is exit code 3 in time" {
    gone
    make_ids operator op
    local began
    began=$(now_ms)
    run_code 3 swim-stat -k "$IDS/op" --connect "$GONE" --wait 1 -t 400ms
    [ $(($(now_ms) - began)) -ge 400 ]
    [ $(($(now_ms) - began)) -lt 5000 ]
}

@test "--dev without a node says how to start one" {
    run_code 3 swim-stat --dev
    assert_output_has 'swim-node --dev'
    [ -f "$XDG_STATE_HOME/swim/dev/op/key.pem" ]
}
