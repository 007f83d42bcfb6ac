"""finsy drives the switch: every entity that it knows, packets, digests and notifications."""
import asyncio
from pathlib import Path

import finsy as fy
from finsy.p4entity import P4IndirectAction, P4Member, P4ValueSetMember

from frames import SWITCH, WAIT, Checks, Port, ethernet

checks = Checks("finsy")
step = checks.step
one, two = Port(1), Port(2)
A, B, C, D = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c", "02:00:00:00:00:0d"
OPTIONS = fy.SwitchOptions(p4info=Path(SWITCH["p4info"]), p4blob=Path(SWITCH["json"]), device_id=1)


async def rows(sw, pattern):
    return [entity async for entity in sw.read(pattern)]


async def one_row(sw, pattern):
    found = await rows(sw, pattern)
    assert len(found) == 1, f"{len(found)} instead of one: {found}"
    return found[0]


async def clear(sw):
    """As finsy's delete_all, which asks for entries to be deleted that are const in a table that is not."""
    await sw.delete([entry for entry in await rows(sw, fy.P4TableEntry()) if not entry.is_const])
    for pattern in (fy.P4ActionProfileGroup(), fy.P4ActionProfileMember(), fy.P4MulticastGroupEntry(), fy.P4CloneSessionEntry()):
        await sw.delete(await rows(sw, pattern))
    await sw.delete([fy.P4DigestEntry("learn_t")], strict=False)


async def passes(frame, source, target):
    source.send(frame)
    got = await asyncio.to_thread(target.receive)
    assert got == frame, f"{got.hex()} instead of {frame.hex()}"


async def refused(call, *codes):
    try:
        await call
    except fy.P4ClientError as error:
        told = [error.code.name] + [detail.canonical_code.name for detail in error.details.values()]
        assert all(any(code in t for t in told) for code in codes), f"{codes} not in {told}: {error}"
        return
    raise AssertionError(f"was not refused; expected {codes}")


def mac_entry(dst, action, **more):
    return fy.P4TableEntry("exact_mac", match=fy.Match({"hdr.ethernet.dst": dst}), action=action, **more)


async def drive(sw):
    with step("pushes the pipeline as primary; the switch tells its API version"):
        assert sw.is_primary
        assert str(sw.p4runtime_version) == "1.5.0", sw.p4runtime_version

    with step("sees the switch's own P4Info when it has none"):
        async with fy.Switch("other", SWITCH["address"], fy.SwitchOptions(initial_election_id=5)) as other:
            assert not other.is_primary and other.primary_id == 10
            assert {t.alias for t in other.p4info.tables} == {t.alias for t in sw.p4info.tables}
            await refused(other.write([+mac_entry(B, fy.Action("forward", port=2))]), "PERMISSION_DENIED")

    with step("with an election id in use asks for the next lower one and is a backup"):
        async with fy.Switch("twin", SWITCH["address"], fy.SwitchOptions(initial_election_id=10)) as twin:
            assert twin.election_id == 9 and not twin.is_primary, twin

    with step("an exact entry: insert, twice, read, frame, modify, frame, delete, twice"):
        te = lambda port: mac_entry(B, fy.Action("forward", port=port))
        await sw.write([+te(2)])
        await refused(sw.write([+te(2)]), "ALREADY_EXISTS")
        read = await one_row(sw, fy.P4TableEntry("exact_mac"))
        assert read.match == {"dst": 0x02000000000B} and read.action.args == {"port": 2}, read
        await passes(ethernet(B, A, 0x0800, b"first"), one, two)
        await sw.write([~te(1)])
        await passes(ethernet(B, A, 0x0800, b"second"), two, one)
        await sw.write([-te(1)])
        await refused(sw.write([-te(1)]), "NOT_FOUND")
        await sw.delete([te(1)], strict=False)

    with step("of a batch that fails in part, each update is answered by itself"):
        good, bad = mac_entry(B, fy.Action("forward", port=2)), mac_entry(B, fy.Action("forward", port=2))
        try:
            await sw.write([+good, +bad, +mac_entry(C, fy.Action("drop"))])
            raise AssertionError("was not refused")
        except fy.P4ClientError as error:
            assert list(error.details) == [1], error.details
        assert len(await rows(sw, fy.P4TableEntry("exact_mac"))) == 2
        await clear(sw)

    with step("lpm with a direct meter and counter"):
        match = fy.Match({"hdr.ethernet.src": "02:00:00:00:00:00/40"})
        rates = fy.P4MeterConfig(cir=100, cburst=10, pir=200, pburst=20)
        await sw.write([+fy.P4TableEntry("route", match=match, action=fy.Action("metered", port=2), meter_config=rates)])
        await passes(ethernet(D, A, 0x0800), one, two)
        asked = fy.P4TableEntry("route", meter_config=fy.P4MeterConfig(cir=0, cburst=0, pir=0, pburst=0),
                                counter_data=fy.P4CounterData())
        read = await one_row(sw, asked)
        assert read.meter_config == rates, read.meter_config
        assert read.counter_data == fy.P4CounterData(byte_count=60, packet_count=1), read.counter_data
        # finsy names the entry by its table_entry alone: table and match.
        cell = fy.P4TableEntry("route", match=match)
        await sw.write([~fy.P4DirectCounterEntry("route_hits", table_entry=cell,
                                                 data=fy.P4CounterData(packet_count=7, byte_count=700))])
        assert (await one_row(sw, fy.P4DirectCounterEntry("route_hits"))).data.packet_count == 7
        slow = fy.P4MeterConfig(cir=1, cburst=1, pir=2, pburst=2)
        await sw.write([~fy.P4DirectMeterEntry(table_entry=cell, config=slow)])
        assert (await one_row(sw, fy.P4DirectMeterEntry(table_entry=cell))).config == slow
        await clear(sw)

    with step("ternary, optional and range by priority"):
        await sw.write([
            +fy.P4TableEntry("acl", match=fy.Match({"type": "0x0800/&0xff00", "port": 1}), priority=10,
                             action=fy.Action("forward", port=2)),
            +fy.P4TableEntry("acl", match=fy.Match({"type": "0x0801", "port": 1}), priority=20,
                             action=fy.Action("forward", port=1)),
            +fy.P4TableEntry("spans", match=fy.Match({"type": (0x0700, 0x07FF)}), priority=1,
                             action=fy.Action("forward", port=2)),
        ])
        await passes(ethernet(D, B, 0x0777), one, two)
        assert sorted([e.priority for e in await rows(sw, fy.P4TableEntry("acl"))]) == [10, 20]

    with step("default actions"):
        await sw.write([~fy.P4TableEntry("keyless", is_default_action=True, action=fy.Action("forward", port=2))])
        read = await one_row(sw, fy.P4TableEntry("keyless", is_default_action=True))
        assert (read.action.name, read.action.args) == ("forward", {"port": 2}), read
        await sw.write([~fy.P4TableEntry("keyless", is_default_action=True)])
        assert (await one_row(sw, fy.P4TableEntry("keyless", is_default_action=True))).action.name == "NoAction"

    with step("const entries are marked as such (1.4), and nobody deletes them"):
        assert [e.is_const for e in await rows(sw, fy.P4TableEntry("fixed"))] == [True, True]
        await refused(sw.delete_all(), "INVALID_ARGUMENT")  # it sends what it read, is_const and all

    with step("action profile members, selector groups, action sets of one entry's own"):
        await sw.write([+fy.P4ActionProfileMember("hops", member_id=1, action=fy.Action("forward", port=2))])
        await sw.write([+fy.P4ActionProfileMember("paths", member_id=n, action=fy.Action("forward", port=2)) for n in (1, 2)])
        await sw.write([+fy.P4ActionProfileGroup("paths", group_id=5, max_size=4,
                                                 members=[P4Member(1, weight=1), P4Member(2, weight=2)])])
        read = await one_row(sw, fy.P4ActionProfileGroup("paths"))
        assert sorted((m.member_id, m.weight) for m in read.members) == [(1, 1), (2, 2)], read
        await sw.write([
            +fy.P4TableEntry("select_hop", match=fy.Match({"hdr.ethernet.dst": D}), action=P4IndirectAction(member_id=1)),
            +fy.P4TableEntry("select_path", match=fy.Match({"hdr.ethernet.dst": C}), action=P4IndirectAction(group_id=5)),
        ])
        assert (await one_row(sw, fy.P4TableEntry("select_path"))).action.group_id == 5
        own = +fy.P4TableEntry("select_path", match=fy.Match({"hdr.ethernet.dst": B}),
                               action=P4IndirectAction(action_set=[(1, fy.Action("forward", port=2))]))
        await refused(sw.write([own]), "INVALID_ARGUMENT")  # a selector is programmed in one way at a time
        await clear(sw)
        await sw.write([own])
        await passes(ethernet(B, A, 0x0800), one, two)
        await clear(sw)

    with step("counters, meters and registers by cell"):
        await sw.write([~fy.P4CounterEntry("seen", index=2, data=fy.P4CounterData(packet_count=40, byte_count=4000))])
        assert (await one_row(sw, fy.P4CounterEntry("seen", index=2))).data.byte_count == 4000
        assert len(await rows(sw, fy.P4CounterEntry("seen"))) == 4
        rates = fy.P4MeterConfig(cir=10, cburst=5, pir=20, pburst=6)
        await sw.write([~fy.P4MeterEntry("limit", index=2, config=rates)])
        assert (await one_row(sw, fy.P4MeterEntry("limit", index=2))).config == rates
        await sw.write([~fy.P4RegisterEntry("plain", index=3, data=123456)])
        assert (await one_row(sw, fy.P4RegisterEntry("plain", index=3))).data == 123456
        await sw.write([~fy.P4RegisterEntry("signed", index=1, data=-5)])
        assert [r.data for r in await rows(sw, fy.P4RegisterEntry("signed"))][1] == -5

    with step("value sets decide what the parser knows"):
        await sw.write([~fy.P4ValueSetEntry("own_types", members=[P4ValueSetMember(0x1234)])])
        read = await one_row(sw, fy.P4ValueSetEntry("own_types", members=[]))
        assert len(read.members) == 1, read

    with step("multicast groups and clone sessions"):
        await sw.write([+fy.P4MulticastGroupEntry(3, replicas=[1, 2]), +fy.P4CloneSessionEntry(4, replicas=[2])])
        assert (await one_row(sw, fy.P4MulticastGroupEntry(3))).multicast_group_id == 3
        assert (await one_row(sw, fy.P4CloneSessionEntry(4))).session_id == 4

    with step("deleting all leaves nothing but what the program itself holds"):
        await clear(sw)
        left = [e for e in await rows(sw, fy.P4TableEntry()) if not e.is_const]
        assert left == [], left
        for pattern in (fy.P4ActionProfileMember(), fy.P4ActionProfileGroup(), fy.P4MulticastGroupEntry(),
                        fy.P4CloneSessionEntry(), fy.P4DigestEntry()):
            assert await rows(sw, pattern) == [], pattern

    with step("packet-in and packet-out"):
        await sw.write([+mac_entry(C, fy.Action("to_cpu", reason=0x77))])
        packets = sw.read_packets()
        waiting = asyncio.ensure_future(anext(packets))
        await asyncio.sleep(0)
        frame = ethernet(C, A, 0x0800, b"to the controller")
        two.send(frame)
        packet = await asyncio.wait_for(waiting, WAIT)
        assert packet.payload == frame and (packet["ingress_port"], packet["reason"]) == (2, 0x77), packet
        frame = ethernet(C, A, 0x0800, b"from the controller")
        await sw.write([fy.P4PacketOut(frame, egress_port=2, through_ingress=0, pad=0)])
        assert await asyncio.to_thread(two.receive) == frame
        await clear(sw)

    with step("digests, acknowledged"):
        await sw.write([+fy.P4DigestEntry("learn_t", max_list_size=1, max_timeout_ns=0, ack_timeout_ns=10**12),
                        +mac_entry(C, fy.Action("learn"))])
        lists = sw.read_digests("learn_t")
        for port, source in ((one, A), (two, B)):
            waiting = asyncio.ensure_future(anext(lists))
            await asyncio.sleep(0)
            port.send(ethernet(C, source, 0x0800))
            told = await asyncio.wait_for(waiting, WAIT)
            assert [tuple(d.values()) for d in told] == [(int(source.replace(":", ""), 16), port.number)], told
            await sw.write([told.ack()])
        await clear(sw)

    with step("idle timeouts"):
        notes = sw.read_idle_timeouts()
        waiting = asyncio.ensure_future(anext(notes))
        await asyncio.sleep(0)
        await sw.write([+mac_entry(D, fy.Action("drop"), idle_timeout_ns=50_000_000, metadata=b"mine")])
        told = await asyncio.wait_for(waiting, WAIT)
        assert told[0].metadata == b"mine", told


async def main():
    with step("opens and closes a session"):
        async with fy.Switch("s1", SWITCH["address"], OPTIONS) as sw:
            await drive(sw)

    with step("keeps the pipeline of its cookie when it comes again"):
        async with fy.Switch("s1", SWITCH["address"], OPTIONS) as sw:
            assert len(await rows(sw, fy.P4TableEntry("exact_mac"))) == 1  # the idle entry of before


asyncio.run(main())
checks.finish()
