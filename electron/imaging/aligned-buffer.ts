/** The compiler knows WebAssembly only together with a browser's types; this is the part that is used. */
declare const WebAssembly: {
  readonly Memory: {
    new (size: { initial: number; maximum: number; shared: true }): { readonly buffer: SharedArrayBuffer };
    new (size: { initial: number; maximum: number }): { readonly buffer: ArrayBuffer };
  };
};

const WASM_PAGE = 65536;

/** Memory that starts on a page, as direct I/O wants it; Node's own buffers do not. */
export function allocateAligned(length: number): Buffer<ArrayBuffer> {
  const pages = Math.ceil(length / WASM_PAGE);
  return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer, 0, length);
}

/** The same, to be shared with a thread; at least as long. */
export function allocateAlignedShared(length: number): SharedArrayBuffer {
  const pages = Math.ceil(length / WASM_PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
