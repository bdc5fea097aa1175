# SPDX-License-Identifier: MIT
"""completions/pinlat, driven as bash drives it: offers what the programs know, no more or less."""
import os
import re
import shlex
import subprocess
import tempfile
import unittest

import helps

SCRIPT = os.environ['COMPLETION']
# What bash does to a command line before it asks: : and = are words of their own.
BREAK = re.compile(r'([:=]+)')


def broken(words):
    found = []
    for word in words:
        found += [part for part in BREAK.split(word) if part] or ['']
        if word and BREAK.fullmatch(word[-1]):
            found.append('')
    return found


def offered(*words, folder='/'):
    """What TAB offers behind the last of @words."""
    words = ['pinlat', *broken(words)]
    script = f'''source {SCRIPT}
        COMP_WORDS=({' '.join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}
        _pinlat; printf '%s\\n' "${{COMPREPLY[@]}}"'''
    done = subprocess.run(['bash', '--norc', '-c', script], capture_output=True, text=True,
                          cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (0, ''), (words, done)
    found = [line for line in done.stdout.splitlines() if line]
    assert len(found) == len(set(found)), found
    return set(found)


class Completion(unittest.TestCase):
    def test_commands(self):
        self.assertEqual(offered(''), {*helps.commands(), 'help'})
        self.assertEqual(offered('do'), {'doctor'})
        self.assertEqual(offered('help', ''), set(helps.commands()))
        self.assertEqual(offered('-'), {'--help', '--version'})

    def test_options(self):
        for command in helps.commands():
            self.assertEqual(offered(command, '-'), set(helps.options(command)), command)
        self.assertEqual(offered('run', '--', '-'), set(helps.options('test')))
        self.assertEqual(offered('run', '--label', 'x', '--lo'), {'--loads'})

    def test_options_with_a_value_offer_no_option(self):
        for command in [*helps.commands(), 'test']:
            before = ['run', '--'] if command == 'test' else [command]
            for name, (_, argument) in helps.options(command).items():
                if argument and not argument.startswith('['):
                    found = offered(*before, name, '-')
                    self.assertFalse({f for f in found if f.startswith('--')}, (command, name))

    def test_values_are_those_that_the_command_knows(self):
        for command, option in helps.CHOICES:
            wanted = helps.choices(command, option)
            self.assertEqual(offered(command, option, ''), wanted, option)
            self.assertEqual(offered(command, f'{option}='), wanted, option)

    def test_every_value_is_accepted(self):
        """Each that is offered for an option of run passes that option's own check."""
        for option in ['--arena', '--swap', '--walker', '--engine', '--backing']:
            for value in offered('run', option, ''):
                if value.endswith(':'):
                    continue  # something is to follow
                done = subprocess.run([helps.PINLAT, 'run', '--resume', option, value], text=True,
                                      capture_output=True, check=False)
                self.assertIn('Add -o DIR', done.stderr, (option, value))

    def test_subtests(self):
        """All but those that only assert: pinlat run does not make them."""
        names = {n for n in helps.printed(helps.TEST, '--list-subtests').split()
                 if '-versus-' not in n}
        self.assertEqual(offered('compare', '--primary', ''), names)
        self.assertEqual(offered('run', '--', '--run-subtest', ''), names)

    def test_lists(self):
        self.assertEqual(offered('run', '--loads', 'idle,b'), {'idle,base', 'idle,busy'})
        self.assertEqual(offered('run', '--probes', 'timer,'), {'timer,thp', 'timer,pageout'})
        self.assertEqual(offered('run', '--probes=timer,t'), {'timer,thp'})

    def test_colons(self):
        """bash has "cgroup", ":" and "5" for words, so 512M alone is to follow."""
        self.assertEqual(offered('run', '--arena', 'cgroup:5'), {'512M'})
        self.assertEqual(offered('run', '--arena=cgroup:5'), {'512M'})
        self.assertEqual(offered('run', '--arena', 'cgroup:'), {'512M', '1G', '2G'})
        self.assertEqual(offered('run', '--arena', 'c'), {'cgroup:512M', 'cgroup:1G', 'cgroup:2G'})

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(f'{folder}/base')
            for name in ['one set.jsonl.gz', 'margins']:
                with open(f'{folder}/{name}', 'w', encoding='utf-8'):
                    pass
            every = {'base', 'one set.jsonl.gz', 'margins'}
            self.assertEqual(offered('compare', '', folder=folder), every)
            self.assertEqual(offered('compare', 'base', 'o', folder=folder), {'one set.jsonl.gz'})
            self.assertEqual(offered('show', 'b', folder=folder), {'base'})
            self.assertEqual(offered('compare', '--thresholds', 'm', folder=folder), {'margins'})
            self.assertEqual(offered('run', '-o', '', folder=folder), {'base'})
            self.assertEqual(offered('run', '--walker', 'tree:b', folder=folder), {'base'})
            self.assertEqual(offered('doctor', '', folder=folder), set())

    def test_in_bash_itself(self):
        """Registered for the command, and works where bash asks for it."""
        done = subprocess.run(['bash', '--norc', '-c', f'source {SCRIPT}; complete -p pinlat'],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.stderr), ('complete -F _pinlat pinlat\n', ''))


if __name__ == '__main__':
    unittest.main(verbosity=2)
