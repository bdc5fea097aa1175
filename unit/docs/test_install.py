# SPDX-License-Identifier: MIT
"""
`meson install` puts everything where a distribution expects it, and what was installed works
from there: below a DESTDIR, through a symbolic link, and after the whole was moved.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ['BUILD']
PREFIX = os.environ['PREFIX'].lstrip('/')
TEST_FOLDER = os.environ['TEST_FOLDER']

EXPECTED = '''
    bin/pinlat
    {tests}/gem_syslatency_pinned
    {tests}/pinlat-ab
    {tests}/pinlat-ab-plan
    {tests}/pinlat-boot-once
    {tests}/pinlat-ci.testlist
    {tests}/pinlat.testlist
    {tests}/test-list.txt
    share/bash-completion/completions/pinlat
    share/doc/pinlat/README.md
    share/pinlat/compare.schema.json
    share/pinlat/record.schema.json
    share/pinlat/examples/README.md
    share/pinlat/examples/cgroup-2G.jsonl.gz
    share/pinlat/examples/machine.jsonl.gz
'''
MAN_PAGES = '''
    share/man/man1/gem_syslatency_pinned.1
    share/man/man1/pinlat-ab.1
    share/man/man1/pinlat-compare.1
    share/man/man1/pinlat-doctor.1
    share/man/man1/pinlat-history.1
    share/man/man1/pinlat-list.1
    share/man/man1/pinlat-pack.1
    share/man/man1/pinlat-report.1
    share/man/man1/pinlat-run.1
    share/man/man1/pinlat-show.1
    share/man/man1/pinlat.1
    share/man/man5/pinlat-record.5
'''
# Without what the caller may have set for the programs of the build.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith('PINLAT')}


def pages():
    """Every file of docs/ but what has a place of its own."""
    docs = pathlib.Path(__file__).resolve().parents[2] / 'docs'
    return ''.join(f'share/doc/pinlat/docs/{path.relative_to(docs)}\n' for path in docs.rglob('*')
                   if path.is_file() and path.name != 'meson.build' and
                   not path.name.endswith('.schema.json') and path.parent.name != 'man')


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix='pinlat-install-')
        cls.addClassCleanup(shutil.rmtree, cls.top)
        # For packagers: umask and rights are those of the files, not of who installs.
        cls.done = subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet',
                                   '--destdir', f'{cls.top}/dest'], capture_output=True,
                                  text=True, check=False, umask=0o077)
        cls.root = pathlib.Path(cls.top, 'dest', PREFIX)

    def run_installed(self, *args, command=None):
        return subprocess.run([command or self.root / 'bin/pinlat', *args], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, env=CLEAN,
                              cwd=self.top, timeout=60, check=False)

    def test_files(self):
        self.assertEqual((self.done.returncode, self.done.stderr), (0, ''))
        expected = EXPECTED.format(tests=TEST_FOLDER) + pages()
        if os.environ['MAN_PAGES']:
            expected += MAN_PAGES
        found = sorted(str(path.relative_to(self.root)) for path in self.root.rglob('*')
                       if not path.is_dir())
        self.assertEqual(found, sorted(expected.split()))
        outside = [path for path in pathlib.Path(self.top, 'dest').rglob('*')
                   if path.is_file() and self.root not in path.parents]
        self.assertEqual(outside, [], 'below the prefix alone')

    def test_rights(self):
        programs = {self.root / 'bin/pinlat', self.root / TEST_FOLDER / 'gem_syslatency_pinned',
                    self.root / TEST_FOLDER / 'pinlat-ab'}
        for path in self.root.rglob('*'):
            mode = path.stat().st_mode & 0o7777
            executable = path.is_dir() or path in programs
            self.assertEqual(oct(mode), oct(0o755 if executable else 0o644), path)

    def check_works(self, root, command=None):
        listed = self.run_installed('list', command=command)
        self.assertEqual((listed.returncode, listed.stderr), (0, ''))
        self.assertIn('thp-busy', listed.stdout)
        doctor = self.run_installed('doctor', '-v', command=command)
        self.assertIn(doctor.returncode, (0, 3))  # 3: no run is possible on this machine
        told = re.search(r'^ok +test binary: (.*)$', doctor.stdout, re.MULTILINE)
        self.assertIsNotNone(told, doctor.stdout)
        self.assertTrue(os.path.samefile(told[1], root / TEST_FOLDER / 'gem_syslatency_pinned'))

    def test_works_below_destdir(self):
        self.check_works(self.root)

    def test_works_through_a_link(self):
        link = pathlib.Path(self.top, 'pinlat')
        link.symlink_to(self.root / 'bin/pinlat')
        self.check_works(self.root, command=link)

    def test_works_after_a_move(self):
        moved = pathlib.Path(self.top, 'else where')
        shutil.copytree(self.root, moved)
        self.check_works(moved, command=moved / 'bin/pinlat')

    def test_says_where_it_looked(self):
        alone = pathlib.Path(self.top, 'alone')
        alone.mkdir()
        shutil.copy2(self.root / 'bin/pinlat', alone)
        done = self.run_installed('list', command=alone / 'pinlat')
        self.assertEqual(done.returncode, 3)
        self.assertIn(f'{alone}/', done.stderr)
        self.assertIn('PINLAT_TEST', done.stderr)

    def test_folder_is_a_test_root(self):
        """What igt_runner reads: the list names what lies beside it, and that lists subtests."""
        folder = self.root / TEST_FOLDER
        words = (folder / 'test-list.txt').read_text(encoding='ascii').split()
        self.assertEqual((words[0], words[-2:]), ('TESTLIST', ['END', 'TESTLIST']))
        for name in words[1:-2]:
            done = self.run_installed('--list-subtests', command=folder / name)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn('timer-idle', done.stdout.split())

    def test_examples_are_read(self):
        example = self.root / 'share/pinlat/examples/cgroup-2G.jsonl.gz'
        with gzip.open(example) as f:
            self.assertTrue(f.readline().startswith(b'{"schema"'))
        done = self.run_installed('show', example)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('thp-pinned', done.stdout)


if __name__ == '__main__':
    unittest.main(verbosity=2)
