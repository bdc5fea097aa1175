#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
A night from one command, for cron or a systemd timer: submits the jobs, waits, collects, submits
once more what came without records, compares, and writes DIR/NIGHT/report.html and DIR/index.html.

All state is LAVA's and that of DIR: after it was stopped, the same command goes on.
Exit code: that of `pinlat compare` (1: --fail-on), but 1 also if records are missing; 2 bad usage,
3 no answer from LAVA or what was collected cannot be compared.
"""
import argparse
import datetime
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import collect  # noqa: E402 (after that)
import lava  # noqa: E402
import submit  # noqa: E402


def say(text):
    """With the time, for a journal."""
    print(f'{datetime.datetime.now():%H:%M:%S} {text}', flush=True)


def look(server, template, args, out):
    """Submits what is to be submitted and fetches what is there. Returns a collect.Night."""
    submit.submit(server, template, args)
    seen = collect.collect(server, args.night, out)
    again = {key for key, attempts in seen.lost.items() if attempts <= args.again}
    if again and submit.submit(server, template, args, again):
        seen = collect.collect(server, args.night, out)
    return seen


def wait(server, template, args, out):
    """Until all is there, or nothing more will come, or time is up. What is missing."""
    end = time.monotonic() + 60 * args.minutes
    known = None
    while True:
        try:
            seen = look(server, template, args, out)
        except lava.LavaError as error:
            # A server that is restarted in the night costs some minutes, not the night.
            if error.code != 3 or known is None or time.monotonic() >= end:
                raise
            say(str(error))
            time.sleep(args.poll)
            continue
        if seen.missing != known:
            known = seen.missing
            say(f'{seen.running} rounds to wait for' if known else 'all records are here')
        over = time.monotonic() >= end
        if not known or not seen.running or over:
            collect.machines(seen.jobs, out)
            return known + [f'{args.minutes:g} minutes are over'] * bool(known and over)
        time.sleep(args.poll)


def pinlat(*command):
    """Runs it, its output beside ours. The exit code."""
    sys.stdout.flush()
    return subprocess.run([lava.pinlat(), *command], stdin=subprocess.DEVNULL,
                          check=False).returncode


def report(template, args, out):
    """The verdict, the page, and the list of all nights. The exit code of compare."""
    kernels = [os.path.join(out, kernel) for kernel in template.boots]
    there = [kernel for kernel in kernels if os.path.isdir(kernel)]
    if there != kernels:
        say('nothing to compare: ' + ', '.join(set(kernels) - set(there)) + ' not there')
        return 3
    fail_on = [word for each in args.fail_on for word in ('--fail-on', each)]
    code = pinlat('compare', *fail_on, *args.options, *kernels)
    page = pinlat('report', *args.options, '-o', os.path.join(out, 'report.html'), *kernels)
    index = pinlat('report', '--index', args.output, '-o', os.path.join(args.output, 'index.html'))
    return code if code else 3 if page or index else 0


def run(args):
    """The command."""
    template = submit.Template(args.job, args.define)
    out = os.path.join(args.output, args.night)
    missing = wait(lava.server_of(args), template, args, out)
    for text in missing:
        say(f'missing: {text}')
    code = report(template, args, out)
    return code or (1 if missing else 0)


if __name__ == '__main__':
    arguments = argparse.ArgumentParser(
        prog='nightly.py', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('-o', '--output', required=True, metavar='DIR', help='of all nights')
    arguments.add_argument('--night', metavar='NAME', help='(the date)',
                           default=f'{datetime.date.today():%Y-%m-%d}')
    submit.add_options(arguments)
    arguments.add_argument('--again', type=int, default=1, metavar='N',
                           help='how often a round without records is submitted again (1)')
    arguments.add_argument('--minutes', type=float, default=600, metavar='N',
                           help='how long to wait at most (600)')
    arguments.add_argument('--poll', type=float, default=30, metavar='SECONDS', help='(30)')
    arguments.add_argument('--fail-on', action='append', default=[], metavar='WHAT',
                           help='of pinlat compare')
    arguments.add_argument('options', nargs='*', metavar='-- OPTION',
                           help='of pinlat compare and pinlat report, such as -- --allow config')
    sys.exit(lava.main(run, arguments.parse_args()))
