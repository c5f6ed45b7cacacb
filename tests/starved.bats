# Processors that others use up: the nodes are late, and know that it is they who are.

load helpers/start

@test "eight nodes starved by busy loops for twenty seconds: no live node is called dead" {
    many_nodes
    local name hosts=(n1 n2 n3 n4 n5 n6 n7 n8)
    # shellcheck disable=SC2034 # start_program takes it
    PREFIX=(nice -n 10)
    start_node n1 --profile lan
    for name in "${hosts[@]:1}"; do launch_node "$name" -J n1 --profile lan; done
    for name in "${hosts[@]}"; do wait_sees "$name" alive=8 30; done
    start_busy 4
    # Twenty of its periods, which local health may stretch.
    wait_lines n1 probe $(($(count_lines n1 ' probe ') + 20)) 200
    end_busy
    for name in "${hosts[@]}"; do wait_sees "$name" alive=8,suspect=0,dead=0 60; done
    for name in "${hosts[@]}"; do refute_now "$name" ' member-dead '; done
}
