# The language of the tests: waiting. Every wait has a deadline and says what it waited for.
#
# shellcheck shell=bash

# A pipe that nobody writes to: reading it with a limit is a nap without a process.
wait_setup() {
    mkfifo "$BATS_TEST_TMPDIR/nap"
    exec {NAP}<>"$BATS_TEST_TMPDIR/nap"
    STRETCH=1
    [ "${SWIM_SLOW-}" != 1 ] || STRETCH=5
}

nap() {
    read -r -t 0.03 -u "$NAP" || true
}

now_ms() {
    local now=${EPOCHREALTIME/[.,]/}
    echo "${now%???}"
}

# wait_until SECONDS WHAT COMMAND..: until the command succeeds.
wait_until() {
    local seconds=$(($1 * STRETCH)) what=$2 end
    end=$(($(now_ms) + seconds * 1000))
    shift 2
    until "$@"; do
        if [ "$(now_ms)" -ge "$end" ]; then
            fail_with "waited $seconds s in vain for $what"
            return 1
        fi
        nap
    done
}

# 'event key=value ..' as a regular expression of the whole line. Keys stand in the order of the
# line, others may stand between; `*` in a value is any text without a space.
line_regex() {
    local words word regex
    read -r -a words <<<"$1"
    regex="^[^ ]+ ${words[0]}"
    for word in "${words[@]:1}"; do
        word=$(sed -e 's/[][\.+?(){}|^$]/\\&/g' -e 's/\*/[^ ]*/g' <<<"$word")
        regex+="( [^ ]+)* $word"
    done
    echo "$regex( |\$)"
}

count_lines() { # WHO REGEX
    grep -cE -- "$2" "$OUT/$1.out" || true
}

more_lines() { # WHO REGEX COUNT
    [ "$(count_lines "$1" "$2")" -gt "$3" ]
}

has_line() { # WHO REGEX
    grep -qE -- "$2" "$OUT/$1.out"
}

has_ended() {
    ! kill -0 "${PID[$1]}" 2>/dev/null
}

has_line_or_ended() { # WHO REGEX
    has_line "$@" || has_ended "$1"
}

# wait_line WHO 'event key=value ..' [SECONDS]: until it has printed such a line, be it before.
wait_line() {
    local regex
    regex=$(line_regex "$2")
    if [ -n "${PID[$1]-}" ]; then
        wait_until "${3-10}" "$1 to print '$2'" has_line_or_ended "$1" "$regex"
    fi
    has_line "$1" "$regex" || fail_with "$1 ended and never printed '$2'"
}

# wait_lines WHO 'event key=value ..' COUNT [SECONDS]: until that many such lines are there.
wait_lines() {
    local regex
    regex=$(line_regex "$2")
    wait_until "${4-10}" "$1 to print '$2' $3 times" more_lines "$1" "$regex" $(($3 - 1))
}

# wait_all 'event key=value ..' [SECONDS]: every program that runs has printed such a line.
wait_all() {
    local name
    for name in "${STARTED[@]}"; do
        [ -z "${PID[$name]-}" ] || wait_line "$name" "$@"
    done
}

# wait_alive WHO N: until the node sees N members alive, itself among them.
wait_alive() {
    wait_sees "$1" "alive>=$2"
}

# wait_sees WHO COND [SECONDS]: until swim-stat says that the condition holds at that node.
wait_sees() {
    local seconds=$((${3-10} * STRETCH))
    stat "$1" --wait "$2" -t "${seconds}s" >/dev/null ||
        fail_with "$1 never says $2 in $seconds s: $(stat "$1" members 2>&1)"
}
