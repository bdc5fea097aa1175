# SPDX-License-Identifier: MIT
"""What a test needs of the machine. Where it is not there, the test is skipped."""
import os
import shutil
import sys

SKIPPED = 77


def programs(*names, root=False):
    """Ends the test unless these programs are here; finds them in sbin, too."""
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    missing = [name for name in names if not shutil.which(name)]
    if root and os.geteuid() != 0:
        missing.insert(0, 'root')
    if missing:
        print('skipped: this needs ' + ', '.join(missing))
        sys.exit(SKIPPED)


def root_and(*names):
    """Ends the test unless it runs as root and these programs are here."""
    programs(*names, root=True)
