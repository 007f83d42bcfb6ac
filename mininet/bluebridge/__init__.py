"""What bluebridge_mininet.py is made of; see ../README.md."""
