# SPDX-License-Identifier: MIT
"""
Which of QEMU's accelerators works here. That /dev/kvm can be opened does not say that a
guest gets anywhere (there are hosts that run none but their own kernels), so it is tried
once a boot of this machine.
"""
import os
import pathlib
import subprocess

from host.paths import cache

BOOT_SECONDS = 20


def _boots(kernel):
    """Whether the kernel gets as far as its first messages' end under KVM."""
    command = ['qemu-system-x86_64', '-accel', 'kvm', '-cpu', 'host', '-m', '256', '-nodefaults',
               '-display', 'none', '-no-reboot', '-serial', 'stdio', '-kernel', str(kernel.image),
               '-append', 'console=ttyS0 panic=-1']
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors='replace', timeout=BOOT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    # It has no init, and says so.
    return 'Kernel panic' in done.stdout


def choose(kernel):
    """'kvm' or 'tcg'."""
    if not os.access('/dev/kvm', os.R_OK | os.W_OK):
        return 'tcg'
    boot = pathlib.Path('/proc/sys/kernel/random/boot_id').read_text(encoding='ascii').strip()
    known = cache() / 'accelerator'
    if known.exists():
        seen, word = known.read_text(encoding='ascii').split()
        if seen == boot:
            return word
    word = 'kvm' if _boots(kernel) else 'tcg'
    known.write_text(f'{boot} {word}\n', encoding='ascii')
    return word
