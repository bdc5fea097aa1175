# SPDX-License-Identifier: MIT
"""
What submit, collect and nightly share: LAVA's REST interface, and which jobs belong to a night.

LAVA keeps all state. A job of a night says in its metadata which round it is and on which
machine, so these programs may be stopped and started again at any time.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import yaml

API = '/api/v0.2/jobs/'
PAGE = 100  # jobs
SECONDS = 120  # for one answer
# Each is text, and its name in the job begins with "pinlat.".
METADATA = ('night', 'round', 'tag', 'kernels', 'attempt', 'total')
LOADER = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


class LavaError(Exception):
    """Says what is wrong, with what, and what to do. code: the exit code."""

    def __init__(self, text, code=2):
        super().__init__(text)
        self.code = code


class Server:
    """A LAVA server's REST interface. Errors are LavaError."""

    def __init__(self, url, token):
        self.url = url.rstrip('/')
        self.headers = {'Authorization': f'Token {token}'} if token else {}

    def call(self, path, body=None):
        """The body of the answer; @body, if any, is posted as JSON."""
        headers, data = dict(self.headers), None
        if body is not None:
            headers['Content-Type'] = 'application/json'
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            said = error.read(1000).decode(errors='replace').strip()
            raise LavaError(f'{self.url}{path}: HTTP {error.code}: {said}', 3) from error
        except OSError as error:
            raise LavaError(f'{self.url}: {error}; set LAVA_URL to the server', 3) from error

    def json(self, path, body=None):
        """The answer, which must be JSON."""
        answer = self.call(path, body)
        try:
            return json.loads(answer)
        except ValueError as error:
            raise LavaError(f'{self.url}{path}: the answer is no JSON: is LAVA_URL that of a '
                            'LAVA server?', 3) from error

    def submit(self, definition):
        """The number of the new job."""
        answer = self.json(API, {'definition': definition})
        try:
            return int(answer['job_ids'][0])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise LavaError(f'{self.url}{API}: no job number in {answer}', 3) from error

    def log(self, number):
        """The log of a job, LAVA's YAML."""
        return self.call(f'{API}{number}/logs/')

    def night(self, night):
        """The jobs of a night, the oldest first."""
        # The filter saves reading all jobs; metadata decides.
        page = API + '?' + urllib.parse.urlencode(
            {'description__startswith': title(night), 'ordering': 'id', 'limit': PAGE})
        while page:
            answer = self.json(page)
            for each in answer['results']:
                job = Job.of(each)
                if job and job.night == night:
                    yield job
            # Behind a proxy the server may not know its own name.
            after = urllib.parse.urlsplit(answer['next'] or '')
            page = f'{API}?{after.query}' if answer['next'] else None


class Job(collections.namedtuple('Job', 'number state health device night round tag kernels '
                                        'attempt total')):
    """A job of a night: (round, tag) is measured once; a lost one is attempted again."""

    @classmethod
    def of(cls, answer):
        """From REST's answer; None if it is no job of ours."""
        try:
            metadata = yaml.load(answer['definition'], LOADER)['metadata']
            told = {name: metadata[f'pinlat.{name}'] for name in METADATA}
            return cls(int(answer['id']), str(answer['state']), str(answer['health']),
                       str(answer['actual_device'] or ''), told['night'], int(told['round']),
                       told['tag'], told['kernels'].split(','), int(told['attempt']),
                       int(told['total']))
        except (KeyError, TypeError, ValueError, AttributeError, yaml.YAMLError):
            return None

    @property
    def key(self):
        """What it measures."""
        return self.round, self.tag

    @property
    def finished(self):
        """Whether LAVA is done with it. Its health does not tell whether there are records."""
        return self.state == 'Finished'

    def path(self, out, kernel):
        """Where records of a kernel go to."""
        return os.path.join(out, kernel, f'{self.device or "none"}-job-{self.number}.jsonl')

    def missing(self, out):
        """Kernels without records there."""
        return [k for k in self.kernels if not os.path.exists(self.path(out, k))]

    def __str__(self):
        where = f' on {self.device}' if self.device else ''
        return f'job {self.number}, round {self.round + 1}{where}'


def title(night):
    """The beginning of the names of a night's jobs."""
    return f'pinlat {night}, '


def pinlat():
    """The command."""
    return os.environ.get('PINLAT', 'pinlat')


def write_once(path, data):
    """All of @data or nothing; a file that is there stays. Killed, it leaves no half."""
    if os.path.exists(path):
        return
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    # A name that no reader takes for records.
    handle, name = tempfile.mkstemp(prefix='.', suffix='.tmp', dir=folder)
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.rename(name, path)
    except BaseException:
        os.unlink(name)
        raise


def unpack(log, kernels):
    """({kernel: its records} of the packs that are whole, what `pinlat pack` said of others)."""
    with tempfile.TemporaryDirectory(prefix='pinlat-lava-') as folder:
        name = os.path.join(folder, 'log')
        with open(name, 'wb') as file:
            file.write(log)
        try:
            done = subprocess.run([pinlat(), 'pack', '--unpack', folder, name], text=True,
                                  capture_output=True, stdin=subprocess.DEVNULL, check=False)
        except OSError as error:
            raise LavaError(f'{pinlat()}: {error.strerror}: install it, or set PINLAT') from error
        found = {}
        for kernel in kernels:
            path = os.path.join(folder, f'{kernel}.jsonl')
            if os.path.exists(path):
                with open(path, 'rb') as file:
                    found[kernel] = file.read()
        said = ' '.join(done.stderr.split()).replace(f'{folder}/', '').replace('pinlat: ', '')
        return found, said


def add_server(parser):
    """The options of all."""
    parser.add_argument('--url', default=os.environ.get('LAVA_URL'),
                        help='of the server (LAVA_URL)')
    parser.epilog = 'LAVA_TOKEN holds the token. ' + (parser.epilog or '')


def server_of(args):
    """The Server."""
    if not args.url:
        raise LavaError('which server? Set LAVA_URL, or give --url')
    return Server(args.url, os.environ.get('LAVA_TOKEN'))


def main(function, args):
    """Runs it: its result is the exit code."""
    try:
        return function(args)
    except LavaError as error:
        print(f'{os.path.basename(sys.argv[0])}: {error}', file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 130
