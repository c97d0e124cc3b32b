#!/usr/bin/env bash
# Sweeps on a real Slurm of one node, which it starts and ends itself: tests/slurm/run.sh, as root, with slurm-wlm and munge installed.
# Every metrics.csv must have the bytes of the local sweep's, whatever happens to the tasks in between.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/slurm/cluster.sh
repository=$PWD
place=$(mktemp -d)
started=()
failures=0

finish() {
    [ ${#started[@]} -eq 0 ] || kill -TERM "${started[@]}" 2>/dev/null
    wait
    cluster_stop
    rm -rf "$place"
}
trap finish EXIT
cluster_array_size=3 cluster_start || exit 1
cd "$place"

expect() {
    local what=$1
    shift
    if "$@"; then echo "  ok: $what"; else
        echo "  FAILED: $what" >&2
        failures=$((failures + 1))
    fi
}

sweep() { dotnet fsi -- "$repository/scripts/sweep.fsx" --script vae --data glyphs "$@"; }
again() { dotnet fsi -- "$repository/scripts/sweep.fsx" "$@"; }

# Both folders have this many points, with the same bytes.
same() {
    local path count=0
    for path in "$1"/*/metrics.csv; do
        cmp "$path" "$2/${path#"$1"/}" || return 1
        count=$((count + 1))
    done
    [ "$count" -eq "$3" ]
}

within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

epochs() { [ -f "$1/metrics.csv" ] && [ "$(wc -l <"$1/metrics.csv")" -gt "$2" ]; }
says() { grep -q -- "$1" "$2"; }
# The exit code of a refused sweep, which leaves one line and no folder.
refused() { [ "$1" -eq 2 ] && [ "$(wc -l <"$2")" -eq 1 ] && says "^error: $3" "$2" && [ ! -e "$4" ]; }

echo "== bad input"
code=0
sweep --vary latent 2 --out refused --on slurm --partition nowhere >out 2>err || code=$?
expect "a partition that is not there" refused $code err ".*nowhere" refused
mkdir bin
ln -s "$(command -v dotnet)" bin/dotnet
code=0
PATH=$place/bin sweep --vary latent 2 --out refused --on slurm >out 2>err || code=$?
expect "no sbatch" refused $code err ".*no sbatch on the PATH" refused

echo "== stopped by the time limit, killed, and put back into the queue"
# A minute each, of which 20 seconds are for saving; whoever waits puts the points back.
long=(--vary latent 2 8 --limit 100 --epochs 100)
sweep "${long[@]}" --out long --on slurm --time 1 -- --signal=B:TERM@20 >long.out 2>&1 &
long_sweep=$!
started+=("$long_sweep")
# Both processes of a point: the one that dotnet fsi starts, and itself.
processes() { pgrep -f -- "$place/long/latent-$1 *$"; }
expect "a point trains" within 90 epochs long/latent-8 3
job=$(squeue -h -o %F | head -n 1)
expect "it is put back" scontrol requeue "${job}_1"
expect "the other one trains" within 90 epochs long/latent-2 3
kill -KILL $(processes 2)
within 60 eval "scontrol -o show job ${job}_1 | grep -q JobState=PENDING"
reached=$(wc -l <long/latent-8/metrics.csv)
scontrol update "JobId=${job}_1" StartTime=now
expect "the first goes on" within 120 epochs long/latent-8 "$reached"
# It is held until its time is over, however fast the machine is.
held=$(processes 8)
kill -STOP $held
(sleep 35 && kill -CONT $held) &

echo "== a small sweep, here and on the cluster"
small=(--vary kl-weight 0.5 2 --vary latent 2 8 --limit 100 --epochs 2)
sweep "${small[@]}" --out here --jobs 2 --quiet >here.out 2>&1
expect "it ends well here" [ $? -eq 0 ]
strange="it's 100 %A of \$it"
sweep "${small[@]}" --out "$strange" --on slurm --max-running 2 >there.out 2>&1
expect "it ends well there" [ $? -eq 0 ]
expect "the same bytes in every metrics.csv" same here "$strange" 4
expect "and in that of the sweep" cmp here/metrics.csv "$strange/metrics.csv"
expect "an array of more points than one may have is two" test -f "$strange/slurm/array-2.sh"

echo "== left alone, and looked after later"
sweep --vary kl-weight 0.5 --vary latent 2 8 --limit 100 --epochs 2 --out left --on slurm --max-running 2 --detach >left.out 2>&1
expect "it ends at once" [ $? -eq 0 ]
expect "it says how to look again" says "^to look after the points: .* --resume left$" left.out
expect "its points are not done" [ ! -f left/report.html ]
again --resume left >again.out 2>&1
expect "it goes on" [ $? -eq 0 ]
expect "nothing was submitted twice" [ ! -f left/slurm/array-2.sh ]
expect "the same bytes in every metrics.csv" same left here 2

echo "== cancelled"
set -m # a group of its own, as on a terminal
sweep --vary latent 2 8 --limit 100 --epochs 100000 --out stopped --on slurm --max-running 1 >stopped.out 2>&1 &
stopped=$!
set +m
started+=("$stopped")
expect "a point trains" within 90 epochs stopped/latent-2 2
kill -INT -- "-$stopped"
code=0
wait "$stopped" || code=$?
expect "the code of a sweep that was interrupted" [ $code -eq 130 ]
expect "it says what it does" says "cancelling job" stopped.out
expect "the point has saved its figures" test -f stopped/latent-2/metrics.json
expect "the other was not started" [ ! -e stopped/latent-8 ]
expect "the page says so" says "The sweep was interrupted" stopped/report.html
expect "none of its tasks is left" [ -z "$(squeue -h -n vae -o %Z | grep stopped)" ]

echo "== the end of what was stopped, killed and put back"
wait "$long_sweep"
expect "it ended well" [ $? -eq 0 ]
expect "the killed point was submitted again" test -f long/slurm/array-2.sh
expect "the other one started again" says "restart 1" "long/slurm/logs/${job}_1.log"
expect "and the time limit stopped one" [ "$(cat long/slurm/logs/*.log | grep -c "^stopping")" -ge 2 ]
sweep "${long[@]}" --out whole --jobs 2 --quiet >whole.out 2>&1
expect "the same bytes in every metrics.csv" same whole long 2

[ $failures -eq 0 ] || tail -n 20 ./*.out long/slurm/logs/*.log
echo "$failures failed, in $SECONDS s"
[ $failures -eq 0 ]
