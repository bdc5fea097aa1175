# SPDX-License-Identifier: MIT
"""What goes wrong, as one sentence for people, and programs that are run."""
import shlex
import subprocess


class LabError(Exception):
    """Says what is wrong, with what, and what to do."""


def call(*command, **options):
    """The standard output of a program, which must succeed."""
    try:
        return subprocess.run([str(c) for c in command], check=True, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **options).stdout
    except FileNotFoundError as error:
        raise LabError(f'{command[0]} is not here: scripts/setup installs it') from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines()[-20:]
        raise LabError('\n'.join([f'{shlex.join(map(str, command))} failed:', *said])) from error
