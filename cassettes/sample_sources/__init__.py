"""What `make_samples.py` tells: a module for each kind of server. No part of the package `playhead`."""
