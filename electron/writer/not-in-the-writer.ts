/**
 * Stands in the writer's bundle for packages that etcher-sdk and the list of drives name but that nothing here may use:
 * native addons for other hash functions, for unmounting, for USB boot and for the drives of Windows, and file formats,
 * since an image is always raw.
 */
const absent: object = new Proxy(
  {},
  {
    get(_target, name) {
      if (name === '__esModule' || typeof name === 'symbol') return undefined;
      return () => {
        throw new Error(`${name} is not part of the writer`);
      };
    },
  },
);
export default absent;
