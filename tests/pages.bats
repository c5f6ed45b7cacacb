# The pages of section 7 against the code: what stands in a list there and in a table here says
# the same. Text alone.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/.." || return 1
}

# The page as one line of words, without hyphenation.
words_of() { # PAGE
    mandoc -T utf8 -O width=400 "$1" | sed 's/.\x08//g' | tr -s ' \n' ' '
}

# expect TEXT WHERE: this page has it.
expect() {
    [[ $2 == *"$1"* ]] || {
        echo "the page lacks: $1" >&2
        return 1
    }
}

# The rows of an X-macro list, as "SYMBOL|second|third|..", without quotes and spaces.
rows_of() { # LIST FILE
    sed -n "/^#define $1(X)/,/[^\\\\]\$/p" "$2" | tr -d '\\\n' |
        grep -oE 'X\([A-Z_]+,[^()]*(\([^()]*\)[^()]*)*\)' |
        sed 's/^X(//; s/)$//; s/, */|/g; s/"//g'
}

# The fields of a schema as "name id", in order.
fields_of() { # SCHEMA
    awk -v start="^static const struct schema $1_schema " \
        '$0 ~ start { on = 1 } on { print } on && /;$/ { exit }' lib/wire/schema.c |
        sed -nE 's/^ *[MU]\(([0-9]+), *[A-Z]+, *([a-z_]+\.)?([a-z_]+),.*/\3 \1/p'
}

@test "every message stands in swim-protocol(7) with its code, carrier, roles and fields" {
    local page part row symbol name code carrier roles field count=0
    page=$(words_of man/swim-protocol.7)
    while IFS='|' read -r symbol name code carrier roles; do
        row="${name//_/-} $code, "
        case $carrier in
        CARRIER_SYNC) row+="a stream of its own, " ;;
        *) carrier=${carrier#CARRIER_} row+="${carrier,,}, " ;;
        esac
        case $roles in
        ROLES_ANY) row+="any role:" ;;
        *) roles=${roles#ROLES_} row+="${roles,,}:" ;;
        esac
        expect " $row " "$page"
        part=$(sed -E 's/ [a-z-]+ [0-9], (datagram|stream|a stream of its own), .*//' \
            <<<"${page#*" $row "}")
        while read -r field; do
            [ "${field% *}" = unused ] || expect "$field" "$part"
        done < <(fields_of "$name")
        count=$((count + 1))
    done < <(rows_of MESSAGES lib/wire/msg.h)
    [ "$count" -ge 9 ]
}

@test "every field of an update, every state and every accusation has its number there" {
    local page field number=0 symbol text
    page=$(words_of man/swim-protocol.7)
    page=${page#*Each message may have updates}
    while read -r field; do
        expect " $field" "$page"
        number=$((number + 1))
    done < <(fields_of update)
    [ "$number" -ge 11 ]
    number=0
    while IFS='|' read -r symbol text; do
        [ "$text" != - ] || text=none
        expect "$number $text" "$page"
        number=$((number + 1))
    done < <(rows_of ACCUSATIONS lib/wire/msg.h)
    [ "$number" -ge 7 ]
    expect "(0 alive, 1 suspect, 2 dead, 3 left)" "$page"
    grep -q 'enum member_state { MEMBER_ALIVE, MEMBER_SUSPECT, MEMBER_DEAD, MEMBER_LEFT,' \
        lib/base/member_state.h
}

@test "every reason of a close is there with its code" {
    local page symbol code name count=0
    page=$(words_of man/swim-protocol.7)
    while IFS='|' read -r symbol code name; do
        [ "$symbol" = UNKNOWN ] || expect " $code $name " "$page"
        count=$((count + 1))
    done < <(sed 's|/\*.*\*/||' lib/quic/reason.h >"$BATS_TEST_TMPDIR/reason.h" &&
        rows_of QUIC_REASONS "$BATS_TEST_TMPDIR/reason.h")
    [ "$count" -ge 10 ]
}

# "local 200 * NS_PER_MS" for each profile, of one field.
times_of() { # FIELD
    sed -nE "s/^ *\.$1 = ([0-9* ]+)( \* NS_PER_([MS]+))?(,|\}).*/\1 * \3/p" lib/swim/profile.c |
        awk '{
            ms = 1; unit = $NF; count = 0
            for (i = 1; i < NF; i++) if ($i + 0 > 0) { ms *= $i; count++ }
            if (unit == "*" || unit == "") { print ms; next }
            if (unit == "S") ms *= 1000
            if (ms % 3600000 == 0) print ms / 3600000 " h"
            else if (ms >= 1000) print ms / 1000 " s"
            else print ms " ms"
        }' | paste -sd ' '
}

@test "the profiles there are those of the code" {
    local page name field
    page=$(words_of man/swim-protocol.7)
    while IFS='|' read -r name field; do
        [ -n "$(times_of "$field")" ]
        expect "$name $(times_of "$field") " "$page"
    done <<'END'
probe interval|period_ns
probe timeout|timeout_ns
helpers|indirect
gossip interval|gossip_ns
gossip to|gossip_fanout
suspicion-mult|suspicion_mult
silence floor|silence_floor_ns
sync interval|sync_ns
heal interval|heal_ns
reap-after|reap_ns
initial QUIC RTT|initial_rtt_ns
END
}

@test "the limits there are those of the code" {
    local page name symbol value
    page=$(words_of man/swim-protocol.7)
    while IFS='|' read -r name symbol; do
        value=$(sed -nE "s/^#define $symbol +([0-9]+).*/\1/p" lib/base/limits.h)
        [ -n "$value" ]
        value=$(sed -E 's/([0-9])([0-9]{3})$/\1,\2/' <<<"$value")
        expect "$(printf '%s' "${name/@/$value}")" "$page"
    done <<'END'
members @ |MEMBERS_MAX
message on a stream @ bytes|MESSAGE_MAX
datagram @ bytes|DATAGRAM_MAX
at first @ |DATAGRAM_SAFE
updates of one message @ |UPDATES_PER_MESSAGE
push/pulls of a connection @ each way|SYNCS_PER_LINK
messages that wait for a handshake @,|LINK_QUEUE_MAX
helpers of a probe @ |INDIRECT_MAX
tags of a node @,|TAG_COUNT_MAX
 @ bytes connections|TAG_BYTES_MAX
connections @ dialled|POOL_MAX_TOTAL
@ accepted|ACCEPT_MAX
It tries at most @ members at once|ASKS_MAX
to up to @ members|LEAVE_PEERS_MAX
it dials up to @ more|LEAVE_DIALS
END
}

@test "every named error stands in swim(7) under its exit code" {
    local page exit number part symbol name text count=0
    page=$(words_of man/swim.7)
    page=${page#*Names of errors}
    while IFS='|' read -r symbol name exit text; do
        number=$(sed -nE "s/^ *$exit = ([0-9]+),.*/\1/p" lib/base/err.h)
        [ -n "$number" ]
        part=${page#*" $number "} part=${part%% [0-9]*}
        [[ " ${part//,/} " == *" $name "* ]] || {
            echo "swim(7) does not name $name under $number" >&2
            return 1
        }
        count=$((count + 1))
    done < <(rows_of ERR_LIST lib/base/err.h)
    [ "$count" -ge 30 ]
}

@test "every variable of the environment is in swim(7)" {
    local page variable count=0
    page=$(words_of man/swim.7)
    while read -r variable; do
        expect " $variable" "$page"
        count=$((count + 1))
    done < <(grep -rhoE '(getenv\(|variable = |paths_of\()"[A-Z_]+"' lib cmd |
        grep -oE '[A-Z_]{5,}' | grep -vxE 'TERM|HOME|PATH' | sort -u)
    [ "$count" -ge 6 ]
}

@test "every program is listed in swim(7), and every page that a page refers to exists" {
    local program page name section count=0
    for program in cmd/swim-*/; do
        grep -q "^\.It Xr $(basename "$program") [18]\$" man/swim.7 || {
            echo "swim(7) does not list $program" >&2
            return 1
        }
    done
    while read -r page name section; do
        [ -f "man/$name.$section" ] || {
            echo "$page refers to $name($section), which there is not" >&2
            return 1
        }
        count=$((count + 1))
    done < <(grep -oE '^\.(It )?Xr swim[a-z-]* [0-9]' man/*.[1-8] | sed -E 's/:\.(It )?Xr / /')
    [ "$count" -ge 20 ]
}
