"""Kills a training again and again, each time goes on, and compares with a training that nobody killed.

python killing.py FOLDER randomly|at_each_file COUNT '{"learning.method": "bp", ...}'

A process of its own, because it forks.

Prints how many kills there were; every difference is an assertion.
"""

import gc
import json
import os
import signal
import sys
import time
import traceback
from functools import cache
from pathlib import Path

import numpy as np

import dfc_brian as dfc
from dfc_brian import environment, files
from dfc_brian.training import loop, traces


def child(recipe, out, prepare=lambda: None):
    """Go on with a training in a process of its own (fork: everything is imported); returns its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        prepare()
        dfc.train(recipe, out=out, resume=True)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def randomly(recipe, folder, wanted, count, duration):
    """Kill at random moments, in the middle of whatever is being done; several trainings come to their end."""
    rng = np.random.default_rng(3)
    kills = runs = 0
    while kills < count:
        runs += 1
        out = folder / f"run{runs}"
        while True:
            pid = child(recipe, out)
            deadline = time.monotonic() + rng.uniform(0, 0.7 * duration)
            while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
                time.sleep(0.002)
            if ended == (0, 0) and kills < count:
                os.kill(pid, signal.SIGKILL)
                kills += 1
            status = ended[1] if ended[0] else os.waitpid(pid, 0)[1]
            if status == 0:
                break
            assert os.WIFSIGNALED(status), "a training failed"
        check(dfc.load_run(out), wanted)
    return kills


def at_each_file(recipe, folder, wanted, count, duration):
    """Kill before and after each of the first files that are put in their place, and in the middle of each."""
    kills = 0
    for where in ("before", "after"):
        for number in range(1, count + 1):
            out = folder / f"{where}{number}"
            status = os.waitpid(child(recipe, out, lambda: die(where, number)), 0)[1]  # noqa: B023
            if status == 0:
                break  # there are no more files
            assert os.WIFSIGNALED(status), "a training failed"
            kills += 1
            assert os.waitpid(child(recipe, out), 0)[1] == 0, "a training does not go on"
            check(dfc.load_run(out), wanted)
    return kills


def die(where, number):
    """Let this process die before or after the file of this number is renamed."""
    replace, seen = os.replace, 0

    def fatal(aside, path):
        nonlocal seen
        seen += 1
        if seen == number and where == "before":
            if number % 2:
                os.truncate(aside, os.path.getsize(aside) // 2)  # half-written
            os.kill(os.getpid(), signal.SIGKILL)
        replace(aside, path)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    files.os.replace = fatal


def check(run, wanted):
    """Everything that the two runs left is equal, bit for bit, but for the seconds."""
    assert run.status["state"] == "done"
    assert list(run.weights) == list(wanted.weights)
    for name, value in wanted.weights.items():
        assert run.weights[name].tobytes() == value.tobytes(), name
    for ours, theirs in ((run.metrics, wanted.metrics), (run.sleep, wanted.sleep)):
        assert [row | {"seconds": 0} for row in ours] == [row | {"seconds": 0} for row in theirs]
    for phase in () if wanted.traces is None else wanted.traces.phases:
        ours, theirs = run.traces.phase(phase), wanted.traces.phase(phase)
        assert list(ours) == list(theirs)
        for moment in theirs:
            assert np.array_equal(ours[moment].image, theirs[moment].image)
            assert np.array_equal(ours[moment].target, theirs[moment].target)
            for group in theirs[moment].groups:
                for name, values in theirs[moment][group].items():
                    assert np.array_equal(ours[moment][group][name], values), (phase, moment, group, name)
    assert {path.name for path in run.folder.iterdir()} == {path.name for path in wanted.folder.iterdir()}


def main(folder, how, count, overrides):
    described = environment.describe()
    environment.describe = lambda device: described  # it takes longer than the training
    loop._draw = lambda *_: None  # and so do the figures,
    traces.Network = cache(traces.Network)  # and the network that records
    traces.MEMORY = 1  # a part for each image
    recipe, folder = dfc.Recipe.load("digits", json.loads(overrides)), Path(folder)
    dfc.train(recipe, out=folder / "first")  # compiles, and fills caches
    gc.freeze()
    begin = time.monotonic()
    assert os.waitpid(child(recipe, folder / "whole"), 0)[1] == 0
    duration = time.monotonic() - begin
    wanted = dfc.load_run(folder / "whole")
    check(dfc.load_run(folder / "first"), wanted)
    kills = {"randomly": randomly, "at_each_file": at_each_file}[how](recipe, folder, wanted, int(count), duration)
    print(f"{kills} kills, {duration:.2f} s a run")


if __name__ == "__main__":
    main(*sys.argv[1:])
