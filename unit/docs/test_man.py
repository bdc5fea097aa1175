# SPDX-License-Identifier: MIT
"""
The man pages document each option of each --help, and no other; name every field of a record;
and are clean for man(1) and mandoc(1). Pages are given as arguments, and what they are made of:
scdoc's source, with the options that the tables of the programs know filled in.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import helps

SOURCES = {os.path.basename(path)[:-len('.scd')]: pathlib.Path(path) for path in sys.argv[1:]
           if path.endswith('.scd')}
PAGES = {os.path.basename(path): path for path in sys.argv[1:] if not path.endswith('.scd')}

# scdoc(1) leaves these paragraphs empty in all that it writes.
FROM_SCDOC = re.compile(r'skipping paragraph macro: (PP (empty|after SH)|br before text line)')
# "*-o*, *--output* _FILE_", "*--describe*[=_PATTERNS_]", "*--hook* [_EVENTS_:]_COMMAND_"
DEFINITION = re.compile(r'^(?:\*(-\w)\*, )?\*(--[a-z][\w-]*)\*(.*)$', re.MULTILINE)


def page_of(command):
    return {'': 'pinlat.1', 'test': 'gem_syslatency_pinned.1'}.get(command, f'pinlat-{command}.1')


def source(page):
    return SOURCES[page].read_text(encoding='utf-8')


def sections(page):
    """Section -> its text."""
    parts = re.split(r'^# (.*)\n', source(page), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def documented(page):
    """The options that a page defines: long name -> (short name, argument)."""
    return {name: (short, argument.strip().replace('_', ''))
            for short, name, argument in DEFINITION.findall(source(page))}


class Options(unittest.TestCase):
    def check(self, command):
        page = page_of(command)
        self.assertEqual(documented(page), helps.options(command), f'{page} against --help')

    def test_every_command(self):
        names = helps.commands()
        self.assertIn('run', names)
        for name in names:
            with self.subTest(name):
                self.check(name)

    def test_itself_and_the_test(self):
        found = documented('pinlat.1')
        self.assertEqual(found, {'--help': ('-h', ''), '--version': ('', '')})
        for option in found:
            helps.printed(helps.PINLAT, option)
        self.check('test')

    def test_commands_are_named(self):
        text = sections('pinlat.1')
        self.assertEqual(re.findall(r'^\*(\w+)\*$', text['COMMANDS'], re.MULTILINE),
                         helps.commands())
        for name in helps.commands():
            self.assertIn(f'*pinlat-{name}*(1)', text['SEE ALSO'])

    def test_words_of_options(self):
        """Values that the command names when it refuses one stand in the page."""
        for command, option in helps.CHOICES:
            defined = re.search(rf'^\*{option}\* .*\n((?:\t.*\n|\n(?=\t))+)',
                                source(page_of(command)), re.MULTILINE)
            self.assertIsNotNone(defined, option)
            for word in helps.choices(command, option):
                self.assertRegex(defined[1], rf'\b{word}\b', option)

    def test_exit_status(self):
        """What a help says of exit codes, its page says too."""
        for name in ['', *helps.commands()]:
            said = re.findall(r'Exit status: (.*)', helps.help_of(name).replace('\n', ' '))
            for codes in said:
                wanted = set(re.findall(r'(?:^|[,;] |or )(\d+) ', codes))
                status = sections(page_of(name))['EXIT STATUS']
                self.assertLessEqual(wanted, set(re.findall(r'^\*(\d+)\*', status, re.MULTILINE)),
                                     name)


def fields(schema):
    """The names of all fields that a JSON Schema knows."""
    found = set()
    if isinstance(schema, dict):
        properties = schema.get('properties')
        found |= set(properties if isinstance(properties, dict) else ())
        for member in schema.values():
            found |= fields(member)
    elif isinstance(schema, list):
        for member in schema:
            found |= fields(member)
    return found


class Record(unittest.TestCase):
    def test_every_field(self):
        with open(helps.ROOT / 'docs/record.schema.json', encoding='utf-8') as f:
            wanted = fields(json.load(f))
        self.assertGreater(len(wanted), 100)
        bold = set(re.findall(r'\*([\w.]+)\*', source('pinlat-record.5')))
        self.assertEqual(wanted - bold, set())


class Rendered(unittest.TestCase):
    def need(self, tool):
        if not PAGES or not shutil.which(tool):
            self.skipTest(f'no {tool}, or no pages were made (scdoc)')

    def test_all_are_made(self):
        self.need('scdoc')
        sources = (helps.ROOT / 'docs/man').glob('*.scd')
        self.assertEqual({p.name.removesuffix('.scd') for p in sources}, set(PAGES))

    def test_man(self):
        self.need('man')
        for name, path in PAGES.items():
            done = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', path],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env=dict(os.environ, MANROFFSEQ='', MANWIDTH='80', LC_ALL='C'),
                                  check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ''), name)
            self.assertGreater(len(done.stdout), 1000, name)

    def test_mandoc(self):
        self.need('mandoc')
        for name, path in PAGES.items():
            done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', path], text=True,
                                  capture_output=True, check=False)
            said = [line for line in (done.stdout + done.stderr).splitlines()
                    if not FROM_SCDOC.search(line)]
            self.assertEqual(said, [], name)

    def test_names_for_apropos(self):
        """Each page's NAME is one line "name - what", which makes whatis(1) know it."""
        for page in SOURCES:
            name = page.split('.')[0]
            self.assertRegex(sections(page)['NAME'].strip(), rf'^{name} - [a-zA-Z].*$')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
