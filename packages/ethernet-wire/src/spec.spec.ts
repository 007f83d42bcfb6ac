import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatWireSpec, parseWireSpec, WIRE_FORMS } from './spec.js';
import { WireError } from './wire.js';

function messageOf(text: string): string {
  try {
    parseWireSpec(text);
  } catch (error) {
    assert(error instanceof WireError);
    assert.equal(error.code, 'WIRE_BAD_SPEC');
    return error.message;
  }
  assert.fail(`${text} was accepted`);
}

describe('parseWireSpec', () => {
  it('reads udp: over IPv4 and IPv6', () => {
    assert.deepEqual(parseWireSpec('udp:127.0.0.1:0,10.1.2.3:7101'), {
      kind: 'udp',
      local: { host: '127.0.0.1', port: 0 },
      remote: { host: '10.1.2.3', port: 7101 },
    });
    assert.deepEqual(parseWireSpec('udp:[::1]:7001,[0:0:0:0:0:0:0:1]:65535'), {
      kind: 'udp',
      local: { host: '::1', port: 7001 },
      remote: { host: '::1', port: 65535 },
    });
  });

  it('reads if: and pcap:', () => {
    assert.deepEqual(parseWireSpec('if:veth0.12'), { kind: 'if', interfaceName: 'veth0.12' });
    assert.deepEqual(parseWireSpec('pcap:a.pcap'), { kind: 'pcap', input: 'a.pcap' });
    assert.deepEqual(parseWireSpec('pcap:/tmp/a b.pcap,C:\\out.pcap'), {
      kind: 'pcap',
      input: '/tmp/a b.pcap',
      output: 'C:\\out.pcap',
    });
  });

  it('accepts the examples it shows, and formats them back', () => {
    for (const { example } of WIRE_FORMS) assert.equal(formatWireSpec(parseWireSpec(example)), example);
  });

  const refused: [text: string, says: RegExp][] = [
    ['', /does not begin with a kind/],
    ['veth0', /"veth0" does not name a wire: it does not begin with a kind and a colon/],
    ['tcp:127.0.0.1:1', /the kind "tcp" is unknown/],
    ['UDP:127.0.0.1:1,127.0.0.1:2', /the kind "UDP" is unknown/],
    ['udp:', /0 addresses were found/],
    ['udp:127.0.0.1:1', /one address was found/],
    ['udp:127.0.0.1:1,127.0.0.1:2,127.0.0.1:3', /3 addresses were found/],
    ['udp:127.0.0.1:1,127.0.0.1', /the remote address "127.0.0.1" is not HOST:PORT/],
    [
      'udp:::1:7001,[::1]:7101',
      /the local address "::1:7001" is not HOST:PORT \(an IPv6 host stands in brackets/,
    ],
    [
      'udp:localhost:1,127.0.0.1:2',
      /the local host "localhost" is not a literal address.*127\.0\.0\.1 or \[::1\]/,
    ],
    ['udp:127.0.0.1:1,[fe80::1%eth0]:2', /"fe80::1%eth0" is not an IPv6 address without a zone/],
    ['udp:127.0.0.1:1,[::1]:2', /different families/],
    ['udp:127.0.0.1:65536,127.0.0.1:2', /the local port "65536" is not a number from 0 to 65535/],
    ['udp:127.0.0.1:01,127.0.0.1:2', /the local port "01"/],
    ['udp:127.0.0.1:,127.0.0.1:2', /the local port ""/],
    ['udp:127.0.0.1:1,127.0.0.1:0', /the remote port is 0/],
    ['udp:127.0.0.1:1,0.0.0.0:2', /0\.0\.0\.0 is the unspecified address/],
    ['udp:[::]:1,[::]:2', /:: is the unspecified address/],
    ['if:', /the interface name is missing/],
    ['if:abcdefghijklmnop', /has 16 bytes; Linux takes at most 15/],
    ['if:a/b', /"a\/b" cannot be an interface name/],
    ['if:..', /cannot be an interface name/],
    ['if:eth 0', /cannot be an interface name/],
    ['pcap:', /the name of the input file is missing/],
    ['pcap:a,', /the name of the output file is missing/],
    ['pcap:a,b,c', /at most two files/],
    ['pcap:a,a', /the same file/],
  ];
  for (const [text, says] of refused) {
    it(`refuses ${JSON.stringify(text)} and lists the forms`, () => {
      const message = messageOf(text);
      assert.match(message, says);
      for (const { form, example } of WIRE_FORMS) {
        assert(message.includes(form));
        assert(message.includes(example));
      }
    });
  }

  it('never throws anything but WIRE_BAD_SPEC, and formats back what it accepts', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'udp:',
        'if:',
        'pcap:',
        '127.0.0.1',
        '[::1]',
        ':',
        ',',
        '7001',
        '0',
        'veth0',
        '%',
        '[',
        ']',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        try {
          const spec = parseWireSpec(text);
          assert.deepEqual(parseWireSpec(formatWireSpec(spec)), spec);
        } catch (error) {
          assert(error instanceof WireError, String(error));
          assert.equal(error.code, 'WIRE_BAD_SPEC');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
