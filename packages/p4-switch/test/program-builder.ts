/** The smallest v1model document around a header and one action, for tests that make up programs. */

export interface FieldSpec {
  readonly name: string;
  readonly width: number;
  readonly signed?: boolean;
  readonly saturating?: boolean;
}

export const STANDARD_FIELDS: readonly (readonly [string, number])[] = [
  ['ingress_port', 9],
  ['egress_spec', 9],
  ['egress_port', 9],
  ['instance_type', 32],
  ['packet_length', 32],
  ['parser_error', 32],
  ['checksum_error', 1],
  ['_padding', 4],
];

/** @param fields of header "h"; padded to whole bytes. */
export function document(
  fields: readonly FieldSpec[],
  primitives: readonly object[],
  more: { readonly registers?: readonly object[]; readonly checksums?: object } = {},
): Record<string, unknown> {
  const bits = fields.reduce((sum, field) => sum + field.width, 0);
  const padding = (8 - (bits % 8)) % 8;
  return {
    __meta__: { version: [2, 23] },
    header_types: [
      {
        name: 'h_t',
        id: 0,
        fields: [
          ...fields.map(({ name, width, signed, saturating }) => [
            name,
            width,
            signed === true,
            saturating === true,
          ]),
          ...(padding > 0 ? [['padding', padding, false]] : []),
        ],
      },
      {
        name: 'standard_metadata',
        id: 1,
        fields: STANDARD_FIELDS.map(([name, width]) => [name, width, false]),
      },
    ],
    headers: [
      { name: 'h', id: 0, header_type: 'h_t', metadata: false },
      { name: 'standard_metadata', id: 1, header_type: 'standard_metadata', metadata: true },
    ],
    header_stacks: [],
    field_lists: [],
    errors: [
      ['NoError', 0],
      ['PacketTooShort', 1],
    ],
    parsers: [
      {
        name: 'parser',
        id: 0,
        init_state: 'start',
        parse_states: [
          {
            name: 'start',
            id: 0,
            parser_ops: [{ op: 'extract', parameters: [{ type: 'regular', value: 'h' }] }],
            transition_key: [],
            transitions: [{ type: 'default', value: null, mask: null, next_state: null }],
          },
        ],
      },
    ],
    deparsers: [{ name: 'deparser', id: 0, order: ['h'] }],
    register_arrays: more.registers ?? [],
    actions: [{ name: 'act', id: 0, runtime_data: [], primitives }],
    pipelines: [
      {
        name: 'ingress',
        id: 0,
        init_table: 'call',
        tables: [],
        conditionals: [],
        action_calls: [{ name: 'call', id: 0, action_id: 0, next_node: null }],
      },
      { name: 'egress', id: 1, init_table: null, tables: [], conditionals: [] },
    ],
    checksums: [],
  };
}

export function assign(field: string, value: object): object {
  return {
    op: 'assign',
    parameters: [{ type: 'field', value: ['h', field] }, value],
  };
}
