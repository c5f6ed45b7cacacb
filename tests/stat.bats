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
