# SPDX-License-Identifier: MIT
"""scripts/igt-export: what it writes into an IGT checkout, and that it compiles there.

With IGT_TREE, a checkout that its user exported to and built, `igt-tree` runs IGT's own checks and
one subtest there.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXPORT = ROOT / 'scripts/igt-export'
NAME = 'gem_syslatency_pinned'
# The shape of IGT's list.
LIST = '''\
intel_progs = [
\t'gem_softpin',
\t'gem_sync',
\t'gem_tiled_blits',
]

extra_dependencies = {
\t'perf': [ lib_igt_i915_perf ],
}
'''


def export(*args):
    return subprocess.run([EXPORT, *args], capture_output=True, text=True, check=False)


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob('*') if p.is_file()}


class Export(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.igt = pathlib.Path(folder.name)
        self.list = self.igt / 'tests/meson.build'
        self.list.parent.mkdir()
        self.list.write_text(LIST, encoding='utf-8')
        (self.igt / 'tests/intel').mkdir()
        (self.igt / 'tests/intel/gem_sync.c').write_text('theirs', encoding='utf-8')

    def export(self):
        done = export(self.igt)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        return contents(self.igt)

    def test_files(self):
        files = self.export()
        self.assertEqual({re.match('tests/(intel/(pinlat/)?)?', f)[0] for f in files},
                         {'tests/', 'tests/intel/', 'tests/intel/pinlat/'})
        self.assertEqual(files['tests/intel/gem_sync.c'], b'theirs')
        for theirs, ours in ((f'tests/intel/{NAME}.c', f'tests/{NAME}.c'),
                             ('tests/intel/pinlat/igt/igt.h', 'contrib/igt/shim/igt.h'),
                             ('tests/intel/pinlat/run/run.c', 'lib/run/run.c'),
                             ('tests/intel/pinlat/output.c', 'tests/output.c')):
            self.assertEqual(files[theirs], (ROOT / ours).read_bytes())
        self.assertNotIn('tests/intel/pinlat/igt/core.c', files)
        listed = re.findall(r"'(\S+\.c)'", files['tests/intel/pinlat/meson.build'].decode())
        self.assertEqual(sorted(f'tests/intel/pinlat/{f}' for f in listed),
                         sorted(f for f in files if f.endswith('.c') and 'pinlat/' in f))

    def test_list(self):
        self.export()
        text = self.list.read_text(encoding='utf-8')
        self.assertEqual(text, LIST.replace(
            "\t'gem_sync',\n", f"\t'gem_sync',\n\t'{NAME}',\n").replace(
            'extra_dependencies = {\n', "subdir('intel/pinlat')\n\nextra_dependencies = {\n"
            f"\t'{NAME}': [ lib_pinlat ],\n"))

    def test_twice(self):
        """A second export changes nothing; what is no more goes, in our folder alone."""
        first = self.export()
        done = export(self.igt)
        self.assertEqual(done.stdout, 'nothing to be done\n')
        self.assertEqual(contents(self.igt), first)
        (self.igt / 'tests/intel/pinlat/run/old.c').write_text('old', encoding='utf-8')
        self.assertEqual(self.export(), first)

    def test_refused(self):
        for text in (LIST.replace('gem_sync', 'gem_x'), LIST.replace('extra_dep', 'dep'),
                     LIST + "\t'gem_sync',\n", None):
            if text is None:
                self.list.unlink()
            else:
                self.list.write_text(text, encoding='utf-8')
            before = contents(self.igt)
            done = export(self.igt)
            self.assertEqual((done.returncode, done.stdout), (3, ''), done)
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertEqual(contents(self.igt), before)
        self.assertEqual(export().returncode, 2)

    def test_compiles(self):
        """The test itself, on declarations of IGT's; its libraries are the same files as here."""
        self.export()
        folder = self.igt / 'tests/intel'
        ours = [f'pinlat/{p.name}' for p in (folder / 'pinlat').glob('*.c')]
        done = subprocess.run(
            ['cc', '-std=gnu11', '-fsyntax-only', '-Wall', '-Wextra', '-Werror',
             '-Wno-unused-parameter', '-D_GNU_SOURCE', f'-I{folder}/pinlat',
             f'-I{HERE}/stand-in', '-I/usr/include/libdrm', f'{NAME}.c', *ours],
            cwd=folder, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''))


class Tree(unittest.TestCase):
    """IGT's own checks of a checkout that was exported to and built."""
    tree = pathlib.Path(os.environ.get('IGT_TREE', '/'))

    def run_in(self, folder, *command):
        done = subprocess.run(command, cwd=self.tree / folder, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout

    def test_is_exported(self):
        self.assertEqual(export(self.tree).stdout, 'nothing to be done\n')

    def test_documentation(self):
        config = next((self.tree / 'tests/intel').glob('*i915*config.json'))
        self.run_in('.', 'scripts/igt_doc.py', '--config', config, '--check-testlist',
                    '--igt-build-path', 'build')

    def test_command_line(self):
        self.run_in('build', '../tests/igt_command_line.sh', NAME)

    def test_subtest(self):
        if os.geteuid() != 0:
            self.skipTest('measuring needs root')
        with tempfile.TemporaryDirectory() as folder:
            chosen = pathlib.Path(folder, 'testlist')
            chosen.write_text(f'igt@{NAME}@timer-idle\n', encoding='utf-8')
            self.run_in('.', 'build/runner/igt_runner', '-o', '--test-list', chosen, '-e',
                        'PINLAT_PRESET=ci', 'build/tests', folder + '/r')
            results = pathlib.Path(folder, 'r/results.json').read_text(encoding='utf-8')
        self.assertIn('pinlat-record: ', results)
        self.assertRegex(results, '"result": ?"(pass|skip)"')


if __name__ == '__main__':
    if sys.argv[1] == 'tree' and 'IGT_TREE' not in os.environ:
        print('skipped: IGT_TREE names no checkout of IGT that was exported to and built')
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + ['Tree' if sys.argv.pop(1) == 'tree' else 'Export'])
