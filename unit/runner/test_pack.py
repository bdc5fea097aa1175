# SPDX-License-Identifier: MIT
"""`pinlat pack`: what goes into a log comes out of it whole, or is refused by name."""
import base64
import gzip
import itertools
import json
import lzma
import os
import random
import re
import shutil
import unittest
import zlib

import records
from command import CommandTest

SET = [records.full(subtest, seq) for seq in range(3) for subtest in ("timer-busy", "thp-busy")]
LINE = re.compile(r"pinlat-pack ([0-9a-f]{16}) (\d+)of(\d+) (\d+) ([\w-]+) ([0-9a-f]{8})")


def line(body):
    """A line as docs/fleet.md describes it: by another program than the one that is tested."""
    return f"pinlat-pack {body} {zlib.crc32(body.encode()):08x}"


def ident_of(stream):
    return f"{zlib.crc32(stream):08x}{zlib.adler32(stream):08x}"


def packed(name, data, *, stream=None, unpacked=None, width=504, lines=None, codec="xz"):
    """The lines of a pack, right or with something wrong in it."""
    stream = stream or lzma.compress(data, check=lzma.CHECK_SHA256)
    parts = [stream[i:i + width] for i in range(0, len(stream), width)]
    ident = ident_of(stream)
    ends = (f"{name} {codec} {len(parts) if lines is None else lines} {len(stream)} "
            f"{len(data) if unpacked is None else unpacked}")
    out = [line(f"{ident} head {ends}")]
    for i, part in enumerate(parts, 1):
        text = base64.urlsafe_b64encode(part).decode().rstrip("=")
        out.append(line(f"{ident} {i}of{len(parts)} {len(text)} {text}"))
    return out + [line(f"{ident} tail {ends}")]


def jsonl(of):
    return "".join(json.dumps(r) + "\n" for r in of).encode()


def stormed(lines):
    """A serial console: kernel messages between the lines, and CRs."""
    for number, text in enumerate(lines):
        yield f"[ {number:5}.123456] usb 1-1: new high-speed USB device number {number}\r\n"
        yield text + "\r\n"


def lava(lines, dash="- ", quote='"'):
    return "".join(f'{dash}{{"dt": "2026-11-26T21:00:00", "lvl": "target", '
                   f'"msg": {quote}{text}{quote}}}\n' for text in lines)


class Pack(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("set.jsonl", SET)
        self.lines = self.packed_lines("set.jsonl")
        self.shown = self.show("set.jsonl")

    def packed_lines(self, *args):
        done = self.pinlat("pack", *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def show(self, *args):
        done = self.pinlat("show", *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refused(self, name, *said):
        """No command takes a part of it for the whole."""
        for command in (["show", name], ["report", "--format", "tap", name],
                        ["compare", name, "set.jsonl"]):
            done = self.pinlat(*command)
            self.assertEqual((done.returncode, done.stdout), (2, ""), command)
            for text in said:
                self.assertIn(text, done.stderr)
        return done.stderr

    def test_lines(self):
        """Each is short and checked, and another program takes them apart."""
        self.assertGreater(len(self.lines), 5)
        self.assertLessEqual(max(map(len, self.lines)), 760)
        self.assertTrue(all(re.fullmatch(r"pinlat-pack [\w. -]+", text) for text in self.lines))
        stream = b""
        for number, text in enumerate(self.lines[1:-1], 1):
            ident, i, n, length, payload, crc = LINE.fullmatch(text).groups()
            self.assertEqual((int(i), int(n), int(length)),
                             (number, len(self.lines) - 2, len(payload)))
            self.assertEqual(f"{zlib.crc32(text[12:-9].encode()):08x}", crc)
            stream += base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        self.assertEqual(ident_of(stream), ident)
        with open(self.path("set.jsonl"), "rb") as f:
            self.assertEqual(lzma.decompress(stream), f.read())
        self.assertIn(" head base xz ", self.lines[0])
        self.assertEqual(self.lines[0].split()[3:-1], self.lines[-1].split()[3:-1])

    def test_of_another_writer(self):
        self.text("log", "\n".join(packed("base", jsonl(SET), width=99)))
        self.assertEqual(self.show("log"), self.shown)
        zipped = gzip.compress(jsonl(SET))
        self.text("log", "\n".join(packed("base", jsonl(SET), stream=zipped, codec="gz")))
        self.assertEqual(self.show("log"), self.shown)

    def test_logs(self):
        """Every form in which an engine keeps what a machine printed."""
        plain = "".join(text + "\n" for text in self.lines)
        callback = {"id": 7, "status": "complete", "log": lava(self.lines)}
        logs = {
            "plain": plain, "serial": "".join(stormed(self.lines)),
            "prefixed": "".join(f"2026-11-26 21:00:00 dut| {text} \n" for text in self.lines),
            "lava.yaml": lava(self.lines), "lava-run": lava(self.lines, dash=""),
            "2023.yaml": lava(["say \\\"this\\\"", *self.lines]),
            "single.yaml": lava(self.lines, quote="'"),
            "callback.json": json.dumps(callback), "pretty.json": json.dumps(callback, indent=2),
            "results.json": json.dumps({"tests": {"igt@x@y": {"out": "IGT\n" + plain}}}),
            "pretty-results.json": json.dumps({"tests": {"igt@x@y": {"out": plain}}}, indent=1),
        }
        for name, text in logs.items():
            with self.subTest(name):
                self.text(name, text)
                self.assertEqual(self.show(name), self.shown)
                with gzip.open(self.path(name + ".gz"), "wt") as f:
                    f.write(text)
                self.assertEqual(self.show(name + ".gz"), self.shown)
        self.text("nul", b"\0\0boot\0\n\xff\xfe\n" + plain.encode() + b"\0", "wb")
        self.assertEqual(self.show("nul"), self.shown)

    def test_order_and_copies(self):
        """Lines in any order; each record once, however many copies of a pack there are."""
        mixed = self.lines[:]
        random.Random(1).shuffle(mixed)
        self.text("log", "\n".join(mixed))
        self.assertEqual(self.show("log"), self.shown)
        twice = self.packed_lines("--copies", "2", "set.jsonl")
        self.assertEqual(twice, self.lines * 2)
        self.text("log", "\n".join(twice))
        self.assertEqual(self.show("log"), self.shown)

    def test_repaired(self):
        """Lines that were cut or broken into come from another copy, whichever they are."""
        rng = random.Random(2)
        for _ in range(10):
            both = []
            lost = rng.sample(range(len(self.lines)), len(self.lines) // 2)
            for copy in range(2):
                for i, text in enumerate(self.lines):
                    if (i in lost) == bool(copy):
                        at = rng.randrange(len(text))
                        text = rng.choice((text[:at], "", text[:at] + "[ 1.2] BUG: x\n" + text[at:],
                                           text[:at] + "#" + text[at + 1:]))
                    both.append(text)
            self.text("log", "\n".join(both))
            self.assertEqual(self.show("log"), self.shown)

    def test_not_whole(self):
        """An error, with what is missing; the rest is not taken for all."""
        n = len(self.lines) - 2
        cut = self.lines[:3] + self.lines[4:6] + ["pinlat-pack " + self.lines[6][12:300]]
        self.text("log", "\n".join(cut + self.lines[7:]))
        said = self.refused("log", f"log:1: pack base: 2 of {n} lines are missing or damaged: 3, 6",
                            "log: cannot be read: it is not whole")
        self.assertEqual(len(said.splitlines()), 2)
        self.text("log", "\n".join(self.lines[:-4]))
        self.refused("log", f"3 of {n} lines are missing or damaged: {n - 2} to {n}\n")
        self.text("log", "\n".join(self.lines[1:-1]))
        self.refused("log", "log:1: pack (its name is lost): both its first and its last line are")
        self.text("log", "\n".join(self.lines[:-1]))
        self.assertEqual(self.show("log"), self.shown)
        self.text("log", "\n".join(text[:-1] for text in self.lines))
        self.refused("log", f"log:1: all {len(self.lines)} lines of its packs are damaged")

    def test_interleaved(self):
        """Two packs at the same time, of one name even."""
        self.write("other.jsonl", records.patched(records.make_set("base", runs=3)))
        other = self.packed_lines("other.jsonl")
        both = [text for pair in zip(self.lines, other) for text in pair]
        rest = self.lines[len(other):] + other[len(self.lines):]
        self.text("log", "\n".join(both + rest))
        self.assertEqual(self.show("log"), self.show("set.jsonl", "other.jsonl"))
        self.text("log", "\n".join(text for text in both + rest if text != other[2]))
        self.refused("log", "log:2: pack base: 1 of")

    def test_beside_records(self):
        """A log may also hold records as they are."""
        lines = [f"pinlat-record: {json.dumps(r)}" for r in SET[:2]]
        self.text("log", "\n".join(["IGT-Version: 2", *lines, "Subtest x: SUCCESS", *self.lines]))
        shown = self.show("log")
        self.assertIn(f", {len(SET)} runs\n", shown)
        self.assertIn("Left out: 2 copies of other records.\n", shown)
        self.text("log", "\n".join(["IGT-Version: 2", *lines]))
        self.assertIn("2 runs\n", self.show("log"))
        self.text("log", "\n".join(["IGT-Version: 2", lines[0], lines[1][:900]]))
        done = self.pinlat("show", "log")
        self.assertIn("log:3: cut short", done.stderr)
        self.assertEqual(done.returncode, 0)

    def test_not_a_log(self):
        """Without a pack nothing changes: each line that is no record is said."""
        self.text("words", "a pinlat-pack is not here\npinlat-pack nothing\n")
        done = self.pinlat("show", "words")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("it does not begin with '{'"), 2)
        hostile = records.make_set("base", runs=1)
        records.change(hostile, "environment.kernel.cmdline", "pinlat-pack 1of2 head x")
        self.write("hostile", hostile)
        self.assertIn(f", {len(hostile)} runs\n", self.show("hostile"))

    def test_bomb(self):
        """What unpacks to more than it says, or than the limit, is not unpacked."""
        zeros = lzma.compress(bytes(300 << 20), check=lzma.CHECK_NONE, preset=0)
        self.text("log", "\n".join(packed("bomb", b"", stream=zeros, unpacked=300 << 20)))
        self.refused("log", "pack bomb: it unpacks to 314572800 bytes, and 256 MiB are the limit")
        zipped = gzip.compress(bytes(30 << 20))
        for stream, codec in ((zeros, "xz"), (zipped, "gz")):
            self.text("log", "\n".join(packed("bomb", b"", stream=stream, unpacked=1000,
                                              codec=codec)))
            self.refused("log", "pack bomb: it unpacks to more than it says")
        wide = lzma.compress(jsonl(SET), check=lzma.CHECK_SHA256, filters=[
            {"id": lzma.FILTER_LZMA2, "dict_size": 128 << 20}])
        self.text("log", "\n".join(packed("wide", jsonl(SET), stream=wide)))
        self.refused("log", "pack wide: unpacking it takes more memory than 64 MiB")

    def test_hostile(self):
        """Wrong numbers, names that lead elsewhere, streams that are none."""
        data = jsonl(SET)
        for name in ("..", "../../x", "/etc/x", ".hidden", "a/b", "x" * 41, "-o"):
            self.text("log", "\n".join(packed(name, data)))
            self.refused("log", "a pack may not have such a name")
        stream = lzma.compress(data)
        wrong = {
            "its .xz stream is damaged": {"stream": stream[:99] + b"#" + stream[100:]},
            "it holds no .xz stream": {"stream": gzip.compress(data)},
            "its .gz stream is damaged": {"codec": "gz", "stream": gzip.compress(data)[:-1] + b"#"},
            "is compressed in a way that is not known: zstd": {"codec": "zstd"},
            "it unpacks to another size than it says": {"unpacked": len(data) + 1},
            "it unpacks to more than it says": {"unpacked": len(data) - 1},
            "lines are missing or damaged": {"lines": 100000},
            "it has more than 200000 lines": {"lines": 900000000},
        }
        for said, how in wrong.items():
            with self.subTest(said):
                self.text("log", "\n".join(packed("base", data, **how)))
                self.refused("log", said)
        # checksums are right, and what belongs to another pack is among it
        lines = packed("base", data)
        swapped = lines[2].split()
        swapped[2:3] = ["1of" + swapped[2].split("of")[1]]
        self.text("log", "\n".join([lines[0], line(" ".join(swapped[1:-1])), *lines[2:]]))
        self.refused("log", "its lines do not belong together")
        for body in ("0 1of1 0  ", "f" * 16 + " 1of1 4 AAA", "f" * 16 + " 0of1 4 AAAA",
                     "f" * 16 + " 2of1 4 AAAA", "f" * 16 + " 1of1 5 AAAAA",
                     "f" * 16 + " 1of1 4 A+/A", "f" * 16 + " head", "f" * 16 + " head  xz 1 1 1"):
            self.text("log", line(body) + "\n")
            done = self.pinlat("show", "log")
            self.assertEqual((done.returncode, done.stdout), (2, ""), body)

    def test_many(self):
        """Memory and time go with the size of the log, not with what is in it."""
        lines = [line(f"{i:016x} {199999}of200000 4 AAAA") for i in range(1, 3001)]
        self.text("log", "\n".join(lines))
        said = self.refused("log", "more than 1000 packs: the rest is not read")
        self.assertIn("log:1: 992 more packs are not whole", said)
        self.assertEqual(said.count("\n"), 11)

    def test_unpack(self):
        log = self.text("log", "\n".join(self.lines))
        done = self.pinlat("pack", "--unpack", "out", log)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "out/base.jsonl\n", ""))
        with open(self.path("out/base.jsonl"), "rb") as f, \
                open(self.path("set.jsonl"), "rb") as of:
            self.assertEqual(f.read(), of.read())
        again = self.pinlat("pack", "--unpack", "out", log)
        self.assertEqual((again.returncode, again.stdout), (0, "out/base.jsonl\n"))
        self.text("log", "\n".join(packed("base", jsonl(SET[:2]))))
        done = self.pinlat("pack", "--unpack", "out", log)
        self.assertEqual(done.returncode, 2)
        self.assertIn("out/base.jsonl: is there already, with other records", done.stderr)
        self.text("log", "\n".join(packed("base", jsonl(SET[:2])) + packed("base", jsonl(SET))))
        done = self.pinlat("pack", "--unpack", "two", log)
        self.assertEqual(done.stdout, "two/base.jsonl\ntwo/base-2.jsonl\n")

    def test_unpack_stays_inside(self):
        os.mkdir(self.path("deep"))
        for name in ("..", "../x", "../../x", "/x", "a/../../x"):
            self.text("deep/log", "\n".join(packed(name, jsonl(SET))))
            done = self.pinlat("pack", "--unpack", "deep/out", "deep/log")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("a pack may not have such a name", done.stderr)
        self.assertEqual(os.listdir(self.path("deep/out")), [])
        self.assertEqual(sorted(os.listdir(self.top)), ["deep", "set.jsonl"])

    def unpacked(self, lines, *said):
        """What --unpack leaves of a log that is not all good, by name; it says what is wrong."""
        self.text("log", "\n".join(lines))
        done = self.pinlat("pack", "--unpack", "out", "log")
        self.assertEqual(done.returncode, 2)
        for text in said:
            self.assertIn(text, done.stderr)
        self.assertEqual(sorted(os.listdir(self.top)), ["log", "out", "set.jsonl"])
        found = sorted(os.listdir(self.path("out")))
        shutil.rmtree(self.path("out"))
        return found

    def test_unpack_leaves_the_bad(self):
        """A bomb, wrong lengths, a pack that is not whole: named, and no file is begun of it."""
        data = jsonl(SET[:2])
        good = packed("good", data)
        bomb = packed("bomb", b"", stream=lzma.compress(bytes(30 << 20)), unpacked=len(data))
        self.assertEqual(self.unpacked(bomb, "pack bomb: it unpacks to more than it says"), [])
        huge = packed("huge", b"", stream=lzma.compress(b"{}"), unpacked=256 << 20 | 1)
        self.assertEqual(self.unpacked(huge, "pack huge: ", "256 MiB are the limit"), [])
        other = packed("other", jsonl(SET[2:]))
        for number in range(1, len(other) - 1):
            words = other[number].split()[1:-1]
            # The checksum of the line is right, and its length is not.
            for length in (int(words[2]) - 1, int(words[2]) + 1, 9999):
                wrong = line(" ".join([*words[:2], str(length), words[3]]))
                lines = [text for pair in itertools.zip_longest(
                    good, [*other[:number], wrong, *other[number + 1:]]) for text in pair if text]
                self.assertEqual(self.unpacked(lines, "pack other: 1 of",
                                               f"missing or damaged: {number}"), ["good.jsonl"])
        lengths = other[0].replace(f" {len(other) - 2} ", f" {len(other) - 1} ")
        lines = [line(" ".join(lengths.split()[1:-1])), *other[1:-1], *good]
        self.assertEqual(self.unpacked(lines, "pack other: 1 of"), ["good.jsonl"])

    def test_unpack_follows_no_link(self):
        """What a link in the folder names stays as it is, and what it does not name is not made."""
        os.mkdir(self.path("out"))
        self.text("victim", "untouched")
        for target, said in (("../victim", "is there already, with other records"),
                             ("../nothing", "cannot be written")):
            os.symlink(target, self.path("out/base.jsonl"))
            self.text("log", "\n".join(self.lines))
            done = self.pinlat("pack", "--unpack", "out", "log")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("out/base.jsonl: " + said, done.stderr)
            with open(self.path("victim"), encoding="utf-8") as f:
                self.assertEqual(f.read(), "untouched")
            self.assertFalse(os.path.exists(self.path("nothing")))
            os.remove(self.path("out/base.jsonl"))

    def test_whatever_is_read(self):
        """Compressed, pretty, in folders below each other, in a log: the same pack."""
        os.makedirs(self.path("fleet/nuc1/night"))
        self.write("fleet/nuc1/a.jsonl", SET[:5])
        self.write("fleet/nuc1/night/b.jsonl", SET[5:])
        self.text("fleet/nuc1/run.log", "nothing of ours\n")
        self.assertEqual(self.packed_lines("fleet"), self.lines)
        self.text("log", "\n".join(self.lines))
        self.assertEqual(self.packed_lines("log"), self.lines)
        self.text("pretty.json", json.dumps(SET[0], indent=2))
        lines = self.packed_lines("--name", "one", "pretty.json")
        self.text("log", "\n".join(lines))
        self.assertEqual(self.show("log"), self.show("pretty.json"))

    def test_folders(self):
        """All of them are read, logs too; links do not lead in circles."""
        os.makedirs(self.path("fleet/nuc1"))
        os.makedirs(self.path("fleet/nuc2/.old"))
        self.write("fleet/nuc1/a.jsonl", SET[:5])
        self.text("fleet/nuc2/job.log", "\n".join(packed("base", jsonl(SET[5:]))))
        self.write("fleet/nuc2/.old/c.jsonl", SET)
        os.symlink("..", self.path("fleet/nuc2/up"))
        self.text("fleet/empty.log", "")
        self.assertEqual(self.show("fleet"), self.shown)
        done = self.pinlat("report", "--format", "tap", "-o", "fleet/nuc1/a.jsonl", "fleet")
        self.assertEqual(done.returncode, 2, "it would be read as records")

    def test_usage(self):
        for args, said in ((["set.jsonl", "--name", "../x"], "--name must be a name"),
                           (["set.jsonl", "--copies", "0"], "--copies must be a number of 1 to 9"),
                           ([], "which records?"), (["nothing"], "nothing: cannot be read"),
                           (["--unpack", "out", "set.jsonl"], "set.jsonl: holds no pack"),
                           (["--unpack", "out", "--name", "x", "set.jsonl"], "does not go with")):
            done = self.pinlat("pack", *args)
            self.assertEqual((done.returncode, done.stdout), (2, ""), args)
            self.assertIn(said, done.stderr)
        done = self.pinlat("pack", "-o", "out.log", "set.jsonl", "--copies", "3")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        with open(self.path("out.log"), encoding="utf-8") as f:
            self.assertEqual(f.read().splitlines(), self.lines * 3)
        done = self.pinlat("pack", "nothing", "set.jsonl")
        self.assertEqual((done.returncode, done.stdout.splitlines()), (2, self.lines),
                         "what could be read is packed")
        self.write("odd.jsonl", SET)
        with open(self.path("odd.jsonl"), "a", encoding="utf-8") as f:
            f.write('{"schema": "pinlat.record/1.0"')
        done = self.pinlat("pack", "odd.jsonl")
        self.assertEqual(done.stdout.splitlines(), self.lines)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"odd.jsonl:{len(SET) + 1}: cut short", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
