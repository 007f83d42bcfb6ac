"""A BlueBridge fabric in Mininet: `/usr/bin/python3 bluebridge_mininet.py DESCRIPTION.json`.

`bluebridge mininet` writes the description (mininet/src/description.ts says what is in it) and starts this
program in network, mount and process namespaces of its own. Descriptor 3 is the line to it: JSON objects, one a
line. When that line ends, however it ends, this program stops.
"""
import json
import os
import sys

from bluebridge.control import Control
from bluebridge.session import Session


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        description = json.load(file)
    control = Control.on_descriptor(3)
    status = Session(description, control).run()
    # What is still alive in the namespaces ends with this process, which is their first one.
    sys.stdout.flush()
    os._exit(status)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: bluebridge_mininet.py DESCRIPTION.json (bluebridge mininet starts it)')
    if os.getpid() != 1:
        sys.exit('bluebridge_mininet.py runs in namespaces of its own: start it with `sudo bluebridge mininet`')
    main()
