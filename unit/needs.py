# SPDX-License-Identifier: MIT
"""What a test needs of the machine. Where it is not there, the test is skipped."""
import os
import shutil
import sys

SKIPPED = 77


def root_and(*programs):
    """Ends the test unless it runs as root and the programs are here; finds them in sbin, too."""
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    missing = [program for program in programs if not shutil.which(program)]
    if os.geteuid() != 0:
        missing.insert(0, 'root')
    if missing:
        print('skipped: this needs ' + ', '.join(missing))
        sys.exit(SKIPPED)
