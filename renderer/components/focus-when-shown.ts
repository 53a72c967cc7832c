/** As a `ref`: what appeared because the operator asked for it takes the focus, so that the keyboard goes on there. */
export function focusWhenShown(element: HTMLElement | null): void {
  element?.focus();
}
