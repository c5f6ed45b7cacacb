# Completion in bash: what is made of each --help, by Debian's own bash-completion.

bats_require_minimum_version 1.5.0

setup() {
    PATH=${SWIM_BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH
    cd "$BATS_TEST_TMPDIR" || return 1
    local program
    mkdir -p user/completions
    for program in $(programs); do
        "$program" --help | awk -f "$BATS_TEST_DIRNAME/../share/completion/bash.awk" \
            >"user/completions/$program"
    done
}

programs() {
    local folder
    for folder in "$BATS_TEST_DIRNAME"/../cmd/swim-*/; do basename "$folder"; done
}

# suggest LINE: what a tab at the end of this line would offer, sorted. bash-completion finds the
# file by the name of the program, as it does for a user.
suggest() {
    BASH_COMPLETION_USER_DIR=$PWD/user bash --norc --noprofile -s -- "$1" <<'END'
        source /usr/share/bash-completion/bash_completion
        line=$1 rest=$1 COMP_WORDS=()
        COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
        while [ -n "$rest" ]; do # split as readline does
            case $rest in
            ' '*) rest=${rest# } ;;
            =*) COMP_WORDS+=(=) rest=${rest#=} ;;
            *) word=${rest%%[ =]*} COMP_WORDS+=("$word") rest=${rest#"$word"} ;;
            esac
        done
        case $line in *' ' | *=) COMP_WORDS+=("") ;; esac
        COMP_LINE=$line COMP_POINT=${#line} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMP_TYPE=9 COMP_KEY=9 program=${COMP_WORDS[0]}
        loader=$(complete -p -D | sed 's/.*-F \([^ ]*\).*/\1/')
        "$loader" "$program" >/dev/null 2>&1
        function=$(complete -p "$program" | sed 's/.*-F \([^ ]*\).*/\1/') || exit
        "$function" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        [ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort
END
}

# suggests LINE WORD..: these and no others.
suggests() {
    local line=$1 want got
    shift
    want=$([ $# = 0 ] || printf '%s\n' "$@" | sort)
    got=$(suggest "$line")
    [ "$got" = "$want" ] || {
        printf "'%s' offers: %s\nnot: %s\n" "$line" "${got//$'\n'/ }" "${want//$'\n'/ }" >&2
        return 1
    }
}

@test "every program completes each of its options, and no other" {
    local program count=0
    for program in $(programs); do
        "$program" --help | sed -n '/^Options:/,/^$/p' | grep -oE '^  (-., |    )--[a-z0-9-]+' |
            grep -oE -e '-[-a-zA-Z0-9]+' | sort >want
        suggest "$program -" >got
        diff want got
        count=$((count + $(wc -l <got)))
    done
    [ "$count" -ge 100 ]
}

@test "a beginning is completed, and what is no beginning is not" {
    suggests "swim-node --prof" --profile
    suggests "swim-ping --max-" --max-per-peer --max-total
    suggests "swim-ping --no-such"
}

@test "choices are completed, behind a space and behind an equals sign" {
    suggests "swim-node --profile " local lan wan
    suggests "swim-node --profile l" local lan
    suggests "swim-node --profile=l" local lan
    suggests "swim-ping --color a" auto always
    suggests "swim-keys issue -r m" member monitor
    suggests "swim-leave --format=" line json
    suggests "swim-node --on-term " leave stop
    local choices
    choices=$(swim-stat --help | sed -n 's/^ *--format .*: \([a-z|]*\) \[.*/\1/p')
    # shellcheck disable=SC2086 # words
    suggests "swim-stat --format " ${choices//|/ }
}

@test "the last of several states is completed behind its comma" {
    suggests "swim-stat -s " alive suspect dead left
    suggests "swim-stat -s suspect,d" suspect,dead
    suggests "swim-stat --status=alive,suspect,l" alive,suspect,left
}

@test "every choice that --help tells of is completed" {
    local program option choices count=0
    while read -r program option choices; do
        # shellcheck disable=SC2086 # words
        suggests "$program $option " ${choices//|/ }
        count=$((count + 1))
    done < <(for program in $(programs); do
        "$program" --help | sed -nE \
            "s/^  (-., |    )(--[a-z-]+) .*[: ] ([a-z]+(\|[a-z]+)+)( .*)?$/$program \2 \3/p"
    done)
    [ "$count" -ge 12 ]
}

@test "subcommands are completed in their place, and told apart from arguments" {
    local words
    words=$(swim-stat --help | sed -n '1s/.*\[\([a-z|]*\)\]$/\1/p')
    [[ $words == *"members|pool"* ]]
    # shellcheck disable=SC2086 # words
    suggests "swim-stat " ${words//|/ }
    suggests "swim-stat -k dir p" pool
    suggests "swim-stat --connect=a:1 -j p" pool
    suggests "swim-stat pool p"
    suggests "swim-stat -t p"
    suggests "swim-keys v" verify
    # The verbs that the program itself knows.
    run -2 swim-keys
    [[ $output =~ the\ verbs\ are\ ([a-z, ]+) ]]
    # shellcheck disable=SC2086 # words
    suggests "swim-keys " ${BASH_REMATCH[1]//,/ }
}

@test "directories and files are completed where they are wanted" {
    mkdir ids ids/web1 ca
    touch list targets.txt
    suggests "swim-stat -k " ca ids user
    suggests "swim-stat --identity=i" ids
    suggests "swim-keys issue --ca c" ca
    suggests "swim-keys renew ids/" ids/web1
    suggests "swim-ping -f l" list
    suggests "swim-node --events ta" targets.txt
}

@test "where nothing can be known nothing is offered, files least of all" {
    touch afile
    suggests "swim-ping -c "
    suggests "swim-stat --wait "
    suggests "swim-node -J no.such.host.any"
    suggests "swim-watch "
}

@test "a help without options makes no completion" {
    run -1 awk -f "$BATS_TEST_DIRNAME/../share/completion/bash.awk" <<<"Usage: nothing"
    [ -z "$output" ]
}
