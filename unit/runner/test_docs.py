# SPDX-License-Identifier: MIT
"""
What docs/compare.md shows is what the command prints: each block there that begins with
"$ pinlat …" is run beside the sets that it names. UPDATE_DOCS=1 writes the blocks anew.
"""
import os
import pathlib
import re
import subprocess
import unittest

from harness import PINLAT

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'docs/compare.md'
SETS = ROOT / 'results/linux-6.18-uring'
BLOCK = re.compile(r'^```\n\$ (pinlat .*)\n((?:(?!```).*\n)*)```$', re.MULTILINE)


def printed(command):
    """What a command of the page prints, on both streams; lines end where the page's do."""
    path = f'{pathlib.Path(PINLAT).resolve().parent}:{os.environ["PATH"]}'
    done = subprocess.run(['sh', '-c', command], cwd=SETS, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          env=dict(os.environ, PATH=path, LC_ALL='C.UTF-8'))
    return ''.join(line.rstrip() + '\n' for line in done.stdout.splitlines())


class Docs(unittest.TestCase):
    def test_blocks(self):
        page = PAGE.read_text(encoding='utf-8')
        blocks = BLOCK.findall(page)
        self.assertGreater(len(blocks), 6)
        for command, shown in blocks:
            with self.subTest(command=command):
                self.assertEqual(shown, printed(command))


def update():
    page = PAGE.read_text(encoding='utf-8')
    page = BLOCK.sub(lambda m: f'```\n$ {m[1]}\n{printed(m[1])}```', page)
    PAGE.write_text(page, encoding='utf-8')


if __name__ == '__main__':
    if os.environ.get('UPDATE_DOCS'):
        update()
    else:
        unittest.main(verbosity=2)
