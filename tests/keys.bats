#!/usr/bin/env bats
# swim-keys: a cluster's CA and identities, and how each fault of an identity is named.
#
# shellcheck disable=SC2154 # bats sets stderr, output, lines

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
load helpers/badids

setup() {
    PATH=${SWIM_BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH
    unset SWIM_IDENTITY SWIM_FORMAT CREDENTIALS_DIRECTORY
    cd "$BATS_TEST_TMPDIR" || return 1
    # shellcheck disable=SC2034 # of helpers/badids
    CA=$BATS_TEST_TMPDIR/ca
}

# One field of what show says: `shown PATH KEY`.
shown() {
    swim-keys show -j "$1" | jq -r ".$2"
}

with_ca() {
    swim-keys init --cluster demo ca >/dev/null
}

with_ids() {
    with_ca
    swim-keys issue --ca ca -o id "$@" >/dev/null
}

# days_of PATH: how long a certificate is valid, in whole days.
days_of() {
    local from until
    from=$(date -d "$(shown "$1" from)" +%s)
    until=$(date -d "$(shown "$1" until)" +%s)
    echo $(((until - from) / 86400))
}

@test "init makes a CA of ten years that names its cluster, its key for nobody else" {
    run -0 swim-keys init --cluster demo deep/down/ca
    assert_output --regexp '^deep/down/ca spiffe://demo until=20[0-9]{2}-[0-9-]+T[0-9:.]+Z$'
    assert_equal "$(stat -c %a deep/down/ca/ca.key)" 600
    assert_equal "$(stat -c %a deep/down/ca)" 700
    assert_equal "$(days_of deep/down/ca)" 3650
    assert_equal "$(shown deep/down/ca identity)" spiffe://demo
    assert_equal "$(shown deep/down/ca role)" ca
    run -0 certtool --certificate-info --infile deep/down/ca/ca.pem
    assert_output --partial 'Certificate Authority (CA): TRUE'
    assert_output --partial 'EdDSA (Ed25519)'
}

@test "init works in the current directory, and never overwrites a CA or a part of one" {
    run -0 swim-keys init --cluster demo
    assert [ -s ca.pem ]
    before=$(sha256sum ca.pem ca.key)
    run -1 --separate-stderr swim-keys init --cluster other
    assert_equal "$output" ""
    assert_regex "$stderr" '^swim-keys: \./ca\.pem: File exists'
    rm ca.pem
    run -1 swim-keys init --cluster other
    assert_equal "$(sha256sum ca.key)" "${before#*$'\n'}"
    assert [ ! -e ca.pem ]
}

@test "issue prints a line an identity, with OUT made on the way" {
    with_ca
    run -0 swim-keys issue --ca ca -o some/where -r operator a b
    assert_equal "${#lines[@]}" 2
    assert_regex "${lines[0]}" '^some/where/a spiffe://demo/swim/operator/a until=20.*Z$'
    assert_regex "${lines[1]}" '^some/where/b spiffe://demo/swim/operator/b until=20.*Z$'
    for name in a b; do
        assert_equal "$(stat -c %a some/where/$name/key.pem)" 600
        cmp ca/ca.pem some/where/$name/ca.pem
    done
}

@test "an identity is a member of 90 days, valid since an hour ago, unless told otherwise" {
    with_ids a
    assert_equal "$(shown id/a role)" member
    assert_equal "$(days_of id/a)" 90
    from=$(date -d "$(shown id/a from)" +%s)
    assert [ $(($(date +%s) - from)) -ge 3600 ]
    assert [ $(($(date +%s) - from)) -lt 3700 ]
    swim-keys issue --ca ca -o id --days 3 --role monitor m
    assert_equal "$(shown id/m role)" monitor
    assert_equal "$(shown id/m days)" 2
}

@test "the key file is 0600 whatever the umask" {
    umask 000
    with_ids a
    assert_equal "$(stat -c %a id/a/key.pem)" 600
    assert_equal "$(stat -c %a ca/ca.key)" 600
}

@test "certtool agrees: chain, both purposes, one URI, a random serial of 20 bytes" {
    with_ids a b
    run -0 certtool --verify --load-ca-certificate ca/ca.pem --infile id/a/cert.pem
    run -0 certtool --certificate-info --infile id/a/cert.pem
    assert_output --partial 'TLS WWW Server'
    assert_output --partial 'TLS WWW Client'
    assert_output --partial 'Digital signature'
    assert_equal "$(grep -c 'URI: spiffe://demo/swim/member/a' <<<"$output")" 1
    run -0 shown id/a serial
    assert_output --regexp '^[4-7][0-9a-f]{39}$'
    assert [ "$output" != "$(shown id/b serial)" ]
}

@test "issue of several names makes none if one is there, and names renew" {
    with_ids b
    before=$(sha256sum id/b/*)
    run -1 --separate-stderr swim-keys issue --ca ca -o id a b c
    assert_equal "$output" ""
    assert_regex "$stderr" 'id/b/.*swim-keys renew --ca ca id/b'
    assert [ ! -e id/a ]
    assert [ ! -e id/c ]
    assert_equal "$(sha256sum id/b/*)" "$before"
}

@test "a bad name among good ones, or one named twice, makes none: exit 2" {
    with_ca
    for names in 'a -b' 'a b/c' 'a ..' 'a b a' "$(printf 'a %065d' 0)"; do
        # shellcheck disable=SC2086 # a list of names
        run -2 swim-keys issue --ca ca -o id -- $names
    done
    assert [ ! -e id ]
}

@test "renew keeps name and role with a new key, in place, and leaves nothing else" {
    with_ids a
    swim-keys issue --ca ca -o id -r operator op >/dev/null
    old=$(sha256sum id/a/key.pem) serial=$(shown id/a serial)
    run -0 swim-keys renew --ca ca --days 10 id/a id/op
    assert_regex "${lines[0]}" '^id/a spiffe://demo/swim/member/a until='
    assert_regex "${lines[1]}" '^id/op spiffe://demo/swim/operator/op until='
    assert [ "$(sha256sum id/a/key.pem)" != "$old" ]
    assert [ "$(shown id/a serial)" != "$serial" ]
    assert_equal "$(shown id/a days)" 9
    run -0 swim-keys verify --ca ca id/a id/op
    run -0 ls -A id/a
    assert_output $'ca.pem\ncert.pem\nkey.pem'
}

@test "renew heals an expired identity and one whose renewal was cut in two" {
    with_ids a
    bad_identity id/e expired e
    cp id/a/cert.pem old.pem
    swim-keys renew --ca ca id/a >/dev/null
    cp old.pem id/a/cert.pem
    run -4 --separate-stderr swim-keys verify id/a
    assert_equal "$output" "id/a bad-identity"
    assert_regex "$stderr" 'swim-keys renew'
    run -0 swim-keys renew --ca ca id/a id/e
    run -0 swim-keys verify id/a id/e
    assert_output $'id/a ok\nid/e ok'
}

@test "renew of what is not ours: no identity, another cluster, not the CA's directory" {
    with_ids a
    swim-keys init --cluster other other >/dev/null
    run -4 swim-keys renew --ca ca nowhere
    assert_output --partial 'nowhere'
    run -4 swim-keys renew --ca other id/a
    assert_output --partial 'of cluster demo'
    run -4 swim-keys renew --ca id/a id/a
    assert_output --partial 'swim-keys init --cluster'
    # One that fails keeps none of the others from theirs.
    run -4 --separate-stderr swim-keys renew --ca ca nowhere id/a
    assert_regex "$output" '^id/a '
}

@test "the CA's own faults are told: no CA, a key that others can read, the wrong key" {
    run -4 swim-keys issue --ca ca a
    assert_output --partial 'swim-keys init --cluster'
    with_ca
    chmod 0640 ca/ca.key
    run -4 swim-keys issue --ca ca a
    assert_output --partial 'ca/ca.key: mode 0640'
    chmod 0600 ca/ca.key
    swim-keys init --cluster demo second >/dev/null
    cp second/ca.key ca/ca.key
    run -4 swim-keys issue --ca ca a
    assert_output --partial 'ca.pem'
    assert [ ! -e a ]
}

@test "a leaf ends with its CA at the latest" {
    with_ca
    run -0 swim-keys issue --ca ca --days 3650 a
    assert_equal "$(shown a until)" "$(shown ca until)"
    run -2 swim-keys issue --ca ca --days 3651 b
    run -2 swim-keys issue --ca ca --days 0 b
}

@test "verify names each fault of an identity, exit 4; what is whole is ok" {
    with_ids a
    while read -r kind reason; do
        bad_identity "bad/$kind" "$kind" b
        run -4 --separate-stderr swim-keys verify --ca ca "bad/$kind"
        assert_equal "$output" "bad/$kind $reason"
        assert_regex "$stderr" "^swim-keys: bad/$kind"
    done <<'END'
expired expired
not-yet-valid not-yet-valid
self-signed unknown-ca
other-ca unknown-ca
stranger unknown-ca
no-san malformed
two-sans malformed
server-only malformed
is-ca malformed
other-cluster cluster
wrong-role role
loose-key key-exposed
END
}

@test "verify judges many, says all, and its exit code is that of the worst" {
    with_ids a c
    bad_identity id/b expired b
    run -4 --separate-stderr swim-keys verify id/a id/b id/c id/none
    assert_output $'id/a ok\nid/b expired\nid/c ok\nid/none no-identity'
    run -0 swim-keys verify id/a id/c
    run -4 swim-keys verify -j id/b
    assert_line --regexp '"path":"id/b","rc":"expired"'
}

@test "verify by a CA's file, by an identity's own bundle, by another cluster's CA" {
    with_ids a
    swim-keys init --cluster demo other >/dev/null
    run -0 swim-keys verify --ca ca/ca.pem id/a
    run -0 swim-keys verify id/a
    run -4 --separate-stderr swim-keys verify --ca other id/a
    assert_output 'id/a unknown-ca'
    run -4 swim-keys verify --ca nowhere id/a
    assert_output --partial 'nowhere'
}

@test "an ECDSA identity made by other means is as good; one of RSA is refused" {
    with_ca
    printf '%s\n' 'cn = x' signing_key tls_www_client tls_www_server \
        'uri = "spiffe://demo/swim/member/x"' >template
    for type in ecdsa rsa; do
        mkdir $type
        cp ca/ca.pem $type
        certtool --generate-privkey --key-type=$type --outfile $type/key.pem 2>/dev/null
        chmod 0600 $type/key.pem
        certtool --generate-certificate --load-privkey $type/key.pem --template template \
            --load-ca-certificate ca/ca.pem --load-ca-privkey ca/ca.key \
            --outfile $type/cert.pem 2>/dev/null
    done
    run -0 swim-keys verify ecdsa
    run -4 --separate-stderr swim-keys verify rsa
    assert_equal "$output" "rsa bad-identity"
    assert_regex "$stderr" 'neither an Ed25519 nor an ECDSA key'
}

@test "verify tells a key that others can read, and a revoked certificate" {
    with_ids a
    chmod 0644 id/a/key.pem
    run -4 --separate-stderr swim-keys verify id/a
    assert_output 'id/a key-exposed'
    assert_regex "$stderr" 'id/a/key.pem: mode 0644'
    chmod 0600 id/a/key.pem
    printf 'crl_next_update = 7\ncrl_number = 1\n' >crl.template
    certtool --generate-crl --load-ca-privkey ca/ca.key --load-ca-certificate ca/ca.pem \
        --load-certificate id/a/cert.pem --template crl.template --outfile ca/crl.pem 2>/dev/null
    run -4 --separate-stderr swim-keys verify --ca ca id/a
    assert_output 'id/a revoked'
    # The list goes into what is issued and renewed from now on.
    swim-keys issue --ca ca -o id b >/dev/null
    cmp ca/crl.pem id/b/crl.pem
    run -0 swim-keys renew --ca ca id/a
    run -0 swim-keys verify --ca ca id/a id/b
}

@test "show prints what a certificate is, of directories and files, in three forms" {
    with_ids a
    run -0 swim-keys show id/a
    assert_line --regexp '^identity +spiffe://demo/swim/member/a$'
    assert_line --regexp '^role +member$'
    assert_line --regexp '^days +89$'
    assert_line --regexp '^issuer +.*O=demo'
    run -0 swim-keys show --format line id/a/cert.pem ca
    assert_regex "${lines[0]}" '^20[^ ]+Z certificate path=id/a/cert.pem identity=spiffe://'
    assert_regex "${lines[1]}" ' role=ca name=- status=valid days=3649 '
    fingerprint=$(certtool --fingerprint --hash sha256 --infile id/a/cert.pem | tr -d :)
    assert_equal "$(shown id/a sha256)" "${fingerprint##*=}"
    bad_identity id/b expired b
    assert_equal "$(shown id/b status)" expired
    assert [ "$(shown id/b days)" -lt 0 ]
    bad_identity id/n no-san n
    assert_equal "$(shown id/n identity)" null
}

@test "show of what is no certificate: exit 1, and the others are still shown" {
    with_ids a
    echo nonsense >junk
    run -1 --separate-stderr swim-keys show nowhere junk id/a
    assert_regex "$output" 'identity +spiffe://demo/swim/member/a'
    assert_regex "$stderr" 'nowhere: not found'
    assert_regex "$stderr" 'junk: no certificate'
}

@test "usage: an unknown verb tells the verbs; what a verb has no use for is refused" {
    run -2 swim-keys frobnicate
    assert_output --partial 'init, issue, renew, show, verify'
    run -2 swim-keys
    assert_output --partial 'init, issue, renew, show, verify'
    run -2 swim-keys init
    run -2 swim-keys init --cluster UPPER ca
    run -2 swim-keys init --cluster demo ca more
    run -2 swim-keys issue
    run -2 swim-keys issue -r king a
    run -2 swim-keys show --ca ca id
    run -2 swim-keys renew --role operator id
    run -2 swim-keys verify --no-such-option
    assert [ ! -e ca ]
}

@test "help and version go to standard output" {
    run -0 --separate-stderr swim-keys --help
    assert_output --partial 'Usage: swim-keys'
    assert_equal "$stderr" ""
    run -0 --separate-stderr swim-keys --version
    assert_output --regexp '^swim-keys [0-9.]+ \(wire [0-9]+, ngtcp2 [0-9.]+, GnuTLS [0-9.]+\)$'
}
