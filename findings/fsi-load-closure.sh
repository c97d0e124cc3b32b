#!/usr/bin/env bash
# F# Interactive of .NET SDK 10.0.4xx: all files behind one #load are one interaction. Before the first of them runs, fsi loads the
# assemblies of the types that any of them uses. So a file that chooses an assembly at run time (Assembly.LoadFrom of another build of
# the same name) must be loaded by a #load of its own that stands before: beside a file that names its types it comes too late, though
# its lines stand first.
#
# Seen (is Argu loaded while first.fsx runs?):
#     one #load of both files: loaded
#     a #load each: not loaded yet
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > packages.fsx <<'FILE'
#r "nuget: Argu, 6.1.1"
FILE
cat > first.fsx <<'FILE'
let isLoaded = System.AppDomain.CurrentDomain.GetAssemblies() |> Array.exists (fun a -> a.GetName().Name = "Argu")
printfn "%s" (if isLoaded then "loaded" else "not loaded yet")
FILE
cat > second.fsx <<'FILE'
type Option =
    | Size of int
    interface Argu.IArgParserTemplate with
        member _.Usage = "a number"
FILE
cat > both.fsx <<'FILE'
#load "packages.fsx"
#load "first.fsx"
#load "second.fsx"
FILE
printf '#load "both.fsx"\n()\n' > together.fsx
printf '#load "packages.fsx"\n#load "first.fsx"\n#load "second.fsx"\n()\n' > apart.fsx

together=$(dotnet fsi together.fsx | tail -n 1)
apart=$(dotnet fsi apart.fsx | tail -n 1)
echo "fsi of SDK $(dotnet --version)"
echo "one #load of both files: $together"
echo "a #load each: $apart"
[ "$together" = "loaded" ] && [ "$apart" = "not loaded yet" ]
