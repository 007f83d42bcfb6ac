"""One run: build the network, start the fabric's processes in it, serve, and stop everything."""
import signal
import subprocess
import threading
import time

from mininet.log import setLogLevel
from mininet.net import Mininet

from .cli import FabricCLI
from .process import FabricProcess, ProcessFailed, describe_status
from .topo import START_SECONDS, FabricTopo

STOP_SECONDS = 10
WATCH_SECONDS = 0.1


class Stop(Exception):
    """Raised in the main thread, wherever it is, when the session has to end."""


class Session:
    """`processes` are those of the fabric by name, in the order in which they were started."""

    def __init__(self, description, control):
        self.description = description
        self.control = control
        self.net = None
        self.processes = {}
        self.failure = None
        self._main = threading.main_thread().ident
        self._go = threading.Event()
        self._ending = threading.Event()
        self._lock = threading.Lock()

    def run(self):
        """@return the exit status"""
        # Handlers that do nothing, and not SIG_IGN, which every process that we start would inherit.
        signal.signal(signal.SIGINT, ignore)
        signal.signal(signal.SIGTERM, ignore)
        signal.signal(signal.SIGUSR1, self._raise_stop)
        self.control.listen(self._on_request, self._interrupt_main)
        built = False
        try:
            self._start()
            built = True
            self._serve()
        except Stop:
            pass
        except ProcessFailed as error:
            self.fail(str(error), error.process)
        except Exception as error:  # pylint: disable=broad-except
            self.fail(str(error) or type(error).__name__)
        self._ending.set()
        signal.signal(signal.SIGUSR1, ignore)
        signal.signal(signal.SIGINT, ignore)
        self._end(built)
        return 1 if self.failure else 0

    # Starting

    def _start(self):
        setLogLevel('output')
        # Mininet would raise limits of the whole machine (sysctl fs.file-max, ...); nothing here needs that.
        Mininet.inited = True
        d = self.description
        self.net = Mininet(topo=FabricTopo(description=d), controller=None, build=False)
        self.net.build()
        self._phase('topology')
        for host in d['hosts']:
            if 'process' in host:
                self._add(FabricProcess(host['process'], self.net[host['name']].inside()))
        self.net.start()
        for switch in self.net.switches:
            self._add(switch.process)
        for switch in self.net.switches:
            switch.process.wait_ready(START_SECONDS)
        self._phase('switch')
        controller = self._add(FabricProcess(d['controller']))
        for process in list(self.processes.values()):
            if process is not controller:
                process.wait_ready(START_SECONDS)
        self._phase('servers')
        controller.wait_ready(START_SECONDS)
        self._phase('control')
        threading.Thread(target=self._watch, daemon=True).start()

    def _add(self, process):
        self.processes[process.name] = process
        return process

    def _phase(self, name):
        self.control.send(event='phase', name=name)

    # Serving

    def _serve(self):
        mode = self.description['mode']
        if mode == 'serve':
            while True:
                signal.pause()
        self._go.wait()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        cli = FabricCLI(self)
        if mode == 'cli':
            cli.interact()
        else:
            cli.run_script(self.description['script'])
        self._look()

    def _on_request(self, request):
        if request['request'] == 'go':
            self._go.set()
        elif request['request'] == 'run':
            threading.Thread(target=self._run, args=(request,), daemon=True).start()

    def _run(self, request):
        """Run a command in a host, and answer with what it said."""
        argv = [*self.net[request['host']].inside(), *request['argv']]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.control.send(
            id=request['id'], status=done.returncode,
            stdout=done.stdout.decode(errors='replace'), stderr=done.stderr.decode(errors='replace'))

    def clients(self):
        return [h['name'] for h in self.description['hosts'] if h['role'] == 'client']

    def fail_switch(self, name):
        """Kill a switch, as a power cut would; the fabric has to live with it."""
        process = self.net[name].process
        process.failed_on_purpose = True
        process.kill()
        process.wait_end(STOP_SECONDS)

    def heal_switch(self, name):
        """Start it again, empty; the controller brings it to what it should hold."""
        process = self._add(self.net[name].start_process())
        process.wait_ready(START_SECONDS)

    def client_command(self, name, arguments):
        return [*self.net[name].inside(), *self.description['client'], '--as', name, *arguments]

    def status(self):
        rows = [('process', 'pid', 'state')]
        for process in self.processes.values():
            state = 'runs' if process.status is None else describe_status(process.status)
            rows.append((process.name, str(process.pid), state))
        hosts = [('host', 'role', 'node', 'memory', 'IPv6', 'MAC')]
        for host in self.description['hosts']:
            hosts.append(tuple(host[key] for key in ('name', 'role', 'node', 'memory', 'ipv6', 'mac')))
        return f"{table(rows)}\n{table(hosts)}\nlogs and config files: {self.description['folder']}\n"

    # Ending

    def _watch(self):
        while not self._ending.wait(WATCH_SECONDS):
            try:
                self._look()
            except ProcessFailed as error:
                self.fail(str(error), error.process)
                self._interrupt_main()
                return

    def _look(self):
        for process in self.processes.values():
            if process.status is not None and not process.failed_on_purpose:
                raise ProcessFailed(process, f'has ended: {describe_status(process.status)}')

    def fail(self, message, process=None):
        with self._lock:
            if self._ending.is_set() or self.failure:
                return
            self.failure = message
        tail = process.output().splitlines()[-20:] if process else []
        self.control.send(event='failed', message=message, tail=tail, log=process.log if process else '')

    def _interrupt_main(self):
        if not self._ending.is_set():
            signal.pthread_kill(self._main, signal.SIGUSR1)

    def _raise_stop(self, *_):
        signal.signal(signal.SIGUSR1, ignore)
        raise Stop

    def _end(self, built):
        """Servers and controller first; then the switch, so that what they still say gets through."""
        deadline = time.monotonic() + STOP_SECONDS
        switches = [s.process for s in self.net.switches if s.process] if self.net else []
        others = [p for p in self.processes.values() if p not in switches]
        statuses = {}
        for group in (others, switches):
            for process in group:
                process.interrupt()
            for process in group:
                status = process.wait_end(max(0.1, deadline - time.monotonic()))
                statuses[process.name] = 0 if process.failed_on_purpose else status
        # After a failure a node's shell may be in the middle of a command; it ends with the namespaces.
        if built and not self.failure:
            self.net.stop()
        self.control.send(event='stopped', statuses=statuses)


def ignore(*_):
    """A signal handler."""


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ''.join(
        '  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + '\n' for row in rows)
