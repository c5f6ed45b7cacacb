# swim-stat: what is shown, in which form, and what its exit code says.

load helpers/start

@test "the members in a table, by the columns that are asked for" {
    start_node a -T role=web -T 'note=two words'
    start_node b -J a
    wait_alive a 2
    run_code 0 stat a
    assert_output_has '^state +node +addr +inc +age +rtt_ms +tags +by +reason +cert_days$'
    [[ ${lines[1]} == "alive "*" a "* ]] # itself first
    run_code 0 stat a -H -o node,state,tags
    assert_output_has '^a +alive +(role=web,note="two\\u0020words"|note="two\\u0020words",role=web)$'
    assert_output_has '^b +alive +-$'
    [ "$(stat a -H -o tag.role -n a)" = web ]
    [ "$(stat a -H -o node -s alive | sort | xargs)" = "a b" ]
    [ "$(stat a -H -s dead,left,suspect)" = "" ]
    run_code 1 stat a -n nobody
    assert_output_has '^swim-stat: no member is called nobody$'
}

@test "lines and JSON say the same, by way of jq" {
    start_node a -T role=web -T 'note=two words'
    start_node b -J a
    wait_alive a 2
    stat a --format line -o node,state,tags,by,inc >"$OUT/stat.line"
    stat a -j -o node,state,tags,by,inc >"$OUT/stat.json"
    [ "$(wc -l <"$OUT/stat.json")" = 2 ]
    jq -es 'all(.time and .event == "member" and .by == null and (.inc | type) == "number")' \
        "$OUT/stat.json" >/dev/null
    [ "$(jq -r 'select(.node == "a") | .tag.note' "$OUT/stat.json")" = "two words" ]
    # Written by jq as a line, all but the time is what the program writes.
    jq -r 'def value: if . == null then "-" elif type == "string" and test("[ \"=\\\\]") or . == ""
               then tojson | gsub(" "; "\\u0020") else tostring end;
           [.event, (del(.time, .event) | paths(type != "object") as $p
               | ($p | join(".")) + "=" + (getpath($p) | value))] | join(" ")' \
        "$OUT/stat.json" >"$OUT/jq.line"
    diff <(cut -d ' ' -f 2- "$OUT/stat.line") "$OUT/jq.line"
}

@test "SWIM_FORMAT chooses the form, -j and --format are stronger" {
    start_node a
    [[ $(SWIM_FORMAT=json stat a) == '{"time":'* ]]
    [[ $(SWIM_FORMAT=json stat a --format line) == 20*Z\ member\ * ]]
    [[ $(SWIM_FORMAT=line stat a -j) == '{"time":'* ]]
}

@test "conditions: true is 0, not true is 1 and says why" {
    start_cluster a b
    run_code 0 stat a --expect 'alive=2,suspect=0,dead=0,node.b=alive,node.b.inc>=1,cert_days>14'
    run_code 0 stat a --expect 2
    run_code 1 stat a --expect 'alive>=3'
    assert_output_has '^swim-stat: alive>=3 is not true: it is 2$'
    run_code 1 stat a --expect 'node.b=dead'
    run_code 1 stat a --expect 'node.nobody!=dead'
    run_code 1 stat a --expect 'cert_days>1000'
    run_code 0 stat a pool --expect 'pool.total<=64,pool.accepted>=0'
    run_code 0 stat a info --expect 'alive=2,lhm>=0'
}

@test "--wait returns when the condition comes true, and shows what it saw" {
    start_node a
    make_ids operator op
    start_program wait swim-stat -k "$IDS/op" --connect "$(addr_of a)" --wait 2 -t 20s -H -o node
    start_node b -J a
    end_itself wait 0
    [ "$(sort "$OUT/wait.out" | xargs)" = "a b" ]
}

@test "--wait that never comes true is exit code 1 in time" {
    start_node a
    run_code 1 stat a --wait 'alive>=2' -t 300ms
    assert_output_has '^swim-stat: alive>=2 is not true: it is 1 \(the time is up\)$'
    assert_output_has '^alive +a '
}

@test "--wait starts before the node does" {
    make_ids operator op
    start_echo gone
    end_node gone TERM 0
    mkdir -p "$BATS_TEST_TMPDIR/state/a"
    addr_of gone >"$BATS_TEST_TMPDIR/state/a/node.addr"
    SWIM_STATE=$BATS_TEST_TMPDIR/state/a start_program wait \
        swim-stat -v -k "$IDS/op" --wait 1 -t 20s -H -o node
    wait_until 5 "swim-stat to ask" grep -q asking "$OUT/wait.err"
    start_node a
    end_itself wait 0
    [ "$(cat "$OUT/wait.out")" = a ]
}

@test "the pool has a row for each connection" {
    start_cluster a b
    run_code 0 stat a pool
    assert_output_has '^peer +dir +state +age_ms +uses$'
    assert_output_has '^b +(in|out) +(idle|in-use) +[0-9.]+ +[0-9]+$'
    [ "$(stat a pool -H -o peer -n b | sort -u)" = b ]
    [ -z "$(stat a pool -H -n nobody)" ]
}

@test "info has a key a row, or the columns that are asked for in one" {
    start_cluster a b
    run_code 0 stat a info
    assert_output_has '^node +a$'
    assert_output_has '^alive +2$'
    assert_output_has '^view +[0-9a-f]{16}$'
    [ "$(stat a info -H -o node,alive,dead | xargs)" = "a 2 0" ]
    [ "$(stat a info -H -o view)" = "$(stat b info -H -o view)" ]
    stat a info -j | jq -e '.event == "info" and .members == 2' >/dev/null
    run_code 2 stat a info -o nothing
    assert_output_has "^swim-stat: --columns: the node tells no 'nothing'"
}

@test "a member may ask its own node, and no other" {
    start_cluster a b
    run_code 0 swim-stat -k "$IDS/a" --connect "$(addr_of a)"
    run_code 5 swim-stat -k "$IDS/b" --connect "$(addr_of a)"
}

@test "three nodes and a tool with --dev, started at once, are a cluster" {
    local n
    for n in 1 2 3; do start_program "n$n" swim-node --dev --profile local; done
    run_code 0 swim-stat --dev --wait 3 -t 20s -H -o node
    [ "$(grep -oE '^dev[0-9]' <<<"$output" | sort | xargs)" = "dev1 dev2 dev3" ]
}

@test "health has a row for each other member, also of one that is suspected" {
    start_node a
    start_node b -J a
    wait_alive a 2
    run_code 0 stat a health
    assert_output_has '^node +state +phi +rtt_ms +heard_ms +suspicion_left_ms +lhm$'
    assert_output_has '^b +alive +[0-9.-]+ +[0-9.-]+ +[0-9.]+ +- +[0-9]+$'
    [ "$(stat a health -H -o node)" = b ]
    stat a health -j | jq -e '.event == "health" and .suspicion_left_ms == null' >/dev/null
    run_code 1 stat a health -n nobody
    kill -STOP "${PID[b]}"
    wait_line a 'member-suspect node=b' 20
    stat a health -j | jq -e 'if .state == "suspect" then .suspicion_left_ms >= 0
        else .state == "dead" end' >/dev/null
    kill -CONT "${PID[b]}"
}

@test "rtt is the matrix of who sees whom how far" {
    start_cluster a b c
    wait_sees a 'node.b.rtt_ms>0,node.c.rtt_ms>0'
    wait_sees b 'node.a.rtt_ms>0,node.c.rtt_ms>0'
    wait_sees c 'node.a.rtt_ms>0,node.b.rtt_ms>0'
    run_code 0 stat a rtt
    assert_output_has '^from/to +a +b +c$'
    assert_output_has '^a +- +[0-9.]+ +[0-9.]+$'
    assert_output_has '^b +[0-9.]+ +- +[0-9.]+$'
    assert_output_has '^c +[0-9.]+ +[0-9.]+ +-$'
    [ ${#lines[@]} = 4 ]
    [ "$(stat a rtt -j | jq -s 'length, (map(.rtt_ms > 0) | all)' | xargs)" = "6 true" ]
    [ "$(stat a rtt -H -o node,peer -n b | sort | tr -s ' ' | xargs)" = "b a b c" ]
    run_code 0 stat a rtt -n b
    [ ${#lines[@]} = 2 ]
    run_code 1 stat a rtt -n nobody
    assert_output_has 'no member is called nobody'
}

@test "who can't be asked for round trips is named, and unknown in the matrix" {
    # They do not probe by themselves, so that nobody is dead before it is asked.
    start_node a --probe-interval 60s
    start_node b -J a --probe-interval 60s
    wait_alive a 2
    # A member may ask its own node, and no other.
    run_code 1 swim-stat -k "$IDS/a" --connect "$(addr_of a)" rtt
    assert_output_has '^swim-stat: b: .*: the role forbids it$'
    assert_output_has '^b +- +-$'
    kill -STOP "${PID[b]}"
    run_code 1 stat a rtt -j -t 1s
    assert_output_has '^swim-stat: b: '
    assert_output_has '"node":"b","peer":"a","state":null,"rtt_ms":null'
    kill -CONT "${PID[b]}"
}

@test "-r sorts by value, -e wants something, --pick takes one" {
    start_node a -T role=web
    start_node b -J a -T role=db
    start_node c -J a
    wait_sees a 'alive=3,node.b.rtt_ms>0,node.c.rtt_ms>0'
    [ "$(stat a -H -o node -r -node | xargs)" = "c b a" ]
    stat a -j -r rtt_ms | jq -es '.[2].rtt_ms == null and .[0].rtt_ms <= .[1].rtt_ms' >/dev/null
    stat a -j -r -rtt_ms,node | jq -es '.[2].rtt_ms == null and .[0].rtt_ms >= .[1].rtt_ms' >/dev/null
    run_code 0 stat a -e -s alive
    run_code 1 stat a -e -s dead
    assert_output_has '^swim-stat: there is nothing to show$'
    run_code 0 stat a -s dead
    [[ $(stat a -H -o node --pick rtt) == [bc] ]]
    [[ $(stat a -H -o node --pick random) == [abc] ]]
    [ "$(stat a -H -o node --pick random -T role=db)" = b ]
    run_code 1 stat a -e --pick rtt -s dead
    [[ $(stat a health -H -o node --pick rtt) == [bc] ]]
}

@test "-T chooses by tags: one key any of, several keys all, globs, none" {
    start_node a -T role=web -T zone=eu
    start_node b -J a -T role=db -T zone=eu
    start_node c -J a
    wait_alive a 3
    local members=(stat a -H -o node -r node)
    [ "$("${members[@]}" -T role=web | xargs)" = a ]
    [ "$("${members[@]}" -T role=web -T role=db | xargs)" = "a b" ]
    [ "$("${members[@]}" -T role=web -T zone=eu | xargs)" = a ]
    [ "$("${members[@]}" -T 'role=[a-m]*' | xargs)" = b ]
    [ "$("${members[@]}" -T role | xargs)" = "a b" ]
    [ "$("${members[@]}" -T 'role!=web' | xargs)" = "b c" ]
    [ "$(stat a health -H -o node -T zone=eu)" = b ]
    [ "$(stat a pool -H -o peer -T role=db | sort -u)" = b ]
    run_code 0 stat a rtt -T zone=eu
    [[ ${lines[0]} =~ ^from/to\ +a\ +b$ ]]
    run_code 2 stat a -T '=x'
    run_code 2 stat a info -T role
}

@test "percentiles, and what is not known is not true" {
    start_cluster a b
    wait_sees a 'node.b.rtt_ms>0'
    run_code 0 stat a --expect 'rtt_ms.p99<1000,rtt_ms.p50>0,members=2,rtt_ms.p100<1000'
    run_code 1 stat a --expect 'rtt_ms.p99>1000'
    assert_output_has '^swim-stat: rtt_ms.p99>1000 is not true: it is [0-9.]+$'
    start_node alone
    run_code 1 stat alone --expect 'rtt_ms.p99<1000'
    assert_output_has 'unknown here$'
}

@test "--for: the condition must hold without a break" {
    start_node a
    run_code 0 stat a --wait 1 --for 300ms -t 10s
    run_code 1 stat a --wait 2 --for 100ms -t 400ms
    make_ids operator op
    start_program wait swim-stat -v -k "$IDS/op" --connect "$(addr_of a)" --wait alive=1 --for "$((3 * STRETCH))s" -t "$((4 * STRETCH))s"
    wait_until 5 "swim-stat to ask" grep -q asking "$OUT/wait.err"
    start_node b -J a
    end_itself wait 1
    grep -q 'alive=1 is not true: it is 2 (the time is up)' "$OUT/wait.err"
}

@test "--watch: block by block, with one header of csv, until the node is lost" {
    start_node a
    make_ids operator op
    local watch=(swim-stat -k "$IDS/op" --connect "$(addr_of a)" --watch=20ms -o "node,state")
    start_program table "${watch[@]}"
    start_program csv "${watch[@]}" --format csv
    start_program json "${watch[@]}" -j
    start_program file "${watch[@]}" --output "$OUT/file"
    wait_until 10 "three looks" more_lines json '' 2
    wait_until 10 "three blocks" more_lines table '^a' 2
    wait_until 10 "three rows" more_lines csv '^a,alive$' 2
    wait_until 10 "the file" test -s "$OUT/file"
    end_node a KILL
    local name
    for name in table csv json file; do end_itself "$name" 3; done
    [ "$(head -n 5 "$OUT/table.out" | tr -s ' ' | tr '\n' '|')" = 'node state|a alive||node state|a alive|' ]
    [ "$(grep -c node "$OUT/csv.out")" = 1 ]
    jq -es 'length > 2' "$OUT/json.out" >/dev/null
    grep -q '^a  *alive$' "$OUT/file"
}

cleared_twice() {
    [ "$(grep -oF $'\033[H\033[2J' "$OUT/terminal.out" | wc -l)" -ge 2 ]
}

@test "--watch on a terminal shows each look in place of the one before" {
    command -v script >/dev/null || skip "no script(1)"
    start_node a
    make_ids operator op
    start_program terminal script -qec \
        "swim-stat -k $IDS/op --connect $(addr_of a) --watch=20ms -H -o node" /dev/null
    wait_until 10 "two looks" cleared_twice
    end_node a KILL
    end_itself terminal 3
}

@test "options that have no meaning together are exit code 2" {
    local wrong
    for wrong in '-w alive=1' '-c alive=1' '--for 1s' '--wait 1 --for 30s' '--wait 1 --watch' \
        '--expect 1 --watch' 'pool --pick rtt' '--pick rtt -r node' '--pick nearest' '-r nothing' \
        '-r node,node' '-r -' '--watch=0' '--watch=x' '--format prometheus -o node' \
        '--format prometheus -r node' '--format prometheus --pick rtt' '-T Role=x' 'rtt -o addr' \
        '--expect rtt_ms.p0<1' '--output'; do
        # shellcheck disable=SC2086 # several words
        run -2 --separate-stderr swim-stat -k "$BATS_TEST_TMPDIR/none" $wrong
        [ -z "$output" ]
        # shellcheck disable=SC2154 # bats sets it
        [[ $stderr == "swim-stat: "* ]]
    done
}

@test "a node that never answers costs no more than -t, one that dies meanwhile is exit code 3" {
    start_node a
    kill -STOP "${PID[a]}"
    local before
    before=$(now_ms)
    run_code 3 stat a -t 500ms
    run_code 3 stat a -t 500ms rtt
    [ $(($(now_ms) - before)) -lt $((4000 * STRETCH)) ]
    make_ids operator op
    start_program asker swim-stat -v -k "$IDS/op" --connect "$(addr_of a)" -t 3s
    wait_until 5 "swim-stat to ask" grep -q asking "$OUT/asker.err"
    end_node a KILL
    end_itself asker 3
    [ ! -s "$OUT/asker.out" ]
}

@test "the days left of every member's certificate, also of one whose connections are gone" {
    start_node a
    swim-keys issue --ca "$CA" --days 10 -o "$IDS" b >/dev/null
    start_node b -J a
    wait_alive a 2
    [ "$(stat a -H -o cert_days | xargs)" = "89 9" ]
    run_code 1 stat a --expect 'cert_days>14'
    assert_output_has '^swim-stat: cert_days>14 is not true: it is 9$'
    end_node b KILL
    wait_sees a node.b=dead 20
    [ -z "$(stat a pool -H)" ]
    [ "$(stat a -H -o cert_days -n b)" = 9 ]
    stat a --format prometheus | grep -q '^swim_member_certificate_seconds{.*peer="b"} 777600$'
}

@test "each exit code of swim-stat has its cause" {
    start_node a
    make_ids monitor mon
    make_ids operator op
    start_node b -J a
    wait_alive a 2
    local at
    at=$(addr_of a)
    run_code 0 swim-stat -k "$IDS/mon" --connect "$at" --expect alive=2
    run_code 1 swim-stat -k "$IDS/mon" --connect "$at" --expect alive=3
    run_code 2 swim-stat -k "$IDS/mon" --connect "$at" --expect alive
    run_code 2 swim-stat -k "$IDS/mon" --connect no-such-host.invalid
    run_code 4 swim-stat -k "$IDS/none" --connect "$at"
    swim-keys init --cluster other "$BATS_TEST_TMPDIR/other" >/dev/null
    swim-keys issue --ca "$BATS_TEST_TMPDIR/other" -r monitor -o "$BATS_TEST_TMPDIR" alien >/dev/null
    run_code 4 swim-stat -k "$BATS_TEST_TMPDIR/alien" --connect "$at"
    chmod 644 "$IDS/op/key.pem"
    run_code 4 swim-stat -k "$IDS/op" --connect "$at"
    chmod 600 "$IDS/op/key.pem"
    run_code 5 swim-stat -k "$IDS/b" --connect "$at"
    run_code 6 swim-stat -k "$IDS/mon" --connect "$at" --output /dev/full
    start_program watch swim-stat -k "$IDS/mon" --connect "$at" --watch=20ms -j
    wait_until 10 "a look" more_lines watch '' 0
    end_node watch INT 130
    end_node a KILL
    run_code 3 swim-stat -k "$IDS/mon" --connect "$at" -t 1s
}
