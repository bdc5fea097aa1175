# SPDX-License-Identifier: MIT
"""
scripts/package: its tarball works on a root that has the C library and nothing else, and after a
move; its Debian package is clean for lintian and passes its own tests.

usage: test_package.py tarball|deb
"""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ['SOURCE'])
sys.path.insert(0, str(SOURCE / 'lab'))

from host import packages  # noqa: E402 (after its path)
import needs  # noqa: E402

PINLAT = os.environ['PINLAT']
WHAT = sys.argv.pop(1)
NEEDED = {'tarball': ('xz', 'chroot'),
          'deb': ('dpkg-buildpackage', 'dh', 'lintian', 'autopkgtest', 'debootstrap')}[WHAT]
EXAMPLE = 'share/pinlat/examples/cgroup-2G.jsonl.gz'


def run(*command, **more):
    return subprocess.run(command, text=True, capture_output=True, stdin=subprocess.DEVNULL,
                          check=False, **more)


@contextlib.contextmanager
def proc_in(root):
    """Mounts /proc there."""
    (root / 'proc').mkdir(exist_ok=True)
    subprocess.run(['mount', '--bind', '/proc', root / 'proc'], check=True)
    try:
        yield
    finally:
        subprocess.run(['umount', root / 'proc'], check=True)


class Case(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='pinlat-package-', dir='/var/tmp'))
        self.addCleanup(shutil.rmtree, self.top)

    def good(self, *command, **more):
        done = run(*command, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def package(self, what, *args, code=0, source=SOURCE):
        done = run(source / 'scripts/package', what, *args)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.splitlines() if code == 0 else done.stderr


class Tarball(Case):
    """Built once for all that is asked of it."""

    @classmethod
    def setUpClass(cls):
        cls.kept = pathlib.Path(tempfile.mkdtemp(prefix='pinlat-tarball-', dir='/var/tmp'))
        cls.addClassCleanup(shutil.rmtree, cls.kept)
        done = run(SOURCE / 'scripts/package', 'tarball', '-o', cls.kept)
        assert done.returncode == 0, done.stderr
        cls.file, = done.stdout.splitlines()
        cls.version, = run(SOURCE / 'scripts/package', 'version').stdout.split()

    def unpacked(self, name):
        root = self.top / name
        root.mkdir()
        self.good('tar', '-C', root, '-xJf', self.file)
        return root

    def libc(self, root):
        """The C library of this machine, and nothing else."""
        listed = self.good('ldd', PINLAT)
        loader, = re.findall(r'^\s*(/lib\S*/ld-\S+)', listed, re.MULTILINE)
        found = [loader, *re.findall(r'=> (/\S*/lib[cm]\.so\.6) ', listed)]
        self.assertEqual(len(found), 3, listed)
        for path in found:
            to = root / path.lstrip('/')
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)

    def test_files(self):
        """Below /opt/pinlat and one link; nobody's but root's; as old as the commit."""
        self.assertIn(self.version, self.file)
        with tarfile.open(self.file) as tar:
            members = tar.getmembers()
        names = [m.name for m in members]
        self.assertEqual(names, sorted(names, key=lambda n: n.split('/')))
        for m in members:
            self.assertRegex(m.name + '/', r'^(opt/(pinlat/|$)|usr/(local/(bin/(pinlat/|$)|$)|$))')
            self.assertEqual((m.uid, m.gid), (0, 0))
            self.assertEqual(len({x.mtime for x in members}), 1)
            self.assertTrue(m.isdir() or m.isfile() or m.issym(), m.name)
            self.assertEqual(m.mode & 0o7022 if not m.issym() else 0, 0, m.name)

    def test_root_with_libc_alone(self):
        root = self.unpacked('root')
        self.libc(root)
        inside = ['chroot', str(root), '/opt/pinlat/bin/pinlat']
        # By /proc the loader knows where its program is, and the command where its test is.
        done = run('chroot', str(root), '/opt/pinlat/bin/pinlat', 'list',
                   env={**os.environ, 'LD_LIBRARY_PATH': '/opt/pinlat/lib/pinlat'})
        self.assertIn('mount /proc', done.stderr)
        with proc_in(root):
            self.assertIn(self.version, self.good(*inside, '--version'))
            shown = self.good(*inside, 'show', f'/opt/pinlat/{EXAMPLE}')
            self.assertIn('thp-pinned', shown)
            self.assertEqual(shown, self.good(PINLAT, 'show', root / 'opt/pinlat' / EXAMPLE))
            self.assertIn('thp-busy', self.good(*inside, 'list'))
            link = self.good('chroot', str(root), '/usr/local/bin/pinlat', 'list')
            self.assertIn('thp-busy', link)
            listed = self.good('chroot', str(root), '/opt/pinlat/libexec/pinlat/'
                               'gem_syslatency_pinned', '--list-subtests')
            self.assertIn('timer-idle\n', listed)

    def test_nothing_of_this_machine(self):
        """All libraries but the C library's are its own."""
        root = self.unpacked('root')
        for program in 'bin/pinlat', 'libexec/pinlat/gem_syslatency_pinned':
            for name, path in re.findall(r'(\S+) => (\S+)', self.good(
                    'ldd', root / 'opt/pinlat' / program)):
                own = path.startswith(str(root))
                self.assertNotEqual(own, bool(re.match(r'lib[cm]\.so', name)), f'{name} {path}')

    def test_moved(self):
        root = self.unpacked('root')
        moved = self.top / 'else where'
        shutil.move(root / 'opt/pinlat', moved)
        self.assertIn('thp-busy', self.good(moved / 'bin/pinlat', 'list'))
        shutil.rmtree(root)
        self.assertIn('thp-busy', self.good(moved / 'bin/pinlat', 'list'))

    def test_licences(self):
        """What it carries is named, with the licence of each."""
        folder = self.unpacked('root') / 'opt/pinlat/share/doc/pinlat'
        named = (folder / 'libraries.txt').read_text(encoding='utf-8').splitlines()
        self.assertGreater(len(named), 5)
        for line in named:
            package, version = line.split()
            self.assertTrue(version)
            self.assertTrue((folder / f'copyright.{package}').stat().st_size)

    def clone(self, *tags):
        """A repository with these tags, one commit further each."""
        tree = self.top / 'clone'
        (tree / 'scripts').mkdir(parents=True)
        for name in 'meson.build', 'scripts/package':
            shutil.copy(SOURCE / name, tree / name)
        git = ['git', '-C', tree, '-c', 'user.name=x', '-c', 'user.email=x@example.org']
        self.good(*git, 'init', '-q')
        self.good(*git, 'add', '.')
        self.good(*git, 'commit', '-qm', 'first')
        for tag in tags:
            self.good(*git, 'tag', '-am', tag, tag)
            self.good(*git, 'commit', '-qm', 'more', '--allow-empty')
        return tree

    def test_version(self):
        """Of the tag; before the first one lower than its version; of no git the plain one."""
        numbers, = re.findall(r"^  version: '(.*)',", (SOURCE / 'meson.build').read_text(
            encoding='ascii'), re.MULTILINE)
        tree = self.clone(f'v{numbers}')
        version, = self.package('version', source=tree)
        self.assertRegex(version, rf'^{re.escape(numbers)}\+1\.g[0-9a-f]{{10}}$')
        self.good('git', '-C', tree, 'checkout', '-q', f'v{numbers}')
        self.assertEqual(self.package('version', source=tree), [numbers])
        with open(tree / 'meson.build', 'a', encoding='ascii') as f:
            f.write('#\n')
        self.assertEqual(self.package('version', source=tree), [numbers + '+dirty'])
        shutil.rmtree(tree / '.git')
        self.assertEqual(self.package('version', source=tree), [numbers])
        shutil.rmtree(tree)
        before, = self.package('version', source=self.clone())
        self.assertRegex(before, rf'^{re.escape(numbers)}~git1\.g[0-9a-f]{{10}}$')
        if shutil.which('dpkg'):
            for low, high in (before, numbers), (numbers, version):
                self.good('dpkg', '--compare-versions', low, 'lt', high)
        shutil.rmtree(tree)
        said = self.package('version', code=3, source=self.clone('v99.0.0'))
        self.assertIn(f'meson.build says {numbers}, and the last tag is v99.0.0', said)

    def test_usage(self):
        for args in ([], ['rpm'], ['deb', '-o'], ['tarball', 'there'], ['deb', '-x', 'y']):
            done = run(SOURCE / 'scripts/package', *args)
            self.assertEqual((done.returncode, done.stdout), (2, ''), args)
            self.assertIn('scripts/package tarball [-o DIR]', done.stderr)


class Deb(Case):
    def test_package(self):
        out = self.top / 'out'
        made = self.package('deb', '-o', out)
        changes, = [path for path in made if path.endswith('.changes')]
        deb, = [path for path in made if re.search(r'/pinlat_[^/]*\.deb$', path)]
        with self.subTest('lintian'):
            said = self.good('lintian', '--allow-root', '--fail-on', 'error,warning,info',
                             '--display-info', '--profile', 'debian', changes)
            self.assertEqual(re.findall(r'^[EWI]: .*', said, re.MULTILINE), [])
        with self.subTest('version'):
            version, = self.package('version')
            self.assertEqual(self.good('dpkg-deb', '-f', deb, 'Version'), version + '\n')
        with self.subTest('autopkgtest'):
            self.good('debootstrap', '--variant=minbase', 'bookworm', self.top / 'root',
                      packages.mirrors()[0])
            tests = self.top / 'tests'
            (tests / 'debian').mkdir(parents=True)
            for name in 'control', 'changelog', 'tests':
                of = SOURCE / 'debian' / name
                (shutil.copytree if of.is_dir() else shutil.copy)(of, tests / 'debian' / name)
            # The testbed "chroot" has none of its own.
            with proc_in(self.top / 'root'):
                done = run('autopkgtest', '--apt-upgrade', deb, f'{tests}/', '--', 'chroot',
                           self.top / 'root')
            self.assertIn(done.returncode, (0, 2, 8), done.stdout + done.stderr)
            self.assertRegex(done.stdout + done.stderr, r'(?m)^installed +PASS')


if __name__ == '__main__':
    needs.root_and(*NEEDED)
    unittest.main(defaultTest='Tarball' if WHAT == 'tarball' else 'Deb', verbosity=2)
