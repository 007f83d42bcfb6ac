import assert from 'node:assert/strict';
import { isLocal, nbdUri, parseListen } from './listen.js';

describe('where a disk listens', () => {
  it('is a path or a TCP address', () => {
    assert.deepEqual(parseListen('unix:/run/a b.sock'), { kind: 'unix', path: '/run/a b.sock' });
    assert.deepEqual(parseListen('tcp:127.0.0.1:10809'), { kind: 'tcp', host: '127.0.0.1', port: 10809 });
    assert.deepEqual(parseListen('tcp:[::1]:0'), { kind: 'tcp', host: '::1', port: 0 });
    assert.deepEqual(parseListen('tcp:localhost:1'), { kind: 'tcp', host: 'localhost', port: 1 });
  });

  for (const text of [
    '',
    'unix:',
    '/run/x',
    'tcp:10809',
    'tcp::10809',
    'tcp:h:',
    'tcp:h:70000',
    'tcp:::1:5',
    'tcp:[nonsense]:5',
    `unix:/${'x'.repeat(107)}`,
    'unix:a\0b',
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))} with an example`, () => {
      assert.throws(() => parseListen(text), {
        code: 'BAD_ARGUMENT',
        message: /e\.g\. unix:\/run\/disk\.sock/,
      });
    });
  }

  it('knows what only this machine reaches', () => {
    const local = ['unix:/x', 'tcp:127.0.0.1:1', 'tcp:127.9.9.9:1', 'tcp:[::1]:1', 'tcp:localhost:1'];
    for (const text of local) assert.ok(isLocal(parseListen(text)), text);
    const open = [
      'tcp:0.0.0.0:1',
      'tcp:[::]:1',
      'tcp:10.0.0.1:1',
      'tcp:127.0.0.1.example.org:1',
      'tcp:[::2]:1',
    ];
    for (const text of open) assert.ok(!isLocal(parseListen(text)), text);
  });

  it('is told as clients want it', () => {
    assert.equal(nbdUri(parseListen('unix:/run/a b.sock'), ''), 'nbd+unix:///?socket=/run/a%20b.sock');
    assert.equal(nbdUri(parseListen('tcp:127.0.0.1:10809'), 'a/b'), 'nbd://127.0.0.1:10809/a%2Fb');
    assert.equal(nbdUri(parseListen('tcp:[::1]:5'), ''), 'nbd://[::1]:5/');
  });
});
