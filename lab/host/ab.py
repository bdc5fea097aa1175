# SPDX-License-Identifier: MIT
"""
scripts/lab ab: kernels against each other. One round is one boot of every kernel, in a seeded
order; each boot is measured under each behaviour of the mock's notifier. What comes out are
ordinary result sets, OUTPUT/NOTIFIER/KERNEL/boot-N.jsonl, which `pinlat compare` reads.
"""
import pathlib
import random
import shlex
import shutil
import sys
import time

from host import guest, kernel, kernels, mock, session
from host.errors import LabError, call
from host.paths import LAB, PROJECT


def words(text):
    """A list with commas."""
    return text.split(',')


def add_options(parser):
    """Those of its own."""
    parser.add_argument('--kernels', type=words, default=list(kernels.VARIANTS), metavar='LIST',
                        help='variants, or NAME=BZIMAGE of your own in its build folder '
                        f'({",".join(kernels.VARIANTS)})')
    parser.add_argument('-o', '--output', type=pathlib.Path, required=True, metavar='DIR',
                        help='for the records; what is there already is not measured again')
    parser.add_argument('--boots', type=int, default=8, metavar='N', help='of each kernel (8)')
    parser.add_argument('--runs', type=int, default=1, metavar='N',
                        help='of each subtest in a boot (1)')
    parser.add_argument('--notifiers', type=words, default=['wait', 'wait-release'],
                        metavar='LIST', help="the mock's behaviours (wait,wait-release)")
    parser.add_argument('--pages', choices=('pin', 'get'), default='pin',
                        help='how the mock takes pages: with FOLL_PIN or without (pin)')
    parser.add_argument('--batch-us', type=int, default=5000, metavar='N',
                        help='how long a request takes the GPU (5000)')
    parser.add_argument('--probes', default='timer,thp', metavar='LIST')
    parser.add_argument('--loads', default='locked,pinned,busy', metavar='LIST')
    parser.add_argument('--duration', default='8s', metavar='TIME')
    parser.add_argument('--fill', default='60%', metavar='SHARE')
    parser.add_argument('--object-size', default='16M', metavar='SIZE')
    parser.add_argument('--walker', default='loop:400M', metavar='WHAT',
                        help='a little more than is left of the memory, in a loop: one that '
                        'streams never makes reclaim look at anonymous pages (loop:400M)')
    parser.add_argument('--memory', default='768M', metavar='SIZE')
    parser.add_argument('--cpus', type=int, default=2, metavar='N')
    parser.add_argument('--zram', default='256M', metavar='SIZE', help='of the swap device (256M)')
    parser.add_argument('--preempt', choices=('none', 'voluntary', 'full'), default='voluntary')
    parser.add_argument('--accel', choices=('kvm', 'tcg'), help='(default: kvm if it works)')
    parser.add_argument('--seed', type=int, default=1, metavar='N')
    parser.add_argument('--timeout', type=float, default=1200, metavar='SECONDS',
                        help='for one boot (1200)')


def order(names, boots, seed):
    """[(round, name), …]: each round holds every kernel once, shuffled."""
    shuffle = random.Random(seed)
    plan = []
    for boot in range(boots):
        turn = list(names)
        shuffle.shuffle(turn)
        plan += [(boot, name) for name in turn]
    return plan


def _kernels(args):
    """{name: (Kernel, its mock)}: variants are built if they are not."""
    chosen = {}
    for word in args.kernels:
        name, _, image = word.partition('=')
        built = kernel.own(image) if image else kernels.Tree().build(name)
        # At once: the next variant's patch may change the headers that it is built with.
        chosen[name] = built, mock.build(built)
    return chosen


def _build():
    """The suite as scripts/bench builds it."""
    folder = PROJECT / 'build-bench'
    if not (folder / 'build.ninja').exists():
        call('meson', 'setup', folder, PROJECT, '--buildtype=release', '-Dtests=disabled')
    call('ninja', '-C', folder)
    return folder


def _job(args, machine, module, name, boot, build):
    """The shell script of one boot."""
    shuffle = random.Random(f'{args.seed} {boot} {name}')
    notifiers = list(args.notifiers)
    shuffle.shuffle(notifiers)
    options = ['--label', name, '--engine', 'i915', '--arena', 'machine', '--runs', args.runs,
               '--seed', shuffle.randrange(1 << 31), '--probes', args.probes,
               '--loads', args.loads, '--duration', args.duration, '--fill', args.fill,
               '--object-size', args.object_size, '--walker', args.walker]
    return session.prepare_line(machine, args.zram, module, [
        f'batch_us={args.batch_us}', f'pages={args.pages}']) + \
        f'{LAB}/guest/ab {shlex.quote(str(build))} "{" ".join(notifiers)}" ' + \
        shlex.join(map(str, options)) + '\n'


def _keep(args, name, boot, folder):
    """Moves one boot's records into the result sets. Whether there were any."""
    for notifier in args.notifiers:
        if not (folder / f'{notifier}.jsonl').exists():
            return False
    for notifier in args.notifiers:
        target = args.output / notifier / name
        target.mkdir(parents=True, exist_ok=True)
        for kind in ('statistics', 'jsonl'):
            shutil.copy(folder / f'{notifier}.{kind}', target / f'boot-{boot}.{kind}')
    return True


def _is_kept(args, name, boot):
    return all((args.output / notifier / name / f'boot-{boot}.jsonl').exists()
               for notifier in args.notifiers)


def _boot(args, name, chosen, boot, build):
    """One boot: what to say of it, and whether it gave results."""
    chosen, module = chosen
    machine = guest.Machine(chosen, args.memory, args.cpus, args.accel,
                            f'preempt={args.preempt}', [build])
    job = _job(args, machine, module, name, boot, build)
    with guest.run(machine, job, args.timeout) as outcome:
        good = outcome.end == 'done' and outcome.rc == 0 and not outcome.complaints and \
            _keep(args, name, boot, outcome.folder)
        if good:
            return f'done after {outcome.seconds:.0f} s', True
        target = args.output / 'failed' / f'{name}-{boot}-{int(time.time())}'
        shutil.copytree(outcome.folder, target)
        (target / 'console').write_text(outcome.messages, encoding='utf-8')
        return f'{outcome.end}, exit code {outcome.rc}: no result, see {target}', False


def ab(args):
    """Kernels against each other, their boots interleaved; give -o DIR again to go on."""
    build, chosen = _build(), _kernels(args)
    plan = order(chosen, args.boots, args.seed)
    args.output.mkdir(parents=True, exist_ok=True)
    with open(args.output / 'commands', 'a', encoding='utf-8') as file:
        file.write(f'scripts/lab {shlex.join(sys.argv[1:])}\n')
    left = [turn for turn in plan if not _is_kept(args, turn[1], turn[0])]
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
