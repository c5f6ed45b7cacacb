# Whoever is not of the cluster is refused, by name of the reason, and the node lives on.

load helpers/start

# stranger NAME TEMPLATE-LINE..: an identity whose certificate certtool makes and signs by our CA,
# for what swim-keys refuses to issue.
stranger() {
    local dir=$IDS/$1 template=$BATS_TEST_TMPDIR/template
    mkdir "$dir"
    certtool --generate-privkey --key-type ed25519 --outfile "$dir/key.pem" 2>/dev/null
    chmod 600 "$dir/key.pem"
    {
        printf 'cn = "%s"\nuri = "spiffe://test/swim/operator/%s"\n' "$1" "$1"
        printf 'signing_key\ntls_www_client\ntls_www_server\n'
        printf '%s\n' "${@:2}"
    } >"$template"
    cp "$CA/ca.pem" "$dir/ca.pem"
}

by_our_ca() { # NAME
    certtool --generate-certificate --load-privkey "$IDS/$1/key.pem" \
        --load-ca-certificate "$CA/ca.pem" --load-ca-privkey "$CA/ca.key" \
        --template "$BATS_TEST_TMPDIR/template" --outfile "$IDS/$1/cert.pem" 2>/dev/null
}

by_itself() { # NAME
    certtool --generate-self-signed --load-privkey "$IDS/$1/key.pem" \
        --template "$BATS_TEST_TMPDIR/template" --outfile "$IDS/$1/cert.pem" 2>/dev/null
}

# The node still answers its own.
lives_on() {
    run_code 0 stat n1 --expect 'alive=1,node.n1=alive'
}

as() { # NAME ARGS..: swim-stat of n1 under that identity
    swim-stat -k "$IDS/$1" --connect "$(addr_of n1)" -t 3s "${@:2}"
}

# another_ca CLUSTER ROLE NAME: an identity of another CA which itself trusts ours.
another_ca() {
    swim-keys init --cluster "$1" "$BATS_TEST_TMPDIR/ca2" >/dev/null
    swim-keys issue --ca "$BATS_TEST_TMPDIR/ca2" -r "$2" -o "$IDS" "$3" >/dev/null
    cat "$CA/ca.pem" >>"$IDS/$3/ca.pem"
}

@test "a tool whose certificate is of another CA is refused: exit 4, peer-rejected unknown-ca" {
    start_node n1
    another_ca test operator evil
    run_code 4 as evil
    wait_line n1 'peer-rejected reason=unknown-ca'
    lives_on
}

@test "a node whose certificate is of another cluster's CA ends with 4 and is never a member" {
    start_node n1
    another_ca other member n2
    launch_node n2 -J n1
    end_itself n2 4
    wait_line n1 'peer-rejected'
    refute_now n1 ' member-join .*node=n2'
    lives_on
}

@test "an expired certificate is refused on both sides" {
    start_node n1
    stranger late 'activation_date = "2020-01-01 00:00:00"' 'expiration_date = "2020-02-01 00:00:00"'
    by_our_ca late
    run_code 4 as late
    assert_output_has 'expired'
    lives_on
}

@test "a certificate that is not yet valid is refused" {
    start_node n1
    stranger early 'activation_date = "2090-01-01 00:00:00"' \
        'expiration_date = "2090-02-01 00:00:00"'
    by_our_ca early
    run_code 4 as early
    assert_output_has 'not yet valid'
    lives_on
}

@test "a self-signed certificate is refused" {
    start_node n1
    stranger alone 'expiration_days = 10'
    by_itself alone
    run_code 4 as alone
    lives_on
}

@test "no certificate is refused: a client that shows none gets nothing" {
    start_node n1
    run_code 4 as nobody
    assert_output_has 'nobody'
    lives_on
}

@test "a key that others can read is refused, naming file and mode" {
    start_node n1
    make_ids operator loose
    chmod 644 "$IDS/loose/key.pem"
    run_code 4 as loose
    assert_output_has 'key\.pem.*644'
    make_ids member n2
    chmod 640 "$IDS/n2/key.pem"
    launch_node n2 -J n1
    end_itself n2 4
    grep -qE 'key\.pem.*640' "$OUT/n2.err"
    lives_on
}

@test "a monitor may look, not command: exit 5" {
    start_node n1
    make_ids monitor mon
    run_code 0 as mon
    run_code 5 swim-leave -k "$IDS/mon" --connect "$(addr_of n1)" -t 3s
    lives_on
}

@test "garbage datagrams change nothing but a counter" {
    start_node n1
    local address n
    address=$(addr_of n1)
    for n in 1 20 300 1200 1200 1200; do
        head -c "$n" /dev/urandom >"/dev/udp/${address%:*}/${address##*:}"
    done
    lives_on
    wait_sees n1 'rejected>=1'
}
