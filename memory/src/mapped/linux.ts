/*
 * Numbers of the Linux ABI, by the header that defines them; the same on x86-64 and arm64 but for the system call.
 */

// <asm/unistd.h>
export const NR_USERFAULTFD: Readonly<Record<string, number>> = { x64: 323, arm64: 282 };

// <fcntl.h>
export const O_RDWR = 2;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;

// <linux/userfaultfd.h>
export const USERFAULTFD_IOC_NEW = 0xaa00;
export const UFFD_USER_MODE_ONLY = 1;
export const UFFD_API = 0xaan;
export const UFFDIO_API = 0xc018_aa3f;
export const UFFDIO_REGISTER = 0xc020_aa00;
export const UFFDIO_UNREGISTER = 0x8010_aa01;
export const UFFDIO_WAKE = 0x8010_aa02;
export const UFFDIO_COPY = 0xc028_aa03;
export const UFFDIO_WRITEPROTECT = 0xc018_aa06;
export const UFFDIO_POISON = 0xc020_aa08;
export const UFFD_FEATURE_PAGEFAULT_FLAG_WP = 1n;
export const UFFDIO_REGISTER_MODE_MISSING = 1n;
export const UFFDIO_REGISTER_MODE_WP = 2n;
export const UFFDIO_COPY_MODE_WP = 2n;
export const UFFDIO_WRITEPROTECT_MODE_WP = 1n;
export const UFFD_EVENT_PAGEFAULT = 0x12;
export const UFFD_PAGEFAULT_FLAG_WRITE = 1n;
export const UFFD_PAGEFAULT_FLAG_WP = 2n;
export const UFFD_MSG_BYTES = 32;

// <sys/mman.h>
export const PROT_READ_WRITE = 3;
export const MAP_PRIVATE_ANONYMOUS = 0x22;
export const MAP_FIXED = 0x10;
export const MAP_NORESERVE = 0x4000;
export const MADV_DONTNEED = 4;
export const MADV_NOHUGEPAGE = 15;

// <asm-generic/errno.h>
export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EAGAIN = 11;
export const EACCES = 13;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENOSYS = 38;
