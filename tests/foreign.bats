# What strangers send: datagrams that are no QUIC, no QUIC of ours, damaged copies of it; and another
# project's QUIC client with each fault that a certificate can have. All of it is counted, a refused
# handshake is told with its reason, answers are bounded, and the node lives on.

load helpers/start
load helpers/badids

setup_file() {
    local source=$BATS_TEST_DIRNAME/raw
    RAW=$BATS_FILE_TMPDIR/raw ALPN=$BATS_FILE_TMPDIR/alpn.so
    export RAW ALPN
    cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -o "$RAW" "$source/raw.c"
    cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC -o "$ALPN" "$source/alpn.c" -ldl
}

port_of() {
    local address
    address=$(addr_of "$1")
    echo "${address##*:}"
}

# raw WHO KIND COUNT [FILE]: sends that, and sets what it counted.
raw() {
    local line
    line=$("$RAW" "$(port_of "$1")" "${@:2}")
    echo "$1 $2: $line"
    read -r sent sent_bytes answers answer_bytes < <(sed "s/[a-z_]*=//g" <<<"$line")
}

# info WHO KEY: a counter of the node.
info() {
    stat "$1" info --format json | jq -r ".$2"
}

at_least() { # WHO KEY N
    [ "$(info "$1" "$2")" -ge "$3" ]
}

# Two members that see each other, and an echo server beside them.
start_three() {
    start_cluster n1 n2
    start_echo e1
    make_ids operator op
}

# All three still answer, and nobody has been held for anything but alive.
all_live_on() {
    local who
    for who in n1 n2; do
        run_code 0 stat "$who" --expect 'alive=2,suspect=0,dead=0'
        refute_now "$who" ' member-(suspect|dead|leave) '
    done
    for who in n1 n2 e1; do
        run_code 0 swim-ping -k "$IDS/op" -c 3 -i 10ms -x all "$(addr_of "$who")"
    done
}

# What a client of ours sends first: a whole Initial with its ClientHello.
catch_initial() { # FILE
    local port
    make_ids operator op
    "$RAW" catch "$1" >"$BATS_TEST_TMPDIR/port" &
    wait_until 10 "a port to catch at" test -s "$BATS_TEST_TMPDIR/port"
    port=$(cat "$BATS_TEST_TMPDIR/port")
    run_code 1 swim-ping -k "$IDS/op" -W 200ms "127.0.0.1:$port"
    wait "$!"
    [ "$(wc -c <"$1")" -ge 1200 ]
}

@test "random datagrams are counted as garbage, one by one" {
    start_three
    raw n1 random 400
    [ "$sent" = 400 ]
    wait_until 10 "n1 to count them" at_least n1 garbage 400
    at_least n1 rejected 400
    [ "$answer_bytes" -lt $((sent_bytes / 4)) ]
    raw e1 random 400
    all_live_on
}

@test "unknown versions with connection IDs of any length are answered, at most 100 a second" {
    start_three
    local began seconds
    began=$(now_ms)
    raw n1 versions 1000
    seconds=$((($(now_ms) - began) / 1000 + 2))
    [ "$answers" -ge 64 ]
    [ "$answers" -le $((100 * seconds)) ]
    [ "$answer_bytes" -lt "$sent_bytes" ]
    at_least n1 garbage 1000
    raw e1 versions 1000
    [ "$answers" -ge 64 ]
    all_live_on
}

@test "version negotiation is never answered" {
    start_three
    raw n1 negotiation 500
    [ "$answers" = 0 ]
    raw e1 negotiation 500
    [ "$answers" = 0 ]
    wait_until 10 "n1 to count them" at_least n1 garbage 500
    all_live_on
}

@test "packets of connections that nobody has are reset, with fewer bytes, at most 100 a second" {
    start_three
    local began seconds
    began=$(now_ms)
    raw n1 shorts 1000
    seconds=$((($(now_ms) - began) / 1000 + 2))
    [ "$answers" -ge 50 ]
    [ "$answers" -le $((100 * seconds)) ]
    [ "$answer_bytes" -lt "$sent_bytes" ]
    raw e1 shorts 1000
    [ "$answers" -ge 50 ]
    all_live_on
}

@test "a caught Initial, replayed, cut short and with flipped bits, opens nothing" {
    start_three
    local initial=$BATS_TEST_TMPDIR/initial
    catch_initial "$initial"
    local who
    for who in n1 e1; do
        raw "$who" cut 1199 "$initial"
        [ "$answer_bytes" -le $((3 * sent_bytes)) ]
        raw "$who" flip 500 "$initial"
        [ "$answer_bytes" -le $((3 * sent_bytes)) ]
        raw "$who" replay 50 "$initial"
        [ "$answers" -ge 1 ]
        [ "$answer_bytes" -le $((3 * sent_bytes)) ]
    done
    at_least n1 garbage 1000
    refute_now n1 ' (pool-open|member-join) .*node=op'
    all_live_on
}

@test "a flood of all kinds at once does not keep the node from its work" {
    start_three
    local kind pids=()
    for kind in random versions negotiation shorts; do
        "$RAW" "$(port_of n1)" "$kind" 5000 >"$BATS_TEST_TMPDIR/$kind.flood" &
        pids+=("$!")
    done
    run_code 0 swim-ping -k "$IDS/op" -c 20 -i 10ms "$(addr_of n1)"
    wait "${pids[@]}"
    all_live_on
}

# foreign WHO [DIR] [ALPN]: a handshake of ngtcp2's own client, with that identity; what it says is
# in $BATS_TEST_TMPDIR/foreign. It ends with 0 whatever happens.
foreign() {
    local args=()
    if [ -n "${2-}" ]; then args=(--key="$2/key.pem" --cert="$2/cert.pem"); fi
    command -v gtlsclient >/dev/null || skip "no gtlsclient (Debian: ngtcp2-client)"
    FOREIGN_ALPN=${3-swim/1} LD_PRELOAD=$ALPN timeout 10 gtlsclient "${args[@]}" --timeout=2s \
        --exit-on-all-streams-close 127.0.0.1 "$(port_of "$1")" https://localhost/ \
        >"$BATS_TEST_TMPDIR/foreign" 2>&1 || true
}

foreign_says() { # REGEX
    grep -qE -- "$1" "$BATS_TEST_TMPDIR/foreign" ||
        fail_with "the client never says /$1/: $(tail -n 20 "$BATS_TEST_TMPDIR/foreign")"
}

# refused_as REASON: of the last handshake, on both sides.
refused_as() {
    wait_line n1 "peer-rejected reason=$1"
    assert_count n1 ' peer-rejected ' -eq 1
    foreign_says 'ERR_DRAINING'
    refute_now n1 ' (pool-open|member-join) '
    at_least n1 rejected 1
    run_code 0 stat n1 --expect 'alive=1'
}

@test "another project's client with a good certificate completes its handshake" {
    start_node n1
    make_ids member n2
    foreign n1 "$IDS/n2"
    foreign_says 'handshake has completed'
    refute_now n1 ' (peer-rejected|member-join) '
    run_code 0 stat n1 --expect 'alive=1'
}

@test "its HTTP is malformed SWIM, and told so" {
    start_node n1
    make_ids member n2
    foreign n1 "$IDS/n2"
    foreign_says 'CONNECTION_CLOSE.*reason=\[malformed\]'
    at_least n1 rejected 1
}

@test "a foreign client without a certificate is refused: no-certificate" {
    start_node n1
    foreign n1
    refused_as no-certificate
}

@test "a foreign client of another CA is refused: unknown-ca" {
    start_node n1
    bad_identity "$IDS/x" stranger x
    foreign n1 "$IDS/x"
    refused_as unknown-ca
}

@test "a foreign client with a self-signed certificate is refused: unknown-ca" {
    start_node n1
    bad_identity "$IDS/x" self-signed x
    foreign n1 "$IDS/x"
    refused_as unknown-ca
}

@test "a foreign client whose certificate has expired is refused: expired" {
    start_node n1
    bad_identity "$IDS/x" expired x
    foreign n1 "$IDS/x"
    refused_as expired
}

@test "a foreign client whose certificate is not yet valid is refused: not-yet-valid" {
    start_node n1
    bad_identity "$IDS/x" not-yet-valid x
    foreign n1 "$IDS/x"
    refused_as not-yet-valid
}

@test "a foreign client of another cluster is refused: cluster" {
    start_node n1
    bad_identity "$IDS/x" other-cluster x
    foreign n1 "$IDS/x"
    refused_as cluster
}

@test "a foreign client of a role that there is not is refused: role" {
    start_node n1
    bad_identity "$IDS/x" wrong-role x
    foreign n1 "$IDS/x"
    refused_as role
}

@test "a foreign client whose certificate names nobody, or two, is refused: malformed" {
    start_node n1
    bad_identity "$IDS/x" no-san x
    foreign n1 "$IDS/x"
    refused_as malformed
    bad_identity "$IDS/y" two-sans y
    foreign n1 "$IDS/y"
    wait_lines n1 'peer-rejected reason=malformed' 2
}

@test "a foreign client whose certificate is none of a client, or is a CA's, is refused: malformed" {
    start_node n1
    bad_identity "$IDS/x" server-only x
    foreign n1 "$IDS/x"
    refused_as malformed
    bad_identity "$IDS/y" is-ca y
    foreign n1 "$IDS/y"
    wait_lines n1 'peer-rejected reason=malformed' 2
}

@test "a foreign client that speaks another protocol is refused: alpn" {
    start_node n1
    make_ids member n2
    foreign n1 "$IDS/n2" h3
    refused_as alpn
    foreign_says 'CRYPTO_ERROR\(0x178\)'
}

@test "the echo server refuses foreign clients as a node does, and goes on" {
    start_echo e1
    make_ids operator op
    foreign e1
    foreign_says 'ERR_DRAINING'
    bad_identity "$IDS/x" expired x
    foreign e1 "$IDS/x"
    foreign_says 'ERR_DRAINING'
    run_code 0 swim-ping -k "$IDS/op" "$(addr_of e1)"
}
