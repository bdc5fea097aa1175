# SPDX-License-Identifier: MIT
"""
The A/B: boots of several kernels, interleaved in a seeded order, each measured under each
behaviour of the mock's notifier. One round is one boot of every kernel.
"""
import random
import shutil
import sys
import time

import guest

# What makes reclaim reach pinned userptr pages (see lab/README.md).
JOB = '''set -e
echo {zram} >/sys/block/zram0/disksize
mkswap /dev/zram0 >/dev/null
swapon /dev/zram0
echo 60 >/proc/sys/vm/swappiness
[ ! -e /sys/kernel/mm/lru_gen/enabled ] || echo 0 >/sys/kernel/mm/lru_gen/enabled
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
insmod /modules/i915.ko batch_us={batch_us} pages={pages}
stats=/sys/kernel/debug/dri/0/mock_stats
for notifier in {notifiers}; do
	echo $notifier >/sys/module/i915/parameters/notifier
	echo 0 >$stats
	pinlat run --label {label} -o /scratch/$notifier --engine i915 --arena machine \\
		--runs {runs} --seed {seed} {options}
	cat /scratch/$notifier/*-*.json >/results/$notifier.jsonl
	cp $stats /results/$notifier.stats
	rm -r /scratch/$notifier
done
'''


def job(options, kernel, boot):
    """The shell script of one boot."""
    shuffle = random.Random(f'{options.seed} {boot} {kernel}')
    notifiers = list(options.notifiers)
    shuffle.shuffle(notifiers)
    return JOB.format(zram=options.zram, batch_us=options.batch_us, pages=options.pages,
                      notifiers=' '.join(notifiers), label=kernel, runs=options.runs,
                      seed=shuffle.randrange(1 << 31),
                      options=f'--probes {options.probes} --loads {options.loads} '
                              f'--duration {options.duration} --fill {options.fill} '
                              f'--object-size {options.object_size}')


def order(kernels, boots, seed):
    """[(round, kernel name), …]: each round holds every kernel once, shuffled."""
    shuffle = random.Random(seed)
    plan = []
    for boot in range(boots):
        names = list(kernels)
        shuffle.shuffle(names)
        plan += [(boot, name) for name in names]
    return plan


def keep(options, kernel, boot, folder):
    """Moves one boot's records into the result sets: NOTIFIER/KERNEL/boot-N.jsonl."""
    for notifier in options.notifiers:
        target = options.output / notifier / kernel
        target.mkdir(parents=True, exist_ok=True)
        for kind in ('jsonl', 'stats'):
            shutil.move(folder / f'{notifier}.{kind}', target / f'boot-{boot}.{kind}')


def is_kept(options, kernel, boot):
    return all((options.output / n / kernel / f'boot-{boot}.jsonl').exists()
               for n in options.notifiers)


def said_left(plan, at, start, done):
    """How long it will take, by the boots so far."""
    left = len(plan) - at
    return f'{(time.time() - start) / done * left / 60:.0f} min left' if done else ''


def run(options, kernels):
    """
    Boots `kernels` ({name: (bzImage, initramfs)}). Returns how many boots failed: these
    leave no records, but their console and log in OUTPUT/failed/.
    """
    plan = order(kernels, options.boots, options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / 'plan.txt').write_text(
        ' '.join(sys.argv[1:]) + '\n' + ''.join(f'{b} {k}\n' for b, k in plan))
    machine = guest.Machine(memory=options.memory, cpus=options.cpus,
                            append=f'preempt={options.preempt}')
    failed = done = 0
    start = time.time()
    for at, (boot, kernel) in enumerate(plan):
        if is_kept(options, kernel, boot):
            continue
        print(f'boot {at + 1} of {len(plan)}: {kernel} ', end='', flush=True)
        folder = options.output / 'boot'
        shutil.rmtree(folder, ignore_errors=True)
        outcome = guest.boot(machine, *kernels[kernel], job(options, kernel, boot), folder,
                             options.timeout)
        done += 1
        print(f'{outcome}  {said_left(plan, at + 1, start, done)}', flush=True)
        if outcome.how == 'done' and outcome.code == 0:
            keep(options, kernel, boot, folder)
            shutil.rmtree(folder)
        else:
            failed += 1
            target = options.output / 'failed' / f'{kernel}-{boot}-{int(time.time())}'
            target.parent.mkdir(exist_ok=True)
            shutil.move(folder, target)
            print(f'  no result; what it left is in {target}')
    return failed
