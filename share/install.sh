#!/bin/sh
# What `make install` and `make uninstall` do: one list of what goes where.
#
#   share/install.sh install|uninstall BUILD DESTDIR PREFIX
#
# Everything goes below DESTDIR and PREFIX: bin, share/man, share/doc/swim,
# share/bash-completion. Uninstalling removes the files that this source would install, and
# the directories that are this project's alone.
set -eu
cd "$(dirname "$0")/.."

[ $# = 4 ] || {
    echo "usage: share/install.sh install|uninstall BUILD DESTDIR PREFIX" >&2
    exit 2
}
what=$1
build=$2
root=$3$4

# Lines of MODE SOURCE TARGET, the target below the prefix.
list() {
    for program in cmd/swim-*/; do
        program=$(basename "$program")
        echo "755 $build/bin/$program bin/$program"
        echo "644 $build/completion/$program share/bash-completion/completions/$program"
    done
    for page in man/*.[1-8]; do
        echo "644 $page share/man/man${page##*.}/$(basename "$page")"
    done
    for document in README.md LICENSE share/doc/*.md; do
        echo "644 $document share/doc/swim/$(basename "$document")"
    done
    for example in share/examples/*; do
        mode=644
        [ ! -x "$example" ] || mode=755
        echo "$mode $example share/doc/swim/examples/$(basename "$example")"
    done
}

case $what in
install)
    list | while read -r mode source target; do
        install -D -m "$mode" "$source" "$root/$target"
    done
    echo "installed below $root"
    ;;
uninstall)
    list | while read -r mode source target; do
        rm -f "$root/$target"
    done
    for directory in share/doc/swim/examples share/doc/swim; do
        [ ! -d "$root/$directory" ] || rmdir --ignore-fail-on-non-empty "$root/$directory"
    done
    echo "removed from $root"
    ;;
*)
    echo "install.sh: no such action: $what" >&2
    exit 2
    ;;
esac
