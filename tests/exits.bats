# Every exit code that a page lists under EXIT STATUS, by a real command; and none that it does
# not. A test of a program ends in all_listed, which compares what was produced with the page.

load helpers/start

MAN=$BATS_TEST_DIRNAME/../man

# listed PROGRAM: the codes of its page, sorted.
listed() {
    cat "$MAN/$1".[18] | awk '
        $1 == ".Sh" { inside = /EXIT STATUS/ }
        inside && $1 == ".It" { print $2 ($3 == "Ns" ? $5 : "") }' | sort
}

# gives CODE COMMAND..: the command ends with it, and the code counts as produced.
gives() {
    run_code "$@"
    GAVE+=("$1")
}

# gives_full CODE COMMAND..: likewise, with a full disk behind its standard output.
gives_full() {
    local code=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    gives "$code" bash -c '"$@" >/dev/full' - "$@"
}

# interrupted COMMAND..: it ends with 130 by SIGINT while it waits for an answer. What a script
# starts in the background ignores the signal, so that is undone.
interrupted() {
    start_program int env --default-signal=INT "$@"
    wait_until 10 "$1 to run" runs_as int "$1"
    end_node int INT 130
    GAVE+=(130)
}

# The kernel keeps 15 characters of a name.
runs_as() { # WHO PROGRAM
    [ "$(cat "/proc/${PID[$1]}/comm")" = "${2:0:15}" ]
}

# all_listed PROGRAM: the codes produced are those of its page.
all_listed() {
    local page
    page=$(listed "$1")
    [ -n "$page" ] || fail_with "the page of $1 lists no exit code"
    [ "$page" = "$(printf '%s\n' "${GAVE[@]}" | sort -u)" ] ||
        fail_with "$1 gave $(printf '%s\n' "${GAVE[@]}" | sort -u | xargs), its page lists" "$page"
}

# One node, one of each role, and the arguments to ask it by.
one_node() {
    make_ids monitor mon
    make_ids operator op
    make_ids member m
    start_node n1
    AT=(--connect "$(addr_of n1)")
    NOWHERE=(--connect 127.0.0.1:1 -t 5s)
}

@test "swim-node" {
    local signal=0
    start_node n1 --profile lan
    local node=(timeout 10 swim-node -s "$BATS_TEST_TMPDIR/other")
    gives 2 "${node[@]}" --profile moon
    gives 4 "${node[@]}" -k "$IDS/none" -b "$HOST:0"
    make_ids member n2
    gives 6 "${node[@]}" -k "$IDS/n2" -b "$(addr_of n1)"
    # n1 is stopped and confirms no leave, so a second signal meets it.
    start_node n2 --profile lan -J n1
    wait_sees n2 2
    kill -STOP "${PID[n1]}"
    wait_until 10 "n2 to end by its second SIGTERM" ended_by_more_signals n2 TERM
    wait "${PID[n2]}" || signal=$(($? - 128))
    unset "PID[n2]"
    [ "$signal" = 15 ] || fail_with "n2 ended with $((128 + signal)), not 143"
    GAVE+=(128+N)
    kill -CONT "${PID[n1]}"
    end_node n1 QUIT 0
    GAVE+=(0)
    all_listed swim-node
}

# Signals that come before the first is taken are one; so it is sent until it has told.
ended_by_more_signals() { # WHO SIGNAL
    has_ended "$1" || ! kill -s "$2" "${PID[$1]}"
}

@test "swim-ping" {
    one_node
    local ping=(swim-ping -k "$IDS/mon") at
    at=$(addr_of n1)
    gives 0 "${ping[@]}" "$at"
    gives 1 "${ping[@]}" -W 500ms 127.0.0.1:1
    gives 2 "${ping[@]}" 127.0.0.1:70000
    gives 4 "${ping[@]}" "other@$at"
    gives 5 swim-ping -k "$IDS/m" "${AT[@]}" @all
    gives 6 "${ping[@]}" -c 3 -i 0 --parallel 3 --max-per-peer 2 "$at"
    all_listed swim-ping
}

@test "swim-quic-echo" {
    start_echo e1
    make_ids member b
    local echo=(swim-quic-echo -k "$IDS/b" -b "$HOST:0" --exit-after 10ms)
    gives 0 "${echo[@]}"
    gives 1 "${echo[@]}" --fault 'ping#2:no-ack'
    gives 2 "${echo[@]}" --fault 'ping:explode'
    gives 4 "${echo[@]}" -n other
    gives 6 "${echo[@]}" -b "$(addr_of e1)"
    all_listed swim-quic-echo
}

@test "swim-leave" {
    one_node
    start_node n2 --leave-timeout 300ms
    start_node n3 -J n2 --silence-floor 30s
    wait_sees n2 2
    gives 2 leave n1 --drain never
    gives 3 swim-leave -k "$IDS/op" "${NOWHERE[@]}"
    gives 4 swim-leave -k "$IDS/none" "${AT[@]}"
    gives 5 swim-leave -k "$IDS/mon" "${AT[@]}"
    gives 0 leave n1
    # n3 is stopped and confirms no leave.
    kill -STOP "${PID[n3]}"
    gives 1 leave n2
    kill -CONT "${PID[n3]}"
    gives_full 6 swim-leave -k "$IDS/op" --connect "$(addr_of n3)"
    all_listed swim-leave
}

@test "swim-stat" {
    one_node
    local stat=(swim-stat -k "$IDS/mon" "${AT[@]}")
    gives 0 "${stat[@]}" --expect 'alive=1'
    gives 1 "${stat[@]}" --expect 'alive=9'
    gives 2 "${stat[@]}" --expect alive
    gives 3 swim-stat -k "$IDS/mon" "${NOWHERE[@]}"
    gives 4 swim-stat -k "$IDS/none" "${AT[@]}"
    gives 5 swim-stat -k "$IDS/m" "${AT[@]}"
    gives_full 6 "${stat[@]}"
    all_listed swim-stat
}

@test "swim-keys" {
    gives 0 swim-keys init --cluster test "$CA"
    gives 1 swim-keys init --cluster test "$CA"
    gives 2 swim-keys nothing
    gives 4 swim-keys verify "$IDS/none"
    : >"$OUT/file"
    gives 6 swim-keys issue --ca "$CA" -o "$OUT/file" a
    all_listed swim-keys
}

@test "swim-watch" {
    one_node
    local watch=(swim-watch -k "$IDS/mon" "${AT[@]}")
    gives 0 "${watch[@]}" --until 'alive>=1'
    gives 1 "${watch[@]}" --until 'alive>=9' -t 200ms
    gives 2 "${watch[@]}" --until alive
    gives 3 swim-watch -k "$IDS/mon" "${NOWHERE[@]}"
    gives 4 swim-watch -k "$IDS/none" "${AT[@]}"
    gives 5 swim-watch -k "$IDS/m" "${AT[@]}"
    gives_full 6 "${watch[@]}"
    interrupted "${watch[@]}"
    all_listed swim-watch
}

@test "swim-why" {
    one_node
    local why=(swim-why -k "$IDS/mon" "${AT[@]}")
    gives 0 "${why[@]}" n1
    gives 1 "${why[@]}" nobody
    gives 2 "${why[@]}" 'not a name'
    gives 3 swim-why -k "$IDS/mon" "${NOWHERE[@]}" n1
    gives 4 swim-why -k "$IDS/none" "${AT[@]}" n1
    gives 5 swim-why -k "$IDS/m" "${AT[@]}" n1
    gives_full 6 "${why[@]}" n1
    kill -STOP "${PID[n1]}"
    interrupted "${why[@]}" -t 20s n1
    all_listed swim-why
}

@test "swim-diff" {
    one_node
    local diff=(swim-diff -k "$IDS/mon" "${AT[@]}")
    gives 0 "${diff[@]}"
    gives 2 "${diff[@]}" operand
    gives 3 swim-diff -k "$IDS/mon" "${NOWHERE[@]}"
    gives 4 swim-diff -k "$IDS/none" "${AT[@]}"
    gives 5 swim-diff -k "$IDS/m" "${AT[@]}"
    # An echo server is a member that answers no questions.
    start_echo mute
    start_node n2 -J mute
    wait_alive n2 2
    local differs=(swim-diff -k "$IDS/mon" --connect "$(addr_of n2)" -t 2s)
    gives 1 "${differs[@]}"
    gives_full 6 "${differs[@]}"
    kill -STOP "${PID[n1]}"
    interrupted "${diff[@]}" -t 20s
    all_listed swim-diff
}

@test "every page with an EXIT STATUS has a test here" {
    local page program count=0
    for page in "$MAN"/*.[18]; do
        grep -q '^\.Sh EXIT STATUS' "$page" || continue
        program=$(basename "${page%.*}")
        grep -qx "    all_listed $program" "$BATS_TEST_FILENAME" ||
            fail_with "no test produces the exit codes of $program"
        count=$((count + 1))
    done
    [ "$count" -gt 0 ]
}
