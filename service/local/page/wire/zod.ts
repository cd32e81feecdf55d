import { z } from 'zod'

// zod compiles its schemas with `new Function`, which the page's policy forbids; it must be told
// before the first parse, so every schema of the page takes `z` from here.
z.config({ jitless: true })

export { z }
