# Makes a bash completion of what a program says of itself: `PROGRAM --help | awk -f bash.awk`.
# --help is written from the program's table of options, so this knows all of them, and only them.
# It ends with 1 if there is no option in what it reads.

BEGIN {
    column = 30 # where --help begins its explanations
    quote = "'"
}

# "Usage: swim-stat [OPTION]... [members|pool|health|rtt|info]"
/^Usage: / {
    program = $2
    for (i = 4; i <= NF; i++)
        operands = operands (i > 4 ? " " : "") $i
}

/^  (-.,|   ) --/ {
    beside = length($0) > column && substr($0, column, 1) == " "
    explanation = beside ? substr($0, column + 1) : ""
    option(beside ? substr($0, 1, column) : $0)
    next
}

# The explanation of an option whose name is too long stands below it, and may have the choices.
/^          / && option_count > 0 && explanation == "" {
    explanation = substr($0, column + 1)
    if (actions[option_count] != "")
        actions[option_count] = action(argument, explanation)
}

# Takes "  -k, --identity DIR" apart.
function option(text,    words, count, i) {
    count = split(text, words, " ")
    pattern = argument = ""
    for (i = 1; i <= count; i++) {
        if (words[i] ~ /^-/) {
            sub(/,$/, "", words[i])
            if (words[i] ~ /\[=/) {
                argument = words[i]
                sub(/^[^=]*=/, "", argument)
                sub(/\]$/, "", argument)
                sub(/\[=.*/, "", words[i])
                optional = 1
            } else {
                optional = 0
            }
            names = names (names == "" ? "" : " ") words[i]
            pattern = pattern (pattern == "" ? "" : " | ") words[i]
        } else if (argument == "") {
            argument = words[i]
        }
    }
    option_count++
    patterns[option_count] = pattern
    actions[option_count] = argument == "" || optional ? "" : action(argument, explanation)
}

function is_choice(text) {
    return text ~ /^[a-z0-9-]+(\|[a-z0-9-]+)+$/
}

function words_of(choices) {
    gsub(/\|/, " ", choices)
    return "mapfile -t COMPREPLY < <(compgen -W " quote choices quote " -- \"$cur\")"
}

# Words that commas may stand between: the last one is completed.
function list_of(choices) {
    gsub(/\|/, " ", choices)
    return "local last=${cur##*,}\n" \
        "        mapfile -t COMPREPLY < <(compgen -P \"${cur%\"$last\"}\" -W " \
        quote choices quote " -- \"$last\")"
}

# What completes an argument of that name; of a choice the explanation ends with "…: a|b|c [a]".
function action(argument, explanation,    choices) {
    choices = explanation
    sub(/ \([A-Z_]+\)$/, "", choices)
    sub(/ \[[^]]*\]$/, "", choices)
    sub(/^.*: /, "", choices)
    if (is_choice(choices))
        return words_of(choices)
    if (is_choice(argument))
        return words_of(argument)
    if (argument ~ /^(ID|CA)?DIR$|^OUT$/)
        return "_filedir -d"
    if (argument ~ /^(FILE|WHERE)$/)
        return "_filedir"
    if (argument == "CMD")
        return "mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")"
    if (argument ~ /^(ADDR|PEER|TARGET)/)
        return "mapfile -t COMPREPLY < <(compgen -A hostname -- \"$cur\")"
    if (argument ~ /^STATE,/)
        return list_of("alive|suspect|dead|left")
    return ":" # a number, a time, a name: nothing can be suggested
}

# "[a|b|c]" are words in the first place; files may stand behind them where the usage has "...".
function operand_action(    list, first, rest) {
    split(operands, list, " ")
    first = list[1]
    gsub(/^\[|\]$|\.\.\.$/, "", first)
    if (!is_choice(first))
        return action(first, "")
    rest = index(operands, "...") > 0 ? "\n    ((operand == 0)) || _filedir" : ""
    return "((operand > 0)) || " words_of(first) rest
}

END {
    if (option_count == 0 || program == "")
        exit 1
    symbol = program
    gsub(/-/, "_", symbol)
    print "# bash completion of " program ", made of its --help."
    print "_" symbol "() {"
    print "    local cur prev words cword split=false"
    print "    _init_completion -s || return"
    print "    case $prev in"
    for (i = 1; i <= option_count; i++) {
        if (actions[i] == "")
            continue
        with_argument = with_argument (with_argument == "" ? "" : " | ") patterns[i]
        if (actions[i] == ":") {
            unknown = unknown (unknown == "" ? "" : " | ") patterns[i]
            continue
        }
        print "    " patterns[i] ")"
        print "        " actions[i]
        print "        return"
        print "        ;;"
    }
    if (unknown != "")
        print "    " unknown ") return ;;"
    print "    esac"
    print "    $split && return"
    print "    if [[ $cur == -* ]]; then"
    print "        mapfile -t COMPREPLY < <(compgen -W " quote names quote " -- \"$cur\")"
    print "        return"
    print "    fi"
    if (operands != "") {
        print "    # How many operands stand before the cursor."
        print "    local i operand=0"
        print "    for ((i = 1; i < cword; i++)); do"
        print "        case ${words[i]} in"
        if (with_argument != "")
            print "        " with_argument ") ((++i)) ;;"
        print "        -*) ;;"
        print "        *) ((++operand)) ;;"
        print "        esac"
        print "    done"
        print "    " operand_action()
    }
    print "} &&"
    print "    complete -F _" symbol " " program
}
