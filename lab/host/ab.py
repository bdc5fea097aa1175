# SPDX-License-Identifier: MIT
"""
scripts/lab ab: kernels against each other on i915's or xe's own code. One round is one boot of
every kernel, in a seeded order. What comes out are ordinary result sets, DIR/KERNEL/boot-N.jsonl,
which `pinlat compare` reads; what the mock GPU counted in each window is in the records.
"""
import json
import pathlib
import random
import shlex
import shutil
import sys
import time

from host import driver, guest, kernel, kernels, session
from host.errors import LabError, call
from host.paths import LAB, PROJECT

SUBTESTS = 'timer-busy,thp-locked,thp-pinned,thp-busy,pageout-busy'


def words(text):
    """A list with commas."""
    return text.split(',')


def add_options(parser):
    """Those of its own."""
    session.add_driver(parser)
    parser.add_argument('--kernels', type=words, metavar='LIST',
                        help="variants of --kernel's source, Debian's own by their series (6.1), "
                        'NAME=FILE.patch for a patch of your own on that source, or NAME=BZIMAGE '
                        'in its build folder '
                        f'({"; ".join(",".join(names) for names in kernels.VARIANTS.values())})')
    kernels.add_options(parser)
    parser.add_argument('-o', '--output', type=pathlib.Path, required=True, metavar='DIR',
                        help='for the records; what is there already is not measured again')
    parser.add_argument('--boots', type=int, default=8, metavar='N', help='of each kernel (8)')
    parser.add_argument('--runs', type=int, default=1, metavar='N',
                        help='of each subtest in a boot (1)')
    parser.add_argument('--subtests', type=words, default=words(SUBTESTS), metavar='LIST',
                        help=f'({SUBTESTS})')
    parser.add_argument('--duration', default='6s', metavar='TIME', help='of a window (6s)')
    parser.add_argument('--pageout-duration', default='30s', metavar='TIME',
                        help="of pageout's, which ends when it has its samples (30s)")
    parser.add_argument('--fill', default='60%', metavar='SHARE', help='(60%%)')
    parser.add_argument('--object-size', default='16M', metavar='SIZE', help='(16M)')
    parser.add_argument('--walker', default='tree:made', metavar='WHAT', help='(tree:made)')
    parser.add_argument('--batch-us', type=int, default=5000, metavar='N',
                        help='how long a request takes the GPU (5000)')
    session.add_guest(parser, memory='768M')
    parser.add_argument('--seed', type=int, default=1, metavar='N')
    parser.add_argument('--timeout', type=float, default=1200, metavar='SECONDS',
                        help='for one boot (1200)')
    parser.add_argument('options', nargs='*', metavar='-- RUNOPTION',
                        help='of pinlat run, such as -- --backing shmem')


def order(names, boots, seed):
    """[(round, name), …]: each round holds every kernel once, shuffled."""
    shuffle = random.Random(seed)
    plan = []
    for boot in range(boots):
        turn = list(names)
        shuffle.shuffle(turn)
        plan += [(boot, name) for name in turn]
    return plan


def _chosen(args, word):
    """The name of a kernel, and the kernel, which is built if it is not."""
    name, _, path = word.partition('=')
    if name in kernel.DEBIAN and not path:
        return name, kernel.stock(name)
    if path and not path.endswith('.patch'):
        return name, kernel.own(path)
    return name, kernels.Tree(kernels.series_of(args), args.preempt).build(name, path)


def _kernels(args):
    """{name: (Kernel, the driver for it)}."""
    chosen = {}
    for word in args.kernels or kernels.variants_of(args):
        name, built = _chosen(args, word)
        # At once: the next variant's patch may change the headers that it is built with.
        chosen[name] = built, driver.build(args.driver, built)
    return chosen


def _build():
    """The suite as scripts/bench builds it."""
    folder = PROJECT / 'build-bench'
    if not (folder / 'build.ninja').exists():
        call('meson', 'setup', folder, PROJECT, '--buildtype=release', '-Dtests=disabled')
    call('ninja', '-C', folder)
    return folder


def _by_probe(subtests):
    """{probe: its loads}."""
    found = {}
    for subtest in subtests:
        probe, _, load = subtest.partition('-')
        found.setdefault(probe, []).append(load)
    return found


def _job(args, module, name, boot, build):
    """The shell script of one boot. In a round, all kernels meet the same seeds and order."""
    shuffle = random.Random(f'{args.seed} {boot}')
    probes = list(_by_probe(args.subtests).items())
    shuffle.shuffle(probes)
    job = session.prepare_line(module, [f'batch_us={args.batch_us}'], args.zram, args.mglru)
    for probe, loads in probes:
        options = ['--label', name, '--engine', args.driver, '--arena', 'machine',
                   '--runs', args.runs, '--seed', shuffle.randrange(1 << 31),
                   '--probes', probe, '--loads', ','.join(loads),
                   '--fill', args.fill, '--object-size', args.object_size,
                   '--duration', args.pageout_duration if probe == 'pageout' else args.duration,
                   '--walker', args.walker, *args.options]
        job += f'{LAB}/guest/ab {shlex.quote(str(build))} {shlex.join(map(str, options))} || exit\n'
    return job + 'mv /run/lab/records /run/lab/boot.jsonl\n'


def _path(args, name, boot):
    return args.output / name / f'boot-{boot}.jsonl'


def _invalid(path):
    """What to say of runs that are not valid."""
    records = [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]
    names = [r['subtest'] for r in records if not r['validity']['valid']]
    return f', not valid: {", ".join(names)}' if names else ''


def _boot(args, name, chosen, boot, build):
    """One boot: what to say of it, and whether it gave results."""
    chosen, module = chosen
    machine = guest.Machine(chosen, args.memory, args.cpus, args.accel,
                            f'preempt={args.preempt} {args.append}', [build])
    session.add_needs(machine, module, args.driver)
    job = _job(args, module, name, boot, build)
    with guest.run(machine, job, args.timeout) as outcome:
        complaints = driver.complaints(outcome, driver.known(args.driver, chosen))
        records = outcome.folder / 'boot.jsonl'
        if outcome.end == 'done' and outcome.rc == 0 and not complaints and records.exists():
            target = _path(args, name, boot)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(records, target.with_suffix('.tmp'))
            target.with_suffix('.tmp').rename(target)
            return f'done after {outcome.seconds:.0f} s{_invalid(target)}', True
        target = args.output / 'failed' / f'{name}-{boot}-{int(time.time())}'
        shutil.copytree(outcome.folder, target)
        (target / 'console').write_text(outcome.messages, encoding='utf-8')
        why = f'the kernel complained: {complaints[0]}' if complaints else \
            f'{outcome.end}, exit code {outcome.rc}'
        return f'no result ({why}); see {target}', False


def ab(args):
    """Kernels against each other, their boots interleaved; give -o DIR again to go on."""
    build, chosen = _build(), _kernels(args)
    plan = order(chosen, args.boots, args.seed)
    args.output.mkdir(parents=True, exist_ok=True)
    with open(args.output / 'commands', 'a', encoding='utf-8') as file:
        file.write(f'scripts/lab {shlex.join(sys.argv[1:])}\n')
    left = [(boot, name) for boot, name in plan if not _path(args, name, boot).exists()]
    failed, start = 0, time.monotonic()
    for done, (boot, name) in enumerate(left, 1):
        print(f'boot {len(plan) - len(left) + done} of {len(plan)}, {name}: ', end='', flush=True)
        said, good = _boot(args, name, chosen[name], boot, build)
        failed += not good
        minutes = (time.monotonic() - start) / done * (len(left) - done) / 60
        print(f'{said}; about {minutes:.0f} min left', flush=True)
    if failed:
        raise LabError(f'{failed} of {len(plan)} boots gave no result; the same command tries '
                       'them again')
    return 0
