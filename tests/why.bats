# swim-why: the steps that led to a member's present state, as its observers know them.

load helpers/start

# why WHO ARGS..: swim-why of a node, as monitor.
why() {
    make_ids monitor mon
    swim-why -k "$IDS/mon" --connect "$(addr_of "$1")" "${@:2}"
}

# step_at REGEX: the number of the first line of the last output that matches.
step_at() {
    local at
    at=$(grep -nE -m 1 -- "$1" <<<"$output" | cut -d: -f1)
    [ -n "$at" ] || fail_with "no /$1/ in: $output"
    echo "$at"
}

@test "a mute member: the ping and the helpers that failed, who accused it, its death, its state" {
    start_echo mute --stdin
    start_node pinger --join mute
    start_node helper1 --join pinger --probe-interval 60s
    start_node helper2 --join pinger --probe-interval 60s
    wait_alive pinger 4
    wait_alive helper1 4
    wait_alive helper2 4
    tell_echo mute 'ping:no-ack'
    wait_line pinger 'member-dead node=mute'
    wait_line helper1 'member-dead node=mute'

    run_code 0 why pinger mute --format line
    local keys=' evidence age_ms=[0-9.]+ step=[a-z-]+ node=mute by=[^ ]+ via=[^ ]+ pseq=[^ ]+ rc=[^ ]+ reason=[^ ]+ inc=[^ ]+ rtt_ms=[^ ]+$'
    [ "$(grep -cE "$keys" <<<"$output")" -eq $((${#lines[@]} - 1)) ]
    local pseq ping helper1 helper2 accused dead
    [[ $output =~ step=ping\ .*via=direct\ pseq=([0-9]+)\ rc=timeout ]]
    ping=$(step_at ' step=ping .* by=pinger via=direct pseq=[0-9]+ rc=timeout ')
    pseq=$(sed -n "${ping}s/.* pseq=\([0-9]*\) .*/\1/p" <<<"$output")
    helper1=$(step_at " step=ping-req .* by=pinger via=helper1 pseq=$pseq rc=(nack|timeout) ")
    helper2=$(step_at " step=ping-req .* by=pinger via=helper2 pseq=$pseq rc=(nack|timeout) ")
    accused=$(step_at ' step=accused .* by=pinger via=- .* reason=timeout inc=1 ')
    dead=$(step_at ' step=dead .* by=pinger via=- .* reason=timer inc=1 ')
    [ "$ping" -lt "$helper1" ] && [ "$ping" -lt "$helper2" ]
    [ "$helper1" -lt "$accused" ] && [ "$helper2" -lt "$accused" ]
    [ "$accused" -lt "$dead" ]
    [[ ${lines[-1]} == *" member state=dead node=mute "*" by=pinger reason=timer "* ]]
    # Ages fall from step to step.
    grep -oE ' age_ms=[0-9.]+' <<<"$output" | cut -d= -f2 | sort -c -g -r

    # Who was only told, of the death at least, knows by whom, and who told.
    run_code 0 why helper1 mute -j
    jq -es 'map(select(.step == "accused" or .step == "dead")) | length >= 1 and
        all(.by == "pinger" and .via != null) and any(.step == "dead" and .reason == "timer")' <<<"$output"
    jq -es '.[-1].event == "member" and .[-1].state == "dead"' <<<"$output"

    run_code 0 why pinger mute
    [[ ${lines[0]} =~ ^age_ms\ +step\ +node\ +by\ +via\ +pseq\ +rc\ +reason\ +inc\ +rtt_ms$ ]]
    [[ ${lines[-1]} == "mute is dead, inc=1, for "*" s, by=pinger, reason=timer" ]]
}

@test "a member that helpers reach: each try with its way, and how much is not kept" {
    start_echo mute --stdin
    start_node pinger --join mute --probe-interval 400ms --probe-timeout 150ms
    start_node helper --join pinger --probe-interval 60s
    wait_alive pinger 3
    wait_alive helper 3
    tell_echo mute 'ping@pinger:drop'
    wait_lines pinger 'probe node=mute via=helper rc=ack' 9 60
    run -0 --separate-stderr why pinger mute --format line
    # shellcheck disable=SC2154 # bats sets it
    [[ $stderr =~ ^swim-why:\ [0-9]+\ older\ steps\ are\ not\ kept$ ]]
    [ "$(grep -c ' evidence ' <<<"$output")" = 16 ]
    step_at ' step=ping-req node=mute by=pinger via=helper pseq=[0-9]+ rc=ack .* rtt_ms=[0-9]'
    [[ ${lines[-1]} == *" member state=alive node=mute "* ]]
}

@test "a suspicion that is refuted: who accused, and the answer at a higher incarnation" {
    start_node n1 --silence-floor 20s
    start_node n2 -J n1 --silence-floor 20s
    start_node n3 -J n1
    for name in n1 n2 n3; do wait_alive "$name" 3; done
    kill -STOP "${PID[n3]}"
    wait_line n1 'member-suspect node=n3' 30
    kill -CONT "${PID[n3]}"
    wait_line n1 'member-alive node=n3' 30
    run_code 0 why n1 n3 --format line
    [ "$(step_at ' step=accused node=n3 by=n[12] .* reason=timeout inc=1 ')" -lt \
        "$(step_at ' step=refuted node=n3 by=n3 via=n[23] .* inc=2 ')" ]
    [[ ${lines[-1]} == *" member state=alive node=n3 "*" inc=2 "* ]]
    # It knows itself whom it answered.
    run_code 0 why n3 n3 --format line
    [ "$(step_at ' step=accused node=n3 by=n[12] via=n[12] .* inc=1 ')" -lt \
        "$(step_at ' step=refuted node=n3 by=n3 via=- .* inc=2 ')" ]
}

@test "a process that is killed is refused, and its successor is a step too" {
    start_cluster n1 n2
    end_node n2 KILL
    wait_line n1 'member-dead node=n2'
    run_code 0 why n1 n2 --format line
    step_at ' step=ping .* via=direct .* rc=refused '
    start_node n2 -J n1
    wait_line n1 'member-alive node=n2'
    run_code 0 why n1 n2 --format line
    [ "$(step_at ' step=dead node=n2 by=n1 ')" -lt "$(step_at ' step=restarted node=n2 by=n2 via=n2 ')" ]
    [[ ${lines[-1]} == *" member state=alive node=n2 "* ]]
    end_node n2 TERM 0
    wait_line n1 'member-leave node=n2'
    run_code 0 why n1 n2
    [[ ${lines[-2]} =~ \ left\ +n2\ +n2\  ]]
    [[ ${lines[-1]} == "n2 is left, inc="* ]]
}

@test "of the healthy there is only the state; of the unknown nothing, exit code 1" {
    start_cluster n1 n2
    run_code 0 why n1 n2
    [ "${#lines[@]}" = 1 ]
    [[ $output == "n2 is alive, inc=1, for "* ]]
    run_code 0 why n1 n1 --format line
    [ "${#lines[@]}" = 1 ]
    [[ $output == *" member state=alive node=n1 "* ]]
    run -1 --separate-stderr why n1 nobody
    [ -z "$output" ]
    # shellcheck disable=SC2154 # bats sets it
    [[ $stderr =~ ^swim-why:\ .*nobody\ is\ unknown\ here ]]
}

@test "bad arguments are exit code 2; no node 3, no identity 4, who may not look 5" {
    run_code 2 swim-why
    assert_output_has '^swim-why: one NODE is asked about, not 0$'
    run_code 2 swim-why a b
    run_code 2 swim-why 'not a name'
    run_code 2 swim-why a --format yaml
    start_node n1
    make_ids member m
    run_code 5 swim-why -k "$IDS/m" --connect "$(addr_of n1)" n1
    make_ids monitor mon
    run_code 3 swim-why -k "$IDS/mon" --connect 127.0.0.1:1 -t 5s n1
    run_code 4 swim-why -k "$IDS/none" --connect "$(addr_of n1)" n1
}
