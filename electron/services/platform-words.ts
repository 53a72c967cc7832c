import { release } from 'node:os';

/** The platform and the runtime, as in `linux x64 6.12.0, Node 24.21.0, Electron 45.4.1`. */
export function platformWords(): string {
  const { node, electron } = process.versions;
  return [
    `${process.platform} ${process.arch} ${release()}`,
    `Node ${node}`,
    ...(electron === undefined ? [] : [`Electron ${electron}`]),
  ].join(', ');
}
