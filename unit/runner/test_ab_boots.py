# SPDX-License-Identifier: MIT
"""
`pinlat ab` on a Debian 12 that really reboots: a disk image in QEMU, with GRUB as Debian's own
tools install it, systemd, and two of Debian's kernels. First two rounds by GRUB; then a kernel that
panics; then one round by kexec. The tree that the image is made of stays in the lab's cache folder.
"""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.environ['SOURCE'], 'lab'))

from host import accelerator, kernel, packages  # noqa: E402
from host.errors import call  # noqa: E402
from host.paths import cache  # noqa: E402
import needs  # noqa: E402

BUILD, PINLAT = pathlib.Path(os.environ['BUILD']), os.environ['PINLAT']
PACKAGES = ('linux-image-amd64,linux-image-cloud-amd64,initramfs-tools,systemd-sysv,udev,kmod,'
            'grub-pc-bin,grub2-common,kexec-tools,libjson-c5,liburing2,libdrm2,libmount1,libgsl27,'
            'libtracefs1,libtraceevent1,libpciaccess0,libbpf1')
START, SIZE = 1 << 20, 3 << 30  # of the partition, in bytes
HOURS = 1.5
BAD = '6.1.0-bad'
RUN = '--runs 1 --duration 3s --arena cgroup:256M --probes timer,thp --loads busy --fill 60% ' \
      '--object-size 16M'
# Started by a unit after each boot, it plays the person at the machine: one comparison after the
# other, each once the one before has ended and the default kernel runs again.
PERSON = '''#!/bin/sh
exec >/dev/ttyS0 2>&1
state=/var/lib/pinlat/ab-state
echo "person: up $(uname -r)"
while [ -e $state/plan ]; do sleep 2; done
# Where another kernel than the default was last, that boots now.
sleep 10
cd /root
if [ -e done ]; then
  kept=kept-$(cat done)
  mkdir "$kept"
  cp -r $state "$kept"
  grub-editenv - list >"$kept/grubenv"
  ls /etc/systemd/system >"$kept/units"
fi
case $(cat done 2>/dev/null) in
'') echo grub >done; set -- -o /root/grub --boots 2 base=FULL cloud=CLOUD ;;
grub) echo panic >done; set -- -o /root/panic --boots 1 bad=BAD base=FULL ;;
panic) echo kexec >done; set -- -o /root/kexec --boots 1 --loader kexec base=FULL cloud=CLOUD ;;
*) echo "person: over"; sync; mount -o remount,ro /; exec poweroff -f ;;
esac
sync
pinlat ab --settle 5 "$@" -- RUN
'''
UNIT = '''[Unit]
After=multi-user.target
Before=pinlat-ab.service
[Service]
ExecStart=/root/person
[Install]
WantedBy=multi-user.target
'''
# What a person does who installs GRUB: it needs the disk, so it is done in the guest.
FIRST = '''#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
mkdir -p /boot/grub
grub-install --target=i386-pc /dev/vda && update-grub && echo "first: done"
sync; mount -o remount,ro /; poweroff -f
'''
CUSTOM = '''#!/bin/sh
cat <<'END'
menuentry 'one that panics' --id bad {
  linux /boot/other/vmlinuz-BAD root=/dev/none panic=3 console=ttyS0
}
END
'''
GRUB = '''GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="console=ttyS0 panic=10 mitigations=off tsc=reliable cgroup_no_v1=all"
'''


def debian():
    """A tree of Debian 12 with two kernels, small initramfs, and what pinlat links."""
    root = cache() / 'ab-root'
    made = root / 'root/made-of'
    if not made.exists() or made.read_text() != PACKAGES:
        shutil.rmtree(root, ignore_errors=True)
        call('debootstrap', '--variant=minbase', f'--include={PACKAGES}', 'bookworm', root,
             packages.mirrors()[0], env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'})
        (root / 'etc/initramfs-tools/conf.d/small').write_text('MODULES=list\n')
        (root / 'etc/initramfs-tools/modules').write_text('virtio_pci\nvirtio_blk\next4\n')
        call('chroot', root, 'update-initramfs', '-u', '-k', 'all')
        made.write_text(PACKAGES)
    return root


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')
    path.chmod(mode)


def furnish(root):
    """pinlat, and what starts it. Returns the releases of the two kernels."""
    releases = sorted((p.name for p in (root / 'lib/modules').iterdir()), key=len)
    full, cloud = releases[0], releases[1]
    call('meson', 'install', '-C', BUILD, '--no-rebuild', '--strip', '--quiet', '--destdir', root)
    person = PERSON
    for word, value in (('FULL', full), ('CLOUD', cloud), ('BAD', BAD), ('RUN', RUN)):
        person = person.replace(word, value)
    write(root / 'root/person', person, 0o755)
    write(root / 'root/first', FIRST, 0o755)
    write(root / 'etc/systemd/system/person.service', UNIT)
    wants = root / 'etc/systemd/system/multi-user.target.wants'
    wants.mkdir(exist_ok=True)
    (wants / 'person.service').unlink(missing_ok=True)
    (wants / 'person.service').symlink_to('../person.service')
    # It hangs the line up on which the person speaks.
    getty = root / 'etc/systemd/system/serial-getty@.service'
    getty.unlink(missing_ok=True)
    getty.symlink_to('/dev/null')
    write(root / 'etc/fstab', '/dev/vda1 / ext4 defaults 0 1\n')
    # Debian's kexec-tools would turn each reboot into a kexec of the kernel that runs.
    write(root / 'etc/default/kexec', 'LOAD_KEXEC=false\nUSE_GRUB_CONFIG=false\n')
    write(root / 'etc/hostname', 'abtest\n')
    write(root / 'etc/machine-id', '0123456789abcdef0123456789abcdef\n')
    write(root / 'etc/default/grub', GRUB)
    write(root / 'etc/grub.d/40_custom', CUSTOM.replace('BAD', BAD), 0o755)
    # Without an initramfs it finds no root file system.
    (root / 'boot/other').mkdir(exist_ok=True)
    shutil.copy(root / f'boot/vmlinuz-{cloud}', root / f'boot/other/vmlinuz-{BAD}')
    return full, cloud


def disk(path, root):
    """An image with one partition, which holds the tree."""
    with open(path, 'wb') as file:
        file.truncate(START + SIZE)
        file.seek(446)
        file.write(struct.pack('<B3sB3sII', 0x80, b'\xfe\xff\xff', 0x83, b'\xfe\xff\xff',
                               START // 512, SIZE // 512))
        file.seek(510)
        file.write(b'\x55\xaa')
    call('mke2fs', '-q', '-F', '-t', 'ext4', '-d', root, '-E', f'offset={START}', path,
         f'{SIZE // 1024}k')


class AbBoots(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix='pinlat-ab-', dir='/var/tmp'))
        self.addCleanup(shutil.rmtree, self.top)
        self.began = time.monotonic()

    def say(self, text):
        print(f'{(time.monotonic() - self.began) / 60:5.1f} min: {text}', flush=True)

    def qemu(self, name, *more):
        """Until the guest powers off. What its serial line said."""
        kvm = accelerator.choose(kernel.stock()) == 'kvm'
        console = self.top / f'{name}.console'
        subprocess.run(
            ['qemu-system-x86_64', '-no-user-config', '-nodefaults', '-display', 'none',
             # Without a display GRUB waits for ever.
             '-vga', 'std', '-m', '1024', '-smp', '2',
             '-accel', 'kvm' if kvm else 'tcg,thread=multi',
             '-cpu', 'host' if kvm else 'max,-erms,-fsrm', '-serial', f'file:{console}',
             '-drive', f'file={self.top}/disk,if=virtio,format=raw,cache=unsafe', *more],
            check=True, stdin=subprocess.DEVNULL, timeout=3600 * HOURS)
        if os.environ.get('KEEP'):
            shutil.copy(console, os.environ['KEEP'])
        return console.read_text(encoding='utf-8', errors='replace')

    def fetch(self):
        """What /root of the guest holds after all."""
        part = self.top / 'part'
        call('dd', f'if={self.top}/disk', f'of={part}', 'bs=1M', 'skip=1', 'conv=sparse')
        call('debugfs', '-R', f'rdump /root {self.top}', part)
        part.unlink()
        return self.top / 'root'

    def kept(self, root, name):
        """The state that a comparison left; the unit is gone and nothing is to be booted once."""
        folder = root / f'kept-{name}'
        self.assertNotIn('pinlat-ab.service', (folder / 'units').read_text())
        self.assertNotRegex((folder / 'grubenv').read_text(), r'next_entry=.')
        self.assertFalse((folder / 'ab-state/plan').exists())
        return (folder / 'ab-state/log').read_text()

    def records(self, folder, release):
        """{label: {boot: its boot id}}; each was made by its kernel, and has both subtests."""
        found = {}
        for path in sorted(folder.glob('*/boot-*')):
            of = [json.loads(p.read_text()) for p in path.glob('*.json')]
            of = [r for r in of if r.get('schema', '').startswith('pinlat.record')]
            label = path.parent.name
            self.assertEqual(sorted(r['subtest'] for r in of), ['thp-busy', 'timer-busy'], path)
            self.assertEqual({r['environment']['kernel']['release'] for r in of}, {release[label]})
            boots = {r['boot_id'] for r in of}
            self.assertEqual(len(boots), 1)
            found.setdefault(label, {})[path.name] = boots.pop()
        return found

    def test_disk(self):
        root = debian()
        full, cloud = furnish(root)
        disk(self.top / 'disk', root)
        self.say(f'a disk with {full} and {cloud}')
        said = self.qemu('first', '-no-reboot', '-kernel', str(root / f'boot/vmlinuz-{full}'),
                         '-initrd', str(root / f'boot/initrd.img-{full}'), '-append',
                         'root=/dev/vda1 rw console=ttyS0 init=/root/first')
        self.assertIn('first: done', said)
        self.say('GRUB is installed')
        said = self.qemu('disk')
        self.assertIn('person: over', said, said[-3000:])
        came_up = re.findall(r'person: up (\S+)', said)
        self.say(f'{len(came_up)} boots came up, {said.count("Kernel panic")} panicked')
        root = self.fetch()
        release = {'base': full, 'cloud': cloud}
        for name, boots in (('grub', 2), ('kexec', 1)):
            log = self.kept(root, name)
            self.assertIn('all boots are measured', log, log)
            found = self.records(root / name, release)
            self.assertEqual({label: sorted(of) for label, of in found.items()},
                             {label: [f'boot-{n + 1}' for n in range(boots)] for label in release})
            ids = [i for of in found.values() for i in of.values()]
            self.assertEqual(len(set(ids)), 2 * boots)
        plan = [line.split()[2] for line in
                (root / 'kept-grub/ab-state/plan.over').read_text().splitlines()]
        # The first boot is the default's; then those of the plan, one each.
        self.assertEqual(came_up[1:5], [release[label] for label in plan])
        self.assertIn('gives up: bad', self.kept(root, 'panic'))
        self.assertEqual(said.count('Kernel panic - not syncing: VFS'), 3)
        # All ends where it began.
        self.assertEqual(came_up[-1], came_up[0])
        done = subprocess.run([PINLAT, 'compare', root / 'grub/base', root / 'grub/cloud',
                               '--allow', 'memory'], text=True, capture_output=True, check=False)
        print(done.stdout, done.stderr)
        self.assertEqual(done.returncode, 0)


if __name__ == '__main__':
    needs.root_and('qemu-system-x86_64', 'debootstrap', 'debugfs', 'mke2fs')
    unittest.main()
