/**
 * unshare(1)'s options for mounts of one's own. Its namespace begins with a copy of everything that is mounted, also the
 * drives of tests that run beside; a copy that does not follow keeps such a drive in use after it was unmounted.
 */
export const ownMounts = ['--mount', '--propagation=slave'] as const;
