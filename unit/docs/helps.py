# SPDX-License-Identifier: MIT
"""What the programs themselves say of their options: the measure of all documentation."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PINLAT = os.environ['PINLAT']
TEST = os.environ['GEM_SYSLATENCY_PINNED']

# "  -o, --output FILE   what it does", "  --describe[=PATTERNS]   ...", "  -v, --verbose   ..."
LINE = re.compile(r'^ {2}(?:(-\w), )?(--[a-z][\w-]*)(\[=\S+\]|(?: \S+)?)(?:\s{2,}|\s*$|\s)')


def printed(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ''), (command, done)
    return done.stdout


def commands():
    """The subcommands of pinlat, in the order of its help."""
    return re.findall(r'^ {2}([a-z]+) +\S', printed(PINLAT, '--help'), re.MULTILINE)


def help_of(command):
    """Of pinlat (''), of one of its subcommands, or of the test binary ('test')."""
    if command == 'test':
        return printed(TEST, '--help')
    return printed(PINLAT, *filter(None, [command]), '--help')


def listed(text):
    """The options of a help, long name -> (short name or '', argument as it is written there)."""
    found = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            found[match[2]] = (match[1] or '', match[3].strip())
    return found


def options(command):
    """
    All options of a help: those that have a line, and those that its usage names. Every
    program takes --help; those that do not list it must take it all the same (help_of()).
    """
    text = help_of(command)
    found = listed(text)
    for usage in re.findall(r'^(?:Usage:|      ) .*', text, re.MULTILINE):
        for name, argument in re.findall(r'\[(--[a-z-]+)(?: ([\w]+))?\]', usage):
            found.setdefault(name, ('', argument))
    found.setdefault('--help', ('-h', ''))
    return found


# Options whose values are words that the command names when it refuses another.
CHOICES = [('compare', '--format'), ('compare', '--blocks'), ('compare', '--allow'),
           ('compare', '--fail-on'), ('report', '--format'), ('report', '--blocks'),
           ('report', '--allow'), ('report', '--fail-on'), ('run', '--engine'), ('run', '--probes'),
           ('run', '--loads'), ('run', '--backing')]


def choices(command, option):
    """From '… knows a, b and c, not "x"' or '… must be a, b or c, not "x"': {a, b, c}
    (or 'must be an engine (a, b, c), not "x"')"""
    done = subprocess.run([PINLAT, command, option, 'nonsense'], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    match = re.search(r'(?:knows|must be) (?:an engine \()?(.*?)\)?, not "nonsense"', done.stderr)
    assert done.returncode == 2 and match, done
    return set(re.split(r', | and | or |,', match[1]))
