import assert from 'node:assert/strict';
import { fabricChecks, MAX_HOSTS } from './fabric-checks.js';
import type { Path } from './source.js';

describe('fabricChecks', () => {
  const report = (path: Path, message: string) => ({
    file: '',
    line: 1,
    column: 1,
    path: path.join('.'),
    message,
  });
  const withHosts = (count: number) =>
    fabricChecks(
      {
        switches: [{ name: 's1', path: ['switches', 0] }],
        links: [],
        hosts: Array.from({ length: count }, (_, i) => ({ path: ['clients', i] })),
      },
      report,
    );

  it('counts node ids', () => {
    assert.deepEqual(withHosts(MAX_HOSTS), []);
    assert.deepEqual(
      withHosts(MAX_HOSTS + 1).map(({ message }) => message),
      ['found 65535 hosts, expected at most 65534: there are no more node ids'],
    );
  });
});
