#!/usr/bin/env bash
# F# Interactive of .NET SDK 10.0.4xx asks for the garbage collector of servers (System.GC.Server in its fsi.runtimeconfig.json), where
# a console program has that of workstations: a heap and a collecting thread a core, which a script of seconds pays for in memory, the
# more the more cores there are. Nothing that a script can say changes it; DOTNET_gcServer=0 in the environment does.
#
# Seen (two cores; processor seconds and largest resident size of the whole command, the median of five):
#     by default: servers', 2.8 s, 241 MiB
#     DOTNET_gcServer=0: workstations', 3.0 s, 194 MiB
#
# Exit code 0: servers' by default, workstations' with the variable, and the default takes more memory. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
unset DOTNET_gcServer

cat > script.fsx <<'FILE'
let mutable kept = [||]

for i in 1..20000 do
    kept <- Array.init 10000 (fun j -> float (i + j))

printfn "%s" (if System.Runtime.GCSettings.IsServerGC then "servers'" else "workstations'")
FILE

cat > measure.py <<'FILE'
import os, resource, statistics, subprocess, sys

def once(variables):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pid = os.posix_spawnp("dotnet", ["dotnet", "fsi", "script.fsx"], {**os.environ, **variables},
                          file_actions=[(os.POSIX_SPAWN_OPEN, 1, "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)])
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    return open("out").read().strip(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

def figures(variables):
    kinds, seconds, sizes = zip(*[once(variables) for _ in range(5)])
    return kinds[0], statistics.median(seconds), statistics.median(sizes)

default, other = figures({}), figures({"DOTNET_gcServer": "0"})
for name, (kind, seconds, size) in [("by default", default), ("DOTNET_gcServer=0", other)]:
    print(f"{name}: {kind}, {seconds:.1f} s, {size:.0f} MiB")
sys.exit(0 if default[0] == "servers'" and other[0] == "workstations'" and default[2] > other[2] else 1)
FILE

echo "fsi of SDK $(dotnet --version), $(nproc) processors"
python3 measure.py
