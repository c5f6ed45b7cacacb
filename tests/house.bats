# The house: who may include whom, what may be named where, and that the lists which stand twice
# (options and man pages) say the same. Text alone; no program runs but for its --help.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/.." || return 1
    PATH=${SWIM_BIN:-$PWD/build/bin}:$PATH
}

# Every source file of the product.
sources() {
    find lib cmd -name '*.[ch]' | sort
}

# nothing COMMAND..: it prints nothing; what it prints is shown.
nothing() {
    local out
    out=$("$@" 2>&1 || true)
    [ -z "$out" ] || {
        echo "$out" >&2
        return 1
    }
}

# Which files under FOLDERS match, but for those that EXCEPT matches.
files_but() { # REGEX EXCEPT FOLDER..
    local regex=$1 except=$2
    shift 2
    grep -rlE --include='*.[ch]' -e "$regex" "$@" | grep -vE "$except"
}

@test "every include keeps to lib/LAYERS, transitively" {
    layers() { sources | xargs awk -f tests/helpers/layers.awk lib/LAYERS; }
    run --separate-stderr layers
    [ "$status" = 0 ]
    [ -z "$output" ] || {
        echo "$output" >&2
        return 1
    }
    # shellcheck disable=SC2154 # run sets it
    [[ $stderr =~ ^([0-9]+)\ files,\ ([0-9]+)\ includes$ ]]
    [ "${BASH_REMATCH[2]}" -ge 100 ]
}

@test "the check of layers finds a breach, direct and by way of a header" {
    mkdir -p "$BATS_TEST_TMPDIR/lib/base" "$BATS_TEST_TMPDIR/lib/wire" "$BATS_TEST_TMPDIR/lib/swim"
    local awk=$PWD/tests/helpers/layers.awk
    cd "$BATS_TEST_TMPDIR" || return 1
    printf 'base:\nwire: base\nswim: base\n' >lib/LAYERS
    echo '#include "wire/msg.h"' >lib/base/err.h
    echo '#include "base/err.h"' >lib/swim/core.c
    echo '// a message' >lib/wire/msg.h
    run awk -f "$awk" lib/LAYERS lib/base/err.h lib/swim/core.c lib/wire/msg.h
    [[ $output == *"lib/base/err.h (base) reaches lib/wire/msg.h"* ]]
    [[ $output == *"lib/swim/core.c (swim) reaches lib/wire/msg.h"* ]]
}

@test "the core knows no socket, clock, terminal, QUIC, TLS, thread or event loop" {
    nothing grep -rnE '#include *<(stdio|sys/socket|sys/time|netinet/|arpa/|netdb|time\.h|unistd|poll|pthread|ngtcp2|gnutls|ev\.h)' lib/swim
    nothing grep -rnE '\b(printf|clock_gettime|gettimeofday|getrandom|malloc_usable_size)\(' lib/swim
}

@test "the wire knows no socket, clock or terminal" {
    nothing grep -rnE '#include *<(stdio|sys/socket|sys/time|netinet/|time\.h|unistd|ngtcp2|gnutls|ev\.h)' lib/wire
}

@test "ngtcp2 is known in lib/quic alone, GnuTLS there and in lib/keys" {
    nothing files_but '#include *<ngtcp2/' '^lib/quic/' lib cmd
    nothing files_but '#include *<gnutls/' '^lib/(quic|keys)/' lib cmd
}

@test "at most two files know versions of ngtcp2" {
    [ "$(grep -rlE --include='*.[ch]' NGTCP2_VERSION_NUM lib cmd | wc -l)" -le 2 ]
}

@test "libev is known in one file" {
    nothing files_but '#include *<ev\.h>' '^lib/link/loop\.c$' lib cmd
}

@test "sockets are made and used in one file; readiness has its own, to its own host" {
    nothing files_but '\b(socket|socketpair|sendto|sendmsg|sendmmsg|recvfrom|recvmsg|recvmmsg)\(' \
        '^lib/(quic/udp|cli/(service|ready|notify))\.c$' lib cmd
}

@test "nothing below cli prints" {
    nothing grep -rnE '\b(f?printf|f?puts|perror|putchar)\(' --include='*.c' \
        lib/wire lib/swim lib/quic lib/link lib/keys
}

@test "wall time is read through base/wall only, by node, keys, cli and cmd" {
    nothing files_but 'CLOCK_REALTIME|\b(gettimeofday|time)\((NULL|0|&)' '^lib/base/wall\.c$' lib cmd
    nothing files_but '"base/wall\.h"' '^(lib/(base|node|keys|cli)|cmd)/' lib cmd
}

@test "no source file is longer than 600 lines, the Makefile not than 150" {
    long() { sources | xargs wc -l | awk '$2 != "total" && $1 > 600'; }
    nothing long
    [ "$(wc -l <Makefile)" -lt 150 ]
}

@test "no program has a function of the library's name" {
    # The linker would take the program's in the library's place, without a word.
    local build=${SWIM_BIN:-$PWD/build/bin}/.. folder
    names() { nm -g --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u; }
    names "$build/libswim.a" | grep -vE '^(__|_edata|_end)' >"$BATS_TEST_TMPDIR/library"
    [ -s "$BATS_TEST_TMPDIR/library" ]
    for folder in cmd/swim-*/; do
        names "$build/obj/$folder"*.o | comm -12 - "$BATS_TEST_TMPDIR/library"
    done >"$BATS_TEST_TMPDIR/both"
    nothing cat "$BATS_TEST_TMPDIR/both"
}

@test "every program has a man page that names each of its long options" {
    local program page option count=0
    for program in cmd/swim-*/; do
        program=$(basename "$program")
        page=$(find man -name "$program.[18]")
        [ -n "$page" ] || {
            echo "$program has no page" >&2
            return 1
        }
        mandoc -T utf8 "$page" | sed 's/.\x08//g' >"$BATS_TEST_TMPDIR/page"
        "$program" --help >"$BATS_TEST_TMPDIR/help"
        while read -r option; do
            grep -q -e "$option\b" "$BATS_TEST_TMPDIR/page" || {
                echo "$page lacks $option" >&2
                return 1
            }
            count=$((count + 1))
        done < <(grep -oE -e '--[a-z][a-z0-9-]+' "$BATS_TEST_TMPDIR/help" | sort -u)
    done
    [ "$count" -ge 30 ]
}

@test "every event of the list is in a man page" {
    local event
    while read -r event; do
        grep -rq -e "\b$event\b" man || {
            echo "no page tells of the event $event" >&2
            return 1
        }
    done < <(sed -n 's/^ *X([A-Z_]*, "\([a-z-]*\)", KEY_.*/\1/p' lib/base/event.h)
}

@test "no test sleeps" {
    nothing grep -nE '(^|[;&|({ ])sleep +[0-9.]' tests/*.bats
}

@test "nothing is left to be done, and no path of a build machine is in it" {
    git rev-parse --git-dir >/dev/null 2>&1 || skip "not a git checkout"
    # The brackets keep these lines from finding themselves.
    nothing git grep -nE '\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b' -- . ':!LICENSE'
    nothing git grep -nE '(^|[^A-Za-z0-9_.])/(wor[k]|far[m]|tmp/bash[_]jobs|home/[a-z]+)/' -- .
}
