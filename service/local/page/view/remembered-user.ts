const STORAGE_KEY = 'chat-user'

/** The user whom the page spoke as last, if that one still exists; otherwise the first. */
export function rememberedUser(users: readonly string[]): string {
  const stored = localStorage.getItem(STORAGE_KEY)
  return users.find((user) => user === stored) ?? users[0] ?? ''
}

export function rememberUser(user: string): void {
  localStorage.setItem(STORAGE_KEY, user)
}
