# Holds every #include of lib/ and cmd/ against lib/LAYERS, transitively: whatever a file reaches
# through headers must be in its own folder or in one that its line names. The longest entry that
# is a prefix of a file's path is its own. Called from the root: awk -f layers.awk lib/LAYERS FILE..
# Prints a line for each breach, and says at the end how many files and includes it has seen.

# The path as LAYERS names it: without lib/ and without the suffix.
function plain(file) {
    sub(/^lib\//, "", file)
    sub(/\.[ch]$/, "", file)
    return file
}

function under(path, entry) {
    return path == entry || index(path, entry "/") == 1
}

# The longest entry of LAYERS that the path stands under.
function owner(path, entry, best) {
    best = ""
    for (entry in allowed)
        if (under(path, entry) && length(entry) > length(best))
            best = entry
    return best
}

function may(entry, path, n, i, names) {
    if (under(path, entry))
        return 1
    n = split(allowed[entry], names, " ")
    for (i = 1; i <= n; i++)
        if (under(path, names[i]))
            return 1
    return 0
}

# Walks all that `file` reaches; `chain` is the way there, for the message.
function walk(file, entry, start, chain, n, i, list, next_file) {
    n = split(includes[file], list, " ")
    for (i = 1; i <= n; i++) {
        next_file = list[i]
        if (seen[start, next_file]++)
            continue
        if (!may(entry, plain(next_file)))
            print start " (" entry ") reaches " next_file " by" chain " " file
        walk(next_file, entry, start, chain " " file)
    }
}

FILENAME == ARGV[1] {
    if ($0 ~ /^#/ || $0 !~ /:/)
        next
    key = $1
    sub(/:$/, "", key)
    rest = $0
    sub(/^[^:]*:/, "", rest)
    allowed[key] = rest
    next
}

FNR == 1 {
    files[++count] = FILENAME
    known[FILENAME] = 1
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    name = $0
    sub(/^[^"]*"/, "", name)
    sub(/".*$/, "", name)
    wanted[FILENAME] = wanted[FILENAME] " " name
}

END {
    for (i = 1; i <= count; i++) {
        file = files[i]
        folder = file
        sub(/[^\/]*$/, "", folder)
        n = split(wanted[file], names, " ")
        for (j = 1; j <= n; j++) {
            if (known["lib/" names[j]]) found = "lib/" names[j]
            else if (known[names[j]]) found = names[j]
            else if (known[folder names[j]]) found = folder names[j]
            else {
                print file " includes " names[j] ", which is no file of lib or cmd"
                continue
            }
            includes[file] = includes[file] " " found
            total++
        }
    }
    for (i = 1; i <= count; i++) {
        entry = owner(plain(files[i]))
        if (entry == "")
            print files[i] " stands under no line of LAYERS"
        else
            walk(files[i], entry, files[i], "")
    }
    print count + 0 " files, " total + 0 " includes" > "/dev/stderr"
}
