#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Submits a night: jobs that each boot every kernel once on one machine, in an order by lot.

JOB.yaml is a job that boots several kernels one after another, such as docs/ci/lava-round.yaml.
Each boot begins with a deploy action. Give the same command again after it was stopped: a job that
is there already is not submitted again.
"""
import argparse
import copy
import random
import re
import sys

import yaml

sys.dont_write_bytecode = True
import lava  # noqa: E402 (after that)


def add_options(parser):
    """Those that nightly has, too."""
    parser.add_argument('job', metavar='JOB.yaml')
    parser.add_argument('--rounds', type=int, default=4, metavar='N',
                        help='on each machine (4)')
    parser.add_argument('--tag', action='append', default=[], metavar='TAG',
                        help='a tag that one device has: each round is measured there; give it '
                        'once a machine. Without, LAVA picks any device')
    parser.add_argument('-D', '--define', action='append', default=[], metavar='WORD=VALUE',
                        help='replaces a word in JOB.yaml')
    lava.add_server(parser)


def replaced(text, defines):
    """The template with values for its words."""
    values = {}
    for each in defines:
        word, equals, value = each.partition('=')
        if not equals or not re.fullmatch(r'\w+', word):
            raise lava.LavaError(f'-D {each}: give WORD=VALUE')
        values[word] = value
    if not values:
        return text
    seen = set()

    def value_of(match):
        seen.add(match[0])
        return values[match[0]]
    lines = [line if line.lstrip().startswith('#') else
             re.sub(r'\b(' + '|'.join(values) + r')\b', value_of, line)
             for line in text.splitlines()]
    for word in values:
        if word not in seen:
            raise lava.LavaError(f'-D {word}: the job does not have this word')
    return '\n'.join(lines) + '\n'


def label_of(test):
    """Of its records: the parameter LABEL. A test that is part of the job sets it in a step."""
    if test.get('from') != 'inline':
        return test.get('parameters', {}).get('LABEL')
    found = re.search(r'(?m)^LABEL=(["\']?)(.*?)\1\s*(#|$)',
                      '\n'.join(test['repository'].get('run', {}).get('steps', [])))
    return found and found[2]


class Template:
    """A job, cut into its boots."""

    def __init__(self, name, defines):
        try:
            with open(name, encoding='utf-8') as file:
                self.job = yaml.load(replaced(file.read(), defines), lava.LOADER)
            actions = self.job.pop('actions')
        except OSError as error:
            raise lava.LavaError(f'{name}: {error.strerror}') from error
        except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
            raise lava.LavaError(f'{name}: this is no job of LAVA: {error}') from error
        self.boots = {}
        boot = []
        for action in actions:
            if 'deploy' in action:
                boot = []
            boot.append(action)
            for test in action.get('test', {}).get('definitions', []):
                label = label_of(test)
                if label in self.boots:
                    raise lava.LavaError(f'{name}: two boots have the LABEL {label}')
                if label:
                    self.boots[label] = boot
        if not self.boots:
            raise lava.LavaError(f'{name}: no test has a LABEL, the name of its kernel')
        for label in self.boots:
            if not isinstance(label, str) or \
                    not re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9._+-]{0,39}', label):
                raise lava.LavaError(f'{name}: LABEL {label} cannot name a pack: use up to 40 '
                                     'of A-Z a-z 0-9 . _ + -, in quotes')

    def definition(self, night, number, tag, attempt, total):
        """The text of one job."""
        order = random.Random(f'{night} {number} {tag}').sample(list(self.boots), len(self.boots))
        job = copy.deepcopy(self.job)
        job['job_name'] = lava.title(night) + \
            f'round {number + 1}{" on " + tag if tag else ""}: {", ".join(order)}'[:150]
        if tag:
            job['tags'] = [*job.get('tags', []), tag]
        told = (night, str(number), tag, ','.join(self.boots), str(attempt), str(total))
        job['metadata'] = {**job.get('metadata', {}), 'pinlat.order': ','.join(order),
                           **{f'pinlat.{name}': value
                              for name, value in zip(lava.METADATA, told)}}
        job['actions'] = [action for label in order for action in self.boots[label]]
        return yaml.safe_dump(job, sort_keys=False)


def submit(server, template, args, lost=()):
    """What is not there yet, and once more what is @lost. Returns how many jobs that is."""
    if args.rounds < 1:
        raise lava.LavaError('--rounds: give 1 or more')
    attempts = {}
    for job in server.night(args.night):
        attempts[job.key] = max(attempts.get(job.key, 0), job.attempt)
    tags = args.tag or ['']
    submitted = 0
    for number in range(args.rounds):
        for tag in tags:
            made = attempts.get((number, tag), 0)
            if made and (number, tag) not in lost:
                continue
            job = server.submit(template.definition(args.night, number, tag, made + 1,
                                                    args.rounds * len(tags)))
            again = f', attempt {made + 1}' if made else ''
            print(f'job {job}: round {number + 1}{" on " + tag if tag else ""}{again}', flush=True)
            submitted += 1
    return submitted


def run(args):
    """The command."""
    submit(lava.server_of(args), Template(args.job, args.define), args)
    return 0


if __name__ == '__main__':
    arguments = argparse.ArgumentParser(
        prog='submit.py', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--night', required=True, metavar='NAME',
                           help='of all jobs that belong together')
    add_options(arguments)
    sys.exit(lava.main(run, arguments.parse_args()))
