# Who else speaks under a member's name: another process, which is a conflict, and tools, which are
# not.

load helpers/start

PATIENT=(--probe-interval 1s --probe-timeout 500ms --silence-floor 3.2s)

patient_cluster() { # NAME..
    local name
    start_node "$1" "${PATIENT[@]}"
    for name in "${@:2}"; do start_node "$name" -J "$1" "${PATIENT[@]}"; done
    for name in "$@"; do wait_alive "$name" $#; done
}

# Whether WHO holds n3 at the address of that program.
holds_at() { # WHO PROGRAM
    [ "$(stat "$1" members -n n3 -H -o addr)" = "$(addr_of "$2")" ]
}

@test "a second process with a live member's identity ends with 4, and the member is undisturbed" {
    local who inc
    patient_cluster n1 n2 n3
    launch_node twin -k "$IDS/n3" -J n1 "${PATIENT[@]}"
    end_itself twin 4
    wait_line twin "conflict node=n3 other=$(addr_of n3)"
    grep -q 'n3: another process holds' "$OUT/twin.err"
    wait_line n3 "conflict node=n3 other=$(addr_of twin)"
    # It was n1 that told the twin of n3.
    wait_line n1 "conflict node=n3 addr=$(addr_of n3) other=$(addr_of twin)"
    wait_line n1 "pool-close node=n3 addr=$(addr_of twin) reason=conflict"
    for who in n1 n2 n3; do
        refute_line $who ' member-(suspect|dead|leave|alive|update) ' 4
        wait_sees $who 'alive=3,node.n3=alive'
        holds_at $who n3
        inc=$(stat $who members -n n3 -H -o inc)
        [ "$inc" -le 2 ]
    done
    assert_count n1 ' probe .*node=n3 .*rc=timeout' -eq 0
    assert_count n2 ' probe .*node=n3 .*rc=timeout' -eq 0
    assert_count n3 ' conflict ' -le 2
}

@test "a twin that tries again and again, its service manager being stubborn, disturbs nobody" {
    local who
    patient_cluster n1 n2 n3
    for _ in 1 2 3 4 5; do
        launch_node twin -k "$IDS/n3" -J n1 -J n2 "${PATIENT[@]}"
        end_itself twin 4
    done
    for who in n1 n2 n3; do
        refute_line $who ' member-(suspect|dead|leave|alive|update) ' 3
        wait_sees $who 'alive=3,node.n3=alive,node.n3.inc<=2'
        holds_at $who n3
    done
}

@test "two clusters with a member of one name meet: the younger process ends with 4" {
    local who
    patient_cluster n1 n3
    start_node n2 "${PATIENT[@]}"
    start_node twin -k "$IDS/n3" -J n2 "${PATIENT[@]}"
    wait_alive twin 2
    start_node bridge -J n1 -J n2 "${PATIENT[@]}"
    end_itself twin 4
    wait_line twin 'conflict node=n3'
    for who in n1 n2 n3 bridge; do
        wait_until 20 "$who to hold the older n3" holds_at $who n3
        wait_sees $who 'alive=4,suspect=0,dead=0' 20
    done
    refute_line n3 ' member-dead ' 4
    for who in n1 n2 bridge; do refute_now $who ' member-dead '; done
}

@test "swim-stat and swim-ping under a member's own identity disturb nothing" {
    local who pool=()
    patient_cluster n1 n2 n3
    for who in n1 n2 n3; do wait_lines $who probe 3; done
    for who in n1 n2 n3; do pool+=("$(count_lines $who ' pool-(open|close) ')"); done
    for _ in 1 2 3; do
        run_code 0 swim-ping -k "$IDS/n3" -c 3 -i 10ms "$(addr_of n1)" "$(addr_of n2)" "$(addr_of n3)"
        [ "$(grep -c '^ack from ' <<<"$output")" = 9 ]
        run_code 0 swim-stat -k "$IDS/n3" --connect "$(addr_of n3)" --expect alive=3
        run_code 0 swim-stat -k "$IDS/n3" --connect "$(addr_of n3)" pool
    done
    for who in n1 n2 n3; do
        refute_line $who ' (conflict|refute|member-(suspect|dead|leave|alive|update)) ' 4
        assert_count $who ' probe .*rc=timeout' -eq 0
        assert_count $who ' pool-(open|close) ' -eq "${pool[0]}"
        pool=("${pool[@]:1}")
        wait_sees $who 'alive=3,node.n1.inc=1,node.n2.inc=1,node.n3.inc=1'
    done
}
