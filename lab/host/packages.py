# SPDX-License-Identifier: MIT
"""Debian packages, by name, unpacked into the cache and not installed."""
import pathlib
import re
import subprocess


def output(*command, **options):
    """What a command prints; if it fails, the lab ends with what it complained of."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          **options)
    if done.returncode:
        raise SystemExit(f'{done.stderr}lab: failed: {" ".join(map(str, command))}')
    return done.stdout


def dependency(name, pattern):
    """The first package that `name` depends on and whose name matches."""
    for word in re.findall(r'Depends: (\S+)', output('apt-cache', 'depends', name)):
        if re.fullmatch(pattern, word):
            return word
    raise SystemExit(f'lab: package {name} depends on nothing like {pattern}')


def unpacked(cache, *names):
    """A folder that holds the files of all these packages together."""
    folder = cache / 'packages' / '+'.join(names)
    done = folder / '.complete'
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        output('apt-get', 'download', '-q', name, cwd=folder)
        for archive in folder.glob('*.deb'):
            output('dpkg-deb', '-x', archive, folder)
            archive.unlink()
    done.touch()
    return folder


class Stock:
    """Debian's own 6.1 kernel: its image and modules, and what modules are built with."""

    def __init__(self, cache):
        image = dependency('linux-image-amd64', r'linux-image-6\.1\..*-amd64')
        self.release = image.removeprefix('linux-image-')
        common = self.release.removesuffix('-amd64') + '-common'
        self.folder = unpacked(cache, image, f'linux-headers-{self.release}',
                               f'linux-headers-{common}', 'linux-kbuild-6.1')
        self.bzimage = self.folder / 'boot' / f'vmlinuz-{self.release}'
        self.headers = self.folder / 'usr/src' / f'linux-headers-{self.release}'
        self._relocate(common)

    def _relocate(self, common):
        """The headers name each other by absolute paths: let them be those of the cache."""
        makefile = self.headers / 'Makefile'
        makefile.write_text(f'include {self.folder}/usr/src/linux-headers-{common}/Makefile\n')
        for tree in (self.headers, self.folder / 'usr/src' / f'linux-headers-{common}'):
            for name in ('scripts', 'tools'):
                link = tree / name
                if link.is_symlink():
                    link.unlink()
                    link.symlink_to(self.folder / 'usr/lib/linux-kbuild-6.1' / name)

    def modules(self, *names):
        """Paths of these modules and of those they need, in the order of loading."""
        if not (self.folder / 'lib/modules' / self.release / 'modules.dep').exists():
            output('depmod', '-b', self.folder, self.release)
        paths = []
        for name in names:
            listed = output('modprobe', '-d', self.folder, '-S', self.release, '-D', name)
            for path in re.findall(r'insmod (\S+)', listed):
                if pathlib.Path(path) not in paths:
                    paths.append(pathlib.Path(path))
        return paths
