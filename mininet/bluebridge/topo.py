"""The fabric in Mininet's terms: a Topo, the hosts and the switches that it is made of."""
import shlex

from mininet.link import Intf
from mininet.node import Host, Switch
from mininet.topo import Topo

from .process import FabricProcess

START_SECONDS = 30
# The programs at both ends send and receive whole frames over AF_PACKET: the kernel must leave no checksum and no
# cutting into segments to a network card that is not there.
OFFLOADS = 'rx off tx off sg off tso off gso off gro off'


class FabricTopo(Topo):
    """Hosts around switches, as the description has them."""

    def build(self, description):  # pylint: disable=arguments-differ
        for switch in description['switches']:
            self.addSwitch(switch['name'], cls=P4Switch, dpid=f"{switch['deviceId']:x}", fabric=switch)
        for host in description['hosts']:
            self.addHost(host['name'], cls=MemoryHost, ip=None, mac=host['mac'], fabric=host)
        for link in description['links']:
            self.addLink(
                link['host'], link['switch'], port1=0, port2=link['port'],
                intfName1=link['hostInterface'], intfName2=link['switchInterface'],
                addr1=link['mac'], cls1=IPv6Intf)
        for trunk in description['trunks']:
            (one, other), (port, other_port) = trunk['switches'], trunk['ports']
            self.addLink(
                one, other, port1=port, port2=other_port,
                intfName1=trunk['interfaces'][0], intfName2=trunk['interfaces'][1])


class IPv6Intf(Intf):
    """An interface whose address is IPv6, so that `h1 ping h2` and `pingall` mean what they say."""

    def updateIP(self):
        return self.ip


class MemoryHost(Host):
    """A host with a static MAC and IPv6 address. Memory requests bypass its kernel (AF_PACKET); ping does not."""

    def __init__(self, name, fabric, **params):
        self.fabric = fabric
        super().__init__(name, **params)

    def config(self, **params):  # pylint: disable=arguments-differ
        result = super().config(**params)
        intf = self.defaultIntf()
        address, _, length = self.fabric['ipv6'].partition('/')
        configure(self, [
            f"ip link set dev {intf.name} mtu {self.fabric['mtu']} up",
            f'ethtool -K {intf.name} {OFFLOADS}',
            f"ip -6 addr add {self.fabric['ipv6']} dev {intf.name} nodad",
        ])
        intf.ip, intf.prefixLen = address, length
        return result

    def inside(self):
        """What runs a command in this host's namespaces."""
        return ['mnexec', '-a', str(self.pid)]


class P4Switch(Switch):
    """A switch that is one process: `bluebridge switch`, or BMv2's simple_switch_grpc."""

    def __init__(self, name, fabric, **params):
        self.fabric = fabric
        self.process = None
        super().__init__(name, **params)

    def start(self, controllers):
        """Start the process. The ports are the kernel's no more: it shall not speak on them by itself."""
        for intf in self.intfList():
            if intf.name != 'lo':
                configure(self, [
                    f'sysctl -qw net.ipv6.conf.{intf.name}.disable_ipv6=1',
                    f"ip link set dev {intf.name} mtu {self.fabric['mtu']} up",
                    f'ethtool -K {intf.name} {OFFLOADS}',
                ])
        self.start_process()

    def start_process(self):
        """@return the process, which is not ready yet"""
        self.process = FabricProcess(self.fabric['process'])
        return self.process

    def stop(self, deleteIntfs=True):
        # The session stops the processes, in its own order.
        super().stop(deleteIntfs)


def configure(node, commands):
    """Run them in a node; the first that fails ends it, with what it said."""
    script = ' && '.join(commands)
    output = node.cmd(f'{{ {script}; }} 2>&1 && echo __done').strip()
    if not output.endswith('__done'):
        raise RuntimeError(f'{node.name}: cannot set up its interface: {shlex.quote(script)}: {output}')
