import { IconEye, IconEyeOff, IconX } from '@tabler/icons-react';

/** Mantine's own icons are told to a screen reader, as images without a name, inside of buttons that have one. */
export function CloseIcon() {
  return <IconX size={16} aria-hidden="true" />;
}

export function RevealIcon({ reveal }: { reveal: boolean }) {
  return reveal ? <IconEyeOff size={16} aria-hidden="true" /> : <IconEye size={16} aria-hidden="true" />;
}
