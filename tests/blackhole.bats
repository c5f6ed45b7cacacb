# A host whose socket takes everything and answers nothing.

load helpers/start

@test "a member that nobody but its teller has reached is suspected, then dead, and never pooled" {
    start_echo echo
    start_node a --probe-interval 60s -J echo
    wait_alive a 2
    kill -STOP "${PID[echo]}"
    start_node b -J a
    wait_line b 'member-join node=echo'
    wait_line b 'member-suspect node=echo by=b reason=timeout'
    wait_line b 'member-dead node=echo by=b reason=timer' 20
    wait_line a 'member-dead node=echo by=b'
    wait_sees b 'alive=2,node.a=alive,node.echo=dead'
    refute_line b ' pool-open .*node=echo ' 5
    run_code 0 stat b pool -H -o state,peer
    [ "$(grep -cE '^(idle|in-use) ' <<<"$output")" = 1 ]
    run_code 0 stat b --expect 'pool.total<=2'
}
