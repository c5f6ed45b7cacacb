# Whoever is not of the cluster is refused, by name of the reason, and the node lives on.

load helpers/start
load helpers/badids

# The node still answers its own.
lives_on() {
    run_code 0 stat n1 --expect 'alive=1,node.n1=alive'
}

as() { # NAME ARGS..: swim-stat of n1 under that identity
    swim-stat -k "$IDS/$1" --connect "$(addr_of n1)" -t 3s "${@:2}"
}

# another_ca CLUSTER ROLE NAME: an identity of another CA.
another_ca() {
    swim-keys init --cluster "$1" "$BATS_TEST_TMPDIR/ca2" >/dev/null
    swim-keys issue --ca "$BATS_TEST_TMPDIR/ca2" -r "$2" -o "$IDS" "$3" >/dev/null
}

@test "a tool whose certificate is of another CA is refused: exit 4, peer-rejected unknown-ca" {
    start_node n1
    another_ca test operator evil
    cat "$CA/ca.pem" >>"$IDS/evil/ca.pem" # it trusts us
    run_code 4 as evil
    wait_line n1 'peer-rejected reason=unknown-ca'
    lives_on
}

@test "a node of another cluster ends with 4 and is never a member" {
    start_node n1
    another_ca other member n2
    launch_node n2 -J n1
    end_itself n2 4
    wait_line n1 peer-rejected
    refute_now n1 ' member-join .*node=n2'
    lives_on
}

@test "a node that our own CA's key vouches for, but for another cluster, ends with 4" {
    start_node n1
    bad_identity "$IDS/n2" other-cluster n2
    launch_node n2 -J n1
    end_itself n2 4
    wait_line n2 'peer-rejected reason=cluster'
    wait_line n1 peer-rejected
    refute_now n1 ' member-join .*node=n2'
    lives_on
}

@test "a self-made CA that nobody trusts: the stranger and the node refuse each other" {
    start_node n1
    bad_identity "$IDS/s" stranger s
    launch_node s -J n1
    end_itself s 4
    wait_line n1 peer-rejected
    refute_now n1 ' member-join .*node=s'
    lives_on
}

# What its own program finds out before it says a word to anybody.
refused_at_start() { # KIND REGEX
    start_node n1
    bad_identity "$IDS/n2" "$1" n2
    run_code 4 as n2
    assert_output_has "$2"
    launch_node n2 -J n1
    end_itself n2 4
    grep -qE -- "$2" "$OUT/n2.err"
    refute_now n1 ' peer-rejected '
    lives_on
}

@test "an expired certificate is refused" {
    refused_at_start expired 'expired'
}

@test "a certificate that is not yet valid is refused" {
    refused_at_start not-yet-valid 'not yet valid'
}

@test "a self-signed certificate is refused" {
    refused_at_start self-signed 'cert\.pem: not issued by a CA of ca\.pem'
}

@test "a key that others can read is refused, naming file and mode" {
    refused_at_start loose-key 'key\.pem.*0644'
}

# An identity of our CA that expires in so many seconds.
short_lived() { # NAME SECONDS
    make_ids member "$1"
    printf '%s\n' "cn = \"$1\"" "uri = \"spiffe://test/swim/member/$1\"" \
        'activation_date = "2020-01-01 00:00:00"' \
        "expiration_date = \"$(date -u -d "+$2 seconds" '+%F %T UTC')\"" \
        signing_key tls_www_client tls_www_server >"$BATS_TEST_TMPDIR/template"
    bad_certtool --generate-certificate --load-privkey "$IDS/$1/key.pem" \
        --load-ca-certificate "$CA/ca.pem" --load-ca-privkey "$CA/ca.key" \
        --template "$BATS_TEST_TMPDIR/template" --outfile "$IDS/$1/cert.pem"
}

expired() { # NAME
    swim-keys verify "$IDS/$1" | grep -q ' expired$'
}

@test "a certificate that expires while its node runs: peers say expired, and it ends with 4" {
    start_node n1
    local address
    address=$(addr_of n1)
    end_node n1 TERM 0
    short_lived n2 3
    start_node n2 -J "$address"
    wait_line n2 join-retry
    wait_until 10 "the certificate of n2 to expire" expired n2
    start_node n1 -b "$address"
    wait_line n1 'peer-rejected reason=expired'
    end_itself n2 4
    refute_now n1 ' member-join .*node=n2'
    lives_on
}

@test "a tool without an identity is refused: exit 4" {
    start_node n1
    run_code 4 as nobody
    assert_output_has 'nobody'
    lives_on
}

@test "a monitor may look, not command: exit 5" {
    start_node n1
    make_ids monitor mon
    run_code 0 as mon
    run_code 5 swim-leave -k "$IDS/mon" --connect "$(addr_of n1)" -t 3s
    lives_on
}

# send_garbage WHO FIRST-BYTE SIZE..: a datagram of each size, random but for its first byte.
send_garbage() {
    local address size
    address=$(addr_of "$1")
    for size in "${@:3}"; do
        { printf "$2" && head -c "$size" /dev/urandom; } >"$BATS_TEST_TMPDIR/datagram"
        cat "$BATS_TEST_TMPDIR/datagram" >"/dev/udp/${address%:*}/${address##*:}"
    done
}

counts() { # WHO KEY=VALUE: does info say so
    stat "$1" info --format line | grep -q " $2 "
}

@test "garbage datagrams are counted, and the node lives on" {
    start_node n1
    send_garbage n1 '\x00' 0 1 20 300 1200 1400
    wait_until 10 "n1 to count six" counts n1 garbage=6
    # What looks like the first packet of an unknown version, and like one of a connection.
    send_garbage n1 '\xc0' 0 20 300 1200 1400
    send_garbage n1 '\x40' 0 20 300 1200 1400
    lives_on
    refute_now n1 ' member-'
}
