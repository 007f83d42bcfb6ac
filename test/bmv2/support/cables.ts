import { execFileSync } from 'node:child_process';
import { openWire, type Wire } from 'ethernet-wire';

/** A veth pair: a host's end as a wire, and the name of the interface at the switch's end. */
export interface Cable {
  readonly port: number;
  readonly host: Wire;
  readonly switchInterface: string;
}

/** A cable for every port. The suite runs in a namespace of its own, so these names meet nobody else's. */
export async function layCables(ports: readonly number[]): Promise<Cable[]> {
  if (process.env.BLUEBRIDGE_TEST_NAMESPACE !== '1') {
    throw new Error(
      'these tests make network interfaces; run them with `npm run test:bmv2`, in a namespace of their own',
    );
  }
  return Promise.all(
    ports.map(async (port) => {
      const [host, switchEnd] = [`bbh${port}`, `bbs${port}`];
      ip('link', 'add', host, 'type', 'veth', 'peer', 'name', switchEnd);
      for (const end of [host, switchEnd]) ip('link', 'set', end, 'up');
      return { port, host: await openWire(`if:${host}`), switchInterface: switchEnd };
    }),
  );
}

export async function removeCables(cables: readonly Cable[]): Promise<void> {
  await Promise.all(cables.map(({ host }) => host.close()));
  for (const { switchInterface } of cables) ip('link', 'delete', switchInterface);
}

const ip = (...args: string[]): unknown => execFileSync('ip', args);
