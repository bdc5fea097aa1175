# SPDX-License-Identifier: MIT
"""`pinlat ab` on a machine that is a folder: each reboot is asked for, and the test plays it."""
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

PINLAT = os.environ["PINLAT"]
OLD, NEW = "6.1.0-30-amd64", "6.1.0-30-amd64-patched"
MENU = """menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-u' {
\tload_video
\tlinux\t/boot/vmlinuz-OLD root=UUID=u ro quiet
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-u' {
\tmenuentry 'Debian, with Linux OLD (recovery mode)' $menuentry_id_option 'old-recovery' {
\t\tlinux\t/boot/vmlinuz-OLD root=UUID=u ro single
\t}
\tmenuentry 'Debian, with Linux OLD' --class debian $menuentry_id_option 'old-advanced' {
\t\tlinux\t/boot/vmlinuz-OLD root=UUID=u ro quiet
\t}
\tmenuentry 'Debian, with Linux NEW' --class debian $menuentry_id_option 'new-advanced' {
\t\tlinux\t/boot/vmlinuz-NEW root=UUID=u ro quiet
\t}
}
"""
ENTRY = {OLD: "gnulinux-advanced-u>old-advanced", NEW: "gnulinux-advanced-u>new-advanced"}
# Each says what it was asked in $root/calls, and keeps what the real one would keep.
TOOLS = {
    "grub-reboot": 'echo "$1" >"$root/next"',
    "grub-editenv": 'rm -f "$root/next"',
    "bootctl": 'test "$1" = is-installed || echo "$2" >"$root/next"',
    "efibootmgr": 'case "$*" in "") printf "BootOrder: 0003,0001\\nBoot0001* 6.1.0-30-amd64'
                  '\\tHD(1)\\nBoot0003* Linux 6.1.0-30-amd64-patched\\tHD(1)\\n";; *-n*) echo "$3" '
                  '>"$root/next";; esac',
    "kexec": 'test "$1" = -u || echo "$*" >"$root/next"',
    "systemctl": ":",
    "uname": 'cat "$root/release"',
    "sleep": ":",
}


class Ab(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="pinlat-unit-"))
        self.addCleanup(shutil.rmtree, self.root)
        for folder in ("boot/grub", "run/systemd/system", "proc/sys/kernel/random", "bin",
                       "etc/systemd/system", "etc/default",
                       "boot/loader/entries"):
            (self.root / folder).mkdir(parents=True)
        self.write("boot/grub/grub.cfg", MENU.replace("OLD", OLD).replace("NEW", NEW))
        for name, does in TOOLS.items():
            self.program(name, f'echo "{name} $*" >>"$root/calls"\n{does}')
        self.boots = 0
        self.boot(OLD)
        self.fake_run()

    def write(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")

    def read(self, name):
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def program(self, name, script):
        self.write(f"bin/{name}", f'#!/bin/sh\nroot={self.root}\n{script}\n')
        (self.root / "bin" / name).chmod(stat.S_IRWXU)

    def fake_run(self, rc=0):
        """What stands for the test and its runs: `pinlat run` itself is tested elsewhere."""
        self.program("pinlat", 'echo "pinlat $*" >>"$root/calls"\n'
                     'while [ "$1" != -o ]; do shift; done\n'
                     f'mkdir "$2"; [ {rc} != 0 ] || uname -r >"$2/record"; exit {rc}')

    def boot(self, release):
        """The machine comes up with it. GRUB forgets what was to boot once."""
        self.boots += 1
        self.write("release", release + "\n")
        self.write("proc/sys/kernel/random/boot_id", f"boot-{self.boots}\n")
        self.write("calls", "")
        if (self.root / "next").exists():
            (self.root / "next").unlink()

    def ab(self, *words, code=0, program=None):
        done = subprocess.run(
            [program or PINLAT, *(() if program else ("ab",)), *words], capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
            env={"PATH": f"{self.root}/bin:/usr/bin:/bin", "PINLAT_AB_ROOT": str(self.root),
                 "PINLAT": f"{self.root}/bin/pinlat"})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def start(self, *words, **more):
        return self.ab("-o", f"{self.root}/out", "--settle", "0", *words, **more)

    def go_on(self):
        """As the unit does, but with the stand-in for `pinlat run`."""
        return self.ab("go-on", program=os.path.join(os.path.dirname(PINLAT), "pinlat-ab"))

    def wanted(self):
        """The release that the boot loader was asked for, and that a reboot was."""
        self.assertRegex(self.read("calls"), r"systemctl (reboot|kexec)")
        return {entry: name for name, entry in ENTRY.items()}[self.read("next").strip()]

    def measured(self):
        return sorted(str(p.relative_to(self.root / "out"))
                      for p in (self.root / "out").glob("*/boot-*"))

    def test_whole(self):
        """Three rounds, in an order by lot, of a boot of each; then all is as before."""
        self.start("--boots", "3", "--seed", "4", f"base={OLD}", NEW, "--", "--runs", "2",
                   "--fill", "a b")
        self.assertIn("enable pinlat-ab.service", self.read("calls"))
        unit = self.read("etc/systemd/system/pinlat-ab.service")
        self.assertRegex(unit, r"ExecStart=/.*/pinlat ab --go-on\n")
        seen = []
        for _ in range(6):
            seen.append(self.wanted())
            self.boot(seen[-1])
            self.go_on()
            self.assertIn("--runs 2 --fill a b", self.read("calls"))
        for at in range(0, 6, 2):
            self.assertEqual(sorted(seen[at:at + 2]), [OLD, NEW])
        self.assertEqual(self.measured(), [f"{NEW}/boot-{n}" for n in (1, 2, 3)] +
                         [f"base/boot-{n}" for n in (1, 2, 3)])
        for name, release in (("base", OLD), (NEW, NEW)):
            self.assertEqual(self.read(f"out/{name}/boot-2/record"), release + "\n")
        self.gone()
        # Home is the old one.
        self.assertEqual("systemctl reboot" in self.read("calls"), seen[-1] == NEW)

    def gone(self):
        """Nothing goes on, and nothing is left to boot once."""
        self.assertFalse((self.root / "etc/systemd/system/pinlat-ab.service").exists())
        self.assertIn("disable pinlat-ab.service", self.read("calls"))
        self.assertEqual(self.read("next"), "")
        self.assertFalse((self.root / "var/lib/pinlat/ab-state/plan").exists())

    def test_same_seeds_in_a_round(self):
        self.start("--boots", "2", OLD, NEW)
        plan = [line.split()[:3] for line in
                self.read("var/lib/pinlat/ab-state/plan").splitlines()]
        self.assertEqual([round for round, _, _ in plan], ["1", "1", "2", "2"])
        self.assertEqual(plan[0][1], plan[1][1])
        self.assertEqual(plan[2][1], plan[3][1])
        self.assertNotEqual(plan[0][1], plan[2][1])

    def test_kernel_does_not_come_up(self):
        """The default came up instead: nothing is measured, and after three attempts it ends."""
        self.start("--boots", "1", f"bad={NEW}", f"worse={NEW}-2", code=2)
        self.start("--boots", "1", "--seed", "1", f"bad={NEW}", OLD)
        if self.wanted() == OLD:
            self.boot(OLD)
            self.go_on()
        for attempt in range(3):
            self.assertEqual(self.wanted(), NEW, attempt)
            self.boot(OLD)
            said = self.go_on()
        self.assertIn(f"gives up: bad ({NEW}) was booted 3 times", said)
        self.gone()
        self.assertNotIn("systemctl reboot", self.read("calls"))
        self.assertFalse((self.root / "out/bad").exists())

    def test_measurement_fails(self):
        self.fake_run(rc=3)
        self.start("--boots", "1", NEW, f"base={OLD}")
        for _ in range(3):
            self.boot(self.wanted())
            said = self.go_on()
        self.assertIn("pinlat run ended with exit code 3", said)
        self.assertIn("gives up", said)
        self.assertEqual(self.measured(), [])
        self.gone()

    def test_killed_in_the_middle(self):
        """Half a boot's records are none; a boot that was used is not used again."""
        self.start("--boots", "1", NEW, f"base={OLD}")
        self.boot(self.wanted())
        self.program("pinlat", 'while [ "$1" != -o ]; do shift; done; mkdir "$2"; '
                     'echo half >"$2/record"; kill -9 $PPID')
        done = subprocess.run(
            [os.path.join(os.path.dirname(PINLAT), "pinlat-ab"), "go-on"], capture_output=True,
            env={"PATH": f"{self.root}/bin:/usr/bin:/bin", "PINLAT_AB_ROOT": str(self.root),
                 "PINLAT": f"{self.root}/bin/pinlat"}, check=False)
        self.assertLess(done.returncode, 0)
        self.assertEqual(self.measured(), [])
        self.fake_run()
        self.assertIn("used already", self.go_on())
        first = self.wanted()
        self.boot(first)
        self.go_on()
        self.assertEqual(len(self.measured()), 1)
        self.assertEqual(self.read(f"out/{self.measured()[0]}/record"), first + "\n")

    def test_stop(self):
        self.start("--boots", "2", NEW, f"base={OLD}")
        self.boot(self.wanted())
        self.go_on()
        self.assertIn("under way", self.start(NEW, f"base={OLD}", code=2))
        self.assertRegex(self.ab("--status"), r"(?s)round 1 .*measured.*round 2  \S+  \S+  -\n")
        self.assertIn("stopped", self.ab("--stop"))
        self.gone()
        self.assertIn("none is under way", self.ab("--stop", code=2))
        # The same command goes on: what is measured stays.
        self.start("--boots", "2", NEW, f"base={OLD}")
        left = 0
        while (self.root / "var/lib/pinlat/ab-state/plan").exists():
            self.boot(self.wanted())
            self.go_on()
            left += 1
        self.assertEqual((left, len(self.measured())), (3, 4))

    def test_other_boot_loaders(self):
        self.write("boot/loader/entries/m-1.conf",
                   f"title x\nversion {OLD}\nlinux /m/{OLD}/linux\n")
        self.write("boot/loader/entries/m-2.conf", f"linux /vmlinuz-{NEW}\n")
        for name in (OLD, NEW):
            self.write(f"boot/vmlinuz-{name}", "")
            self.write(f"boot/initrd.img-{name}", "")
        at = f"{self.root}/boot"
        kexec = [f"-l {at}/vmlinuz-{r} --initrd={at}/initrd.img-{r} --reuse-cmdline"
                 for r in (OLD, NEW)]
        for loader, old, new in (("systemd-boot", "m-1.conf", "m-2.conf"),
                                 ("efi", "0001", "0003"), ("kexec", *kexec)):
            self.start("--loader", loader, "--boots", "1", OLD, NEW)
            first = self.read("next").strip()
            self.assertIn(first, (old, new), loader)
            self.boot(OLD if first == old else NEW)
            self.go_on()
            self.assertEqual(self.read("next").strip(), new if first == old else old)
            self.ab("--stop")
            shutil.rmtree(self.root / "out")

    def test_refusals(self):
        for words, said in (((OLD,), "two or more"), ((OLD, OLD), "two kernels are called"),
                            ((OLD, "x/y"), "is no kernel"), ((OLD, "=x"), "is no kernel"),
                            ((OLD, "6.0"), "no entry for this kernel"),
                            (("--boots", "0", OLD, NEW), "--boots"),
                            (("--loader", "lilo", OLD, NEW), "lilo"),
                            (("--stop", OLD), "stand alone")):
            self.assertIn(said, self.start(*words, code=2), words)
        self.write("etc/default/kexec", "LOAD_KEXEC=true\n")
        self.assertIn("LOAD_KEXEC=false", self.start(OLD, NEW, code=3))
        (self.root / "etc/default/kexec").unlink()
        shutil.rmtree(self.root / "run")
        self.assertIn("systemd does not run", self.start(OLD, NEW, code=3))
        self.assertIsNone(re.search("reboot|enable", self.read("calls")))


if __name__ == "__main__":
    unittest.main()
