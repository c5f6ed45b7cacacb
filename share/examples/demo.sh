#!/bin/sh
# A cluster in some seconds, on loopback, with a CA of its own that is thrown away at the end.
#
#   five nodes form a cluster
#   one is killed: the others suspect it, then declare it dead
#   one leaves, as a node should: the others know at once
#   the killed one is started again under its name: it is alive again
#
# Nothing here but the programs of the toolkit and a shell. No step sleeps: each waits for what it
# tells, with a limit, and the script ends with 1 if anything it tells is not so.
set -eu

home=$(mktemp -d)
pids=
trap 'kill -9 $pids 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$home"' EXIT
trap 'exit 130' INT TERM

say() {
    printf '\n\033[1m== %s\033[0m\n' "$*"
}

fail() {
    echo "demo: $*" >&2
    tail -n 5 "$home"/*.err >&2
    exit 1
}

# start NAME [ARGS..]: a node on a port that the system picks. It writes the address to reach it
# at into its state directory; --ready-fd would tell it too.
start() {
    name=$1
    shift
    rm -f "$home/$name.state/node.addr"
    swim-node --identity "$home/id/$name" --state "$home/$name.state" --bind 127.0.0.1:0 \
        "$@" >>"$home/$name.out" 2>>"$home/$name.err" &
    pids="$pids $!"
    eval "pid_$name=$!"
}

# sees NAME COND: waits until the node NAME says that the condition holds. The limit is swim-stat's.
sees() {
    SWIM_STATE=$home/$1.state swim-stat --wait "$2" --timeout 20s >"$home/last" 2>&1 ||
        fail "$1 never says $2: $(cat "$home/last")"
}

# tell EVENT NODE TELLER..: the last such line of each teller about that node. Not everybody prints
# every event (who hears of a death first was never told of the suspicion), but somebody must.
tell() {
    event=$1 about=$2 told=0
    shift 2
    for teller; do
        line=$(grep " $event .*node=$about " "$home/$teller.out" | tail -n 1)
        [ -n "$line" ] || continue
        echo "$teller: $line"
        told=1
    done
    [ "$told" = 1 ] || fail "nobody has printed $event about $about"
}

# table NAME: the members as that node sees them.
table() {
    SWIM_STATE=$home/$1.state swim-stat members
}

say "A CA for the cluster 'demo', an identity for each node and one for you"
swim-keys init --cluster demo "$home/ca"
swim-keys issue --ca "$home/ca" --out "$home/id" n1 n2 n3 n4 n5
swim-keys issue --ca "$home/ca" --out "$home/id" --role operator you
SWIM_IDENTITY=$home/id/you # what swim-stat and swim-leave show themselves with
export SWIM_IDENTITY

say "Five nodes, all told of n1 only"
start n1 --tag role=web
sees n1 'alive>=1'
seed=$(cat "$home/n1.state/node.addr")
for n in n2 n3 n4 n5; do start "$n" --join "$seed" --tag role=web; done
for n in n1 n2 n3 n4 n5; do sees "$n" 'alive=5'; done
table n3

say "kill -9 n5: nobody is told, the others find out"
# shellcheck disable=SC2154 # start sets pid_n5
kill -9 "$pid_n5"
for n in n1 n2 n3 n4; do sees "$n" 'node.n5!=alive'; done
tell member-suspect n5 n1 n2 n3 n4
for n in n1 n2 n3 n4; do sees "$n" 'node.n5=dead'; done
tell member-dead n5 n1 n2 n3 n4
table n1

say "n4 leaves: phase by phase, and nobody calls it dead"
SWIM_STATE=$home/n4.state swim-leave || fail "swim-leave ended with $?"
for n in n1 n2 n3; do sees "$n" 'node.n4=left'; done
tell member-leave n4 n1 n2 n3
! grep ' member-dead .*node=n4 ' "$home"/n[123].out || fail "a node that left was called dead"
table n2

say "n5 starts again, under its name, on another port"
start n5 --join "$seed" --tag role=web
for n in n1 n2 n3 n5; do sees "$n" 'alive=4,node.n5=alive'; done
tell member-alive n5 n1 n2 n3
table n5

say "All of it was so."
