#!/usr/bin/env python3
"""Where a step's time goes, from what kernel_trace.cpp wrote.

Usage: summary.py TRACE.tsv [LAST_SECONDS]

A step begins with the embedding kernel. Of the steps in the last seconds (all without), it prints for each kind, told by
its number of kernels: how many there were, the median duration, the idle time between kernels, and the kernels by time.
"""
import collections
import statistics
import sys


def short(name):
    name = name.replace("penstock_", "")
    if "nvjet" in name or "gemm" in name.lower() or "cublas" in name.lower():
        return "GEMM " + name.split("(")[0][:56]
    return name.split("(")[0].split("<")[0][:60]


def steps_of(rows):
    step = []
    for row in rows:
        if "embedding" in row[2] and step:
            yield step
            step = []
        step.append(row)
    # the last one may be incomplete


def main():
    rows = []
    for line in open(sys.argv[1], errors="replace"):
        part = line.rstrip("\n").split("\t")
        if len(part) == 5:
            rows.append((int(part[0]), int(part[1]), part[4]))
    rows.sort()
    if len(sys.argv) > 2:
        since = rows[-1][1] - float(sys.argv[2]) * 1e9
        rows = [row for row in rows if row[0] >= since]
    kinds = collections.defaultdict(list)
    all_steps = list(steps_of(rows))
    for i, step in enumerate(all_steps[:-1]):
        total = all_steps[i + 1][0][0] - step[0][0]
        kinds[(len(step), short(step[-2][2]) if len(step) > 1 else "")].append((total, step))
    for (count, _), steps in sorted(kinds.items(), key=lambda item: -sum(s[0] for s in item[1]))[:6]:
        if len(steps) < 2:
            continue
        total = statistics.median(s[0] for s in steps)
        by_kernel = collections.defaultdict(list)
        idle, tail = [], []
        for duration, step in steps:
            busy_until, gaps = step[0][0], 0
            times = collections.Counter()
            calls = collections.Counter()
            for start, end, name in step:
                gaps += max(0, start - busy_until)
                busy_until = max(busy_until, end)
                times[short(name)] += end - start
                calls[short(name)] += 1
            idle.append(gaps)
            tail.append(step[0][0] + duration - busy_until)
            for name in times:
                by_kernel[name].append((times[name], calls[name]))
        print(
            "%d steps of %d kernels: median %.3f ms; idle inside %.3f ms, after %.1f us (worst %.1f)"
            % (len(steps), count, total / 1e6, statistics.median(idle) / 1e6, statistics.median(tail) / 1e3, max(tail) / 1e3)
        )
        ranked = sorted(by_kernel.items(), key=lambda item: -statistics.median(t for t, _ in item[1]))
        for name, values in ranked[:16]:
            time = statistics.median(t for t, _ in values)
            calls = statistics.median(c for _, c in values)
            print("  %8.3f ms %5.1f %%  %5d x %8.2f us  %s" % (time / 1e6, 100 * time / total, calls, time / calls / 1e3, name))


if __name__ == "__main__":
    main()
