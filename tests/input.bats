# Bad input: what a user types, and what lies in files. A mistake is told in one clear line on
# standard error, with what was given and what was expected; the exit code is the contract's, and
# nothing is half-done.

load helpers/start

# refute_output_has REGEX: the output of the last run does not.
refute_output_has() {
    ! grep -qE -- "$1" <<<"$output" || fail_with "there should be no /$1/ in: $output"
}

programs() {
    local folder
    for folder in "$BATS_TEST_DIRNAME"/../cmd/swim-*/; do basename "$folder"; done
}

# The long options of a program with the argument that its help shows: "name METAVAR". Those
# without an argument: "name -"; where it may be left out: "name [=D]".
options_of() {
    "$1" --help | sed -nE 's/^  (-.,|   ) --([a-z0-9-]+) ([A-Z][^ ]*) .*/\2 \3/p
        s/^  (-.,|   ) --([a-z0-9-]+)(\[=[A-Z]+\]) .*/\2 \3/p
        s/^  (-.,|   ) --([a-z0-9-]+)  .*/\2 -/p'
}

repeat() { # CHARACTER COUNT
    printf "%$2s" '' | tr ' ' "$1"
}

# What no option with such an argument takes, a value a line; none where it stands for any text.
bad_values() { # METAVAR
    case $1 in
    D | '[=D]') printf '%s\n' 5x -1s 1.2.3s s '1 s' 0x10 inf 99999999999999999999h ;;
    N | K) printf '%s\n' abc 1x -1 1.5 0x10 99999999999999999999 '' ;;
    ADDR | ADDR:PORT | PEER)
        printf '%s\n' a:b:c:99999 127.0.0.1:70000 127.0.0.1:-1 127.0.0.1: '[::1' '[::1]x' ':7436' \
            'a b' "$(repeat a 254)" ''
        ;;
    NAME | NODE) printf '%s\n' 'two words' .dot "$(repeat a 65)" ä '' ;;
    CLUSTER) printf '%s\n' Upper 'two words' "$(repeat a 64)" '' ;;
    WHEN | WHAT | FORM | FORMAT | ROLE | HOW) printf '%s\n' nonsense '' ;;
    STATE,..) printf '%s\n' gone alive,gone alive, ;;
    COL,..) printf '%s\n' nothing node,nothing ;;
    COND) printf '%s\n' alive 'alive>' 'alive>x' '>5' 'nobody>=1' 'alive>=1,' '' ;;
    KEY=VALUE) printf '%s\n' 'Key=v' =v "$(repeat k 33)=v" ;;
    RULE) printf '%s\n' ping nonsense ping:nonsense pong:drop 'ping#0:drop' 'ping%101:drop' ;;
    'KEY[=VALUE]') printf '%s\n' 'Key=v' = "$(repeat k 33)=v" '' ;;
    -) ;;
    DIR | OUT | FILE | WHERE | REASON | CMD | GLOB,..) ;; # any text, or what is found there
    M=RANGE) ;;                                            # of the form nagios, see below
    *) return 1 ;;
    esac
}

# What a program needs beside the option to get as far as looking at it.
rest_of_line() { # PROGRAM OPTION
    [ "$1" = swim-keys ] || return 0
    case $2 in
    cluster) echo init ca ;;
    format) echo show nowhere ;;
    *) echo issue a ;;
    esac
}

# quick_run COMMAND..: as `run --separate-stderr`, in a fifth of its time.
quick_run() {
    status=0
    output=$(timeout 10 "$@" 2>"$BATS_TEST_TMPDIR/err") || status=$?
    mapfile -t stderr_lines <"$BATS_TEST_TMPDIR/err"
}

# is_told PROGRAM OPTION VALUE: exit 2 and no output; the first line names the option and the value
# (of a list, and of a rule, the part that is wrong), and there is at most the way to the help
# beside it.
is_told() {
    local part=$3
    case $3 in
    *,?*) part=${3##*,} ;;
    *:nonsense) part=nonsense ;;
    p*:drop) part=${3%:drop} part=${part#ping} ;;
    esac
    # shellcheck disable=SC2154 # bats sets them
    [ "$status" = 2 ] && [ -z "$output" ] && [[ ${stderr_lines[0]} == "$1: --$2: "*"$part"* ]] &&
        { [ ${#stderr_lines[@]} = 1 ] || [ "${stderr_lines[*]:1}" = "$1: see '$1 --help'" ]; }
}

@test "every option of every program tells the bad value it was given, before anything happens" {
    local program option kind value rest seen=0 wrong=0
    cd "$BATS_TEST_TMPDIR" || return 1
    for program in $(programs); do
        while read -r option kind; do
            bad_values "$kind" >/dev/null || fail_with "add bad values of $kind: $program --$option"
            read -r -a rest <<<"$(rest_of_line "$program" "$option")"
            while IFS= read -r value; do
                seen=$((seen + 1))
                quick_run "$program" "--$option=$value" "${rest[@]}"
                is_told "$program" "$option" "$value" && continue
                wrong=$((wrong + 1))
                echo "$program --$option='$value' ${rest[*]}: exit $status, '$output', '${stderr_lines[*]}'"
            done < <(bad_values "$kind")
        done < <(options_of "$program")
    done
    [ "$wrong" = 0 ]
    [ "$seen" -gt 200 ]
    [ ! -e ca ]
    [ ! -e a ]
}

@test "an argument too few or too many is told by the option's name" {
    local program option kind
    for program in $(programs); do
        while read -r option kind; do
            case $kind in
            '[='*) continue ;;
            -)
                quick_run "$program" "--$option=x"
                [[ ${stderr_lines[0]} == "$program: --$option: takes no argument" ]]
                ;;
            *)
                quick_run "$program" "--$option"
                [[ ${stderr_lines[0]} == "$program: --$option: needs an argument, $kind" ]]
                ;;
            esac
            [ "$status" = 2 ]
            [ -z "$output" ]
        done < <(options_of "$program")
    done
}

@test "as a check of Nagios a mistake is UNKNOWN, on standard output, exit code 3" {
    local value
    for value in x rtt_ms rtt_ms=x =1 rtt_ms=5:1 nothing=1; do
        run -3 --separate-stderr timeout 10 swim-stat --format nagios -w "$value"
        [[ $output == "SWIM UNKNOWN - "*"$value"* ]]
        [ ${#lines[@]} = 1 ]
    done
    run -2 timeout 10 swim-stat -w alive=1
    [[ $output == "swim-stat: --warning: only with --format nagios" ]]
}

@test "numbers and times out of their range are told with the bound" {
    make_ids member n1
    local option
    for option in --probe-interval=1ms --probe-interval=2h --indirect=17 --suspicion-mult=0 \
        --suspicion-mult=101 --pool-max=0 --pool-max=5000 --accept-max=0 --leave-timeout=0 \
        --leave-timeout=2h --ready-fd=0; do
        run_code 2 timeout 10 swim-node -k "$IDS/n1" -s "$BATS_TEST_TMPDIR/state" "$option"
        assert_output_has "^swim-node: ${option%%=*}: [0-9a-z.]+ is (less|more) than [0-9]+"
    done
    for option in --parallel=1025 --max-total=0 -c0 -i-1; do
        run_code 2 timeout 10 swim-ping -k "$IDS/n1" "$option" 127.0.0.1:1
    done
    [ ! -e "$BATS_TEST_TMPDIR/state" ]
}

@test "too many tags, or too large ones, are exit code 2, and the node does not start" {
    make_ids member n1
    local many=() large=() i
    for i in $(seq 33); do many+=(-T "k$i=v"); done
    for i in $(seq 9); do large+=(-T "k$i=$(repeat v 250)"); done
    refuses() { # REGEX ARGS..
        run_code 2 timeout 10 swim-node -k "$IDS/n1" -b 127.0.0.1:0 \
            -s "$BATS_TEST_TMPDIR/state" "${@:2}"
        assert_output_has "$1"
        refute_output_has ' listening '
        [ ! -e "$BATS_TEST_TMPDIR/state" ]
    }
    refuses '^swim-node: --tag.*more than 32 tags' "${many[@]}"
    refuses '^swim-node: --tag.*2048 bytes' "${large[@]}"
    refuses "^swim-node: --tag: 'k=v+" -T "k=$(repeat v 257)"
    refuses "^swim-node: --tag: '" -T $'k=a\tb'
    refuses "^swim-node: --tag: '" -T $'k=\xff'
    # 32 tags, and values of 256 bytes, are fine.
    start_node n1 "${many[@]:2}"
    start_node n2 -T "k=$(repeat v 256)"
}

@test "operands that a program does not take, or takes fewer of" {
    local program
    for program in swim-node swim-leave swim-quic-echo swim-watch; do
        run_code 2 timeout 10 "$program" operand
        assert_output_has "^$program: takes no operand: 'operand'"
    done
    run_code 2 timeout 10 swim-stat members pool
    run_code 2 timeout 10 swim-stat nothing
    assert_output_has "^swim-stat: .*'nothing'"
    run_code 2 timeout 10 swim-keys
    assert_output_has '^swim-keys: needs a verb; the verbs are init'
    run_code 2 timeout 10 swim-keys nothing
    assert_output_has "^swim-keys: .*'?nothing'?"
    run_code 2 timeout 10 swim-keys init --cluster c a b
    run_code 2 timeout 10 swim-ping
    run_code 2 timeout 10 swim-ping 127.0.0.1:70000
    assert_output_has "^swim-ping: .*127.0.0.1:70000"
    run_code 2 timeout 10 swim-ping 'two words@127.0.0.1:1'
    assert_output_has "^swim-ping: .*two words"
}

@test "swim-keys: one bad name among good ones, and none is issued" {
    make_ids member x
    local bad
    for bad in 'two words' .dot "$(repeat a 65)" ../up; do
        run_code 2 swim-keys issue --ca "$CA" -o "$BATS_TEST_TMPDIR/new" a "$bad" b
        assert_output_has "^swim-keys: .*$bad"
        [ ! -e "$BATS_TEST_TMPDIR/new" ]
        [ ! -e "$BATS_TEST_TMPDIR/up" ]
    done
    run_code 2 swim-keys issue --ca "$CA" -o "$BATS_TEST_TMPDIR/new" --days 0 a
    run_code 2 swim-keys issue --ca "$CA" -o "$BATS_TEST_TMPDIR/new" --days 3651 a
    [ ! -e "$BATS_TEST_TMPDIR/new" ]
    run_code 2 swim-keys init --cluster 'Not a cluster' "$BATS_TEST_TMPDIR/ca3"
    [ ! -e "$BATS_TEST_TMPDIR/ca3" ]
}

# Every program that shows an identity refuses this one alike: exit 4, with the file.
refused_identity() { # DIR REGEX
    local program args
    for program in swim-node swim-quic-echo swim-ping swim-stat swim-leave swim-watch; do
        args=()
        case $program in
        swim-node) args=(-b 127.0.0.1:0 -s "$BATS_TEST_TMPDIR/state") ;;
        swim-quic-echo) args=(-b 127.0.0.1:0) ;;
        swim-ping) args=(127.0.0.1:1) ;;
        *) args=(--connect 127.0.0.1:1) ;;
        esac
        quick_run "$program" -k "$1" "${args[@]}"
        [ "$status" = 4 ] || fail_with "$program -k $1 ended with $status: $output"
        [ -z "$output" ] || fail_with "$program -k $1 prints: $output"
        [ ${#stderr_lines[@]} = 1 ] || fail_with "$program -k $1 says more: ${stderr_lines[*]}"
        [[ ${stderr_lines[0]} =~ ^"$program: ".*($2) ]] || fail_with "it says: ${stderr_lines[0]}"
        [ ! -e "$BATS_TEST_TMPDIR/state" ]
    done
}

@test "key files that are missing, empty, cut short, of another key, or no files at all" {
    make_ids member good other
    broken() { # NAME: a copy to be broken
        rm -rf "${IDS:?}/bad"
        cp -r "$IDS/good" "$IDS/bad"
        chmod u+w "$IDS/bad/$1"
    }
    local file
    for file in ca.pem cert.pem key.pem; do
        broken "$file" && rm "$IDS/bad/$file"
        refused_identity "$IDS/bad" "$file"
        broken "$file" && : >"$IDS/bad/$file"
        refused_identity "$IDS/bad" "$file"
        broken "$file" && head -c 60 "$IDS/good/$file" >"$IDS/bad/$file"
        refused_identity "$IDS/bad" "$file"
        broken "$file" && head -c 4000 /dev/urandom >"$IDS/bad/$file"
        refused_identity "$IDS/bad" "$file"
        broken "$file" && rm "$IDS/bad/$file" && mkdir "$IDS/bad/$file"
        refused_identity "$IDS/bad" "$file"
    done
    broken key.pem && cat "$IDS/other/key.pem" >"$IDS/bad/key.pem"
    refused_identity "$IDS/bad" 'key.pem|cert.pem'
    refused_identity "$IDS/nobody" nobody
    refused_identity "$IDS/good/cert.pem" 'cert.pem'
}

@test "a key that group or others can read is refused, naming file and mode" {
    make_ids member n1
    local mode
    for mode in 0640 0604 0660 0644 0444 0601; do
        chmod "$mode" "$IDS/n1/key.pem"
        refused_identity "$IDS/n1" "key.pem.*$mode"
    done
    for mode in 0600 0400; do
        chmod "$mode" "$IDS/n1/key.pem"
        start_node n1
        end_node n1 TERM 0
    done
}

@test "a name that is not the certificate's is exit code 4" {
    make_ids member n1
    run_code 4 timeout 10 swim-node -k "$IDS/n1" -n n2 -b 127.0.0.1:0 -s "$BATS_TEST_TMPDIR/state"
    assert_output_has "^swim-node: .*n2.*n1|^swim-node: .*n1.*n2"
    run_code 4 timeout 10 swim-quic-echo -k "$IDS/n1" -n n2 -b 127.0.0.1:0
}

@test "a port in use is exit code 6, and who has it is not disturbed" {
    start_node n1
    start_echo e1
    make_ids member n2
    make_ids operator op
    local who
    for who in n1 e1; do
        run_code 6 timeout 10 swim-node -k "$IDS/n2" -b "$(addr_of "$who")" \
            -s "$BATS_TEST_TMPDIR/state2"
        assert_output_has "^swim-node: .*$(addr_of "$who").*(in use|EADDRINUSE)"
        refute_output_has ' listening '
        [ ! -e "$BATS_TEST_TMPDIR/state2/node.addr" ]
        run_code 6 timeout 10 swim-quic-echo -k "$IDS/n2" -b "$(addr_of "$who")"
        run_code 0 swim-ping -k "$IDS/op" "$(addr_of "$who")"
    done
}

@test "an address of nobody here, or one that does not resolve, is no address to bind" {
    make_ids member n1
    run_code 6 timeout 10 swim-node -k "$IDS/n1" -b 192.0.2.1:0 -s "$BATS_TEST_TMPDIR/state"
    assert_output_has "^swim-node: .*192.0.2.1"
    run_code 2 timeout 20 swim-node -k "$IDS/n1" -b no-such-host.invalid:0 \
        -s "$BATS_TEST_TMPDIR/state"
    assert_output_has "^swim-node: .*no-such-host.invalid"
}

@test "a state directory that can't be made, an event file that can't be written" {
    make_ids member n1
    : >"$BATS_TEST_TMPDIR/file"
    run_code 6 timeout 10 swim-node -k "$IDS/n1" -b 127.0.0.1:0 -s "$BATS_TEST_TMPDIR/file/state"
    assert_output_has "^swim-node: .*file/state"
    refute_output_has ' listening '
    run_code 6 timeout 10 swim-node -k "$IDS/n1" -b 127.0.0.1:0 -s "$BATS_TEST_TMPDIR/state" \
        --events "$BATS_TEST_TMPDIR/no/such/file"
    assert_output_has "^swim-node: .*no/such/file"
    refute_output_has ' listening '
}
