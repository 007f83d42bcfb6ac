"""A long-running process of the fabric: a switch, the controller, a memory server."""
import signal
import socket
import subprocess
import time

POLL_SECONDS = 0.02


class ProcessFailed(Exception):
    """A process did not start, or ended by itself."""

    def __init__(self, process, what):
        super().__init__(f'{process.name} {what}')
        self.process = process
        self.what = what


class FabricProcess:
    """Started from a description {name, argv, log, ready: {tcp} or {text}}.

    `prefix` is what runs the process in a host's namespace. Its output goes to the log file. It has a session of
    its own, so that Ctrl-C in the terminal is for the command line and not for the fabric.
    """

    def __init__(self, description, prefix=()):
        self.name = description['name']
        self.log = description['log']
        self.ready = description['ready']
        # Somebody wanted it to be dead: that it is, is no failure of the run.
        self.failed_on_purpose = False
        with open(self.log, 'wb') as output:
            self._popen = subprocess.Popen(
                [*prefix, *description['argv']], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)
        self.pid = self._popen.pid

    @property
    def status(self):
        """Exit status, -N after signal N, None while it runs."""
        return self._popen.poll()

    def wait_ready(self, seconds):
        deadline = time.monotonic() + seconds
        while not self._is_ready():
            if self.status is not None:
                raise ProcessFailed(self, f'ended before it was ready: {describe_status(self.status)}')
            if time.monotonic() > deadline:
                raise ProcessFailed(self, f'was not ready within {seconds} seconds')
            time.sleep(POLL_SECONDS)

    def _is_ready(self):
        if 'text' in self.ready:
            return self.ready['text'] in self.output()
        host, _, port = self.ready['tcp'].rpartition(':')
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True

    def output(self):
        with open(self.log, encoding='utf-8', errors='replace') as file:
            return file.read()

    def interrupt(self):
        if self.status is None:
            self._popen.send_signal(signal.SIGINT)

    def kill(self):
        self._popen.kill()

    def wait_end(self, seconds):
        """The exit status; a process that does not end in time is killed."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            return self._popen.wait()


def describe_status(status):
    if status >= 0:
        return f'exit status {status}'
    return f'killed by {signal.Signals(-status).name}'
