# The language of the tests: what starts and ends programs. `load helpers/start` is all that a file
# of tests needs; it brings wait.bash and assert.bash, setup and teardown.
#
# Every test has its own folder ($BATS_TEST_TMPDIR), its own CA, ports that the system picks, and
# kills only what it started. A program is known by its NAME: its output is $OUT/NAME.out and
# $OUT/NAME.err, and wherever one of our options takes an address, `-J NAME` does too.
#
#   SWIM_BIN    where the programs are (build/bin)
#   SWIM_SLOW   1: slower periods and longer deadlines, for builds with sanitizers
#   HOST        what programs bind to, 127.0.0.1; a test may set [::1], or call own_host
#   NETNS       NAME -> the process that holds the network namespace that NAME runs in (helpers/netns)
#   PREFIX      a command that all programs are started by, as (nice -n 10)
#
# shellcheck shell=bash

bats_require_minimum_version 1.5.0
load helpers/wait
load helpers/assert

setup() {
    PATH=${SWIM_BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH
    OUT=$BATS_TEST_TMPDIR/out IDS=$BATS_TEST_TMPDIR/id CA=$BATS_TEST_TMPDIR/ca
    HOST=127.0.0.1
    mkdir -p "$OUT" "$IDS"
    declare -gA PID=() RULES=() NETNS=()
    PREFIX=()
    STARTED=() # names in the order of their first start
    unset SWIM_IDENTITY SWIM_CONNECT SWIM_STATE SWIM_FORMAT SWIM_CONFIG
    export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/xdg XDG_STATE_HOME=$BATS_TEST_TMPDIR/xdg
    SLOW=()
    if [ "${SWIM_SLOW-}" = 1 ]; then
        SLOW=(--probe-interval 1s --probe-timeout 500ms --silence-floor 3.2s)
    fi
    wait_setup
}

teardown() {
    local name
    for name in "${!PID[@]}"; do
        kill -KILL "${PID[$name]}" 2>/dev/null || true
        wait "${PID[$name]}" 2>/dev/null || true
    done
    [ -n "${BATS_TEST_COMPLETED-}" ] || last_lines
    assert_no_reports
}

# many_nodes: for a test with more than five nodes, before it starts them. One such test runs at a
# time, however many run side by side. The lock goes with the test and its programs.
many_nodes() {
    local lock
    exec {lock}>"$BATS_RUN_TMPDIR/many-nodes"
    flock -w 300 "$lock" || fail_with "another test with many nodes does not end"
}

# own_host: an IPv4 loopback address of this test alone, so that a port that a program has left is
# still free when it comes back.
own_host() {
    HOST=127.$((1 + (BASHPID >> 16 & 63))).$((BASHPID >> 8 & 255)).$((1 + (BASHPID & 127)))
}

# start_busy N: so many loops that take all of a processor they get; ended by end_busy, or with the
# test.
start_busy() {
    local i prefix=("${PREFIX[@]}")
    PREFIX=()
    for ((i = 1; i <= $1; i++)); do
        start_program "busy$i" bash -c 'while [ "$SECONDS" -lt 120 ]; do :; done'
    done
    PREFIX=("${prefix[@]}")
}

end_busy() {
    local name
    for name in "${!PID[@]}"; do
        case $name in busy*) end_node "$name" TERM ;; esac
    done
}

# The command that enters the network namespace of a program, in ENTER; none: nothing.
enter_netns() {
    ENTER=()
    [ -z "${NETNS[$1]-}" ] || ENTER=(nsenter "--net=/proc/${NETNS[$1]}/ns/net")
}

# make_ids ROLE NAME..: identities $IDS/NAME of the test's own CA; one that exists is left alone.
make_ids() {
    local role=$1 name new=()
    shift
    for name in "$@"; do
        [ -d "$IDS/$name" ] || new+=("$name")
    done
    [ ${#new[@]} -gt 0 ] || return 0
    [ -d "$CA" ] || swim-keys init --cluster test "$CA" >/dev/null || fail_with "swim-keys init: $?"
    swim-keys issue --ca "$CA" -r "$role" -o "$IDS" "${new[@]}" >/dev/null ||
        fail_with "swim-keys issue: $?"
}

# start_program NAME COMMAND..: in the background, standard input from $OUT/NAME.in if that is
# there. The output of an earlier program of that name is kept as NAME.1.out, NAME.2.out ..
start_program() {
    local name=$1 n=1 kind input=/dev/null
    shift
    if [ -e "$OUT/$name.out" ]; then
        while [ -e "$OUT/$name.$n.out" ]; do n=$((n + 1)); done
        for kind in out err; do mv "$OUT/$name.$kind" "$OUT/$name.$n.$kind"; done
    else
        STARTED+=("$name")
    fi
    [ ! -p "$OUT/$name.in" ] || input=$OUT/$name.in
    enter_netns "$name"
    "${ENTER[@]}" "${PREFIX[@]}" "$@" <"$input" >"$OUT/$name.out" 2>"$OUT/$name.err" 3>&- 4>&- {NAP}>&- &
    PID[$name]=$!
}

# start_node NAME [ARGS..]: a member, returns when it listens. `-J NAME` joins a program started
# before; the identity is made where the test has made none. ARGS win over what stands here.
start_node() {
    launch_node "$@"
    wait_line "$1" listening
}

launch_node() {
    local name=$1 args=()
    shift
    make_ids member "$name"
    while [ $# -gt 0 ]; do
        args+=("$1")
        case $1 in
        -J | --join)
            args+=("$(addr_or_text "$2")")
            shift
            ;;
        esac
        shift
    done
    start_program "$name" swim-node -k "$IDS/$name" -b "$HOST:0" -s "$BATS_TEST_TMPDIR/state/$name" \
        --profile local --events-all "${SLOW[@]}" "${args[@]}"
}

# start_cluster NAME..: the first is the seed of all; the others start together. Returns when
# every one sees every one.
start_cluster() {
    local name
    start_node "$1"
    for name in "${@:2}"; do launch_node "$name" -J "$1"; done
    for name in "${@:2}"; do wait_line "$name" listening; done
    for name in "$@"; do wait_alive "$name" $#; done
}

# start_echo NAME [ARGS..]: a swim-quic-echo, returns when it listens; with --stdin it can be told
# new rules by tell_echo.
start_echo() {
    local name=$1 fd
    shift
    make_ids member "$name"
    if [[ " $* " == *" --stdin "* ]]; then
        # Held open for reading and writing, so that the echo server never sees its end.
        mkfifo "$OUT/$name.in"
        exec {fd}<>"$OUT/$name.in"
        RULES[$name]=$fd
    fi
    start_program "$name" swim-quic-echo -k "$IDS/$name" -b "$HOST:0" "$@"
    wait_line "$name" listening
}

# tell_echo NAME RULE: a new rule for an echo server, returns when it is in force.
tell_echo() {
    local before
    before=$(count_lines "$1" '^[^ ]+ fault ')
    echo "$2" >&"${RULES[$1]}"
    wait_until 10 "$1 to say that '$2' is in force" more_lines "$1" '^[^ ]+ fault ' "$before"
}

# end_node WHO SIGNAL [CODE]: sends the signal and waits until the program has ended, with this
# exit code if one is given. For any program, not only nodes.
end_node() {
    local code=0
    kill -s "$2" "${PID[$1]}" || fail_with "$1 has ended before"
    wait_until 20 "$1 to end after SIG$2" has_ended "$1"
    wait "${PID[$1]}" || code=$?
    unset "PID[$1]"
    [ $# -lt 3 ] || [ "$code" = "$3" ] || fail_with "$1 ended with $code after SIG$2, not $3"
}

# end_itself WHO CODE: waits until the program ends without being told to.
end_itself() {
    local code=0
    wait_until 20 "$1 to end by itself" has_ended "$1"
    wait "${PID[$1]}" || code=$?
    unset "PID[$1]"
    [ "$code" = "$2" ] || fail_with "$1 ended with $code, not $2"
}

# addr_of WHO: where a program listens; for one that listens everywhere, what it tells others.
addr_of() {
    local line
    line=$(grep -m 1 -E '^[^ ]+ listening ' "$OUT/$1.out")
    if [[ $line =~ \ addr=(0\.0\.0\.0|\[::\]):.*\ advertise=([^ ]+) ]]; then
        echo "${BASH_REMATCH[2]}"
    elif [[ $line =~ \ addr=([^ ]+) ]]; then
        echo "${BASH_REMATCH[1]}"
    else
        fail_with "$1 does not say where it listens"
    fi
}

# The address of a program of this test, or what was given where there is none of that name.
addr_or_text() {
    if [ -e "$OUT/$1.out" ]; then addr_of "$1"; else echo "$1"; fi
}

# stat WHO ARGS..: swim-stat of a node, as operator. `leave WHO ARGS..` likewise.
stat() {
    make_ids operator op
    enter_netns "$1"
    "${ENTER[@]}" swim-stat -k "$IDS/op" --connect "$(addr_of "$1")" "${@:2}"
}

leave() {
    make_ids operator op
    enter_netns "$1"
    "${ENTER[@]}" swim-leave -k "$IDS/op" --connect "$(addr_of "$1")" "${@:2}"
}
