"""The line to `bluebridge mininet`: JSON objects, one a line, both ways."""
import json
import os
import socket
import threading


class Control:
    """Requests come in on a thread of its own; events and answers go out from any thread."""

    def __init__(self, sock):
        self._sock = sock
        self._lock = threading.Lock()

    @classmethod
    def on_descriptor(cls, number):
        os.set_inheritable(number, False)
        return cls(socket.socket(fileno=number))

    def send(self, **message):
        data = (json.dumps(message) + '\n').encode()
        with self._lock:
            try:
                self._sock.sendall(data)
            except OSError:
                pass  # the other side is gone; on_end is told by the reading thread

    def listen(self, on_request, on_end):
        """Call on_request for each object, and on_end once when the other side has closed or died."""

        def read():
            try:
                with self._sock.makefile('r', encoding='utf-8') as lines:
                    for line in lines:
                        on_request(json.loads(line))
            except (OSError, ValueError):
                pass
            on_end()

        threading.Thread(target=read, daemon=True).start()
