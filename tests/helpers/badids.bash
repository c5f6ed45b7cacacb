# Identities that `swim-keys issue` refuses to make, by certtool (gnutls-bin).
#
#   bad_identity DIR KIND NAME [ROLE]
#
# makes the identity directory DIR (ca.pem, cert.pem, key.pem 0600) of NAME, role member unless told.
# $CA is the directory of the CA it pretends to be of, with its ca.key. KIND, and what peers say:
#
#   expired        valid until 2021                                             expired
#   not-yet-valid  valid from 2090                                              not-yet-valid
#   self-signed    signed by its own key                                        unknown-ca
#   other-ca       of another CA of the same cluster name; its ca.pem is $CA's  unknown-ca
#   no-san         names nobody                                                 malformed
#   two-sans       names two                                                    malformed
#   server-only    its extended key usage lacks TLS client                      malformed
#   is-ca          a CA's certificate with a node's name                        malformed
#   other-cluster  signed by our CA, for a cluster called "elsewhere"           cluster
#   wrong-role     role "king"                                                  role
#   stranger       of another CA, with that CA's ca.pem: whole in itself        unknown-ca
#   loose-key      a good one whose key is 0644                    (own start:) key-exposed
#
# A program refuses to start with any of them but `stranger` and `other-cluster` (whose ca.pem is
# our CA's key under that cluster's name, so that it believes itself).
#
# shellcheck shell=bash

# The cluster that the CA names.
bad_cluster() {
    certtool --certificate-info --infile "$CA/ca.pem" | sed -n 's|.*URI: spiffe://||p' | head -n 1
}

bad_identity() {
    local dir=$1 kind=$2 name=$3 role=${4-member}
    local cluster uri from="2020-01-01 00:00:00" until="2080-01-01 00:00:00"
    local work=$dir/.work signer=$CA extra=() how=--generate-certificate

    mkdir -p "$dir" "$work" || return 1
    cluster=$(bad_cluster)
    [ -n "$cluster" ] || return 1
    uri=spiffe://$cluster/swim/$role/$name
    cp "$CA/ca.pem" "$dir/ca.pem" || return 1
    extra=(tls_www_client tls_www_server "uri = \"$uri\"")
    case $kind in
    expired) until="2021-01-01 00:00:00" ;;
    not-yet-valid) from="2090-01-01 00:00:00" until="2095-01-01 00:00:00" ;;
    self-signed) how=--generate-self-signed ;;
    other-ca) signer=$work && bad_ca "$work" "$cluster" ;;
    stranger) signer=$work && bad_ca "$work" "$cluster" && cp "$work/ca.pem" "$dir/ca.pem" ;;
    no-san) extra=(tls_www_client tls_www_server) ;;
    two-sans) extra+=("uri = \"$uri-2\"") ;;
    server-only) extra=(tls_www_server "uri = \"$uri\"") ;;
    is-ca) extra+=(ca cert_signing_key) ;;
    other-cluster)
        extra=(tls_www_client tls_www_server "uri = \"spiffe://elsewhere/swim/$role/$name\"")
        bad_ca_again "$work" elsewhere && cp "$work/ca.pem" "$dir/ca.pem"
        ;;
    wrong-role) extra=(tls_www_client tls_www_server "uri = \"spiffe://$cluster/swim/king/$name\"") ;;
    loose-key) ;;
    *)
        echo "bad_identity: unknown kind: $kind" >&2
        return 1
        ;;
    esac || return 1
    bad_key "$dir/key.pem" || return 1
    printf '%s\n' "cn = \"$name\"" "organization = \"$cluster\"" "activation_date = \"$from\"" \
        "expiration_date = \"$until\"" signing_key "${extra[@]}" >"$work/template"
    if [ "$how" = --generate-certificate ]; then
        bad_certtool "$how" --load-privkey "$dir/key.pem" --load-ca-certificate "$signer/ca.pem" \
            --load-ca-privkey "$signer/ca.key" --template "$work/template" --outfile "$dir/cert.pem"
    else
        bad_certtool "$how" --load-privkey "$dir/key.pem" --template "$work/template" \
            --outfile "$dir/cert.pem"
    fi || return 1
    [ "$kind" != loose-key ] || chmod 0644 "$dir/key.pem"
    rm -r "$work"
}

bad_key() {
    bad_certtool --generate-privkey --key-type=ed25519 --outfile "$1" && chmod 0600 "$1"
}

# bad_ca DIR CLUSTER: another CA.
bad_ca() {
    bad_key "$1/ca.key" && bad_ca_again "$1" "$2" "$1/ca.key"
}

# bad_ca_again DIR CLUSTER [KEY]: a CA certificate for CLUSTER over KEY ($CA's), called as $CA is
# where it is that CA's key.
bad_ca_again() {
    local key=${3-$CA/ca.key} cn="another CA"
    if [ "$key" = "$CA/ca.key" ]; then
        cn=$(certtool --certificate-info --infile "$CA/ca.pem" | sed -n 's/.*Subject: //p')
    fi
    case $cn in
    *=*) printf 'dn = "%s"\n' "$cn" ;;
    *) printf 'cn = "%s"\n' "$cn" ;;
    esac >"$1/ca.template"
    printf '%s\n' "uri = \"spiffe://$2\"" 'activation_date = "2020-01-01 00:00:00"' \
        'expiration_date = "2085-01-01 00:00:00"' ca cert_signing_key crl_signing_key \
        >>"$1/ca.template"
    bad_certtool --generate-self-signed --load-privkey "$key" --template "$1/ca.template" \
        --outfile "$1/ca.pem"
}

# certtool talks on stderr even where all is well: shown only when it is not.
bad_certtool() {
    local said
    said=$(certtool "$@" 2>&1) || {
        echo "certtool $*: $said" >&2
        return 1
    }
}
