# SPDX-License-Identifier: MIT
"""
Debian packages, unpacked into the cache rather than installed. They are named, and apt
knows which version and from where.
"""
import os
import re
import shutil

from host.errors import LabError, call
from host.paths import cache


def depends(package, pattern):
    """The package that @package depends on and whose name matches @pattern."""
    for line in call('apt-cache', 'depends', '--important', package).splitlines():
        match = re.fullmatch(r'\s*Depends: (\S+)', line)
        if match and re.fullmatch(pattern, match[1]):
            return match[1]
    raise LabError(f'apt does not know {package}: run apt-get update, on Debian 12')


def versions(names):
    """A line "package version" for each, with the version that apt would install."""
    found = re.findall(r'^(\S+):\n.*\n\s*Candidate: (\S+)', call('apt-cache', 'policy', *names),
                       re.MULTILINE)
    known = {name: version for name, version in found if version != '(none)'}
    for name in names:
        if name not in known:
            raise LabError(f'apt does not know {name}: run apt-get update, on Debian 12')
    return ''.join(f'{name} {known[name]}\n' for name in names)


def unpack(name, packages):
    """
    The folder cache/NAME, which holds the files of @packages, in the versions that apt has
    today. Others that were there before go.
    """
    folder = cache() / name
    stamp = folder / 'packages'
    wanted = versions(packages)
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for package in packages:
        # As root, apt would want to download as a user who cannot write here.
        call('apt-get', '-q', '-o', f'APT::Sandbox::User={os.environ.get("USER", "root")}',
             'download', package, cwd=folder)
    for archive in folder.glob('*.deb'):
        call('dpkg-deb', '-x', archive, folder)
        archive.unlink()
    stamp.write_text(wanted)
    return folder
