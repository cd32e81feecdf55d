/** A request body, in bytes. */
export const BODY_BYTES_MAX = 1024 * 1024
/** What it may hold: far more than the largest result of a tool, and read in less than 50 ms. */
export const BODY_SHAPE = { depthMax: 64, valuesMax: 100_000, namesMax: 10_000 }
/** What speech may hold beside its sound. */
export const DICTATION_SHAPE = { depthMax: 64, valuesMax: 1_000, namesMax: 1_000 }
export const HEADER_BYTES_MAX = 16 * 1024
/** How often connections are looked at whose time may be over. Node would do it twice a minute. */
export const TIMEOUT_POLL_MS = 500
export const IDEMPOTENCY_KEY_LENGTH_MAX = 200
export const FRAME_ID_LENGTH_MAX = 100
/** Of `Last-Event-ID`: the number of an event is far shorter. */
export const EVENT_ID_LENGTH_MAX = 100
/** How long a browser may keep the answer to a preflight. */
export const PREFLIGHT_SECONDS = 600
/** One year, as the preload lists ask for. */
export const HSTS_SECONDS = 31_536_000
/** Pings in a row that a reader may leave unread before it counts as gone. */
export const UNREAD_PINGS_MAX = 2
/** Files on their way through one process: no more than a client sends of one message. */
export const UPLOADS_AT_ONCE = { userMax: 10, processMax: 100 }
/** What a form may have around its file. */
export const ENVELOPE_BYTES_MAX = 16 * 1024
export const FORM_FIELDS_MAX = 5
export const FORM_FIELD_BYTES_MAX = 1_000
