# Members that die, are stopped, come back, alone and all together.

load helpers/start

# Periods in which a processor that others use up does not look like a death.
PATIENT=(--probe-interval 1s --probe-timeout 500ms --silence-floor 3.2s)

names() { # N
    local i
    for ((i = 1; i <= $1; i++)); do echo "n$i"; done
}

# Whether the first line of A stands above the first one of B in what WHO printed.
prints_before() { # WHO REGEX-A REGEX-B
    local first
    first=$(grep -m 1 -nE -- "$2" "$OUT/$1.out") || return 1
    [ "${first%%:*}" -lt "$(grep -m 1 -nE -- "$3" "$OUT/$1.out" | cut -d: -f1)" ]
}

@test "sixteen nodes started together converge, and one that is killed is suspected before it is dead" {
    many_nodes
    local all who suspected=0
    mapfile -t all < <(names 16)
    start_node n1
    for who in "${all[@]:1}"; do launch_node "$who" -J n1; done
    for who in "${all[@]}"; do wait_sees "$who" alive=16 30; done
    end_node n9 KILL 137
    for who in "${all[@]}"; do
        [ "$who" != n9 ] || continue
        wait_line "$who" 'member-dead node=n9' 30
        if prints_before "$who" ' member-suspect .*node=n9 ' ' member-dead .*node=n9 '; then
            suspected=$((suspected + 1))
        fi
    done
    [ "$suspected" -ge 1 ]
    for who in "${all[@]}"; do
        [ "$who" = n9 ] || wait_sees "$who" alive=15,dead=1 20
    done
}

@test "a node that was stopped refutes the suspicion when it goes on, and accuses nobody itself" {
    local who args=(--probe-interval 1s --probe-timeout 500ms --suspicion-mult 30
        --silence-floor 60s)
    start_node n1 "${args[@]}"
    for who in n2 n3 n4; do start_node $who -J n1 "${args[@]}"; done
    for who in n1 n2 n3 n4; do wait_alive $who 4; done
    kill -STOP "${PID[n4]}"
    for who in n1 n2 n3; do wait_line $who 'member-suspect node=n4' 30; done
    kill -CONT "${PID[n4]}"
    wait_line n4 'stall node=n4 late_ms=*'
    wait_line n4 'refute node=n4 was=suspect by=n*'
    for who in n1 n2 n3; do
        wait_line $who 'member-alive node=n4' 20
        wait_sees $who 'alive=4,node.n4.inc>1'
    done
    refute_line n4 ' member-(suspect|dead) ' 3
    for who in n1 n2 n3; do refute_now $who ' member-dead '; done
}

@test "a member that was stopped until all called it dead is dialled again and alive when it goes on" {
    start_cluster n1 n2 n3 n4
    local who
    kill -STOP "${PID[n4]}"
    for who in n1 n2 n3; do wait_sees $who 'node.n4=dead' 20; done
    kill -CONT "${PID[n4]}"
    for who in n1 n2 n3 n4; do wait_sees $who 'alive=4,dead=0' 30; done
    wait_line n4 'refute node=n4 was=* by=n*'
    for who in n1 n2 n3; do wait_line $who 'member-alive node=n4'; done
}

@test "the same without any seed left: the rest find a stopped member again by themselves" {
    start_cluster n1 n2 n3 n4
    local who
    end_node n1 KILL 137
    kill -STOP "${PID[n4]}"
    for who in n2 n3; do wait_sees $who 'node.n1=dead,node.n4=dead' 20; done
    kill -CONT "${PID[n4]}"
    for who in n2 n3 n4; do wait_sees $who 'alive=3,node.n1=dead' 30; done
}

@test "every node restarted at once, on its port: all find each other again" {
    own_host
    start_cluster n1 n2 n3 n4 n5
    local who
    declare -A at=()
    for who in n1 n2 n3 n4 n5; do at[$who]=$(addr_of $who); done
    for who in n1 n2 n3 n4 n5; do end_node $who KILL 137; done
    for who in n1 n2 n3 n4 n5; do
        launch_node $who -b "${at[$who]}" -J "${at[n1]}" -J "${at[n2]}"
    done
    for who in n1 n2 n3 n4 n5; do wait_sees $who 'alive=5,dead=0' 20; done
    for who in n1 n2 n3 n4 n5; do refute_now $who ' conflict '; done
}

# Restarts n3 at once, so that it is alive above what it was, and nothing looks like a conflict.
restart_under_load() { # same|new
    local who
    start_node n1 "${PATIENT[@]}"
    start_node n2 -J n1 "${PATIENT[@]}"
    start_node n3 -J n1 "${PATIENT[@]}"
    for who in n1 n2 n3; do wait_alive $who 3; done
    local address=$HOST:0
    [ "$1" != same ] || address=$(addr_of n3)
    start_busy 4
    end_node n3 KILL 137
    start_node n3 -J n1 "${PATIENT[@]}" -b "$address"
    for who in n1 n2 n3; do wait_sees $who 'alive=3,node.n3.inc>1' 30; done
    end_busy
    for who in n1 n2 n3; do
        [ "$(stat $who members -n n3 -H -o addr)" = "$(addr_of n3)" ]
        refute_line $who ' (conflict|member-dead) ' 3
    done
}

@test "restarted at once on its port while the processors are busy: alive above its old incarnation" {
    own_host
    restart_under_load same
}

@test "restarted at once on a new port while the processors are busy: alive above its old incarnation" {
    restart_under_load new
}

@test "tags are changed by a restart, and all see the new ones" {
    start_node n1
    start_node n2 -J n1 -T role=web -T zone=a
    start_node n3 -J n1
    for who in n1 n2 n3; do wait_alive $who 3; done
    end_node n2 KILL 137
    start_node n2 -J n1 -T role=db
    for who in n1 n3; do
        wait_line $who 'member-alive node=n2 tag.role=db'
        run_code 0 stat $who members -n n2 -H -o tags
        [ "${output// /}" = role=db ]
    done
}
