# A member that can't be reached directly: helpers try, and who is suspected is said with a reason.

load helpers/start

# Three nodes around an echo server that can be told to fall silent. The helpers don't probe
# unasked, so that what they print about the target was asked by the pinger.
four_members() {
    start_echo mute --stdin
    start_node pinger --join mute "$@"
    start_node helper1 --join pinger --probe-interval 60s
    start_node helper2 --join pinger --probe-interval 60s
    wait_alive pinger 4
    wait_alive helper1 4
    wait_alive helper2 4
}

@test "a muted member is suspected, and the event says who accused it and why" {
    four_members
    tell_echo mute 'ping:no-ack'
    wait_line pinger 'member-suspect node=mute'
    assert_field pinger member-suspect by pinger
    assert_field pinger member-suspect reason timeout
    assert_count helper1 ' ping-req .*node=mute' -ge 1
    assert_count helper2 ' ping-req .*node=mute' -ge 1
    assert_count pinger ' ping-req .*node=mute .*helper=helper[12] .*rc=(nack|timeout)' -ge 1
    wait_line pinger 'member-dead node=mute by=pinger'
    wait_line helper1 'member-dead node=mute'
    wait_line helper2 'member-dead node=mute'
}

@test "a member that only its pinger can't reach is never suspected: a helper does" {
    four_members --probe-interval 1s --probe-timeout 400ms
    tell_echo mute 'ping@pinger:drop'
    wait_lines pinger 'probe node=mute via=helper* rc=ack' 3 60
    refute_line pinger 'member-(suspect|dead) .*node=mute' 3
    refute_now helper1 'member-(suspect|dead) .*node=mute'
    refute_now helper2 'member-(suspect|dead) .*node=mute'
    assert_count mute ' rx type=ping .*from=helper[12]' -ge 1
    assert_count pinger ' ping-req .*node=mute .*helper=helper[12] .*rc=ack' -ge 1
}

@test "an echo server stays alive in a node for twenty periods" {
    start_echo b
    start_node a -J b
    wait_alive a 2
    refute_line a 'member-(suspect|dead)' 20
    assert_count a ' probe .*node=b .*rc=ack' -ge 20
    assert_count b ' rx type=ping .*from=a' -ge 20
    assert_count b ' tx type=ack ' -ge 20
    wait_sees a 'node.b=alive'
}
