import { newId } from '../protocol/ids.ts'
import type { Stage } from './stage.ts'

/** What the provider tells of an image, as far as it can be relied on. */
export interface UpstreamImage {
  readonly id?: string | undefined
  readonly base64: string
  /** Such as `png`. */
  readonly format?: string | null | undefined
}

interface OpenImage {
  readonly id: string
  readonly threadId: string
  readonly createdAt: string
}

/** Shows the images that the model makes, told apart by their place in the response. */
export class Images {
  readonly #stage: Stage
  readonly #open = new Map<number, OpenImage>()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  begin(outputIndex: number): OpenImage {
    const begun = this.#open.get(outputIndex)
    if (begun) return begun
    const image = {
      id: newId('message'),
      threadId: this.#stage.chat.thread.id,
      createdAt: new Date().toISOString(),
    }
    this.#open.set(outputIndex, image)
    void this.#stage.beside.send({ type: 'thread.item.added', item: toItem(image) })
    return image
  }

  async showStage(outputIndex: number, upstream: UpstreamImage, stage: number): Promise<void> {
    const image = this.begin(outputIndex)
    const shown = await this.#toImage(image, upstream, stage)
    const { partialImages } = this.#stage.converters
    void this.#stage.beside.send({
      type: 'thread.item.updated',
      item_id: image.id,
      update: {
        type: 'generated_image.updated',
        image: shown,
        progress: partialImages > 0 ? Math.min(1, stage / partialImages) : 0,
      },
    })
  }

  async finish(outputIndex: number, upstream: UpstreamImage): Promise<void> {
    const image = this.begin(outputIndex)
    this.#open.delete(outputIndex)
    const shown = await this.#toImage(image, upstream)
    await this.#stage.beside.send({
      type: 'thread.item.done',
      item: { ...toItem(image), image: shown },
    })
  }

  /** Takes an image back that the model did not finish. */
  async drop(outputIndex: number): Promise<void> {
    const image = this.#open.get(outputIndex)
    if (!image) return
    this.#open.delete(outputIndex)
    await this.#stage.beside.send({ type: 'thread.item.removed', item_id: image.id })
  }

  /** Takes back what a careless server left open. */
  async endResponse(): Promise<void> {
    for (const outputIndex of this.#open.keys()) await this.drop(outputIndex)
  }

  async #toImage(image: OpenImage, upstream: UpstreamImage, partialIndex?: number) {
    const { base64 } = upstream
    const id = upstream.id || image.id
    const mimeType =
      upstream.format === 'svg' ? 'image/svg+xml' : `image/${upstream.format || 'png'}`
    const { converters, chat } = this.#stage
    return { id, url: await converters.imageUrl({ id, base64, mimeType, partialIndex }, chat) }
  }
}

function toItem({ id, threadId, createdAt }: OpenImage) {
  return { type: 'generated_image', id, thread_id: threadId, created_at: createdAt } as const
}
