# A process that synchronises with Open vSwitch's own IDL and reports what that took, as one line of JSON.

import json
import sys
import time

import ovs.db.idl
import ovs.poller

helper = ovs.db.idl.SchemaHelper(sys.argv[2])
helper.register_table("Network")
helper.register_table("Binding")
start = time.monotonic()
idl = ovs.db.idl.Idl("unix:" + sys.argv[1], helper)
while True:
    idl.run()
    if idl.has_ever_connected():
        break
    poller = ovs.poller.Poller()
    idl.wait(poller)
    poller.block()
seconds = time.monotonic() - start
with open("/proc/self/status") as status:
    rss = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))
print(json.dumps({"seconds": seconds, "rows": len(idl.tables["Binding"].rows), "rss": rss}))
