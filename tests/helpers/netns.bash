# Hosts of their own for nodes: network namespaces around one bridge. `load helpers/netns` beside
# helpers/start. All of it goes with the processes that hold the namespaces, which the test ends as
# it ends its programs; nothing is mounted, and nothing outside of the test is touched.
#
#   netns_hosts NAME..   a host for each, 10.99.0.1 .. and fd99::1 .. in order; skips the test where
#                        that is not permitted. What is started under NAME later runs there.
#   netns_host_addr NAME its IPv4 address
#   netns_in NAME CMD..  runs a command there
#   netns_lose NAME P    drops P percent of what comes in there
#   netns_block A B      drops in A what comes from B: one way
#   netns_split A.. / B..  the bridge forwards nothing between the two groups
#   netns_heal           all of the last three ends
#
# Drops are in INPUT or in the bridge: a drop in OUTPUT would be seen by the sender.
#
# shellcheck shell=bash

netns_permitted() {
    PATH=$PATH:/usr/sbin:/sbin
    command -v ip >/dev/null && command -v nft >/dev/null && command -v nsenter >/dev/null &&
        unshare --net ip link add type veth 2>/dev/null &&
        unshare --net ip link add type bridge 2>/dev/null
}

# A process that holds a new namespace; its end is the end of it, and it does not outlive a test that
# is cut off by much.
netns_hold() { # NAME
    start_program "$1" unshare --net bash -c 'ip link set lo up && echo held && exec sleep 900'
    wait_until 10 "a network namespace" grep -q held "$OUT/$1.out"
}

netns_hosts() {
    local name i=0
    netns_permitted || skip "network namespaces, veth, bridge or nft are not available"
    declare -gA HOST_ADDR=()
    HOST_LIST=("$@")
    netns_hold bridge
    NETNS["switch"]=${PID[bridge]}
    netns_in switch ip link add br0 type bridge
    netns_in switch ip link set br0 up
    for name in "$@"; do
        i=$((i + 1))
        netns_hold "host-$name"
        NETNS[$name]=${PID[host-$name]}
        HOST_ADDR[$name]=10.99.0.$i
        netns_in switch ip link add "p$i" type veth peer name eth0 netns "${NETNS[$name]}"
        netns_in switch ip link set "p$i" master br0 up
        netns_in "$name" ip addr add "10.99.0.$i/24" dev eth0
        netns_in "$name" ip addr add "fd99::$i/64" dev eth0 nodad
        netns_in "$name" ip link set eth0 up
    done
}

netns_in() {
    enter_netns "$1"
    "${ENTER[@]}" "${@:2}"
}

netns_host_addr() {
    echo "${HOST_ADDR[$1]}"
}

# A table of rules of that host, in place of the one before.
netns_rules() { # NAME RULES
    netns_in "$1" nft -f - <<<"table inet fault
        flush table inet fault
        table inet fault {
            chain in {
                type filter hook input priority 0; policy accept;
                $2
            }
        }"
}

netns_lose() {
    netns_rules "$1" "meta l4proto udp numgen random mod 100 < $2 counter drop"
}

netns_block() {
    netns_rules "$1" "ip saddr $(netns_host_addr "$2") counter drop"
}

netns_split() {
    local a='' b='' side=a name
    for name in "$@"; do
        case $side$name in
        a/) side=b ;;
        a*) a+=,$(netns_host_addr "$name") ;;
        b*) b+=,$(netns_host_addr "$name") ;;
        esac
    done
    netns_in switch nft -f - <<<"table bridge fault {
            chain cut {
                type filter hook forward priority 0; policy accept;
                ip saddr {${a#,}} ip daddr {${b#,}} counter drop
                ip saddr {${b#,}} ip daddr {${a#,}} counter drop
            }
        }"
}

netns_heal() {
    local name
    for name in "${HOST_LIST[@]}"; do
        netns_in "$name" nft delete table inet fault 2>/dev/null || true
    done
    netns_in switch nft delete table bridge fault 2>/dev/null || true
}

# netns_dropped NAME: how many packets its rule has dropped.
netns_dropped() {
    netns_in "$1" nft list table inet fault | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}
