// The core library of P4_16 (language specification 1.2.5, appendix D): what every architecture builds on.

#ifndef _CORE_P4_
#define _CORE_P4_

// Conditions that a parser can end in. Programs and architectures may add their own with another `error { ... }`.
error {
    NoError,                // All went well.
    PacketTooShort,         // The packet ends before `extract`, `advance` or `lookahead` has what it needs.
    NoMatch,                // No case of a `select` fits its key.
    StackOutOfBounds,       // A header stack has no element of that index.
    HeaderTooShort,         // A varbit field was to receive more bits than it can hold.
    ParserTimeout,          // The parser took longer than the architecture allows.
    ParserInvalidArgument   // An operation of the parser was given a value that it does not allow.
}

// The packet as a parser reads it: a cursor that moves from the first bit to the last.
extern packet_in {
    // Reads a header of fixed width, marks it valid and moves the cursor behind it.
    void extract<T>(out T hdr);
    // The same for a header with one varbit field, which receives variableFieldSizeInBits bits.
    void extract<T>(out T variableSizeHeader, in bit<32> variableFieldSizeInBits);
    // Reads a value and leaves the cursor where it is.
    T lookahead<T>();
    // Moves the cursor over sizeInBits bits.
    void advance(in bit<32> sizeInBits);
    // The length of the packet in bytes; not every architecture knows it.
    bit<32> length();
}

// The packet as a deparser writes it.
extern packet_out {
    // Appends a header if it is valid; of a struct, stack or union, every header in order.
    void emit<T>(in T hdr);
}

// Ends the parser with an error unless the check holds.
extern void verify(in bool check, in error toSignal);

// What a table does where there is nothing to do.
@noWarn("unused")
action NoAction() {}

// How a table compares a key with an entry. Architectures add kinds of their own.
match_kind {
    exact,      // Bit by bit.
    ternary,    // Bit by bit, under a mask.
    lpm         // The longest prefix wins.
}

// Evaluated when the program is compiled: a check that does not hold is an error with this message.
extern bool static_assert(bool check, string message);
extern bool static_assert(bool check);

#endif
