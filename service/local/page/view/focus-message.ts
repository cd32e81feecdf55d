/** Puts the cursor where messages are written, if they can be. */
export function focusMessage(): void {
  document.querySelector<HTMLElement>('.composer textarea')?.focus()
}
