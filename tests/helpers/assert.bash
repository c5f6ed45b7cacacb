# The language of the tests: what must hold now, and what is shown when it does not.
#
# shellcheck shell=bash

# fail_with TEXT: the test fails, here. The last lines of all programs follow in teardown.
fail_with() {
    echo "$*" >&2
    return 1
}

# assert_field WHO 'event key=value ..' KEY VALUE: the first such line has it.
assert_field() {
    local line
    line=$(grep -m 1 -E -- "$(line_regex "$2")" "$OUT/$1.out") ||
        fail_with "$1 has not printed '$2'"
    [[ " $line " == *" $3=$4 "* ]] || fail_with "$1 should say $3=$4 in: $line"
}

# assert_count WHO REGEX -OP N: how many lines match, by an operator of test(1): -eq -ge ..
assert_count() {
    local count
    count=$(count_lines "$1" "$2")
    test "$count" "$3" "$4" || fail_with "$1 has $count lines of /$2/, not $3 $4"
}

# refute_line WHO REGEX N: no such line, neither before nor while it prints N `probe` lines more.
refute_line() {
    local probes
    probes=$(count_lines "$1" '^[^ ]+ probe ')
    wait_until "$(($3 + 5))" "$3 probe lines of $1" \
        more_lines "$1" '^[^ ]+ probe ' $((probes + $3 - 1))
    refute_now "$1" "$2"
}

# refute_now WHO REGEX: no such line so far.
refute_now() {
    local line
    if line=$(grep -m 1 -E -- "$2" "$OUT/$1.out"); then
        fail_with "$1 should never say: $line"
    fi
}

# run_code CODE COMMAND..: as bats' run, and the exit code must be this one.
run_code() {
    local code=$1
    shift
    run "$@"
    # shellcheck disable=SC2154 # bats sets them
    [ "$status" = "$code" ] || fail_with "$1 ended with $status, not $code: $output"
}

# assert_output_has REGEX: the output of the last run_code does.
assert_output_has() {
    # shellcheck disable=SC2154
    grep -qE -- "$1" <<<"$output" || fail_with "no /$1/ in: $output"
}

# The last lines of every program, for the reader of a failure. Probes that were acked would hide
# the rest.
last_lines() {
    local file
    for file in "$OUT"/*.out "$OUT"/*.err; do
        [ -s "$file" ] || continue
        echo "--- $(basename "$file"), $(wc -l <"$file") lines, the last ones:"
        grep -vE ' probe .*rc=ack' "$file" | tail -n 15
    done
}

# A sanitizer's report in any program's standard error fails the test, whatever else it saw.
assert_no_reports() {
    local file
    for file in "$OUT"/*.err; do
        [ -s "$file" ] || continue
        if grep -qE 'ERROR: (Address|Leak)Sanitizer|: runtime error: ' "$file"; then
            echo "--- $(basename "$file"):" >&2
            head -n 60 "$file" >&2
            return 1
        fi
    done
}
