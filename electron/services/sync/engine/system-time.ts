/**
 * Milliseconds since 1970 as the system's calls for times take them: seconds, as text. A number below zero Node takes for now
 * (`toUnixTimestamp` in its lib/internal/fs/utils.js); text is read as the number it is, to the same digits.
 */
export function systemTime(milliseconds: number): string {
  return String(milliseconds / 1000);
}
