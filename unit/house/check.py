#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the house, counted: sizes, names, who calls whom.

usage: unit/house/check.py [-b BUILD] [-v] [FOLDER...]

Prints one line a rule, with what is found and what is allowed, and the first finds of each that is
broken (-v: all finds of all rules). FOLDER (lib/record, runner ...) shows the finds of those
folders alone; the counts stay those of the whole. Exit code: how many rules are broken.

Who calls whom is read from the object files, with nm(1): build first.
"""
import argparse
import collections
import json
import pathlib
import re
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ('lib', 'runner', 'tests')
SHOWN = 12
# May have no user of ours: IGT's interface is what tests of IGT are written against; and a test
# says which value is at a rank, of which the library asks for quantiles.
KEPT = re.compile('igt_|distribution_at_rank$')


def files(*folders):
    """The C files that git knows of or does not ignore, but copies of the kernel's headers."""
    listed = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '--', *folders],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return sorted(p for p in set(listed) if p.endswith(('.c', '.h')) and '/uapi/' not in p and
                  (ROOT / p).exists())


def text_of(path):
    return (ROOT / path).read_text(encoding='utf-8')


def code_of(path):
    """Without comments and literals; lines stay lines."""
    def blank(match):
        return '\n' * match.group().count('\n') + ' '
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                  blank, text_of(path), flags=re.DOTALL)


def folder_of(path):
    """lib/stats, lib/report, runner, runner/run, tests."""
    return path.rpartition('/')[0]


class Symbols:
    """What each C file defines for others, and what it uses of others."""

    def __init__(self, build):
        self.defines, self.uses, self.kind = {}, {}, {}
        sources = {}
        commands = json.loads((build / 'compile_commands.json').read_text(encoding='utf-8'))
        for command in commands:
            source = (build / command['file']).resolve()
            if not source.is_relative_to(ROOT) or not (build / command['output']).exists():
                continue
            source = str(source.relative_to(ROOT))
            if source.startswith(OURS + ('unit',)) and (ROOT / source).exists():
                sources[command['output']] = source
                self.defines[source], self.uses[source] = set(), set()
        listed = subprocess.run(['nm', '-A', '-P', *sources], cwd=build, check=True,
                                capture_output=True, text=True).stdout
        for line in listed.splitlines():
            output, name, kind = line.split()[:3]
            source = sources[output.rstrip(':')]
            if kind in 'Uvw':
                self.uses[source].add(name)
            elif kind.isupper():
                self.defines[source].add(name)
                self.kind[name] = kind
        self.home = collections.defaultdict(set)
        for source, names in self.defines.items():
            for name in names:
                self.home[name].add(source)

    def edges(self):
        """(user, definer, symbol) between two files of lib, runner and tests."""
        for user in self.uses:
            if user.startswith(OURS):
                for name in sorted(self.uses[user]):
                    for home in self.home.get(name, ()):
                        if home != user and home.startswith(OURS):
                            yield user, home, name

    def users(self):
        """Each symbol of lib and runner: (name, file, users in lib, runner and tests, in unit)."""
        used_by = collections.defaultdict(set)
        for user, names in self.uses.items():
            for name in names:
                used_by[name].add(user)
        for source in sorted(self.defines):
            if source.startswith(('lib', 'runner')):
                for name in sorted(self.defines[source]):
                    others = used_by[name] - {source}
                    yield (name, source, sorted(u for u in others if u.startswith(OURS)),
                           sorted(u for u in others if u.startswith('unit')))


def circles(edges):
    """The strongly connected parts of more than one node (Tarjan)."""
    graph = collections.defaultdict(set)
    for user, home in edges:
        graph[user].add(home)
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(part) > 1:
                found.append(sorted(part))

    sys.setrecursionlimit(10000)
    for node in sorted(graph):
        if node not in index:
            visit(node)
    return sorted(found)


def with_reasons(parts, reasons):
    """One find a circle: its nodes, and a few of the ways around it."""
    finds = []
    for part in parts:
        inside = sorted((u, h) for u, h in reasons if u in part and h in part)
        ways = '; '.join(f'{u} -> {h} ({", ".join(sorted(reasons[u, h])[:3])})'
                         for u, h in inside[:16])
        finds.append((part[0], f'{" ".join(part)}: {ways}'))
    return finds


def folder_circles(symbols):
    """By calls and by #include. commands.c may start what lies in the folders of runner/."""
    reasons = collections.defaultdict(set)
    for user, home, name in symbols.edges():
        if user != 'runner/commands.c' and folder_of(user) != folder_of(home):
            reasons[folder_of(user), folder_of(home)].add(name)
    known = set(files(*OURS))
    for path in known - {'runner/commands.c'}:
        for include in re.findall(r'^\s*#include "([^"]+)"', text_of(path), re.MULTILINE):
            for target in (f'{folder_of(path)}/{include}', f'lib/{include}', f'runner/{include}'):
                if target in known:
                    if folder_of(target) != folder_of(path):
                        reasons[folder_of(path), folder_of(target)].add(include)
                    break
    return with_reasons(circles(reasons), reasons)


def file_circles(symbols):
    reasons = collections.defaultdict(set)
    for user, home, name in symbols.edges():
        if user.startswith('lib/') and home.startswith('lib/'):
            reasons[user, home].add(name)
    return with_reasons(circles(reasons), reasons)


def large_folders():
    count = collections.Counter(folder_of(p) for p in files('lib', 'runner'))
    for folder in count:
        count[folder] += (ROOT / folder / 'meson.build').exists()
    return [(folder, f'{folder}: {n} files') for folder, n in sorted(count.items()) if n > 20]


def reserved_names(symbols):
    """Names of ours that begin with an underscore, wherever they stand: none is needed."""
    finds = []
    for path in files('lib', 'runner', 'tests', 'unit'):
        if path.endswith('.bpf.c'):  # the kernel's names
            continue
        names = set(re.findall(r'(?<![\w.>])_[a-z]\w*', code_of(path))) - {'_exit'}
        names |= set(re.findall(r'^\s*#\s*define\s+(_\w+)', code_of(path), re.MULTILINE))
        finds += [(path, f'{path}: {" ".join(sorted(names))}')] if names else []
    finds += [(path, f'{path}: {name} (symbol)') for path in symbols.defines
              for name in symbols.defines[path]
              # ld's --wrap asks for this one.
              if re.match('__(?!wrap_)', name) and symbols.kind[name] == 'T']
    return finds


def one_user(symbols, kind):
    """
    'internal': used by one file of its folder, and declared in what the folder shares: it wants to
    be static there. 'header': likewise, but its file has a header that declares it. 'folder':
    what one file of another folder uses. The latter two are the interface of a file.
    """
    declared = {path: set(re.findall(r'\b(\w+)\s*\(', code_of(path)))
                for path in files('lib', 'runner') if path.endswith('.h')}
    found = []
    for name, source, users, _ in symbols.users():
        if len(users) == 1 and symbols.kind[name] == 'T':
            of_folder = folder_of(source) == folder_of(users[0])
            own = name in declared.get(source[:-1] + 'h', ())
            if kind == ('folder' if not of_folder else 'header' if own else 'internal'):
                found.append((source, f'{source}: {name} (only {users[0]})'))
    return found


def no_user(symbols):
    return [(source, f'{source}: {name}' + (f' ({", ".join(tests)})' if tests else ' (nobody)'))
            for name, source, users, tests in symbols.users()
            if not users and name != 'main' and not KEPT.match(name)]


def matches(pattern, paths):
    return [(path, f'{path}:{number}: {line.strip()}') for path in paths
            for number, line in enumerate(code_of(path).splitlines(), 1)
            for _ in re.findall(pattern, line)]


def makers_of_json():
    """Files that create JSON objects or put into them by json-c's own calls."""
    found = collections.Counter(path for path, _ in matches(
        r'\bjson_object_(?:new_\w+|object_add\w*|array_add)\s*\(', files('lib', 'runner', 'tests')))
    return [(path, f'{path}: {count} calls') for path, count in sorted(found.items())
            if path != 'lib/system/json.c']


def split_messages():
    """A message that goes on in the next literal cannot be found with grep."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|\'(?:\\.|[^\'\\\n])*\'|'
                       r'"((?:\\.|[^"\\\n])*)"(\s*\\?\n\s*")?', re.DOTALL)
    found = []
    for path in files(*OURS):
        text, at = text_of(path), 0
        while match := token.search(text, at):
            # The next literal's opening quote was looked at only.
            at = match.end() - (1 if match.group(2) else 0)
            if match.group(2) and not match.group(1).endswith('\\n'):
                line = text.count('\n', 0, match.start()) + 1
                found.append((path, f'{path}:{line}: {match.group(1)[-40:]}'))
    return found


def long_files():
    """A limit of 500 lines, and some air: what has 520 lines is not better for being split."""
    return [(path, f'{path}: {lines} lines') for path in files(*OURS)
            for lines in [len(text_of(path).splitlines())] if lines > 600]


def unclassed_tests(build):
    """Each test is in one class: fast, slow or long."""
    path = build / 'meson-info/intro-tests.json'
    tests = json.loads(path.read_text(encoding='utf-8'))
    found = [(t['name'], {s.rpartition(':')[2] for s in t['suite']} & {'fast', 'slow', 'long'})
             for t in tests]
    return [('unit', f'{name}: {sorted(classes)}') for name, classes in found if len(classes) != 1]


def kept_outputs():
    """Outputs that are held byte for byte, in kilobytes: each is one more place of a word."""
    size = sum(p.stat().st_size for p in (ROOT / 'unit').glob('*/golden*'))
    return [('unit', 'a kilobyte')] * (size >> 10)


def code_lines(path):
    return sum(1 for line in code_of(path).splitlines() if line.strip())


def rules(build):
    """(what, finds, limit); a limit of None is counted only."""
    symbols = Symbols(build)
    ours = files('lib', 'runner')
    return [
        ('.c and .h files in lib and runner', [(p, p) for p in ours], 318),
        ('circles of folders (calls and includes)', folder_circles(symbols), 0),
        ('circles of files inside lib (calls)', file_circles(symbols), 0),
        ('folders of more than 20 files', large_folders(), 0),
        ('files of more than 600 lines', long_files(), 0),
        ('files with names that begin with _', reserved_names(symbols), 0),
        ('functions that one file of the folder uses, by no header of their own',
         one_user(symbols, 'internal'), 20),
        ('functions that one file of the folder uses, by their own header',
         one_user(symbols, 'header'), None),
        ('functions that one file of another folder uses', one_user(symbols, 'folder'), None),
        ('externs that no other file uses, or only unit/', no_user(symbols), 0),
        ('ret = ret ? ret :', matches(r'\b(\w+) = \1 \? \1\b', files(*OURS)), 20),
        ('messages over two literals', split_messages(), 0),
        ('files that create JSON objects, but json.c', makers_of_json(), 0),
        ('kilobytes of kept outputs', kept_outputs(), 98),
        ('tests in no class, or in two', unclassed_tests(build), 0),
        ('.c files of less than 150 lines (to look at)',
         [(p, f'{p}: {len(text_of(p).splitlines())}') for p in ours
          if p.endswith('.c') and len(text_of(p).splitlines()) < 150], None),
    ]


def main():
    parser = argparse.ArgumentParser(usage='unit/house/check.py [-b BUILD] [-v] [FOLDER...]')
    parser.add_argument('-b', '--build', default=str(ROOT / 'build'), type=pathlib.Path)
    parser.add_argument('-v', '--verbose', action='store_true')
    parser.add_argument('folder', nargs='*')
    options = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if not (options.build / 'compile_commands.json').exists():
        sys.exit(f'{options.build}: nothing is built there')

    folders = tuple(f.strip('/') + '/' for f in options.folder)
    broken = 0
    for what, finds, limit in rules(options.build.resolve()):
        wrong = limit is not None and len(finds) > limit
        broken += wrong
        allowed = '' if limit is None else f', at most {limit}'
        state = 'BROKEN' if wrong else 'count ' if limit is None else 'ok    '
        print(f'{state} {what}: {len(finds)}{allowed}')
        shown = [find for path, find in finds if not folders or f'{path}/'.startswith(folders)]
        if not (options.verbose or (folders and limit != 279) or (wrong and limit != 279)):
            continue
        for find in shown if options.verbose or folders else shown[:SHOWN]:
            print(f'         {find}')
        if len(shown) > SHOWN and not options.verbose and not folders:
            print(f'         ... and {len(shown) - SHOWN} more (-v, or name a folder)')
    lines = sum(code_lines(p) for p in files('lib', 'runner'))
    print(f'       lines of code in lib and runner: {lines}')
    return broken


if __name__ == '__main__':
    sys.exit(main())
