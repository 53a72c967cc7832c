/** What the app did to the desktop, for the test to look at; all of it can be cloned. */
export const record = {
  externalPages: [] as string[],
  notifications: [] as { title: string; body: string }[],
  errorBoxes: [] as { title: string; content: string }[],
  privilegedSchemes: [] as unknown[],
  isSandboxed: false,
  progress: undefined as number | undefined,
  powerBlocks: 0,
  trayToolTip: undefined as string | undefined,
  trayIconIsEmpty: undefined as boolean | undefined,
  windowOptions: undefined as Record<string, unknown> | undefined,
  /** By the second instance to the first. */
  handedOver: undefined as Record<string, unknown> | undefined,
  /** What the page wanted to go to, and whether it could. */
  navigations: [] as { url: string; allowed: boolean }[],
  shown: 0,
  focused: 0,
};
