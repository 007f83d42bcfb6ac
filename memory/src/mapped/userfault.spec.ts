import assert from 'node:assert/strict';
import { MapError } from './errors.js';
import { type Kernel, loadKernel } from './kernel.js';
import { EACCES, EINVAL, ENOENT, ENOSYS, EPERM, UFFDIO_API, USERFAULTFD_IOC_NEW } from './linux.js';
import { openUserfault } from './userfault.js';

interface Machine {
  architecture?: string;
  /** What the system call gives: a descriptor, or -errno; asked with and without "user mode only". */
  call: (userModeOnly: boolean) => number;
  device?: number;
  api?: number;
}

/** A kernel that answers so, and says which descriptors are open. */
function kernelOf({ architecture = 'x64', call, device = -ENOENT, api = 0 }: Machine) {
  let errno = 0;
  const open = new Set<number>();
  const give = (result: number): number => {
    if (result >= 0) open.add(result);
    errno = result < 0 ? -result : 0;
    return result < 0 ? -1 : result;
  };
  const kernel = {
    architecture,
    pageSize: 4096,
    syscall: (_: number, flags: number) => give(call((flags & 1) === 1)),
    open: () => give(device),
    close: (fd: number) => Number(!open.delete(fd)),
    ioctl: (_: number, request: number) => {
      if (request === USERFAULTFD_IOC_NEW) return give(31);
      assert.equal(request, UFFDIO_API);
      errno = -api;
      return api < 0 ? -1 : 0;
    },
    errno: () => errno,
    strerror: (n: number) => `error ${n}`,
  };
  return { kernel: kernel as unknown as Kernel, open };
}

const failure = (machine: Machine): MapError => {
  const { kernel, open } = kernelOf(machine);
  try {
    openUserfault(kernel);
  } catch (error) {
    assert.equal(open.size, 0, 'nothing stays open');
    assert.ok(error instanceof MapError);
    return error;
  }
  return assert.fail('it was opened');
};

describe('openUserfault', () => {
  it('takes what the system call gives', () => {
    const { kernel } = kernelOf({ call: () => 30 });
    assert.deepEqual(openUserfault(kernel), { fd: 30, kernelFaults: true });
  });

  it('goes by the device where the system call is refused', () => {
    const { kernel, open } = kernelOf({ call: () => -EPERM, device: 40 });
    assert.deepEqual(openUserfault(kernel), { fd: 31, kernelFaults: true });
    assert.deepEqual([...open], [31]);
  });

  it('is content with faults of user mode, which everybody may have', () => {
    const { kernel } = kernelOf({ call: (userModeOnly) => (userModeOnly ? 32 : -EPERM) });
    assert.deepEqual(openUserfault(kernel), { fd: 32, kernelFaults: false });
  });

  it('names the settings where the kernel refuses', () => {
    const { code, message } = failure({ call: () => -EPERM });
    assert.equal(code, 'PERMISSION');
    assert.match(
      message,
      /vm\.unprivileged_userfaultfd=1.*CAP_SYS_PTRACE.*\/dev\/userfaultfd \(there is none\).*seccomp/,
    );
    assert.match(failure({ call: () => -EPERM, device: -EACCES }).message, /it has none now/);
  });

  it('says what a kernel lacks', () => {
    assert.match(
      failure({ call: () => -ENOSYS }).message,
      /built without userfaultfd \(CONFIG_USERFAULTFD\)/,
    );
    assert.match(failure({ call: () => 30, api: -EINVAL }).message, /cannot write-protect pages.*Linux 5\.7/);
    assert.match(
      failure({ architecture: 'ppc64', call: () => 30 }).message,
      /of x64 and arm64, not of ppc64/,
    );
  });

  it('is Linux', async () => {
    await assert.rejects(loadKernel('darwin'), /Linux's userfaultfd, and this is darwin/);
  });
});
