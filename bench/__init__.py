"""What is measured beside named peers: ``python3 dev.py bench quality`` and ``python3 dev.py bench engine``."""
