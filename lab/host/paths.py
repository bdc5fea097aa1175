# SPDX-License-Identifier: MIT
"""Where things are."""
import os
import pathlib

LAB = pathlib.Path(__file__).resolve().parent.parent
PROJECT = LAB.parent


def cache():
    """The folder for all that takes time to get or to make; it may be removed at any time."""
    base = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    folder = pathlib.Path(base) / 'pinlat-lab'
    folder.mkdir(parents=True, exist_ok=True)
    return folder
