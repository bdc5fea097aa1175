# SPDX-License-Identifier: MIT
"""
Debian packages, unpacked into the cache rather than installed. They are named, and apt
knows which version and from where. Those of other releases of Debian are got with an apt
configuration of the lab's own, from the mirror that this machine's apt uses; the machine's is
never touched.
"""
import os
import re
import shutil
import time

from host.errors import LabError, call
from host.paths import cache

KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
# So long the lists of another release are good.
LISTS_SECONDS = 12 * 3600


def mirrors():
    """The addresses of Debian's archive and of its security updates, as apt has them."""
    found = {}
    for line in call('apt-get', 'indextargets', '--format', '$(RELEASE) $(SITE)',
                     'Created-By: Packages').splitlines():
        release, _, site = line.partition(' ')
        if re.fullmatch(r'(bookworm|bookworm-security)', release):
            found.setdefault(release, site)
    if 'bookworm' not in found:
        raise LabError('apt does not know bookworm: run apt-get update, on Debian 12')
    archive = found['bookworm']
    return archive, found.get('bookworm-security', archive.rstrip('/') + '-security')


def _apt(suite):
    """The options by which apt sees the release @suite alone; None: what this machine has."""
    if not suite:
        return []
    folder = cache() / f'apt-{suite}'
    for name in ('lists/partial', 'archives/partial'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = [f'Dir::Etc::sourcelist={folder}/sources.list', 'Dir::Etc::sourceparts=/dev/null',
               f'Dir::State={folder}', f'Dir::State::status={folder}/status',
               f'Dir::Cache={folder}']
    options = [word for option in options for word in ('-o', option)]
    stamp = folder / 'updated'
    if not stamp.exists() or time.time() - stamp.stat().st_mtime > LISTS_SECONDS:
        archive, security = mirrors()
        sources = [f'{archive} {suite}']
        if not suite.endswith('-backports'):
            sources.append(f'{security} {suite}-security')
        (folder / 'sources.list').write_text(
            ''.join(f'deb [signed-by={KEYRING}] {source} main\n' for source in sources))
        (folder / 'status').touch()
        call('apt-get', '-q', *options, '-o', _sandbox(), 'update')
        stamp.touch()
    return options


def _sandbox():
    """As root, apt would want to download as a user who cannot write here."""
    return f'APT::Sandbox::User={os.environ.get("USER", "root")}'


def depends(package, pattern, suite=None):
    """The package that @package depends on and whose name matches @pattern."""
    for line in call('apt-cache', *_apt(suite), 'depends', '--important', package).splitlines():
        match = re.fullmatch(r'\s*Depends: (\S+)', line)
        if match and re.fullmatch(pattern, match[1]):
            return match[1]
    raise LabError(f'apt does not know {package}: run apt-get update, on Debian 12')


def named(pattern, suite=None):
    """The newest package whose name matches @pattern."""
    found = call('apt-cache', *_apt(suite), 'pkgnames', pattern.partition('\\')[0]).split()
    match = sorted((name for name in found if re.fullmatch(pattern, name)),
                   key=lambda name: [int(n) for n in re.findall(r'\d+', name)])
    if not match:
        raise LabError(f'apt knows no {pattern}: run apt-get update, on Debian 12')
    return match[-1]


def versions(names, suite=None):
    """A line "package version" for each, with the version that apt would install."""
    found = re.findall(r'^(\S+):\n.*\n\s*Candidate: (\S+)',
                       call('apt-cache', *_apt(suite), 'policy', *names), re.MULTILINE)
    known = {name: version for name, version in found if version != '(none)'}
    for name in names:
        if name not in known:
            raise LabError(f'apt does not know {name}: run apt-get update, on Debian 12')
    return ''.join(f'{name} {known[name]}\n' for name in names)


def unpack(name, packages, suite=None):
    """
    The folder cache/NAME, which holds the files of @packages, in the versions that apt has
    today. Others that were there before go.
    """
    folder = cache() / name
    stamp = folder / 'packages'
    wanted = versions(packages, suite)
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for package in packages:
        call('apt-get', '-q', *_apt(suite), '-o', _sandbox(), 'download', package, cwd=folder)
    for archive in folder.glob('*.deb'):
        call('dpkg-deb', '-x', archive, folder)
        archive.unlink()
    stamp.write_text(wanted)
    return folder
