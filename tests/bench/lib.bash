# What the measures share. A measure is a script that sources this and prints a line for each thing
# it measured:
#
#   NAME VALUE UNIT TARGET ok|MISS min=LOWEST max=HIGHEST n=HOW-MANY
#
# VALUE is the median; a target is an upper bound, `-` where there is none (and then no verdict).
# A measure fails only when it could not measure.
#
#   SWIM_BIN    where the programs are (build/bin), and raw_udp in ../bench beside it
#
# shellcheck shell=bash

set -u -o pipefail

bench_dir=$(dirname "${BASH_SOURCE[0]}")
SWIM_BIN=$(realpath "${SWIM_BIN:-$bench_dir/../../build/bin}") || exit 70
PATH=$SWIM_BIN:$PATH
unset SWIM_IDENTITY SWIM_CONNECT SWIM_STATE SWIM_FORMAT SWIM_CONFIG
declare -A PID=()

ROOM=$(mktemp -d) || exit 70
mkdir "$ROOM/out" "$ROOM/state"
mkfifo "$ROOM/nap"
exec {NAP}<>"$ROOM/nap"

clean_up() {
    local name
    for name in "${!PID[@]}"; do kill -KILL "${PID[$name]}" 2>/dev/null; done
    wait
    rm -rf "$ROOM"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
    echo "$(basename "$0"): $*" >&2
    tail -n 3 "$ROOM"/out/*.err >&2
    exit 1
}

# pass SECONDS: measured time goes by. Nobody writes to that pipe.
pass() {
    read -r -t "$1" -u "$NAP"
    return 0
}

now_us() {
    echo "${EPOCHREALTIME/[.,]/}"
}

# make_ids NAME..: members of a CA of our own, and the operator `op`.
make_ids() {
    { swim-keys init --cluster bench "$ROOM/ca" &&
        swim-keys issue --ca "$ROOM/ca" -o "$ROOM/id" "$@" &&
        swim-keys issue --ca "$ROOM/ca" -o "$ROOM/id" -r operator op; } >/dev/null ||
        fail "no identities"
}

# start_node NAME ARGS..: does not wait for it. A name that ran before goes on in the same files.
start_node() {
    rm -f "$ROOM/state/$1/node.addr"
    swim-node -k "$ROOM/id/$1" -s "$ROOM/state/$1" -b 127.0.0.1:0 "${@:2}" \
        </dev/null >>"$ROOM/out/$1.out" 2>>"$ROOM/out/$1.err" {NAP}>&- &
    PID[$1]=$!
    disown "$!"
}

# start_seed NAME ARGS..: waits until it listens, and puts its address into SEED.
start_seed() {
    mkfifo "$ROOM/ready"
    exec {READY}<>"$ROOM/ready"
    start_node "$@" --ready-fd "$READY" --ready-when listening
    read -r -t 10 -u "$READY" SEED || fail "$1 does not listen"
    exec {READY}<&-
    rm "$ROOM/ready"
}

# addr_of NAME: where a node that listens does.
addr_of() {
    cat "$ROOM/state/$1/node.addr"
}

# info NAME KEY: one number of the many that a node counts.
info() {
    swim-stat info -k "$ROOM/id/op" --connect "$(addr_of "$1")" --format line |
        grep -oE " $2=[^ ]+" | cut -d= -f2
}

# start_cluster N PROFILE: n1 to nN, the first is the seed of the rest, which start at once.
# Returns when each has said that it knows the N - 1 others.
start_cluster() {
    local i
    start_seed n1 --profile "$2"
    for ((i = 2; i <= $1; i++)); do start_node "n$i" --profile "$2" -J "$SEED"; done
    wait_files 30 "$(($1 - 1))" ' member-join '
}

# wait_files SECONDS COUNT REGEX [BUT]: until the output of every node (but one) has COUNT such
# lines. One process looks at all files five times a second: to look costs those who are measured.
wait_files() {
    local seconds=$1 count=$2 regex=$3 but=${4-} files=() name end
    for name in "${!PID[@]}"; do
        [ "$name" = "$but" ] || files+=("$ROOM/out/$name.out")
    done
    end=$(($(now_us) + seconds * 1000000))
    until grep -cE -- "$regex" /dev/null "${files[@]}" |
        awk -F: -v n="$count" 'NR > 1 && $NF < n { exit 1 }'; do
        [ "$(now_us)" -lt "$end" ] || fail "waited $seconds s for $count lines of /$regex/"
        pass 0.2
    done
}

# wall_us: the time at the start of each line of the input, as microseconds of the wall clock.
wall_us() {
    cut -d ' ' -f 1 | date -u -f - +%s%6N
}

# spread: median, lowest, highest and count of the numbers of the input, one a line.
spread() {
    sort -n | awk '{ v[NR] = $1 }
        END {
            if (NR == 0) exit 1
            print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR], NR
        }'
}

# report NAME UNIT TARGET [DIGITS]: the line of a measure; the samples are the input.
report() {
    local all
    all=$(spread) || fail "$1: no samples"
    awk -v name="$1" -v unit="$2" -v target="$3" -v d="${4-1}" '{
        verdict = target == "-" ? "-" : $1 <= target ? "ok" : "MISS"
        f = "%." d "f"
        printf "%s " f " %s %s %s min=" f " max=" f " n=%d\n", \
            name, $1, unit, target, verdict, $2, $3, $4
    }' <<<"$all"
}
