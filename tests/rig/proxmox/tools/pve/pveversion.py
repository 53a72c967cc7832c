"""pveversion (pve-manager bin/pveversion): `pve-manager/VERSION/REPOID (running kernel: RELEASE)`."""
import os

VERSION = {'release': '8.4', 'repoid': '6d4e2f6f0dfb2bc5', 'version': '8.4.1'}


def main(_words):
    print(f"pve-manager/{VERSION['version']}/{VERSION['repoid']} (running kernel: {os.uname().release})")
