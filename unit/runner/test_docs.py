# SPDX-License-Identifier: MIT
"""
What docs/compare.md, formats.md and tutorial.md show is what the command prints: each block there
that begins with "$ pinlat compare …" or "$ pinlat report …" is run beside the sets that it names.
compare.md, which says what the words mean, is held to them; the others to every number, so that a
changed word changes one page. (What the tutorial measured cannot be repeated; it is the output
from which its sets come.) UPDATE_DOCS=1 writes all of them anew.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from command import PINLAT

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Each with where its sets are and how many blocks there must be at least.
PAGES = {'compare.md': (('lab-6.1/wait', 'linux-6.18-uring'), 9),
         'formats.md': (('lab-6.1/wait', 'linux-6.18-uring'), 7),
         'tutorial.md': (('tutorial',), 4)}
BLOCK = re.compile(r'^```\n\$ (pinlat (?:compare|report) .*)\n((?:(?!```).*\n)*)```$', re.MULTILINE)


def lay_out(folders, folder):
    """The sets as files, and each as a folder of its own as `pinlat run` leaves it."""
    for packed in (path for of in folders for path in (ROOT / 'results' / of).glob('*.jsonl.gz')):
        shutil.copy(packed, folder)
        one = pathlib.Path(folder, packed.name.removesuffix('.jsonl.gz'))
        one.mkdir()
        shutil.copy(packed, one)


def printed(command, folder):
    """What a command of the page prints, on both streams; lines end where the page's do."""
    path = f'{pathlib.Path(PINLAT).resolve().parent}:{os.environ["PATH"]}'
    done = subprocess.run(['sh', '-c', command], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          env=dict(os.environ, PATH=path, LC_ALL='C.UTF-8'))
    return ''.join(line.rstrip() + '\n' for line in done.stdout.splitlines())


def numbers(text):
    """The words that hold a digit, in their order."""
    return re.findall(r'\S*[0-9]\S*', text)


def pages():
    """(the page, what it says, where its commands are run, how many there are at least)"""
    for name, (folders, least) in PAGES.items():
        with tempfile.TemporaryDirectory(prefix='pinlat-docs-') as folder:
            lay_out(folders, folder)
            page = ROOT / 'docs' / name
            yield page, page.read_text(encoding='utf-8'), folder, least


class Docs(unittest.TestCase):
    def test_blocks(self):
        for page, text, folder, least in pages():
            blocks = BLOCK.findall(text)
            self.assertGreaterEqual(len(blocks), least, page)
            for command, shown in blocks:
                with self.subTest(page=page.name, command=command):
                    same = str if page.name == 'compare.md' else numbers
                    self.assertEqual(same(shown), same(printed(command, folder)))


def update():
    for page, text, folder, _ in pages():
        text = BLOCK.sub(lambda m: f'```\n$ {m[1]}\n{printed(m[1], folder)}```', text)
        page.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    if os.environ.get('UPDATE_DOCS'):
        update()
    else:
        unittest.main(verbosity=2)
