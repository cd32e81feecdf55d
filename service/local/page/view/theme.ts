import { themes, type Theme } from '../chat/client-tools.ts'
import { Store } from '../chat/store.ts'

const STORAGE_KEY = 'chat-theme'

/** The colours of the page: the machine's own unless somebody chose. */
export const theme = new Store<Theme>(storedTheme())

/** Changes the colours now and for the next visit. */
export function switchTheme(next: Theme): void {
  localStorage.setItem(STORAGE_KEY, next)
  showTheme(next)
  theme.change(next)
}

export function showTheme(next: Theme): void {
  if (next === 'system') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.setAttribute('data-theme', next)
}

/** The theme that a press of the theme button leads to. */
export function themeAfter(current: Theme): Theme {
  return themes[(themes.indexOf(current) + 1) % themes.length] ?? 'system'
}

function storedTheme(): Theme {
  const stored = localStorage.getItem(STORAGE_KEY)
  return themes.find((each) => each === stored) ?? 'system'
}
