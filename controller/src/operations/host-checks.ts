import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { OperationError } from './errors.js';

/** What the fabric must have of a host, and what no other may have. @throws OperationError CONFLICT, INVALID */
export function checkNewHost(fabric: Fabric, host: ServerSpec | ClientSpec): void {
  const hosts = [...fabric.servers, ...fabric.clients];
  const at = fabric.switches.find((s) => s.name === host.switch);
  if (!at) {
    const names = fabric.switches.map((s) => s.name).join(', ');
    throw new OperationError('INVALID', `there is no switch "${host.switch}"; this fabric has ${names}`);
  }
  if (!(Number.isInteger(host.node) && host.node >= 1 && host.node <= 0xfffe)) {
    throw new OperationError('INVALID', `found node ${host.node}, expected 1 to 0xfffe`);
  }
  if (!(Number.isInteger(host.port) && host.port >= 1 && host.port <= 510) || host.port === at.cpuPort) {
    throw new OperationError(
      'INVALID',
      `found port ${host.port}, expected 1 to 510 and not the CPU port, ${at.cpuPort}`,
    );
  }
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(host.mac)) {
    throw new OperationError('INVALID', `found MAC address "${host.mac}", expected one as 02:bb:00:00:00:01`);
  }
  if ('capacity' in host && !(host.capacity > 0 && host.capacity % fabric.pageSize === 0)) {
    throw new OperationError(
      'INVALID',
      `found a capacity of ${host.capacity} bytes, expected a multiple of the page size, ${fabric.pageSize} bytes`,
    );
  }
  const names = [...hosts, ...fabric.switches].map((h) => h.name);
  if (names.includes(host.name)) throw taken(`the name "${host.name}" is taken`);
  for (const other of hosts) {
    if (other.node === host.node) throw taken(`node 0x${host.node.toString(16)} is ${other.name}`);
    if (other.mac === host.mac) throw taken(`MAC address ${host.mac} is that of ${other.name}`);
    if (other.switch === host.switch && other.port === host.port) {
      throw taken(`port ${host.port} of ${host.switch} is that of ${other.name}`);
    }
  }
}

const taken = (what: string): OperationError => new OperationError('CONFLICT', what);
