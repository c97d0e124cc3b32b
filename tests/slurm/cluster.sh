# A Slurm of one node on loopback, to be sourced: `cluster_start`, `cluster_stop`. Needs slurm-wlm and munge, and root.

cluster_start() {
    cluster=$(mktemp -d)
    chmod 755 "$cluster" # munged refuses a socket in a private folder
    mkdir "$cluster/state" "$cluster/spool"
    local host controller daemon
    host=$(hostname -s)
    read -r controller daemon < <(python3 - <<'PORTS' || echo "17817 17818"
import socket
held = [socket.socket() for _ in range(2)]
for port in held: port.bind(("127.0.0.1", 0))
print(*(port.getsockname()[1] for port in held))
PORTS
    )
    export SLURM_CONF=$cluster/slurm.conf
    # Two of an array's tasks at most, so that sweeps of a few points are split.
    cat >"$SLURM_CONF" <<CONF
ClusterName=loop
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket
CredType=cred/munge
SlurmctldPort=$controller
SlurmdPort=$daemon
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MaxArraySize=${cluster_array_size:-1001}
NodeName=$host NodeAddr=127.0.0.1 CPUs=16 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    head -c 128 /dev/urandom >"$cluster/munge.key"
    chmod 400 "$cluster/munge.key"
    munged --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" --pid-file="$cluster/munged.pid" \
        --log-file="$cluster/munged.log" --seed-file="$cluster/munged.seed" &&
        slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" || return 1
    local tries
    for tries in $(seq 100); do
        [ "$(sinfo -h -o %T 2>/dev/null)" != idle ] || return 0
        sleep 0.2
    done
    tail -n 20 "$cluster/slurmctld.log" "$cluster/slurmd.log" >&2
    return 1
}

# Ends what was started, and waits for its end.
cluster_stop() {
    local name pid
    for name in slurmd slurmctld munged; do
        [ -f "$cluster/$name.pid" ] || continue
        pid=$(cat "$cluster/$name.pid")
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    done
    rm -rf "$cluster"
}
