import { create } from 'zustand';

export type ConnectionState =
  /** The first attempt; nothing was shown yet. */
  | { readonly status: 'connecting' }
  | { readonly status: 'open' }
  /** There was a connection, or there should be one; another attempt follows at `retryAt` (ms since the epoch). */
  | { readonly status: 'lost'; readonly retryAt: number }
  /** The host answers, but not with this token. */
  | { readonly status: 'refused' }
  | { readonly status: 'no-token' };

interface ConnectionStore {
  readonly state: ConnectionState;
  /** Counts the connections that came up; what streams starts again when it changes. */
  readonly generation: number;
  readonly set: (state: ConnectionState) => void;
}

export const useConnection = create<ConnectionStore>()((set) => ({
  state: { status: 'connecting' },
  generation: 0,
  set: (state) =>
    set((before) => ({ state, generation: before.generation + (state.status === 'open' ? 1 : 0) })),
}));
