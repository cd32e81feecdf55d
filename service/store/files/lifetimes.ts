/** How long an upload may begin. Migration 0002 counts on less than an hour. */
export const UPLOAD_SECONDS = 900
/** How long an image can be shown by its address. */
export const PREVIEW_SECONDS = 3_600
/** An image keeps one address for so long, which lets browsers keep the image. */
export const PREVIEW_WINDOW_SECONDS = 900
/** How long the model's provider may fetch a file. */
export const READING_SECONDS = 900
