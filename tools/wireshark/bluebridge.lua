-- Wireshark dissector for BlueBridge, profile `bb` (docs/protocol.md).
-- Use: wireshark -X lua_script:tools/wireshark/bluebridge.lua run.pcapng
-- Filters: bluebridge.op == 3, bluebridge.kind == 3 && bluebridge.status == 2, bluebridge.node == 0x102

local bb = Proto("bluebridge", "BlueBridge remote memory")

local OPS = {
  [1] = "ALLOC", [2] = "WRITE", [3] = "READ", [4] = "FREE", [8] = "TRIM", [9] = "GRANT", [10] = "REVOKE",
  [11] = "MOVE",
  [16] = "GETS", [17] = "GETM", [18] = "WRITEBACK", [19] = "FORWARD", [20] = "ACK", [21] = "UNBLOCK", [22] = "DROP",
  [23] = "SUBSCRIBE", [24] = "NOTIFY", [25] = "ATOMIC", [26] = "JOIN", [27] = "RENEW", [28] = "COMPLAIN",
  [29] = "DIRECTORY", [30] = "DESIGNATE", [31] = "CAPABILITY", [32] = "KEY",
}
local KINDS = { [1] = "REQUEST", [2] = "REPLY", [3] = "NACK", [4] = "PROBE" }
local REASONS = {
  [0] = "none", [1] = "SPOOFED_SOURCE", [2] = "NO_PERMISSION", [3] = "NO_ROUTE", [4] = "CROSSES_PAGE",
  [5] = "BAD_OPERATION", [6] = "HOP_LIMIT", [7] = "BAD_VERSION", [8] = "MALFORMED", [16] = "OUT_OF_BOUNDS",
  [17] = "NO_MEMORY", [18] = "NOT_ALLOCATED", [19] = "BAD_LENGTH", [20] = "BUSY", [21] = "NOT_OWNER",
  [22] = "NO_SUCH_NODE", [23] = "STALE", [24] = "STALE_EPOCH", [25] = "UNCACHED", [26] = "COHERENT",
  [27] = "STALE_GRANT", [28] = "ATOMIC_WORDS", [29] = "BAD_CAPABILITY", [30] = "STALE_CAPABILITY",
}

local f = bb.fields
-- From the address that is asked: the destination of a request, the source of an answer.
f.node = ProtoField.uint16("bluebridge.node", "Node", base.HEX)
f.op = ProtoField.uint8("bluebridge.op", "Operation", base.DEC, OPS)
f.flags = ProtoField.uint8("bluebridge.flags", "Flags", base.HEX)
f.arg = ProtoField.uint16("bluebridge.arg", "Argument", base.HEX)
f.pointer = ProtoField.uint64("bluebridge.pointer", "Pointer", base.HEX)
f.client = ProtoField.uint16("bluebridge.client", "Client node", base.HEX)
-- From the header behind UDP.
f.version = ProtoField.uint8("bluebridge.version", "Version")
f.kind = ProtoField.uint8("bluebridge.kind", "Kind", base.DEC, KINDS)
f.status = ProtoField.uint8("bluebridge.status", "Status", base.DEC, REASONS)
f.hint = ProtoField.uint8("bluebridge.hint", "Hint")
f.tag = ProtoField.uint32("bluebridge.tag", "Tag", base.HEX)
f.epoch = ProtoField.uint16("bluebridge.epoch", "Epoch")
f.attempt = ProtoField.uint8("bluebridge.attempt", "Attempt")
f.chunk = ProtoField.uint16("bluebridge.chunk", "Chunk")
f.chunks = ProtoField.uint16("bluebridge.chunks", "Chunks")
f.length = ProtoField.uint32("bluebridge.length", "Length of the whole")
f.offset = ProtoField.uint32("bluebridge.offset", "Offset of this chunk")
f.extensions = ProtoField.uint8("bluebridge.extensions", "Extensions", base.HEX)
-- From the coherence header.
f.generation = ProtoField.uint32("bluebridge.generation", "Generation")
f.number = ProtoField.uint32("bluebridge.number", "Number")
f.bitmap = ProtoField.uint64("bluebridge.bitmap", "Bitmap", base.HEX)
f.requester = ProtoField.uint16("bluebridge.requester", "Requester", base.HEX)
f.requester_port = ProtoField.uint16("bluebridge.requester_port", "Requester's port")
f.requester_tag = ProtoField.uint32("bluebridge.requester_tag", "Requester's tag", base.HEX)
f.requester_epoch = ProtoField.uint16("bluebridge.requester_epoch", "Requester's epoch")
f.requester_index = ProtoField.uint8("bluebridge.requester_index", "Requester's index")
f.region = ProtoField.uint8("bluebridge.region", "Region (log2)")
f.granted = ProtoField.bool("bluebridge.granted", "GRANTED", 8, nil, 0x01)
f.clear = ProtoField.bool("bluebridge.clear", "CLEAR", 8, nil, 0x02)
f.exclusive = ProtoField.bool("bluebridge.exclusive", "EXCLUSIVE", 8, nil, 0x04)
f.upgrade = ProtoField.bool("bluebridge.upgrade", "UPGRADE", 8, nil, 0x08)
f.forward = ProtoField.bool("bluebridge.forward", "FORWARD", 8, nil, 0x10)
f.uncached = ProtoField.bool("bluebridge.uncached", "UNCACHED", 8, nil, 0x20)
f.keep = ProtoField.bool("bluebridge.keep", "KEEP", 8, nil, 0x80)
f.payload = ProtoField.bytes("bluebridge.payload", "Payload")

local short = ProtoExpert.new("bluebridge.short", "Shorter than a BlueBridge header", expert.group.MALFORMED, expert.severity.ERROR)
bb.experts = { short }

local HEADER = 24
-- What may follow the header, in this order, by bits of its byte `extensions`.
local CAPABILITY, CAPABILITY_BYTES = 1, 16
local COHERENCE, COHERENCE_BYTES = 2, 32
local has = function(byte, bit) return math.floor(byte / bit) % 2 == 1 end
local source = Field.new("ipv6.src")
local destination = Field.new("ipv6.dst")

function bb.dissector(buffer, packet, tree)
  packet.cols.protocol = "BlueBridge"
  local item = tree:add(bb, buffer())
  if buffer:len() < HEADER then
    item:add_proto_expert_info(short)
    return
  end
  local kind = buffer(1, 1):uint()
  local request = kind == 1
  local asked = (request and destination() or source()).range
  local client = (request and source() or destination()).range

  item:add(f.node, asked(2, 2))
  item:add(f.op, asked(4, 1))
  item:add(f.flags, asked(5, 1))
  item:add(f.arg, asked(6, 2))
  item:add(f.pointer, asked(8, 8))
  item:add(f.client, client(2, 2))
  item:add(f.version, buffer(0, 1))
  item:add(f.kind, buffer(1, 1))
  item:add(f.status, buffer(2, 1))
  item:add(f.hint, buffer(3, 1))
  item:add(f.tag, buffer(4, 4))
  item:add(f.epoch, buffer(8, 2))
  item:add(f.attempt, buffer(10, 1))
  item:add(f.chunk, buffer(12, 2))
  item:add(f.chunks, buffer(14, 2))
  item:add(f.length, buffer(16, 4))
  item:add(f.offset, buffer(20, 4))
  local extensions = buffer(11, 1):uint()
  item:add(f.extensions, buffer(11, 1))
  local at = HEADER
  if has(extensions, CAPABILITY) then at = at + CAPABILITY_BYTES end
  if has(extensions, COHERENCE) then
    if buffer:len() < at + COHERENCE_BYTES then
      item:add_proto_expert_info(short)
      return
    end
    local header = buffer(at, COHERENCE_BYTES)
    item:add(f.generation, header(0, 4))
    item:add(f.number, header(4, 4))
    item:add(f.bitmap, header(8, 8))
    item:add(f.requester, header(16, 2))
    item:add(f.requester_port, header(18, 2))
    item:add(f.requester_tag, header(20, 4))
    item:add(f.requester_epoch, header(24, 2))
    item:add(f.requester_index, header(26, 1))
    item:add(f.region, header(27, 1))
    for _, flag in ipairs({ f.granted, f.clear, f.exclusive, f.upgrade, f.forward, f.uncached, f.keep }) do
      item:add(flag, header(28, 1))
    end
    at = at + COHERENCE_BYTES
  end
  if buffer:len() > at then item:add(f.payload, buffer(at)) end

  local op = OPS[asked(4, 1):uint()] or ("operation " .. asked(4, 1):uint())
  local text = string.format("%s %s node 0x%x pointer 0x%s", KINDS[kind] or ("kind " .. kind), op, asked(2, 2):uint(),
    tostring(asked(8, 8):bytes()):gsub("^0+(%x)", "%1"):lower())
  if kind == 3 then text = text .. " " .. (REASONS[buffer(2, 1):uint()] or buffer(2, 1):uint()) end
  text = text .. string.format(", %d bytes", buffer(16, 4):uint())
  if buffer(14, 2):uint() > 1 then text = text .. string.format(", chunk %d/%d", buffer(12, 2):uint() + 1, buffer(14, 2):uint()) end
  packet.cols.info = text
  item:append_text(": " .. text)
end

DissectorTable.get("udp.port"):add(5000, bb)
