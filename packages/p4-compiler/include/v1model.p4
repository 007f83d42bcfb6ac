// The v1model architecture: the pipeline of BMv2's simple_switch.
//
//   parser -> verify checksums -> ingress -> traffic manager -> egress -> update checksums -> deparser
//
// V1MODEL_VERSION chooses between the interface as it began (20180101) and the one since 20200408, in which ports
// have the type PortId_t and the externs with an index take its type as a parameter.

#ifndef _V1_MODEL_P4_
#define _V1_MODEL_P4_

#include "core.p4"

#ifndef V1MODEL_VERSION
#define V1MODEL_VERSION 20180101
#endif

match_kind {
    range,      // From a low to a high value, both included.
    optional,   // One value, or any.
    selector    // Input of an action selector's hash; no part of the match.
}

const bit<32> __v1model_version = V1MODEL_VERSION;

#if V1MODEL_VERSION >= 20200408
typedef bit<9> PortId_t;
#endif

// What the switch knows about a packet and takes from the program. @alias gives a field's name inside BMv2.
@metadata @name("standard_metadata")
struct standard_metadata_t {
#if V1MODEL_VERSION >= 20200408
    PortId_t ingress_port;      // Where the packet came in.
    PortId_t egress_spec;       // Set by ingress: where it is to go.
    PortId_t egress_port;       // In egress: where it goes.
#else
    bit<9>  ingress_port;
    bit<9>  egress_spec;
    bit<9>  egress_port;
#endif
    bit<32> instance_type;      // Normal, or how it was cloned, replicated, resubmitted or recirculated.
    bit<32> packet_length;      // In bytes.
    // The queue, known in egress: time in microseconds, depth in packets.
    @alias("queueing_metadata.enq_timestamp")
    bit<32> enq_timestamp;
    @alias("queueing_metadata.enq_qdepth")
    bit<19> enq_qdepth;
    @alias("queueing_metadata.deq_timedelta")
    bit<32> deq_timedelta;
    @alias("queueing_metadata.deq_qdepth")
    bit<19> deq_qdepth;
    // Microseconds since the switch started.
    @alias("intrinsic_metadata.ingress_global_timestamp")
    bit<48> ingress_global_timestamp;
    @alias("intrinsic_metadata.egress_global_timestamp")
    bit<48> egress_global_timestamp;
    @alias("intrinsic_metadata.mcast_grp")
    bit<16> mcast_grp;          // Multicast group that replicates the packet; 0 is none.
    @alias("intrinsic_metadata.egress_rid")
    bit<16> egress_rid;         // Which of the group's replicas this packet is.
    bit<1>  checksum_error;     // 1 if a verify_checksum() failed.
    error   parser_error;       // What the parser ended with.
    @alias("intrinsic_metadata.priority")
    bit<3>  priority;           // Of the queue; higher is served first.
}

enum CounterType {
    packets,
    bytes,
    packets_and_bytes
}

enum MeterType {
    packets,
    bytes
}

#if V1MODEL_VERSION >= 20200408

// An array of counters that the program increments and the control plane reads.
extern counter<I> {
    counter(bit<32> size, CounterType type);
    // Counts this packet at the index; an index outside of the array counts nothing.
    void count(in I index);
}

// An array of two-rate three-colour meters, whose rates the control plane sets.
extern meter<I> {
    meter(bit<32> size, MeterType type);
    // Gives the packet's colour: V1MODEL_METER_COLOR_GREEN, _YELLOW or _RED.
    void execute_meter<T>(in I index, out T result);
}

// An array of values that outlive the packet. Single reads and writes are atomic; use @atomic for more.
extern register<T, I> {
    register(bit<32> size);
    @noSideEffects
    void read(out T result, in I index);
    void write(in I index, in T value);
}

#else

extern counter {
    counter(bit<32> size, CounterType type);
    void count(in bit<32> index);
}

extern meter {
    meter(bit<32> size, MeterType type);
    void execute_meter<T>(in bit<32> index, out T result);
}

extern register<T> {
    register(bit<32> size);
    @noSideEffects
    void read(out T result, in bit<32> index);
    void write(in bit<32> index, in T value);
}

#endif

#define V1MODEL_METER_COLOR_GREEN  0
#define V1MODEL_METER_COLOR_YELLOW 1
#define V1MODEL_METER_COLOR_RED    2

// One counter for every entry of the table that names it in `counters`.
extern direct_counter {
    direct_counter(CounterType type);
    void count();
}

// One meter for every entry of the table that names it in `meters`.
extern direct_meter<T> {
    direct_meter(MeterType type);
    void read(out T result);
}

// A table's `implementation`: entries point to members that hold the action, several entries to one member.
extern action_profile {
    action_profile(bit<32> size);
}

// A number between lo and hi, both included.
extern void random<T>(out T result, in T lo, in T hi);

// Sends data to the control plane. Ingress only; P4Runtime knows the digest by the name of data's type.
extern void digest<T>(in bit<32> receiver, in T data);

enum HashAlgorithm {
    crc32,
    crc32_custom,
    crc16,
    crc16_custom,
    random,
    identity,
    csum16,
    xor16
}

// Marks the packet to be dropped at the end of ingress or egress, unless egress_spec is set again afterwards.
@deprecated("mark_to_drop takes standard_metadata as its argument.")
extern void mark_to_drop();
@pure
extern void mark_to_drop(inout standard_metadata_t standard_metadata);

// result = base + hash(data) mod max; base where max is 0.
@pure
extern void hash<O, T, D, M>(out O result, in HashAlgorithm algo, in T base, in D data, in M max);

// A table's `implementation`: as action_profile, and entries may point to groups from which a hash over the
// table's `selector` keys picks a member.
extern action_selector {
    action_selector(HashAlgorithm algorithm, bit<32> size, bit<32> outputWidth);
}

enum CloneType {
    I2E,    // A copy of the packet as it came in goes to egress.
    E2E     // A copy of the packet as it goes out goes to egress.
}

@deprecated("verify_checksum and update_checksum take its place.")
extern Checksum16 {
    Checksum16();
    bit<16> get<D>(in D data);
}

// In the checksum controls. verify_* sets standard_metadata.checksum_error if the checksum of data differs,
// update_* writes it; both only where the condition holds. *_with_payload goes on over what was not parsed.
extern void verify_checksum<T, O>(in bool condition, in T data, in O checksum, HashAlgorithm algo);
@pure
extern void update_checksum<T, O>(in bool condition, in T data, inout O checksum, HashAlgorithm algo);
extern void verify_checksum_with_payload<T, O>(in bool condition, in T data, in O checksum, HashAlgorithm algo);
@noSideEffects
extern void update_checksum_with_payload<T, O>(in bool condition, in T data, inout O checksum, HashAlgorithm algo);

// Copies and second passes. The kind without `preserving` starts with fresh metadata; the other keeps the fields
// that carry @field_list(index).
extern void clone(in CloneType type, in bit<32> session);
extern void clone_preserving_field_list(in CloneType type, in bit<32> session, bit<8> index);
@deprecated("clone_preserving_field_list takes its place.")
extern void clone3<T>(in CloneType type, in bit<32> session, in T data);
// From the end of ingress back to the parser.
@deprecated("resubmit_preserving_field_list takes its place.")
extern void resubmit<T>(in T data);
extern void resubmit_preserving_field_list(bit<8> index);
// From the end of egress, deparsed, back to the parser.
@deprecated("recirculate_preserving_field_list takes its place.")
extern void recirculate<T>(in T data);
extern void recirculate_preserving_field_list(bit<8> index);

// Cuts the packet after this many bytes, when it leaves.
extern void truncate(in bit<32> length);

// For testing: a check that must hold, a check that tools may take for granted, a line in the switch's log
// ({} in msg stands for one field of data).
extern void assert(in bool check);
extern void assume(in bool check);
extern void log_msg(string msg);
extern void log_msg<T>(string msg, in T data);

// The blocks of the pipeline: H is the program's struct of headers, M its struct of metadata.
parser Parser<H, M>(packet_in b,
                    out H parsedHdr,
                    inout M meta,
                    inout standard_metadata_t standard_metadata);

// May hold calls of verify_checksum and verify_checksum_with_payload only.
control VerifyChecksum<H, M>(inout H hdr,
                             inout M meta);

@pipeline
control Ingress<H, M>(inout H hdr,
                      inout M meta,
                      inout standard_metadata_t standard_metadata);

@pipeline
control Egress<H, M>(inout H hdr,
                     inout M meta,
                     inout standard_metadata_t standard_metadata);

// May hold calls of update_checksum and update_checksum_with_payload only.
control ComputeChecksum<H, M>(inout H hdr,
                              inout M meta);

// May hold calls of packet_out's emit only.
@deparser
control Deparser<H>(packet_out b, in H hdr);

package V1Switch<H, M>(Parser<H, M> p,
                       VerifyChecksum<H, M> vr,
                       Ingress<H, M> ig,
                       Egress<H, M> eg,
                       ComputeChecksum<H, M> ck,
                       Deparser<H> dep);

#endif
