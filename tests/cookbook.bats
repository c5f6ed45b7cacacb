# The cookbook of README.md: each recipe as it stands there, run by a shell against a cluster. Who
# is spoken to is real where it can be had; the rest (mail, ssh, ..) are scripts that keep what they
# were given.

load helpers/start

README=$BATS_TEST_DIRNAME/../README.md
NEGATE=/usr/lib/nagios/plugins/negate

# The headings of the cookbook.
titles() {
    sed -n '/^## Cookbook$/,/^## [^C]/s/^### //p' "$README"
}

# recipe TITLE: the text of its block.
recipe() {
    local text
    text=$(awk -v head="### $1" '
        /^## / { inside = $0 == "## Cookbook" }
        /^##/ { here = inside && $0 == head; next }
        here && /^```/ { fences++; next }
        here && fences == 1' "$README")
    [ -n "$text" ] || fail_with "README.md has no recipe '$1'"
    echo "$text"
}

# at WHO: the recipes that follow ask this node, as a monitor.
at() {
    make_ids monitor mon
    export SWIM_IDENTITY=$IDS/mon SWIM_CONNECT
    SWIM_CONNECT=$(addr_of "$1")
}

# paste CODE TITLE: runs it, and that must be the exit code.
paste() {
    local text
    text=$(recipe "$2")
    run_code "$1" bash -c "$text"
}

# start_recipe NAME TITLE: in the background, to be known by NAME.
start_recipe() {
    local text
    text=$(recipe "$2")
    start_program "$1" bash -c "$text"
}

# stand_in NAME [LINE]: a command that appends its arguments to $OUT/NAME.args, keeps its standard
# input in $OUT/NAME.input and does LINE. As ssh does, it reads that unless told -n.
stand_in() {
    mkdir -p "$OUT/bin"
    cat >"$OUT/bin/$1" <<END
#!/bin/bash
echo "\$*" >>'$OUT/$1.args'
[ "\$1" = -n ] || cat >'$OUT/$1.input'
${2-exit 0}
END
    chmod +x "$OUT/bin/$1"
    [[ $PATH == "$OUT/bin:"* ]] || PATH=$OUT/bin:$PATH
}

was_called() { # NAME ARGS: a stand-in, with just these
    grep -qxF -- "$2" "$OUT/$1.args" 2>/dev/null
}

not_called() { # NAME
    [ ! -e "$OUT/$1.args" ] || fail_with "$1 was called: $(cat "$OUT/$1.args")"
}

# start_roles NAME=ROLE..: a cluster of nodes with that tag; the first is the seed.
start_roles() {
    local each
    for each in "$@"; do
        start_node "${each%=*}" -J "${1%=*}" -T "role=${each#*=}"
    done
    for each in "$@"; do wait_alive "${each%=*}" $#; done
}

@test "every recipe is one block that a shell can read, and has a test" {
    local title count=0
    while read -r title; do
        count=$((count + 1))
        recipe "$title" | bash -n
        recipe "$title" | sh -n
        grep -qE "^ +(paste [0-9]|start_recipe [a-z]+|.*recipe) \"$title\"" \
            "$BATS_TEST_FILENAME" || fail_with "no test runs '$title'"
    done < <(titles)
    [ "$count" -ge 16 ]
    [ "$(sed -n '/^## Cookbook$/,/^## [^C]/p' "$README" | grep -c '^```')" = $((count * 2)) ]
}

@test "Mail from cron: nothing when all is well, the members or the reason else" {
    start_cluster a b
    at a
    stand_in mail
    local line
    line=$(recipe "Mail from cron")
    [[ $line =~ ^(([0-9*/,-]+ ){5})(.*)$ ]]
    [[ $line != *%* ]] # cron takes it for a newline
    # As cron does it: hardly an environment, no terminal, the shell of the system.
    local cron=(env -i HOME="$OUT" LOGNAME=ops SHELL=/bin/sh PATH="$PATH"
        SWIM_IDENTITY="$SWIM_IDENTITY" SWIM_STATE="$BATS_TEST_TMPDIR/state/a"
        setsid -w /bin/sh -c "${BASH_REMATCH[3]}")
    run_code 0 "${cron[@]}"
    [ -z "$output" ]
    not_called mail

    end_node b KILL
    wait_sees a node.b=dead 20
    run_code 0 "${cron[@]}"
    [ -z "$output" ]
    was_called mail '-s swim: trouble ops'
    grep -qE '^dead +b ' "$OUT/mail.input"
    run ! grep -q $'\033' "$OUT/mail.input"

    end_node a KILL
    run_code 0 "${cron[@]}"
    [ -z "$output" ]
    grep -qE '^swim-stat: peer .* nothing listens there' "$OUT/mail.input"
}

@test "Wait, then run: not before all are there" {
    start_cluster a b
    at a
    cd "$OUT" || return
    printf '#!/bin/sh\necho ran >deployed\n' >deploy
    chmod +x deploy
    start_recipe deploy "Wait, then run"
    refute_line a 'member-join node=c' 15 # longer than --for
    [ ! -e deployed ]
    start_node c -J a
    end_itself deploy 0
    [ "$(cat deployed)" = ran ]
    [ ! -s "$OUT/deploy.out" ]
}

@test "Nagios: fine, a warning, critical; and negate understands it" {
    start_roles web1=web web2=web web3=web db1=db
    at db1
    wait_sees db1 'node.web1.rtt_ms<200,node.web2.rtt_ms<200,node.web3.rtt_ms<200'
    local line
    line=$(recipe "Nagios, Icinga, and what else takes plugins")
    wait_until 10 "all to be fine" ends_with 0 "$line"
    [ ${#lines[@]} = 1 ]
    assert_output_has '^SWIM OK - .*\| .*alive=3;3:;2:;0;'
    if [ -x "$NEGATE" ]; then
        run_code 2 "$NEGATE" /bin/bash -c "$line"
        assert_output_has '^SWIM OK - '
        run_code 3 "$NEGATE" -s -o UNKNOWN /bin/bash -c "$line"
        assert_output_has '^SWIM UNKNOWN - '
    fi
    leave web3
    wait_sees db1 node.web3=left
    wait_until 10 "a warning" ends_with 1 "$line"
    assert_output_has '^SWIM WARNING - '
    leave web2
    wait_sees db1 node.web2=left
    wait_until 10 "a critical line" ends_with 2 "$line"
    assert_output_has '^SWIM CRITICAL - '
}

ends_with() { # CODE TEXT: of a recipe
    run bash -c "$2"
    [ "$status" = "$1" ]
}

@test "Prometheus: the node exporter has two nodes of one host, and one that has died as down" {
    start_cluster a b
    export TEXTFILES=$OUT/text
    mkdir "$TEXTFILES"
    at a
    paste 0 "Prometheus, by the node exporter"
    at b
    paste 0 "Prometheus, by the node exporter"
    [ -z "$output" ]
    [ "$(find "$TEXTFILES" -type f | wc -l)" = 2 ]
    if command -v promtool >/dev/null; then
        local file
        for file in "$TEXTFILES"/*; do promtool check metrics <"$file"; done
    fi
    [ -z "$(cat "$TEXTFILES"/* | grep -v '^#' | cut -d ' ' -f 1 | sort | uniq -d)" ]
    command -v prometheus-node-exporter >/dev/null || skip "no prometheus-node-exporter"
    start_program exporter prometheus-node-exporter --collector.disable-defaults \
        --collector.textfile --collector.textfile.directory="$TEXTFILES" \
        --web.listen-address=127.0.0.1:0
    wait_until 10 "the exporter to listen" grep -q 'Listening on.*address=' "$OUT/exporter.err"
    local where
    where=$(grep -oE 'Listening on.*address=[^ ]+' "$OUT/exporter.err" | sed 's/.*=//')
    scrape "$where" >"$OUT/metrics"
    grep -qE '^swim_up\{cluster="test",node="a"(,target="")?\} 1' "$OUT/metrics"
    grep -qE '^swim_up\{cluster="test",node="b"(,target="")?\} 1' "$OUT/metrics"
    grep -qE '^node_textfile_scrape_error 0' "$OUT/metrics"
    end_node b KILL
    paste 3 "Prometheus, by the node exporter"
    scrape "$where" >"$OUT/metrics"
    grep -qE "^swim_up\{.*target=\"$(addr_of b)\"\} 0" "$OUT/metrics"
    grep -qE '^swim_up\{cluster="test",node="a"(,target="")?\} 1' "$OUT/metrics"
    run ! grep -q 'node="b"' "$OUT/metrics"
}

scrape() { # HOST:PORT
    local fd
    exec {fd}<>"/dev/tcp/${1%:*}/${1##*:}"
    printf 'GET /metrics HTTP/1.0\r\n\r\n' >&"$fd"
    cat <&"$fd"
    exec {fd}>&-
}

@test "Drain a node: left at once, gone later, then switched off; without the right nothing" {
    start_cluster web1 web2
    at web1
    stand_in ssh
    paste 2 "Drain a node, and be sure"
    not_called ssh
    start_node web3 -J web1
    wait_alive web1 3
    wait_alive web2 3
    paste 5 "Drain a node, and be sure"
    not_called ssh
    make_ids operator op
    SWIM_IDENTITY=$IDS/op
    # A leave that nobody has heard of is not enough.
    stand_in swim-leave
    start_recipe early "Drain a node, and be sure"
    wait_until 10 "it to be told to leave" was_called swim-leave "--drain 3s --connect $(addr_of web3)"
    refute_line web1 ' member-leave ' 3
    not_called ssh
    rm "$OUT/bin/swim-leave"
    start_recipe drain "Drain a node, and be sure"
    wait_line web2 'member-leave node=web3'
    run ! has_ended web3
    end_itself early 0
    [ "$(cat "$OUT/ssh.args")" = 'web3 poweroff' ]
    end_itself drain 0
    end_itself web3 0
    [ "$(cat "$OUT/ssh.args")" = $'web3 poweroff\nweb3 poweroff' ]
    refute_now web1 ' member-dead .*node=web3'
}

# answer CODE: lets the ssh of a rolling restart end.
answer() {
    # shellcheck disable=SC2016 # for that shell
    timeout 20 bash -c 'echo "$1" >"$2"' _ "$1" "$OUT/answer"
}

@test "Rolling restart: one at a time, and only on when it was seen" {
    start_roles db1=db web1=web web2=web web3=web
    at db1
    mkfifo "$OUT/answer"
    # shellcheck disable=SC2016 # for the script
    stand_in ssh "read -r code <'$OUT/answer'"'; exit "$code"'
    start_recipe rolling "Rolling restart that stops at the first trouble"
    wait_until 10 "the first restart" was_called ssh '-n web1 systemctl restart swim-node'
    answer 0
    refute_line db1 ' member-leave ' 5
    [ "$(wc -l <"$OUT/ssh.args")" = 1 ]
    end_node web1 TERM 0
    start_node web1 -J db1 -T role=web
    wait_until 20 "the second restart" was_called ssh '-n web2 systemctl restart swim-node'
    end_node web2 KILL
    start_node web2 -J db1 -T role=web
    answer 0
    wait_until 20 "the third restart" was_called ssh '-n web3 systemctl restart swim-node'
    answer 0
    end_node web3 TERM 0
    start_node web3 -J db1 -T role=web
    end_itself rolling 0
    [ "$(wc -l <"$OUT/ssh.args")" = 3 ]

    start_recipe rolling "Rolling restart that stops at the first trouble"
    answer 7
    end_itself rolling 7
    [ "$(tail -n 1 "$OUT/ssh.args")" = '-n web1 systemctl restart swim-node' ]

    # One that does not come back: the same text with less patience.
    start_program rolling bash -c \
        "$(recipe "Rolling restart that stops at the first trouble" | sed 's/-t 1m/-t 2s/')"
    wait_until 10 "another restart" more_calls ssh 4
    end_node web1 KILL
    answer 0
    end_itself rolling 1
    [ "$(wc -l <"$OUT/ssh.args")" = 5 ]

    # Without a list there is nothing to restart, and that is no success.
    SWIM_CONNECT=$(addr_of web1)
    paste 3 "Rolling restart that stops at the first trouble"
    [ "$(wc -l <"$OUT/ssh.args")" = 5 ]
}

more_calls() { # NAME COUNT
    [ "$(wc -l <"$OUT/$1.args")" -gt "$2" ]
}

@test "Who sees whom how far: a row and a column for each" {
    start_cluster a b c
    at a
    wait_sees a 'node.b.rtt_ms>0,node.c.rtt_ms>0'
    paste 0 "Who sees whom how far"
    [ "$(head -n 1 <<<"$output" | xargs -n 1 | grep -xE '[abc]' | sort | xargs)" = "a b c" ]
    [ "$(tail -n +2 <<<"$output" | cut -d' ' -f1 | sort | xargs)" = "a b c" ]
    grep -qE '^a .*[0-9]' <<<"$output"
}

@test "The three nearest members: not oneself, not the far one, the nearest first" {
    start_echo far --fault 'ping:delay=60ms'
    start_node a -J far
    local name
    for name in b c d; do start_node $name -J a; done
    wait_alive a 5
    wait_sees a 'node.b.rtt_ms>0,node.c.rtt_ms>0,node.d.rtt_ms>0' 20
    at a
    paste 0 "The three nearest members"
    [ "$(awk '{ print $1 }' <<<"$output" | sort | xargs)" = "b c d" ]
    awk '{ print $2 }' <<<"$output" | sort -c -g
}

@test "The nearest of a role: one that is alive" {
    start_roles web1=web db1=db db2=db
    at web1
    stand_in psql
    paste 0 "The nearest of a role"
    grep -qxE -- '-h db[12]' "$OUT/psql.args"
    end_node db1 KILL
    wait_sees web1 node.db1=dead 20
    paste 0 "The nearest of a role"
    [ "$(tail -n 1 "$OUT/psql.args")" = '-h db2' ]
}

# haproxy_folder: where the recipe is run, with a configuration that lacks only the backend.
haproxy_folder() {
    PATH=$PATH:/usr/sbin
    command -v haproxy >/dev/null || skip "no haproxy"
    mkdir "$OUT/haproxy"
    cd "$OUT/haproxy" || return
    cat >haproxy.cfg <<'END'
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend all
    bind 127.0.0.1:8080
    default_backend web
END
}

@test "Backends for haproxy: who is not dead, checked by it; without an answer nothing is touched" {
    haproxy_folder
    stand_in systemctl
    start_node db1 -T role=db
    start_node web1 -J db1 -T role=web -T port=8080
    start_node web2 -J db1 -T role=web -T port=8081
    start_node web3 -J db1 -T role=web -T port=8082
    wait_alive db1 4
    at db1
    paste 0 "Backends for haproxy, from tags"
    [ "$(cat web.cfg)" = "backend web
    server web1 127.0.0.1:8080 check
    server web2 127.0.0.1:8081 check
    server web3 127.0.0.1:8082 check" ]
    [ "$(cat "$OUT/systemctl.args")" = 'reload haproxy' ]

    end_node web2 KILL
    wait_sees db1 node.web2=dead 20
    paste 0 "Backends for haproxy, from tags"
    [ "$(grep -c server web.cfg)" = 2 ]
    run ! grep -q web2 web.cfg

    leave web1
    leave web3
    wait_sees db1 node.web1=left,node.web3=left
    rm "$OUT/systemctl.args"
    paste 1 "Backends for haproxy, from tags"
    [ "$(grep -c server web.cfg)" = 2 ]
    not_called systemctl
    SWIM_CONNECT=$(addr_of web2)
    paste 3 "Backends for haproxy, from tags"
    [ "$(grep -c server web.cfg)" = 2 ]
    not_called systemctl
}

@test "Backends for haproxy: IPv6, and a configuration that haproxy refuses" {
    haproxy_folder
    stand_in systemctl
    HOST='[::1]'
    start_node web1 -T role=web -T port=8080
    at web1
    paste 0 "Backends for haproxy, from tags"
    grep -qx '    server web1 \[::1\]:8080 check' web.cfg
    rm "$OUT/systemctl.args"
    echo 'no such word' >>haproxy.cfg
    paste 1 "Backends for haproxy, from tags"
    not_called systemctl
}

@test "An alert in a chat: who died and who came back, once each" {
    start_cluster a b
    at a
    stand_in curl
    export CHAT_HOOK=https://chat.example/hook
    start_recipe chat "An alert in a chat"
    wait_line chat sync
    not_called curl
    local said='-fsS --data-urlencode text=b: member-'
    end_node b KILL
    wait_until 20 "the death to be told" was_called curl "${said}dead $CHAT_HOOK"
    start_node b -J a
    wait_until 20 "the return to be told" was_called curl "${said}alive $CHAT_HOOK"
    end_node chat TERM
    [ "$(wc -l <"$OUT/curl.args")" = "$(count_lines chat ' member-(dead|alive) ')" ]
}

@test "Who flaps: the suspicions so far, by member" {
    start_cluster a b c
    local n
    for n in 1 2; do
        kill -STOP "${PID[b]}"
        wait_lines a 'member-suspect node=b' $n
        kill -CONT "${PID[b]}"
        wait_lines a 'member-alive node=b' $n
    done
    at a
    paste 0 "Who flaps"
    grep -qxE ' *[2-9] b' <<<"$output"
    diff <(grep -oE ' member-suspect .*' "$OUT/a.out" | grep -oE 'node=[^ ]+' | cut -d= -f2 |
        sort | uniq -c | sort -rn) - <<<"$output"
}

@test "Why is it dead: the evidence, and nothing when nobody is" {
    start_cluster a b
    at a
    paste 0 "Why is it dead"
    [ -z "$output" ]
    end_node b KILL
    wait_sees a node.b=dead 20
    paste 0 "Why is it dead"
    assert_output_has '^b is dead, '
}

@test "Certificates about to expire: the one that is, not one that is not known" {
    make_ids member c
    swim-keys issue --ca "$CA" -o "$IDS" --days 5 a >/dev/null
    local silent=(--profile wan --probe-interval 1h --gossip-interval 1h)
    start_node a "${silent[@]}"
    start_node b -J a "${silent[@]}"
    wait_line a 'member-join node=b'
    kill -STOP "${PID[b]}" # c hears of it from a, and no more
    start_node c -J a "${silent[@]}"
    wait_line c 'joined peer=a'
    [ "$(stat c -H -n b -o state,cert_days | xargs)" = "alive -" ]
    at c
    paste 0 "Certificates about to expire"
    [[ $output =~ ^[45]\ +a$ ]]
}

@test "Do all agree: one line with all of them, another when the cluster is another" {
    start_cluster a b c
    at a
    wait_until 10 "one view" agrees 3
    local before=$output
    leave c
    wait_sees a node.c=left
    wait_sees b node.c=left
    wait_until 10 "one view" agrees 2
    [ "${output##* }" != "${before##* }" ]
}

agrees() { # N: the recipe has one line that counts so many
    run bash -c "$(recipe "Do all agree")"
    [[ $status = 0 && $output =~ ^\ *$1\ [0-9a-f]{8,}$ ]]
}

@test "Where views differ: all agree, then one that is not the same to all" {
    local silent=(--profile wan --probe-interval 1h --gossip-interval 1h)
    start_node a "${silent[@]}"
    start_node b -J a "${silent[@]}"
    at b
    wait_line b 'joined peer=a'
    paste 0 "Where views differ"
    [ "$output" = 'all agree' ]
    start_node c -J b "${silent[@]}"
    wait_line a 'member-join node=c'
    end_node c KILL
    start_node c -J b "${silent[@]}"
    wait_line b 'member-alive node=c'
    paste 1 "Where views differ"
    assert_output_has '^[^ ]+ diff node=c what=inc seen_by=b '
    run ! grep -q 'all agree' <<<"$output"
}

@test "Who can't be reached from here: nobody, then the dead one" {
    start_cluster a b c
    at a
    paste 0 "Who can't be reached from here"
    [ -z "$output" ]
    end_node c KILL
    paste 1 "Who can't be reached from here"
    [ "$output" = c ]
}

@test "How many of each role" {
    start_roles a=web b=web c=db
    start_node d -J a
    wait_alive a 4
    at a
    paste 0 "How many of each role"
    [ "$(xargs <<<"$output")" = "1 db 1 none 2 web" ]
}

@test "What is where, for programs: one object" {
    start_roles a=web b=db
    at a
    paste 0 "What is where, for programs"
    [ "$(jq -r '.b | .addr + " " + .role' <<<"$output")" = "$(addr_of b) db" ]
    jq -e 'keys == ["a", "b"]' <<<"$output"
}

@test "A command on all hosts of a role: on each of them, and no other" {
    start_roles db1=db web1=web web2=web
    at db1
    stand_in ssh
    paste 0 "A command on all hosts of a role"
    [ "$(sort "$OUT/ssh.args")" = $'web1 uptime\nweb2 uptime' ]
    end_node web1 KILL
    wait_sees db1 node.web1=dead 20
    rm "$OUT/ssh.args"
    paste 0 "A command on all hosts of a role"
    [ "$(cat "$OUT/ssh.args")" = 'web2 uptime' ]
}

@test "A journal of the cluster: line by line, also over a restart of the node asked" {
    own_host
    start_node a
    at a
    # Ends at the line it waits for; the watcher then has no reader and ends too.
    stand_in logger
    printf '#!/bin/sh\necho "$*" >%q\nexec sed -u "/ member-join .*node=c /q" >%q\n' \
        "$OUT/logger.args" "$OUT/logger.input" >"$OUT/bin/logger"
    start_recipe journal "A journal of the cluster"
    wait_until 10 "the journal to begin" grep -q ' sync ' "$OUT/logger.input"
    local port=${SWIM_CONNECT##*:}
    start_node b -J a
    wait_until 10 "b in the journal" grep -q ' member-join .*node=b ' "$OUT/logger.input"
    end_node a KILL
    start_node a -b "$HOST:$port" -J b
    wait_until 20 "the gap in the journal" grep -q ' gap .*reason=instance' "$OUT/logger.input"
    start_node c -J a
    end_itself journal 0
    [ "$(cat "$OUT/logger.args")" = '-t swim' ]
}
