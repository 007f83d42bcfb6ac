/** An architecture as far as P4Info needs to know it: which externs and properties play which part. */
export interface Architecture {
  readonly name: 'v1model' | 'psa' | 'pna' | 'tna' | 't2na';
  readonly counter: CounterLike;
  readonly meter: CounterLike;
  readonly register: {
    readonly extern: string;
    readonly sizeParam: string;
    readonly indexTypeParam?: number;
  };
  readonly actionProfile: { readonly extern: string; readonly selector: string; readonly property: string };
  /** Digests are extern objects here; in v1model they are calls of `digest<T>()`. */
  readonly digestExtern?: string;
  readonly idleTimeoutProperty: string;
}

interface CounterLike {
  readonly extern: string;
  readonly directExtern: string;
  readonly directProperty: string;
  readonly sizeParam: string;
  /** Name of the constructor parameter that holds the unit. */
  readonly unitParam: string;
  readonly directUnitParam: string;
  /** Position of the type parameter of the index, if the extern has one. */
  readonly indexTypeParam?: number;
}

const v1model: Architecture = {
  name: 'v1model',
  counter: {
    extern: 'counter',
    directExtern: 'direct_counter',
    directProperty: 'counters',
    sizeParam: 'size',
    unitParam: 'type',
    directUnitParam: 'type',
  },
  meter: {
    extern: 'meter',
    directExtern: 'direct_meter',
    directProperty: 'meters',
    sizeParam: 'size',
    unitParam: 'type',
    directUnitParam: 'type',
  },
  register: { extern: 'register', sizeParam: 'size' },
  actionProfile: { extern: 'action_profile', selector: 'action_selector', property: 'implementation' },
  idleTimeoutProperty: 'support_timeout',
};

function portable(name: 'psa' | 'pna'): Architecture {
  return {
    name,
    counter: {
      extern: 'Counter',
      directExtern: 'DirectCounter',
      directProperty: `${name}_direct_counter`,
      sizeParam: 'n_counters',
      unitParam: 'type',
      directUnitParam: 'type',
      indexTypeParam: 1,
    },
    meter: {
      extern: 'Meter',
      directExtern: 'DirectMeter',
      directProperty: `${name}_direct_meter`,
      sizeParam: 'n_meters',
      unitParam: 'type',
      directUnitParam: 'type',
      indexTypeParam: 0,
    },
    register: { extern: 'Register', sizeParam: 'size', indexTypeParam: 1 },
    actionProfile: {
      extern: 'ActionProfile',
      selector: 'ActionSelector',
      property: `${name}_implementation`,
    },
    digestExtern: 'Digest',
    idleTimeoutProperty: `${name}_idle_timeout`,
  };
}

function tofino(name: 'tna' | 't2na'): Architecture {
  return {
    name,
    counter: {
      extern: 'Counter',
      directExtern: 'DirectCounter',
      directProperty: 'counters',
      sizeParam: 'size',
      unitParam: 'type',
      directUnitParam: 'type',
      indexTypeParam: 1,
    },
    meter: {
      extern: 'Meter',
      directExtern: 'DirectMeter',
      directProperty: 'meters',
      sizeParam: 'size',
      unitParam: 'type',
      directUnitParam: 'type',
      indexTypeParam: 0,
    },
    register: { extern: 'Register', sizeParam: 'size', indexTypeParam: 1 },
    actionProfile: { extern: 'ActionProfile', selector: 'ActionSelector', property: 'implementation' },
    digestExtern: 'Digest',
    idleTimeoutProperty: 'idle_timeout',
  };
}

const BY_PACKAGE: Readonly<Record<string, Architecture>> = {
  V1Switch: v1model,
  PSA_Switch: portable('psa'),
  PNA_NIC: portable('pna'),
  Switch: tofino('tna'),
  MultiParserSwitch: tofino('tna'),
};

export const SUPPORTED_PACKAGES: readonly string[] = Object.keys(BY_PACKAGE);

/** The architecture whose top-level package is `packageName`. */
export function architectureOf(packageName: string): Architecture | undefined {
  return BY_PACKAGE[packageName];
}
