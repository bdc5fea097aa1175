# SPDX-License-Identifier: MIT
"""A hundred kernels on a page: how large it is, and how long it takes, which is only shown."""
import os
import subprocess
import sys
import tempfile
import time

import pages
import records

PINLAT = os.environ["PINLAT"]
MOST = 5_000_000


def measure(folder, subtests):
    sets = os.path.join(folder, subtests)
    page = os.path.join(folder, f"{subtests}.html")
    subprocess.run([sys.executable, "-B", records.__file__, "many", sets, "--subtests", subtests],
                   check=True)
    paths = sorted(os.path.join(sets, name) for name in os.listdir(sets))
    size = sum(os.path.getsize(path) for path in paths)
    begun = time.monotonic()
    subprocess.run([PINLAT, "report", *paths, "-o", page], check=True)
    seconds = time.monotonic() - begun
    begun = time.monotonic()
    subprocess.run([PINLAT, "compare", *paths], check=True, stdout=subprocess.DEVNULL)
    comparing = time.monotonic() - begun
    page_size = os.path.getsize(page)
    print(f"100 kernels x 10 runs x {subtests} subtests: {size / 1e6:.0f} MB of records, "
          f"report {seconds:.2f} s, compare {comparing:.2f} s, page {page_size / 1e6:.2f} MB")
    with open(page, encoding="utf-8") as f:
        pages.check(f.read())
    return page_size <= MOST


def main():
    with tempfile.TemporaryDirectory(prefix="pinlat-many-") as folder:
        ok = [measure(folder, subtests) for subtests in ("judged", "all")]
    if not all(ok):
        print(f"a page of more than {MOST / 1e6:.0f} MB")
    return 0 if all(ok) else 1


if __name__ == "__main__":
    sys.exit(main())
