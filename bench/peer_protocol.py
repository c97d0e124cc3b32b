"""How contenders of the benchmarks are spoken to, and what those in Python need. bench/Serving.cs does the same in C#.

A contender prints `ready`, or one line that says what is missing. It then reads lines `WORKLOAD THREADS STEPS` on standard input, runs
so many steps on so many threads and answers each line with the seconds they took; what a workload needs is made before its first step,
outside that time. Other lines are questions of its own, answered with one line each: those in Python say the `kernel` of OpenBLAS.
"""

import ctypes
import importlib
import re
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
    """OpenBLAS as it was loaded; ends with one line where what was imported multiplies matrices by another library."""
    with open("/proc/self/maps") as maps:
        path = re.search(r"/\S*/libopenblas\S*", maps.read())
    if path is None:
        refuse("OpenBLAS is not what multiplies matrices here", "libopenblas0-pthread")
    return ctypes.CDLL(path[0])


def timed(step, steps):
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - begin


def serve(step_of, questions=None):
    """Answers until standard input ends: `step_of` makes a step of a workload's name, `questions` has functions by first word."""
    openblas = need_openblas()
    openblas.openblas_get_corename.restype = ctypes.c_char_p
    questions = {"kernel": lambda: openblas.openblas_get_corename().decode(), **(questions or {})}
    known = {}
    print("ready", flush=True)
    for line in sys.stdin:
        name, *rest = line.split()
        if name in questions:
            print(questions[name](*rest), flush=True)
            continue
        threads, steps = map(int, rest)
        openblas.openblas_set_num_threads(threads)
        if name not in known:
            known[name] = step_of(name)
        print(timed(known[name], steps), flush=True)
