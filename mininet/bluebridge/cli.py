"""Mininet's command line with `bb` commands."""
import shlex
import subprocess

from mininet.cli import CLI

from .process import ProcessFailed, describe_status

HELP = """bb status                       the processes, and every host with its addresses
bb NAME VERB ARGS...            what `bluebridge client --as NAME VERB ARGS...` does, in NAME's host
bb fail SWITCH                  kill a switch; frames go around it where there is another way
bb heal SWITCH                  start it again
bb not NAME VERB ARGS...        the same, where it is expected to fail (in scripts)

  bb {client} put README.md         prints an address; @ stands for it from then on
  bb {client} get @ copy.md
  bb {client} --help                every verb: alloc, read, write, trim, free, put, get, grant, revoke
"""


class FabricCLI(CLI):
    """`failed` is set by a `bb` command that did not do what it should."""

    prompt = 'mininet> '

    def __init__(self, session):
        self.session = session
        self.failed = False
        self.address = '@'
        # Mininet's constructor runs its loop, or a script; we do either ourselves.
        super().__init__(session.net, script='/dev/null')
        self.inputFile = None
        self.locals['processes'] = session.processes

    def interact(self):
        self.initReadline()
        self.run()

    def run_script(self, path):
        """Line by line, each shown before it runs, until one fails. Mininet's `source` would go on."""
        with open(path, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                line = line.strip()
                if not line or line.startswith('#'):
                    continue
                print(f'{self.prompt}{line}', flush=True)
                stop = self.onecmd(line)
                if self.failed:
                    self.session.fail(f'{path}:{number}: this failed: {line}')
                if stop or self.failed:
                    break

    def default(self, line):
        """A command in a node; what Mininet does not know fails a script."""
        first = self.parseline(line)[0]
        if line != 'EOF' and first not in self.mn:
            self.failed = True
        return super().default(line)

    def do_bb(self, line):
        "BlueBridge: bb status, bb fail SWITCH, bb heal SWITCH, bb NAME VERB ARGS... (bb alone: help)"
        try:
            words = shlex.split(line)
        except ValueError as error:
            return self._wrong(f'bb: {error}')
        if not words:
            print(HELP.format(client=next(iter(self.session.clients()), 'h1')), end='')
            return None
        if words == ['status']:
            print(self.session.status(), end='', flush=True)
            return None
        if words[0] in ('fail', 'heal') and len(words) == 2:
            return self._switch(*words)
        expected_to_fail = words[0] == 'not' and len(words) > 1
        if expected_to_fail:
            words = words[1:]
        return self._client(words, expected_to_fail)

    def _switch(self, verb, name):
        switches = [switch.name for switch in self.session.net.switches]
        if name not in switches:
            return self._wrong(f"bb: {name} is no switch; switches are: {', '.join(switches)}")
        alive = self.session.net[name].process.status is None
        if alive == (verb == 'heal'):
            return self._wrong(f"bb: {name} {'runs' if alive else 'has failed already'}")
        if verb == 'fail':
            self.session.fail_switch(name)
        else:
            try:
                self.session.heal_switch(name)
            except ProcessFailed as error:
                return self._wrong(f'bb: {error}')
        return None

    def _client(self, words, expected_to_fail):
        name, verb = words[0], words[1:]
        clients = self.session.clients()
        if name not in clients:
            role = 'is a memory server' if name in self.mn else 'is no client'
            return self._wrong(f"bb: {name} {role}; clients are: {', '.join(clients) or 'none'}")
        verb = [self.address if word == '@' else word for word in verb]
        status = self._run(self.session.client_command(name, verb), verb)
        if (status != 0) != expected_to_fail:
            said = 'succeeded, and was expected to fail' if expected_to_fail else describe_status(status)
            return self._wrong(f'bb: {said}' if expected_to_fail or status < 0 else None)
        return None

    def _run(self, argv, verb):
        if verb[:1] not in (['put'], ['alloc']):
            return run_in_foreground(argv)
        # These print an address and little else.
        status, output = run_in_foreground(argv, capture=True)
        print(output, end='', flush=True)
        if status == 0 and output:
            self.address = output.split()[0]
        return status

    def _wrong(self, message):
        self.failed = True
        if message:
            print(message, flush=True)


def run_in_foreground(argv, capture=False):
    """The exit status, and the output where it is captured. Ctrl-C is for the command alone, which stops cleanly."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE if capture else None, text=True) as process:
        while True:
            try:
                output = process.stdout.read() if capture else ''
                status = process.wait()
                return (status, output) if capture else status
            except KeyboardInterrupt:
                continue
