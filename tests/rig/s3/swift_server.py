"""
One whole Swift in one process: account, container, object and proxy servers of Debian's packages, with s3api and tempauth,
one replica on one device. `swift_server.py FOLDER ACCESS_KEY SECRET_KEY_FILE [PORT]`. Prints `ready PORT` once it answers.

What the packages do otherwise, with five services and memcached as root: the servers are the same, wired as
swift.common.wsgi.run_server does it. The folder needs extended attributes (ext4, XFS, btrfs, overlay).
"""
import os
import sys

import eventlet
import eventlet.wsgi

eventlet.monkey_patch()

from swift.common import constraints, storage_policy, utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

SERVERS = ('account', 'container', 'object')

# A name of tempauth has two parts; as S3 access key it is `lab:operator`.
PROXY = """[DEFAULT]
swift_dir = {folder}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
node_timeout = 60
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
paste.filter_factory = memory_cache:filter_factory
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""

# The devices are folders and no mounts of their own.
STORAGE = """[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_level = ERROR
# What is told to the disk is not what is tested here.
fallocate_reserve = 0
[pipeline:main]
pipeline = {server}-server
[app:{server}-server]
use = egg:swift#{server}
"""


def main(folder, access_key, secret_file, port=0):
    account, user = access_key.split(':')
    with open(secret_file, encoding='utf-8') as file:
        secret = file.read()
    os.makedirs(os.path.join(folder, 'devices', 'd1'), exist_ok=True)
    sockets = {server: eventlet.listen(('127.0.0.1', 0)) for server in SERVERS}
    sockets['proxy'] = eventlet.listen(('127.0.0.1', int(port)))
    write(folder, 'swift.conf', '[swift-hash]\nswift_hash_path_suffix = of the tests\n')
    utils.set_swift_dir(folder)
    utils.validate_configuration()
    storage_policy.reload_storage_policies()
    constraints.reload_constraints()
    for server in SERVERS:
        write(folder, server + '-server.conf', STORAGE.format(folder=folder, server=server))
        ring = RingBuilder(0, 1, 0)
        ring.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'weight': 1.0, 'device': 'd1',
                      'port': sockets[server].getsockname()[1]})
        ring.rebalance()
        ring.get_ring().save(os.path.join(folder, server + '.ring.gz'))
    write(folder, 'proxy-server.conf', PROXY.format(folder=folder, account=account, user=user, secret=secret))
    for server in (*SERVERS, 'proxy'):
        app = loadapp(os.path.join(folder, server + '-server.conf'), global_conf={'log_name': server})
        eventlet.spawn(eventlet.wsgi.server, sockets[server], app, utils.NullLogger(),
                       protocol=SwiftHttpProtocol, capitalize_response_headers=False)
    print('ready', sockets['proxy'].getsockname()[1], flush=True)
    # Ends with whoever started it.
    eventlet.tpool.execute(sys.stdin.read)


def write(folder, name, text):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
        file.write(text)


if __name__ == '__main__':
    main(*sys.argv[1:])
