/** A part of the screen, in device-independent pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const smallestWindow = { width: 720, height: 520 };
const usualWindow = { width: 1280, height: 860 };
/** Of the title bar, that a window can be taken by. */
const grip = { width: 160, height: 32 };

/**
 * Where a window opens: where it was, if it can still be taken hold of there. A screen may have been unplugged since, and a
 * remembered size may come from another one.
 */
export function windowPlace(
  remembered: Place | undefined,
  screens: readonly Place[],
): Partial<Place> & Pick<Place, 'width' | 'height'> {
  const screen = remembered && screens.find((one) => isReachable(remembered, one));
  if (remembered === undefined || screen === undefined) return usualWindow;
  const { x, y } = remembered;
  return {
    x,
    y,
    width: between(smallestWindow.width, remembered.width, screen.width),
    height: between(smallestWindow.height, remembered.height, screen.height),
  };
}

function isReachable({ x, y, width }: Place, screen: Place): boolean {
  const visible = Math.min(x + width, screen.x + screen.width) - Math.max(x, screen.x);
  return visible >= grip.width && y >= screen.y && y + grip.height <= screen.y + screen.height;
}

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
