# Lives under valgrind's memcheck: no read of what was never written, none beyond its bounds, and
# at the end nothing that nobody points to. AddressSanitizer (make check-sanitize) sees more of the
# stack but nothing of what the libraries do with memory that we gave them. No suppressions: the
# libraries are clean too.

load helpers/start

need_valgrind() {
    command -v valgrind >/dev/null || skip "no valgrind"
}

# checked WHO COMMAND..: the command under valgrind, whose words go to $OUT/WHO.err.
checked() {
    exec valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
        --show-leak-kinds=definite,indirect,possible --num-callers=30 --error-exitcode=99 \
        --log-file="$OUT/$1.valgrind.err" "${@:2}"
}

@test "a node's life under valgrind: joins, probes, is asked, buries a member, leaves" {
    need_valgrind
    # What takes a node a millisecond takes this one thirty, and it is to be no victim of that.
    calm=(--probe-interval 500ms --probe-timeout 250ms --silence-floor 2s)
    start_node seed "${calm[@]}"
    start_node victim "${calm[@]}" -J seed
    make_ids member life
    start_program life checked life swim-node -k "$IDS/life" -b "$HOST:0" \
        -s "$BATS_TEST_TMPDIR/state/life" --profile local "${calm[@]}" --events-all \
        -T role=web -J "$(addr_of seed)"
    wait_line life 'joined' 60
    wait_line seed 'member-join node=life' 60
    wait_sees life 'alive=3' 60
    wait_lines life 'probe node=seed via=direct rc=ack' 5 60
    wait_lines seed 'probe node=life via=direct rc=ack' 5 60
    run_code 0 stat life pool -t 60s
    run_code 0 stat life info -t 60s
    kill -KILL "${PID[victim]}"
    wait_line life 'member-dead node=victim' 60
    end_node life TERM 0
    assert_count life ' shutdown .*phase=done rc=ok ' -eq 1
    wait_line seed 'member-leave node=life'
    [ ! -s "$OUT/life.valgrind.err" ]
}

@test "the tools under valgrind: a CA, identities, a ping, a question, a leave" {
    need_valgrind
    start_node n1
    make_ids operator op
    run_code 0 checked init swim-keys init --cluster other "$BATS_TEST_TMPDIR/other"
    run_code 0 checked issue swim-keys issue --ca "$BATS_TEST_TMPDIR/other" \
        -o "$BATS_TEST_TMPDIR/ids" a b
    run_code 0 checked ping swim-ping -k "$IDS/op" -c 2 -i 0 -W 60s "$(addr_of n1)"
    run_code 0 checked stat swim-stat -k "$IDS/op" --connect "$(addr_of n1)" -t 60s -j
    run_code 0 checked leave swim-leave -k "$IDS/op" --connect "$(addr_of n1)" -t 60s
    end_itself n1 0
    [ -z "$(cat "$OUT"/*.valgrind.err)" ]
}
