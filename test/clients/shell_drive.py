"""p4runtime-shell drives the switch: every entity that it knows, packets, digests and notifications."""
import google.protobuf.text_format
from p4.config.v1 import p4info_pb2
from p4.v1 import p4runtime_pb2
from p4runtime_sh import shell as sh
from p4runtime_sh.p4runtime import P4RuntimeClient

from frames import SWITCH, WAIT, Checks, Port, ethernet, refused

one, two = Port(1), Port(2)
A, B, C, D = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c", "02:00:00:00:00:0d"


def entry(table, action=None, **params):
    result = sh.TableEntry(table)(action=action) if action else sh.TableEntry(table)
    for name, value in params.items():
        result.action[name] = value
    return result


def rows(entity):
    return list(entity.read())


def one_row(entity):
    found = rows(entity)
    assert len(found) == 1, f"{len(found)} instead of one: {[str(x) for x in found]}"
    return found[0]


def clear():
    """Remove what a step left, in the order in which it depends on one another."""
    one.forget(), two.forget()
    if sh.client is None:
        return
    for name in ("exact_mac", "route", "acl", "spans", "select_path", "select_hop"):
        for row in rows(sh.TableEntry(f"In.{name}")):
            row.delete()
    for row in rows(sh.ActionProfileGroup("In.paths")):
        row.delete()
    for profile in ("In.paths", "In.hops"):
        for row in rows(sh.ActionProfileMember(profile)):
            row.delete()
    for kind in (sh.MulticastGroupEntry, sh.CloneSessionEntry):
        for row in rows(kind()):
            row.delete()


checks = Checks("p4runtime-shell", before=clear)
step = checks.step


def same(read, sent):
    """One entity, as sent and as read back: the shell pads byte strings, a server answers with the shortest."""
    sent._update_msg(), read._update_msg()
    assert canonical(read._entry) == canonical(sent._entry), f"read {read}, sent {sent}"


def canonical(message):
    copy = type(message)()
    copy.CopyFrom(message)
    for field, value in copy.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for part in value if field.label == field.LABEL_REPEATED else [value]:
                part.CopyFrom(canonical(part))
        elif field.type == field.TYPE_BYTES:
            setattr(copy, field.name, value.lstrip(b"\0") or b"\0")
    return copy


def passes(frame, source, target):
    source.send(frame)
    got = target.receive()
    assert got == frame, f"{got.hex()} instead of {frame.hex()}"


with step("pushes the pipeline as primary and reads its P4Info back"):
    config = sh.FwdPipeConfig(SWITCH["p4info"], SWITCH["json"])
    sh.setup(device_id=1, grpc_addr=SWITCH["address"], election_id=(0, 10), config=config, verbose=False)
    mine = google.protobuf.text_format.Parse(open(SWITCH["p4info"]).read(), p4info_pb2.P4Info())
    assert sh.client.get_p4info() == mine

with step("asks for the API version"):
    assert sh.APIVersion() == "1.5.0", sh.APIVersion()

with step("arbitration: an election id in use is refused, a lower one is a backup that may read and not write"):
    try:
        P4RuntimeClient(1, SWITCH["address"], (0, 10))
    except SystemExit:
        pass  # how the shell ends when its session is refused
    else:
        raise AssertionError("a second client with election id 10 was taken")
    backup = P4RuntimeClient(1, SWITCH["address"], (0, 9))
    assert backup.get_p4info() == mine
    mac = p4runtime_pb2.Update()
    mac.type = p4runtime_pb2.Update.INSERT
    wanted = entry("In.exact_mac", "In.forward", port="2")
    wanted.match["hdr.ethernet.dst"] = B
    wanted._update_msg()
    mac.entity.table_entry.CopyFrom(wanted._entry)
    refused(lambda: backup.write_update(mac), "PERMISSION_DENIED")
    backup.tear_down()

with step("an exact entry: insert, twice, read, frame, modify, frame, delete, twice"):
    te = entry("In.exact_mac", "In.forward", port="2")
    te.match["hdr.ethernet.dst"] = B
    te.insert()
    refused(te.insert, "P4RuntimeWriteException", "ALREADY_EXISTS")
    same(one_row(sh.TableEntry("In.exact_mac")), te)
    passes(ethernet(B, A, 0x0800, b"first"), one, two)
    te.action["port"] = "1"
    te.modify()
    passes(ethernet(B, A, 0x0800, b"second"), two, one)
    te.delete()
    refused(te.delete, "P4RuntimeWriteException", "NOT_FOUND")
    assert rows(sh.TableEntry("In.exact_mac")) == []

with step("lpm with a direct meter and counter: the counter counts, is set, and the meter's rates come back"):
    te = entry("In.route", "In.metered", port="2")
    te.match["hdr.ethernet.src"] = "02:00:00:00:00:00/40"
    te.meter_config.cir, te.meter_config.cburst, te.meter_config.pir, te.meter_config.pburst = 100, 10, 200, 20
    te.insert()
    passes(ethernet(D, A, 0x0800), one, two)
    asked = sh.TableEntry("In.route")
    asked.meter_config.cir = 0  # a server tells the rates to whom they are asked of
    te = one_row(asked)
    assert te.meter_config.cir == 100 and te.meter_config.pburst == 20, str(te)
    dc = sh.DirectCounterEntry("In.route_hits")
    dc.table_entry.match["hdr.ethernet.src"] = "02:00:00:00:00:00/40"
    got = one_row(dc)
    assert (got.packet_count, got.byte_count) == (1, 60), str(got)
    dc.packet_count, dc.byte_count = 7, 700
    dc.modify()
    assert one_row(dc).packet_count == 7
    dm = sh.DirectMeterEntry("In.route_limit")
    dm.table_entry.match["hdr.ethernet.src"] = "02:00:00:00:00:00/40"
    dm.cir, dm.cburst, dm.pir, dm.pburst = 1, 1, 2, 2
    dm.modify()
    assert one_row(dm).pir == 2

with step("ternary and optional by priority"):
    for priority, value, port in ((10, "0x0800&&&0xff00", "2"), (20, "0x0801&&&0xffff", "1")):
        te = entry("In.acl", "In.forward", port=port)
        te.match["type"] = value
        te.match["port"] = "1"
        te.priority = priority
        te.insert()
    assert sorted(row.priority for row in rows(sh.TableEntry("In.acl"))) == [10, 20]
    passes(ethernet(D, A, 0x0802), one, two)
    passes(ethernet(D, A, 0x0801), one, one)
    for row in rows(sh.TableEntry("In.acl")):
        row.delete()
    bad = entry("In.acl", "In.forward", port="2")
    bad.match["type"] = "0x0800&&&0xff00"
    refused(bad.insert, "INVALID_ARGUMENT", "priority")

with step("ranges"):
    te = entry("In.spans", "In.forward", port="2")
    te.match["type"] = "0x0700..0x07ff"
    te.priority = 1
    te.insert()
    same(one_row(sh.TableEntry("In.spans")), te)
    passes(ethernet(D, A, 0x0777), one, two)
    te.delete()

with step("a default action is set, read and reset"):
    te = entry("In.keyless", "In.forward", port="2")
    te.is_default = True
    te.modify()
    passes(ethernet(D, A, 0x0900), one, two)
    asked = sh.TableEntry("In.keyless")
    asked.is_default = True
    assert one_row(asked).action.action_name == "In.forward"
    asked.modify()  # without an action: back to the program's own
    assert one_row(asked).action.action_name == "NoAction", str(one_row(asked))

with step("const entries are read and stay as they are"):
    assert len(rows(sh.TableEntry("In.fixed"))) == 2
    te = entry("In.fixed", "In.count_fixed", port="1")
    te.match["type"] = "0x1234&&&0xffff"
    te.priority = 9
    refused(te.insert, "PERMISSION_DENIED")

with step("an action profile: members, and entries that name them"):
    member = sh.ActionProfileMember("In.hops")(member_id=1, action="In.forward")
    member.action["port"] = "2"
    member.insert()
    same(one_row(sh.ActionProfileMember("In.hops")), member)
    te = sh.TableEntry("In.select_hop")
    te.match["hdr.ethernet.dst"] = C
    te.member_id = 1
    te.insert()
    passes(ethernet(C, A, 0x0800), one, two)
    refused(member.delete, "FAILED_PRECONDITION")
    te.delete()
    member.delete()

with step("an action selector: groups, and action sets of one entry's own"):
    for n in (1, 2):
        member = sh.ActionProfileMember("In.paths")(member_id=n, action="In.forward")
        member.action["port"] = "2"
        member.insert()
    group = sh.ActionProfileGroup("In.paths")(group_id=5, max_size=4)
    group.add(1, weight=1)
    group.add(2, weight=2)
    group.insert()
    read = one_row(sh.ActionProfileGroup("In.paths"))
    assert sorted((m.member_id, m.weight) for m in read.members) == [(1, 1), (2, 2)], str(read)
    te = sh.TableEntry("In.select_path")
    te.match["hdr.ethernet.dst"] = C
    te.group_id = 5
    te.insert()
    passes(ethernet(C, A, 0x0800), one, two)
    te.delete()
    group.delete()
    for n in (1, 2):
        sh.ActionProfileMember("In.paths")(member_id=n).delete()
    te = sh.TableEntry("In.select_path")
    te.match["hdr.ethernet.dst"] = C
    way = sh.Action("In.forward")
    way["port"] = "2"
    te.oneshot.add(way, weight=1)
    te.insert()
    assert len(one_row(sh.TableEntry("In.select_path")).oneshot.actions) == 1
    passes(ethernet(C, A, 0x0801), one, two)
    te.delete()

with step("indirect counters and meters: one cell, all cells, set"):
    one_cell = sh.CounterEntry("In.seen")(index=1)
    assert one_row(one_cell).packet_count > 0
    one_cell.packet_count, one_cell.byte_count = 40, 4000
    one_cell.modify()
    assert one_row(one_cell).byte_count == 4000
    assert len(rows(sh.CounterEntry("In.seen"))) == 4
    meter = sh.MeterEntry("In.limit")(index=2)
    meter.cir, meter.cburst, meter.pir, meter.pburst = 10, 5, 20, 6
    meter.modify()
    assert one_row(sh.MeterEntry("In.limit")(index=2)).pburst == 6
    assert len(rows(sh.MeterEntry("In.limit"))) == 4

with step("multicast groups and clone sessions"):
    group = sh.MulticastGroupEntry(3)
    group.add(1, 1).add(2, 7)
    group.insert()
    same(one_row(sh.MulticastGroupEntry(3)), group)
    te = entry("In.exact_mac", "In.flood", group="3")
    te.match["hdr.ethernet.dst"] = C
    te.insert()
    frame = ethernet(C, A, 0x0800, b"to all")
    one.send(frame)
    assert (one.receive(), two.receive()) == (frame, frame)
    te.delete()
    group.delete()
    clone = sh.CloneSessionEntry(4)
    clone.add(2, 1)
    clone.insert()
    assert one_row(sh.CloneSessionEntry(4)).session_id == 4
    te = entry("In.exact_mac", "In.mirror", session="4")
    te.match["hdr.ethernet.dst"] = C
    te.insert()
    one.send(frame)
    assert two.receive() == frame
    te.delete()
    clone.delete()

with step("packet-in with metadata by name"):
    te = entry("In.exact_mac", "In.to_cpu", reason="0x77")
    te.match["hdr.ethernet.dst"] = C
    te.insert()
    packets = sh.PacketIn()
    frame = ethernet(C, A, 0x0800, b"to the controller")
    two.send(frame)
    message = packets.packet_in_queue.get(timeout=WAIT).packet
    assert message.payload == frame
    header = sh.P4Objects(sh.P4Type.controller_packet_metadata)["packet_in"]
    names = {m.id: m.name for m in header.metadata}
    told = {names[m.metadata_id]: int.from_bytes(m.value, "big") for m in message.metadata}
    assert told["ingress_port"] == 2 and told["reason"] == 0x77, told
    te.delete()

with step("packet-out to a port, and through the tables"):
    frame = ethernet(C, A, 0x0800, b"from the controller")
    sh.PacketOut(frame, egress_port="2").send()
    assert two.receive() == frame
    te = entry("In.exact_mac", "In.forward", port="1")
    te.match["hdr.ethernet.dst"] = C
    te.insert()
    sh.PacketOut(frame, through_ingress="1").send()
    assert one.receive() == frame
    te.delete()

with step("a digest comes, is acknowledged, and what it told comes no second time"):
    digest = sh.DigestEntry("learn_t")
    digest.max_timeout_ns, digest.max_list_size, digest.ack_timeout_ns = 0, 1, 10**12
    digest.insert()
    assert one_row(sh.DigestEntry("learn_t")).max_list_size == 1
    te = entry("In.exact_mac", "In.learn")
    te.match["hdr.ethernet.dst"] = C
    te.insert()
    lists = sh.DigestList()
    one.send(ethernet(C, A, 0x0800))
    first = lists.digest_list_queue.get(timeout=WAIT).digest
    source, port = (member.bitstring for member in first.data[0].struct.members)
    assert (source, port) == (bytes.fromhex(A.replace(":", "")), b"\x01"), first
    two.send(ethernet(C, B, 0x0800))
    second = lists.digest_list_queue.get(timeout=WAIT).digest
    assert second.list_id > first.list_id and second.data[0].struct.members[1].bitstring == b"\x02", second
    te.delete()
    digest.delete()

with step("an entry that idles is told of"):
    idle = sh.IdleTimeoutNotification()
    te = entry("In.exact_mac", "In.drop")
    te.match["hdr.ethernet.dst"] = D
    te.idle_timeout_ns = 50_000_000
    te.metadata = b"mine"
    te.insert()
    message = idle.notification_queue.get(timeout=WAIT).idle_timeout_notification
    assert message.table_entry[0].metadata == b"mine", message
    te.delete()

with step("a higher election id takes over, and the former primary may no longer write"):
    higher = P4RuntimeClient(1, SWITCH["address"], (1, 0))
    told = sh.client.get_stream_packet("arbitration", timeout=WAIT).arbitration
    assert told.election_id.high == 1 and told.status.code == 6, told  # ALREADY_EXISTS: somebody else is primary
    te = entry("In.exact_mac", "In.drop")
    te.match["hdr.ethernet.dst"] = D
    refused(te.insert, "PERMISSION_DENIED")
    higher.tear_down()

checks.finish()
