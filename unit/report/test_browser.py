# SPDX-License-Identifier: MIT
"""The page in a browser: browser.mjs looks at it, here is what it looks at.

With a folder as its argument it leaves the pages and what they look like there.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import pages
import records
from pages import HERE

PINLAT = os.environ["PINLAT"]
SKIPPED = 77
RESULTS = os.path.join(HERE, "..", "..", "results")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def missing():
    """What is not there and was to be installed by scripts/setup, or ""."""
    if not shutil.which("node"):
        return "node"
    if not os.access(CHROMIUM, os.X_OK):
        return CHROMIUM
    for package in ("playwright-core", "axe-core"):
        if not os.path.isdir(os.path.join(HERE, "node_modules", package)):
            return package
    return ""


def make(folder, name, *args):
    page = os.path.join(folder, f"{name}.html")
    subprocess.run([PINLAT, "report", *args, "-o", page], check=True, cwd=folder,
                   stderr=subprocess.DEVNULL)
    return page


def write(folder, name, of):
    records.write(os.path.join(folder, name), of)
    return name


def make_pages(folder):
    uring = os.path.join(RESULTS, "linux-6.18-uring")
    yield make(folder, "measured", "--allow", "config", os.path.join(uring, "cgroup-2G.jsonl.gz"),
               os.path.join(uring, "machine.jsonl.gz"))
    yield make(folder, "refused", os.path.join(uring, "cgroup-2G.jsonl.gz"),
               os.path.join(uring, "machine.jsonl.gz"))
    yield make(folder, "hostile", *[write(folder, f"hostile-{i}", of)
                                    for i, of in enumerate(pages.hostile_sets())])
    yield make(folder, "one", os.path.join(RESULTS, "linux-6.18-walkers", "loop.jsonl.gz"))
    lab = os.path.join(RESULTS, "lab-6.1", "wait")
    yield make(folder, "lab", *[os.path.join(lab, f"{name}.jsonl.gz")
                                for name in ("skip-shrink", "skip-unmap", "reclaim")])
    three = [write(folder, f"three-{i}", records.patched(
        records.attribute(
            records.make_set(label, first=1000 * i, boots=2, runs=4, factor={"thp-busy": slower}),
            direct_reclaim=40 + 10 * i, on_cpu=20, run_queue=8, compaction=5),
        f"6.1.{i}")) for i, (label, slower) in enumerate((("base", 1), ("patched", .5), ("v2", 3)))]
    yield make(folder, "three", *three)
    few = [write(folder, f"few-{i}", records.patched(
        records.make_set(f"v6.{i}-rc1-a-long-name-of-{i}", first=1000 * i, boots=4, runs=2,
                         factor={"thp-busy": 1 + i / 20}), f"6.{i}")) for i in range(4)]
    yield make(folder, "few", *few)
    many = [write(folder, f"many-{i}", records.patched(
        records.make_set(f"v6.{i}", first=1000 * i, factor={"thp-busy": 1 + i / 20}), f"6.{i}"))
            for i in range(14)]
    yield make(folder, "many", *many)


def main():
    name = missing()
    if name:
        print(f"skipped: there is no {name}; scripts/setup installs it")
        return SKIPPED
    shots = ["--shots", os.path.abspath(sys.argv[1])] if len(sys.argv) > 1 else []
    if shots:
        os.makedirs(shots[1], exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pinlat-pages-") as folder:
        made = list(make_pages(folder))
        for page in made if shots else []:
            shutil.copy(page, shots[1])
        return subprocess.run(["node", os.path.join(HERE, "browser.mjs"), *shots, *made],
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
