"""The switch's ports as a test sees them, and checks that are counted: what the drivers of all clients share."""
import json
import os
import socket
import sys
import traceback

SWITCH = json.loads(os.environ["BLUEBRIDGE_SWITCH"])
"""address, p4info and json (paths), ports: {number: {"switch": UDP port of the switch's end, "host": ours}}."""

WAIT = 5.0
"""Seconds until something that must come counts as lost. Nothing waits for this long when all is well."""


class Port:
    """One end of a cable: an Ethernet frame a UDP datagram, as QEMU's -netdev dgram."""

    def __init__(self, number):
        self.number = number
        ends = SWITCH["ports"][str(number)]
        self._peer = ("127.0.0.1", ends["switch"])
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", ends["host"]))
        self._socket.settimeout(WAIT)

    def send(self, frame):
        self._socket.sendto(frame, self._peer)

    def forget(self):
        """Drop what nobody waited for."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(65536)
        except BlockingIOError:
            self._socket.settimeout(WAIT)

    def receive(self):
        """The next frame that the switch sends out of this port."""
        return self._socket.recv(65536)


def ethernet(dst, src, ethertype, payload=b""):
    mac = lambda text: bytes.fromhex(text.replace(":", ""))
    return (mac(dst) + mac(src) + ethertype.to_bytes(2, "big") + payload).ljust(60, b"\0")


class Checks:
    """Runs steps in order; each is a function that throws when something is not as it must be."""

    def __init__(self, client, before=lambda: None):
        """before: run before each step, so that none sees what an earlier one left."""
        self._client = client
        self._before = before
        self._passed = self._failed = 0

    def step(self, name):
        self._before()
        return _Step(self, name)

    def _done(self, name, problem):
        if problem is None:
            self._passed += 1
            print(f"  ok {self._client}: {name}")
        else:
            self._failed += 1
            print(f"  FAILED {self._client}: {name}")
            traceback.print_exception(problem, file=sys.stdout)
        sys.stdout.flush()

    def finish(self):
        print(json.dumps({"client": self._client, "passed": self._passed, "failed": self._failed}))
        sys.stdout.flush()
        # Clients leave threads behind that wait for a stream; nothing is to be waited for.
        os._exit(1 if self._failed else 0)


class _Step:
    def __init__(self, checks, name):
        self._checks, self._name = checks, name

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        if problem is not None and not isinstance(problem, Exception) and not isinstance(problem, SystemExit):
            return False
        self._checks._done(self._name, problem)
        return True


def refused(call, *words):
    """The text of the error that `call` ends with; it must have every one of `words`."""
    try:
        call()
    except Exception as error:
        text = f"{type(error).__name__} {error}"
        missing = [word for word in words if word not in text]
        assert not missing, f"{missing} not in: {text}"
        return text
    raise AssertionError(f"was not refused; expected {words}")
