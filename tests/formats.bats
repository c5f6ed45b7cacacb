# swim-stat for other programs: csv, Prometheus, Nagios, and files that are written whole. Their
# readers are real ones.

load helpers/start

NEGATE=/usr/lib/nagios/plugins/negate

# An address that nothing listens on: of an echo server that has ended.
gone() {
    start_echo gone
    end_node gone TERM 0
    GONE=$(addr_of gone)
}

# need COMMAND: the package of tests/deps that brings it may be missing elsewhere.
need() {
    command -v "$1" >/dev/null || skip "no $1"
}

# get HOST:PORT PATH: what a web server answers.
get() {
    local fd
    exec {fd}<>"/dev/tcp/${1%:*}/${1##*:}"
    printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&"$fd"
    cat <&"$fd"
    exec {fd}>&-
}

@test "csv has a header row, and quotes what must be" {
    start_node a -T 'note=say "a, b"'
    start_node b -J a
    wait_alive a 2
    run_code 0 stat a --format csv -o node,state,by,tag.note
    [ "${lines[0]}" = 'node,state,by,tag.note' ]
    [ "${lines[1]}" = 'a,alive,,"say ""a, b"""' ]
    [ "${lines[2]}" = 'b,alive,,' ]
    [ ${#lines[@]} = 3 ]
    [ "$(stat a --format csv -H -o node -n b)" = b ]
    [ "$(stat a --format csv -o node,inc -s dead)" = node,inc ]
    [ "$(stat a info --format csv -o node,alive | xargs)" = "node,alive a,2" ]
    local verb
    for verb in members pool health rtt info; do
        stat a "$verb" --format csv | awk -F, 'NR == 1 { n = NF } END { exit !(NR >= 2 && n > 2) }'
    done
}

@test "every subcommand in every form is taken by its reader" {
    need promtool
    start_cluster a b
    local verb
    for verb in members pool health rtt info; do
        stat a "$verb" -j | jq -es 'length > 0 and all(.time and .event)' >/dev/null
        stat a "$verb" --format line | awk '!/^[^ ]+Z [a-z]+( [a-z0-9_.-]+=[^ ]+)+$/ { exit 1 }'
        stat a "$verb" --format prometheus >"$OUT/prom"
        run_code 0 promtool check metrics <"$OUT/prom"
        [ -z "$output" ]
    done
}

@test "every sample has cluster and node, none a time, and HELP is the same everywhere" {
    start_cluster a b
    stat a --format prometheus >"$OUT/a.prom"
    stat b --format prometheus >"$OUT/b.prom"
    grep -qE '^swim_up\{cluster="test",node="a"\} 1$' "$OUT/a.prom"
    grep -qE '^swim_members\{cluster="test",node="a",state="alive"\} 2$' "$OUT/a.prom"
    grep -qE '^swim_member_state\{cluster="test",node="a",peer="b",state="alive"\} 1$' "$OUT/a.prom"
    [ "$(grep -v '^#' "$OUT/a.prom" | grep -cvE '^swim_[a-z_]+\{cluster="test",node="a"(,[a-z]+="[^"]*")*\} [^ ]+$')" = 0 ]
    diff <(grep '^# HELP swim_up ' "$OUT/a.prom") <(swim-stat -k "$IDS/op" --connect 127.0.0.1:1 \
        --format prometheus 2>/dev/null | grep HELP)
    [ -z "$(sort "$OUT/a.prom" "$OUT/b.prom" | grep -v '^#' | cut -d ' ' -f 1 | uniq -d)" ]
    [ "$(grep -h '^# HELP' "$OUT/a.prom" "$OUT/b.prom" | sort -u | wc -l)" = \
        "$(grep -h '^# HELP' "$OUT/a.prom" "$OUT/b.prom" | cut -d ' ' -f 3 | sort -u | wc -l)" ]
}

@test "the node exporter reads the files of two nodes of one host, and of one that has died" {
    need prometheus-node-exporter
    start_cluster a b
    mkdir "$OUT/text"
    stat a --format prometheus --output "$OUT/text/a.prom"
    stat b --format prometheus --output "$OUT/text/b.prom"
    start_program exporter prometheus-node-exporter --collector.disable-defaults \
        --collector.textfile --collector.textfile.directory="$OUT/text" \
        --web.listen-address=127.0.0.1:0
    wait_until 10 "the exporter to listen" grep -q 'Listening on.*address=' "$OUT/exporter.err"
    local at
    at=$(grep -oE 'Listening on.*address=[^ ]+' "$OUT/exporter.err" | sed 's/.*=//')
    get "$at" /metrics >"$OUT/metrics"
    grep -qE '^swim_up\{cluster="test",node="a"(,target="")?\} 1' "$OUT/metrics"
    grep -qE '^swim_up\{cluster="test",node="b"(,target="")?\} 1' "$OUT/metrics"
    grep -qE '^node_textfile_scrape_error 0' "$OUT/metrics"
    end_node b KILL
    run_code 3 stat b --format prometheus --output "$OUT/text/b.prom" -t 2s
    get "$at" /metrics >"$OUT/metrics"
    grep -qE "^swim_up\{.*target=\"$(addr_of b)\"\} 0" "$OUT/metrics"
    grep -qE '^node_textfile_scrape_error 0' "$OUT/metrics"
    [ "$(grep -c 'node="b"' "$OUT/metrics")" = 0 ]
}

@test "a node that can't be reached is swim_up 0 alone, also in the file, and exit code 3" {
    make_ids monitor mon
    gone
    run -3 --separate-stderr swim-stat -k "$IDS/mon" --connect "$GONE" --format prometheus
    [ "${lines[-1]}" = "swim_up{target=\"$GONE\"} 0" ]
    [ "$(grep -c '^swim' <<<"$output")" = 1 ]
    # shellcheck disable=SC2154 # bats sets it
    [[ $stderr == "swim-stat: "* ]]
    run -3 --separate-stderr swim-stat -k "$IDS/mon" --connect "$GONE" --format prometheus \
        --output "$OUT/file"
    [ -z "$output" ]
    grep -q "^swim_up{target=\"$GONE\"} 0$" "$OUT/file"
    [ "$(grep -c '^swim' "$OUT/file")" = 1 ]
}

@test "Nagios: the line and the exit code, without limits and with" {
    start_cluster a b
    local states='alive=2;;;0; suspect=0;0;;0; dead=0;;0;0; left=0;;;0;'
    run_code 0 stat a --format nagios
    [ "$output" = "SWIM OK - 2 alive, 0 suspect, 0 dead | $states" ]
    run_code 0 stat a --format nagios -c alive=2:
    run_code 2 stat a --format nagios -c alive=3:
    assert_output_has '^SWIM CRITICAL - alive is 2, .* \| alive=2;;3:;0; '
    run_code 1 stat a --format nagios -w alive=3: -c alive=2:
    run_code 1 stat a --format nagios -w lhm=@0:100 -c dead=0
    assert_output_has ' lhm=[0-9]+;@0:100;;;$'
    run_code 3 stat a --format nagios -c node.nobody.inc=5
    assert_output_has '^SWIM UNKNOWN - node.nobody.inc is unknown, .* node.nobody.inc=U;;5;;$'
    run_code 2 stat a --format nagios -T role=db -c alive=1:
    run_code 0 stat a --format nagios -n b -c alive=1:1
    run_code 2 stat a --format nagios -n nobody
    [ "$output" = "SWIM CRITICAL - no member is called nobody" ]
    run_code 0 stat a --format nagios -T role=db
    run_code 2 stat a --format nagios -T role=db -e
    run_code 3 stat a --format nagios --output /dev/full
    SWIM_FORMAT=nagios run_code 0 stat a
    [ ${#lines[@]} = 1 ]
}

@test "Nagios: somebody dead is critical, and named; who left is neither" {
    start_cluster a b c
    leave c
    wait_sees a node.c=left
    run_code 0 stat a --format nagios
    end_node b KILL
    wait_sees a node.b=dead 20
    run_code 2 stat a --format nagios
    assert_output_has '^SWIM CRITICAL - dead is 1 \(b\), 1 alive, 0 suspect, 1 dead \|'
}

@test "Nagios: out of reach is critical, a mistake or no identity unknown, all on one line" {
    make_ids monitor mon
    gone
    run -2 --separate-stderr swim-stat -k "$IDS/mon" --connect "$GONE" --format nagios
    [ -z "$stderr" ]
    [ ${#lines[@]} = 1 ]
    [[ $output == "SWIM CRITICAL - peer $GONE: "* ]]
    run -3 --separate-stderr swim-stat -k "$OUT/none" --format nagios
    [ -z "$stderr" ]
    [[ $output == "SWIM UNKNOWN - "* ]]
    local wrong
    for wrong in --bogus '-c alive' '-c alive=x' '-w alive=5:1' '-w live=1' 'pool' '-s dead' \
        '--expect 1' '-o node' '-r node' '--watch' '-t 2x' 'nothing'; do
        # shellcheck disable=SC2086 # several words
        run -3 --separate-stderr swim-stat -k "$IDS/mon" --format nagios $wrong
        [[ $output == "SWIM UNKNOWN - "* ]]
        [ -z "$stderr" ]
    done
}

@test "a monitoring plugin's own tool understands the line and the code" {
    [ -x "$NEGATE" ] || skip "no negate"
    start_node a
    make_ids monitor mon
    local check=("$(command -v swim-stat)" -k "$IDS/mon" --connect "$(addr_of a)" --format nagios)
    run_code 2 "$NEGATE" "${check[@]}"
    assert_output_has '^SWIM OK - 1 alive'
    run_code 0 "$NEGATE" "${check[@]}" -c alive=2:
    run_code 2 "$NEGATE" -s "${check[@]}"
    assert_output_has '^SWIM CRITICAL - 1 alive'
    run_code 3 "$NEGATE" -o UNKNOWN "${check[@]}"
}

@test "--output: whole files only, with the mode they had, and nothing beside them" {
    start_node a
    mkdir "$OUT/dir"
    (umask 027 && stat a -H -o node --output "$OUT/dir/file")
    [ "$(cat "$OUT/dir/file")" = a ]
    [ "$(command stat -c %a "$OUT/dir/file")" = 640 ]
    chmod 604 "$OUT/dir/file"
    run_code 0 stat a -j --output "$OUT/dir/file"
    [ -z "$output" ]
    jq -e '.node == "a"' "$OUT/dir/file" >/dev/null
    [ "$(command stat -c %a "$OUT/dir/file")" = 604 ]
    # Not a word of it where the condition is false: the file says what was seen all the same.
    run_code 1 stat a -H -o state --expect 2 --output "$OUT/dir/file"
    [ "$(cat "$OUT/dir/file")" = alive ]
    # What failed leaves the old.
    run_code 2 stat a info -o nothing --output "$OUT/dir/file"
    end_node a KILL
    run_code 3 stat a -t 1s --output "$OUT/dir/file"
    [ "$(cat "$OUT/dir/file")" = alive ]
    [ "$(ls -A "$OUT/dir")" = file ]
}

@test "--output to a full disk, or where no file can be, is exit code 6 and names it" {
    start_node a
    run_code 6 stat a --output /dev/full
    assert_output_has '^swim-stat: /dev/full: No space left on device$'
    [ -c /dev/full ]
    run_code 6 stat a --output "$OUT/none/file"
    assert_output_has '/none/file: No such file or directory$'
    run_code 6 stat a --output "$OUT"
    assert_output_has ': Is a directory$'
    mkdir "$OUT/disk"
    mount -t tmpfs -o size=64k tmpfs "$OUT/disk" 2>/dev/null || skip "no right to mount"
    echo old >"$OUT/disk/file"
    dd if=/dev/zero of="$OUT/disk/filler" bs=4k 2>/dev/null || true
    run_code 6 stat a --output "$OUT/disk/file"
    assert_output_has '/disk/file: No space left on device$'
    [ "$(cat "$OUT/disk/file")" = old ]
    [ "$(echo "$OUT"/disk/* "$OUT"/disk/.f*)" = "$OUT/disk/file $OUT/disk/filler $OUT/disk/.f*" ]
    umount "$OUT/disk"
}

@test "a full disk behind standard output is exit code 6, a closed reader a quiet end" {
    start_node a
    make_ids monitor mon
    local form ask=(swim-stat -k "$IDS/mon" --connect "$(addr_of a)")
    for form in table line json csv prometheus; do
        run_code 6 bash -c '"$@" >/dev/full' - "${ask[@]}" --format "$form"
        assert_output_has '^swim-stat: standard output: '
        run_code 141 bash -c 'exec 2>&1; set -o pipefail; { "$@" --watch=10ms; } | head -n 1 >/dev/null' \
            - "${ask[@]}" --format "$form"
        [ -z "$output" ]
    done
}

@test "without a terminal, an environment or a standard input it works as from cron" {
    start_node a
    make_ids monitor mon
    run_code 0 env -i PATH="$PATH" setsid swim-stat -k "$IDS/mon" --connect "$(addr_of a)" \
        --format prometheus --output "$OUT/cron.prom" <&-
    [ -z "$output" ]
    grep -q '^swim_up{.*} 1$' "$OUT/cron.prom"
}

@test "swim-ping for Nagios: one line about all targets, by loss and round trip" {
    make_ids monitor mon
    start_echo a
    start_echo b --stdin
    gone
    local ping=(swim-ping -k "$IDS/mon" --format nagios -i 10ms)
    run -0 --separate-stderr "${ping[@]}" -c 2 "$(addr_of a)"
    [[ $output =~ ^SWIM\ OK\ -\ a:\ 2\ of\ 2\ acked,\ rtt\ [0-9.]+\ ms\ \|\ rtt_ms=[0-9.]+\;\;\;0\;\ loss=0\;0\;@100:\;0\;100$ ]]
    [ -z "$stderr" ]
    tell_echo b 'ping#1:drop'
    run_code 1 "${ping[@]}" -c 2 -W 200ms "$(addr_of b)"
    assert_output_has '^SWIM WARNING - b: 1 of 2 acked, .* loss=50;0;@100:;0;100$'
    run -2 --separate-stderr "${ping[@]}" "$GONE"
    [[ $output == "SWIM CRITICAL - $GONE: 0 of 1 acked | rtt_ms=U;;;0; loss=100;0;@100:;0;100" ]]
    [ -z "$stderr" ]
    run_code 2 "${ping[@]}" "$(addr_of a)" "$GONE"
    assert_output_has "^SWIM CRITICAL - 1 of 2 targets acked: see $GONE \| "
    assert_output_has " $GONE.rtt_ms=U;;;0; $GONE.loss=100;"
    run_code 0 "${ping[@]}" --crit rtt_ms=10000 --warn loss=100 "$(addr_of a)"
    run_code 1 "${ping[@]}" --warn rtt_ms=10000: "$(addr_of a)"
    run_code 2 "${ping[@]}" --crit rtt_ms=10000 "$GONE"
    run_code 0 "${ping[@]}" --crit loss=@101: "$GONE"
}

@test "swim-ping for Nagios: a mistake or an identity is unknown, a node to ask that is gone critical" {
    make_ids monitor mon
    start_echo a
    start_echo mute
    gone
    local wrong at
    at=$(addr_of a)
    for wrong in '--bogus' '--warn loss' '--warn rtt_ms=x' '--crit loss=5:1' '--crit dead=0' '-l' \
        '-a' '-u' '-x 1' '--warn loss=1 --warn loss=2'; do
        # shellcheck disable=SC2086 # several words
        run -3 --separate-stderr swim-ping -k "$IDS/mon" --format nagios $wrong "$at"
        [[ $output == "SWIM UNKNOWN - "* ]]
        [ -z "$stderr" ]
    done
    run_code 2 swim-ping -k "$IDS/mon" --warn loss=1 "$at"
    run_code 3 swim-ping -k "$OUT/none" --format nagios "$at"
    run_code 3 swim-ping -k "$IDS/mon" --format nagios "other@$at"
    run_code 3 swim-ping -k "$IDS/mon" --format nagios no-such-host.invalid:1
    run -2 --separate-stderr swim-ping -k "$IDS/mon" --format nagios --connect "$GONE" @all
    [[ $output == "SWIM CRITICAL - "*"could not be asked"* ]]
    [ -z "$stderr" ]
    SWIM_FORMAT=nagios run_code 0 swim-ping -k "$IDS/mon" "$at"
    assert_output_has '^SWIM OK - '
}
