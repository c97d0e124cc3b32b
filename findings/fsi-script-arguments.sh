#!/usr/bin/env bash
# dotnet fsi of .NET SDK 10.0.401 (F# 15.2.401.0): not every word behind a script's name reaches the script as it was written.
#
# Seen, of `dotnet fsi words.fsx WORDS` and of `dotnet fsi -- words.fsx WORDS`, what fsi.CommandLineArgs has after the script's name:
#     WORDS              without --                                        with -- before the script
#     a -- b -- c        a b -- c (the first -- is gone)                   a -- b -- c
#     a -r b             a -r:b (two words have become one)                a -r:b
#     a -I b             a -I:b                                            a -I:b
#     a -d b             a -d:b                                            a -d:b
#     a -o b             a -o b                                            a -o b
#     a @list            the lines of the file `list`, a word each         a @list
#     a --help           none: F# Interactive's own help, and no script    a --help
#
# So a script that takes short options is not told whether -r, -I and -d had a value of their own, whatever stands before its name; one
# that hands words on to another program after a bare -- gets it only where another -- stands before the script.
#
# Exit code 0: as above. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

cat > words.fsx <<'SCRIPT'
printfn "%s" (String.concat "|" fsi.CommandLineArgs[1..])
SCRIPT
printf 'first\nsecond third\n' > list

echo ".NET SDK $(dotnet --version)"
changed=0

# What the script prints, or the first word of fsi's own help.
expect() {
    local expected=$1 seen
    shift
    seen=$(dotnet fsi "$@" | head -n 1)
    case $seen in Microsoft*) seen="fsi's help" ;; esac
    echo "dotnet fsi $*: $seen"
    [ "$seen" = "$expected" ] || { echo "    expected: $expected" && changed=1; }
}

expect "a|b|--|c" words.fsx a -- b -- c
expect "a|--|b|--|c" -- words.fsx a -- b -- c

for option in -r -I -d; do
    expect "a|$option:b" words.fsx a $option b
    expect "a|$option:b" -- words.fsx a $option b
done

expect "a|-o|b" words.fsx a -o b
expect "a|first|second third" words.fsx a @list
expect "a|@list" -- words.fsx a @list
expect "fsi's help" words.fsx a --help
expect "a|--help" -- words.fsx a --help
exit $changed
