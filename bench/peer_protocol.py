"""How the other sides of the benchmarks are spoken to, and what they need.

A peer prints `ready`, or one line that says what is missing. It then reads lines `WORKLOAD STEPS` on standard input, runs so many
steps and answers each line with the seconds they took; what a workload needs is made before its first step, outside that time.
Other lines are questions of a script's own, answered with one line each. The number of threads is set by OMP_NUM_THREADS and
OPENBLAS_NUM_THREADS before the start.
"""

import importlib
import sys
import time


def refuse(reason, package):
    print(f"{reason}: apt-get install {package}", flush=True)
    sys.exit(1)


def need(module, package):
    """Ends with one line where Python has no such module."""
    try:
        return importlib.import_module(module)
    except ImportError:
        refuse(f"{sys.executable} has no {module}", package)


def need_openblas():
    """Ends with one line where what was imported multiplies matrices by another library."""
    with open("/proc/self/maps") as maps:
        if "openblas" not in maps.read():
            refuse("OpenBLAS is not what multiplies matrices here", "libopenblas0-pthread")


def timed(step, steps):
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - begin


def serve(step_of, questions=None):
    """Answers until standard input ends: `step_of` makes a step of a workload's name, `questions` has functions by first word."""
    questions, known = questions or {}, {}
    print("ready", flush=True)
    for line in sys.stdin:
        name, *rest = line.split()
        if name in questions:
            print(questions[name](*rest), flush=True)
            continue
        if name not in known:
            known[name] = step_of(name)
        print(timed(known[name], int(rest[0])), flush=True)
