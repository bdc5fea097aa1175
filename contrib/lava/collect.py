#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Collects a night: the records of its finished jobs, as DIR/KERNEL/DEVICE-job-NUMBER.jsonl.

What is there already is not fetched again, so it may be stopped and started again at any time.
Exit code: 0 all records are there, 1 some are missing, 2 bad usage, 3 no answer from LAVA.
"""
import argparse
import collections
import json
import sys

sys.dont_write_bytecode = True
import lava  # noqa: E402 (after that)


def fetch(server, job, out):
    """Writes what the job's log holds of the records that are missing. Returns what to say."""
    missing = job.missing(out)
    try:
        log = server.log(job.number)
    except lava.LavaError as error:
        return str(error)
    found, said = lava.unpack(log, job.kernels)
    for kernel in missing:
        if kernel in found:
            lava.write_once(job.path(out, kernel), found[kernel])
            print(f'{job}: {kernel}', flush=True)
    left = job.missing(out)
    return f'{job.health}, no whole pack of {", ".join(left)}; {said}' if left else ''


def machines(jobs, out):
    """Warns of devices that say that they are one machine: their runs would be mixed up."""
    devices = collections.defaultdict(set)
    for job in jobs:
        for kernel in set(job.kernels) - set(job.missing(out)):
            with open(job.path(out, kernel), encoding='utf-8') as file:
                facts = json.loads(file.readline()).get('environment', {})
            devices[facts.get('machine_id') or facts.get('host')].add(job.device)
    for names in devices.values():
        if len(names) > 1:
            print(f'warning: the records of {", ".join(sorted(names))} name the same machine: '
                  'give each device its own /etc/machine-id', file=sys.stderr)


class Night:
    """What is known of a night."""

    def __init__(self):
        self.jobs = []
        self.missing = []  # what to say
        self.lost = {}  # (round, tag) without records, nothing to wait for: how often attempted
        self.running = 0


def collect(server, night, out):
    """One look: fetches what is there. Returns a Night."""
    seen = Night()
    by_key = collections.defaultdict(list)
    for job in server.night(night):
        seen.jobs.append(job)
        by_key[job.key].append(job)
    if not seen.jobs:
        raise lava.LavaError(f'{server.url} has no job of the night {night}')
    for key, jobs in by_key.items():
        why = []
        for job in jobs:
            if job.finished and job.missing(out):
                said = fetch(server, job, out)
                why += [f'{job}: {said}'] if said else []
            elif not job.finished:
                why.append(f'{job}: {job.state}')
        # A round has its kernels on one machine in one job.
        if any(job.finished and not job.missing(out) for job in jobs):
            continue
        seen.missing += why
        if all(job.finished for job in jobs):
            seen.lost[key] = len(jobs)
        else:
            seen.running += 1
    total = max(job.total for job in seen.jobs)
    if len(by_key) < total:
        seen.missing.append(f'{total - len(by_key)} of {total} jobs are not submitted: give '
                            'submit the same command again')
    return seen


def run(args):
    """The command."""
    seen = collect(lava.server_of(args), args.night, args.output)
    for text in seen.missing:
        print(f'missing: {text}')
    machines(seen.jobs, args.output)
    return 1 if seen.missing else 0


if __name__ == '__main__':
    arguments = argparse.ArgumentParser(
        prog='collect.py', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--night', required=True, metavar='NAME')
    arguments.add_argument('-o', '--output', required=True, metavar='DIR')
    lava.add_server(arguments)
    sys.exit(lava.main(run, arguments.parse_args()))
