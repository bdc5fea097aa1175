# SPDX-License-Identifier: MIT
"""
scripts/lab smoke --driver xe: a client of xe's own code, on the mock of its hardware. The client is
unit/lab/xe.c; the header with xe's ioctls is that of the kernel's own release of Debian.
"""
import re

from host import guest, kernel, packages, session
from host.errors import call
from host.paths import LAB, PROJECT, cache

SOURCES = ('xe.c', 'xe-reclaim.c', 'xe-client.c')


def _client(series):
    """Builds it; Debian 12's libdrm has no xe_drm.h."""
    headers = packages.unpack(f'linux-libc-dev-{series}', ['linux-libc-dev'],
                              kernel.DEBIAN[series][0])
    target = cache() / 'xe' / 'client'
    call('cc', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', target,
         *(PROJECT / 'unit/lab' / name for name in SOURCES),
         '-isystem', headers / 'usr/include',
         *call('pkg-config', '--cflags', '--libs', 'cmocka').split())
    return target


def smoke(args, checks):
    """Checks the driver in one boot of Debian's kernel. How the guest ended."""
    series = session.kernel_of(args)
    machine = guest.Machine(kernel.stock(series), memory='768M', accel=args.accel,
                            folders=[cache() / 'xe'])
    module = session.build(machine, 'xe')
    job = session.prepare_line(machine, '256M', module, name='xe') + \
        f'{LAB}/guest/smoke-xe {_client(series)} {module}\n'
    with guest.run(machine, job, args.timeout) as outcome:
        if args.keep:
            call('cp', '-r', outcome.folder, args.keep)
        output = outcome.read('client')
        for line in re.findall(r'^(?!\[).*\S.*$', output, re.MULTILINE):
            print(line)
        checks.that(outcome.end == 'done' and outcome.rc == 0,
                    f'the guest was done after {outcome.seconds:.0f} s',
                    f'{outcome.end}, exit code {outcome.rc}\n{outcome.messages[-3000:]}')
        failed = re.findall(r'^\[  FAILED  \] (\w+)$', output, re.MULTILINE)
        passed = re.findall(r'^\[       OK \] (\w+)$', output, re.MULTILINE)
        checks.that('[  PASSED  ]' in output and not failed,
                    f'{len(passed)} tests of xe pass', f'{sorted(set(failed))}\n{output}')
        checks.that(not outcome.complaints, 'the kernel has nothing to complain of',
                    '\n'.join(outcome.complaints))
    return outcome.end
