#!/usr/bin/env bash
# .NET SDK 10.0.401: `dotnet fsi SCRIPT` is two processes, the command and, as its child, the one that runs the script. A signal to the
# command alone (what `kill $!`, a supervisor or a killer of processes that use too much memory sends) reaches the script only where it is
# SIGTERM. Of SIGHUP and SIGKILL the command dies and the script works on as an orphan; SIGINT does nothing at all.
# And a handler of SIGHUP (PosixSignalRegistration) is not called under `nohup`: .NET leaves a signal ignored that was ignored when it
# started, and says nothing.
#
# Seen (the command, the script, the script's handlers that were called):
#     INT to the command:          command there, script there, called:
#     TERM to the command:         command there, script there, called: SIGTERM
#     HUP to the command:          command gone, script there, called:
#     KILL to the command:         command gone, script there, called:
#     HUP to both:                 command gone, script there, called: SIGHUP
#     HUP to both, under nohup:    command there, script there, called:
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# Writes its process id, then each signal that it is told of, and waits.
cat > script.fsx <<'FILE'
open System.IO
open System.Runtime.InteropServices
let registered =
    [ for signal in [ PosixSignal.SIGINT; PosixSignal.SIGTERM; PosixSignal.SIGHUP ] ->
          PosixSignalRegistration.Create(signal, fun context ->
              context.Cancel <- true
              File.AppendAllText("called", $" {context.Signal}")) ]
File.WriteAllText("id.part", string System.Environment.ProcessId)
File.Move("id.part", "id")
System.Threading.Thread.Sleep 60000
FILE

is_there() { if kill -0 "$1" 2>/dev/null && ! grep -q '^State:\s*Z' "/proc/$1/status"; then echo there; else echo gone; fi; }

# try WHAT SIGNAL command|both [nohup]
try() {
    rm -f id called
    : > called
    # A group of its own, as a terminal gives a command, and SIGINT as that has it: what a shell puts into the background ignores it.
    setsid env --default-signal=INT ${4:-} dotnet fsi script.fsx > /dev/null 2>&1 < /dev/null &
    local command=$! script
    until [ -s id ]; do sleep 0.2; done
    script=$(cat id)
    if [ "$3" = both ]; then kill "-$2" -- "-$command"; else kill "-$2" "$command"; fi
    sleep 3
    printf '%-29scommand %s, script %s, called:%s\n' "$1:" "$(is_there "$command")" "$(is_there "$script")" "$(cat called)" | tee -a seen
    kill -KILL "$script" "$command" 2>/dev/null || true
    wait "$command" 2>/dev/null || true
}

echo "fsi of SDK $(dotnet --version)"
try "INT to the command" INT command
try "TERM to the command" TERM command
try "HUP to the command" HUP command
try "KILL to the command" KILL command
try "HUP to both" HUP both
try "HUP to both, under nohup" HUP both nohup

diff seen - <<'SEEN'
INT to the command:          command there, script there, called:
TERM to the command:         command there, script there, called: SIGTERM
HUP to the command:          command gone, script there, called:
KILL to the command:         command gone, script there, called:
HUP to both:                 command gone, script there, called: SIGHUP
HUP to both, under nohup:    command there, script there, called:
SEEN
