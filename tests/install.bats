# `make install` and `make uninstall`: programs, pages, completion and documents below a prefix.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/.." || return 1
    build=$(dirname "${SWIM_BIN:-$PWD/build/bin}")
    dest="$BATS_TEST_TMPDIR/a root"
    root=$dest/opt/swim
    unset MAKEFLAGS MFLAGS MAKELEVEL MANPATH
}

make_target() {
    make -s --no-print-directory BUILD="$build" DESTDIR="$dest" PREFIX=/opt/swim "$@"
}

files() {
    find "$dest" ! -type d | sort
}

@test "what is installed runs, has its pages, and can be removed without a trace" {
    local program page section
    make_target install
    [ "$(find "$dest" -mindepth 1 -maxdepth 1)" = "$dest/opt" ] # nothing beside the prefix
    for program in cmd/swim-*/; do
        program=$(basename "$program")
        run -0 --separate-stderr "$root/bin/$program" --version
        [[ $output == "$program "* ]]
        bash -n "$root/share/bash-completion/completions/$program"
    done
    for page in man/*.[1-8]; do
        section=${page##*.} page=$(basename "${page%.*}")
        run -0 man -M "$root/share/man" -w "$section" "$page"
        [ "$output" = "$root/share/man/man$section/$page.$section" ]
    done
    MANWIDTH=80 run -0 man -M "$root/share/man" 1 swim-ping
    [[ $output == *"--max-per-peer"* ]]
    [ -s "$root/share/doc/swim/README.md" ]
    [ -s "$root/share/doc/swim/KNOWN_LIMITATIONS.md" ]
    [ -x "$root/share/doc/swim/examples/demo.sh" ]
    # Nothing that others can't read or only the owner could run.
    [ -z "$(find "$dest" ! -perm -a+r)" ]
    make_target uninstall
    [ -z "$(files)" ] || {
        files >&2
        return 1
    }
    [ ! -e "$root/share/doc/swim" ]
}

@test "installing again replaces, and removing leaves alone what is not ours" {
    make_target install
    echo old >"$root/share/doc/swim/README.md"
    echo mine >"$root/share/doc/swim/notes"
    echo other >"$root/bin/other"
    make_target install
    cmp README.md "$root/share/doc/swim/README.md"
    make_target uninstall
    [ "$(files)" = "$root/bin/other
$root/share/doc/swim/notes" ]
    make_target uninstall # nothing is there any more, and that is no error
}

@test "an unknown action of the script is exit code 2" {
    run -2 share/install.sh remove "$build" "$dest" /opt/swim
    run -2 share/install.sh install
    [ ! -e "$dest" ]
}
