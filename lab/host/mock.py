# SPDX-License-Identifier: MIT
"""The mock of i915, built for a kernel."""
import os
import shutil

from host.errors import LabError, call
from host.paths import LAB, cache

SOURCE = LAB / 'mock-i915'


def build(kernel):
    """Path of i915.ko. Made anew only where a source file or the kernel has changed."""
    if not kernel.build:
        raise LabError(f'the kernel {kernel.name} is not in its build folder, so no module '
                       'can be built for it')
    folder = cache() / 'mock' / kernel.name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob('*.[ch]'):
        if not (SOURCE / old.name).exists():
            old.unlink()
    for source in SOURCE.iterdir():
        copy = folder / source.name
        if not copy.exists() or copy.read_bytes() != source.read_bytes():
            shutil.copyfile(source, copy)
    call('make', '-s', f'-j{len(os.sched_getaffinity(0))}', f'KDIR={kernel.build}', 'W=1',
         cwd=folder)
    return folder / 'i915.ko'
